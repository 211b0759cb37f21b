# Host keys are never recorded blindly: by a fingerprint that the host shows,
# or by a file; a changed key only with its new fingerprint.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
sshd_setup || skip_all "no sshd here"
ssh-keygen -q -t ecdsa -N '' -C other -f "$SSHD_DIR/host_ecdsa"
sshd_start main "HostKey $SSHD_DIR/host_ecdsa" || bail "no sshd"
port=$SSHD_PORT
cp "$SSHD_KNOWN" "$T/pattern"
SSHD_KNOWN=$T/keys/known_hosts
sshd_conf 3 | sandbox_conf
# has TEXT STRING DESCRIPTION: fingerprints are no patterns.
has()
{
	case $1 in
	*"$2"*) pass "$3" ;;
	*) fail "$3" && diag "no '$2' in: $1" ;;
	esac
}
print_of()
{
	ssh-keygen -lf "$1" | cut -d' ' -f2
}
ed=$(print_of "$SSHD_DIR/host_ed25519.pub")
ec=$(print_of "$SSHD_DIR/host_ecdsa.pub")
must "the engine starts without the file" engine_start

exit_is 1 "an unknown host is not reached" sluice host check name=h-001 --json
out_is '.[0].error.code' host_key "because of its key"
exit_is 3 "trust without a fingerprint refuses" sluice host trust h-001
has "$err" "$ed" "shows the key that it saw"
has "$err" "sluice host trust h-001 --fingerprint $ed" "and says the command"
not_ok "and wrote nothing" test -e "$SSHD_KNOWN"
exit_is 1 "a fingerprint that is not the host's" \
	sluice host trust h-001 --fingerprint SHA256:AAAAAAAAAAAAAAAAAAAA --json
out_is .error.code host_key "is refused"
has "$out" "$ed, ecdsa-sha2-nistp256 $ec" "and shows every key of the host"
not_ok "and wrote nothing either" test -e "$SSHD_KNOWN"

exit_is 0 "the right fingerprint" sluice host trust h-001 --fingerprint "$ed" --json
out_is '.keys[0].fingerprint' "$ed" "is recorded"
is "$(stat -c %a "$SSHD_KNOWN")" 600 "in a file of mode 0600"
is "$(cat "$SSHD_KNOWN")" "[127.77.0.1]:$port $(cut -d' ' -f1,2 "$SSHD_DIR/host_ed25519.pub")" \
	"in one line"
ok "OpenSSH finds it too" ssh-keygen -F "[127.77.0.1]:$port" -f "$SSHD_KNOWN"
exit_is 0 "and the host is reached" sluice host check name=h-001
has "$out" " $ed " "with its key shown"
exit_is 0 "trust of what is known" sluice host trust h-001
like "$out" 'is known with ssh-ed25519' "says so"

exit_is 0 "a key of another type, by its fingerprint" \
	sluice host trust h-002 --fingerprint "$ec"
like "$out" 'ecdsa-sha2-nistp256' "is found"
exit_is 0 "and is used" sluice host check name=h-002
exit_is 3 "the third is not" sluice host trust h-003
exit_is 1 "a file without the host" sluice host trust h-003 --from "$SSHD_KNOWN"
{
	echo "# from ssh-keyscan"
	echo "@revoked [127.77.0.3]:$port $(cut -d' ' -f1,2 "$SSHD_KEY.pub")"
	cat "$T/pattern"
} >"$T/from"
exit_is 0 "a file with it" sluice host trust h-003 --from "$T/from" --json
out_is '[.keys[].fingerprint]|join(" ")' "$ed" "its line, and no other"
exit_is 0 "all three are reached" sluice host check
exit_is 2 "both at once" sluice host trust h-003 --from "$T/from" --fingerprint "$ed"
exit_is 1 "no such host" sluice host trust h-9 --fingerprint "$ed"

# The host comes back with another key.
sshd_stop "$SSHD_PID"
sluice engine restart >/dev/null || fail "restart"
rm "$SSHD_DIR/host_ed25519" "$SSHD_DIR/host_ed25519.pub"
ssh-keygen -q -t ed25519 -N '' -C new -f "$SSHD_DIR/host_ed25519"
new=$(print_of "$SSHD_DIR/host_ed25519.pub")
SSHD_KNOWN=$T/elsewhere sshd_name=again
sshd_start_on "$port" || bail "no second sshd"
SSHD_KNOWN=$T/keys/known_hosts
exit_is 1 "a changed key" sluice host check name=h-001 --json
out_is '.[0].error.code' host_key "is refused before anything is said"
cp "$SSHD_KNOWN" "$T/before"
exit_is 1 "the old fingerprint does not help" \
	sluice host trust h-001 --fingerprint "$ed"
ok "and changes nothing" cmp "$SSHD_KNOWN" "$T/before"
exit_is 0 "the new one does" sluice host trust h-001 --fingerprint "$new" --json
out_is .replaced "$ed" "and says what it replaced"
is "$(grep -c 127.77.0.1 "$SSHD_KNOWN")" 1 "the old line is gone"
is "$(grep -c 127.77.0.2 "$SSHD_KNOWN")" 1 "others stay"
exit_is 0 "and the host is reached" sluice host check name=h-001

# A revoked key is not trusted again.
echo "@revoked * $(cut -d' ' -f1,2 "$SSHD_DIR/host_ed25519.pub")" >>"$SSHD_KNOWN"
exit_is 1 "a revoked key" sluice host trust h-002 --fingerprint "$new"
like "$err" '@revoked' "is not trusted"
is "$(grep -c '^@revoked' "$SSHD_KNOWN")" 1 "and stays revoked"

run sluice audit ls --json
out_is '[.[]|select(.what=="host.trust")]|length' 4 "each is in the ledger"
out_is '[.[]|select(.what=="host.trust")][-1].detail.replaced' "$ed" \
	"with what it replaced"
exit_is 0 "which verifies" sluice audit verify
done_testing
