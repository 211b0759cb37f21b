# The signature of an artefact: of its bytes, or of the line that is its
# SHA-256; a policy that asks for one; and a key in a device that decides.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"
command -v ssh-keygen >/dev/null || skip_all "no ssh-keygen"

people_conf <<-END
	services = ( { name = "shop"; root = "/srv/shop"; } );
	environments = (
		{ name = "prod"; hosts = "role=web"; services = [ "shop" ]; protect = "none";
		  policy = { artefact_signed_by = [ "ci", "*@build" ]; }; },
		{ name = "device"; hosts = "name=h-1"; services = [ "shop" ]; protect = "none";
		  policy = { approvals = 1; grace = "0"; hardware_keys = true; }; } );
END
mkdir "$P/keys" "$P/tree"
for who in ci bob; do
	ssh-keygen -q -t ed25519 -N '' -C $who -f "$P/keys/$who"
done
sk=$top_builddir/tests/lib/sk_sign
{
	echo "ci namespaces=\"sluice-artefact\" $(cut -d' ' -f1,2 "$P/keys/ci.pub")"
	echo "someone $(cut -d' ' -f1,2 "$P/keys/bob.pub")"
	test ! -x "$sk" || echo "bob $("$sk" key-of-bob)"
} >"$P/allowed_signers"
must "the engine starts" engine_start
echo 1 >"$P/tree/file"
for v in 1 2 3 4; do
	echo $v >"$P/tree/file"
	tar -C "$P/tree" -cf "$P/$v.tar" .
done
chmod a+r "$P"/*.tar

# sign WHO FILE [NAMESPACE]
sign()
{
	rm -f "$2.sig"
	ssh-keygen -q -Y sign -f "$P/keys/$1" -n "${3:-sluice-artefact}" "$2" \
		2>/dev/null
	chmod 644 "$2.sig"
}
add()
{
	run as alice sluice release add shop "$1" "$P/$1.tar" --json
}
signed()
{
	run as alice sluice release add shop "$1" "$P/$1.tar" \
		--signature "$P/${2:-$1.tar}.sig" --json
}

sign ci "$P/1.tar"
signed 1
is "$status" 0 "signed over its bytes"
out_is .signed_by ci "by whom is said"
sha256sum "$P/2.tar" | cut -c1-64 >"$P/sum"
sign ci "$P/sum"
signed 2 sum
out_is .signed_by ci "signed over its digest"

sign ci "$P/1.tar"
signed 3 1.tar
is "$status" 3 "the signature of another artefact"
out_is .error.code signature "is refused"
like "$out" 'not of these bytes' "and says why"
sign ci "$P/3.tar" git
signed 3
like "$out" "made for 'git', not for 'sluice-artefact'" "another namespace"
sign ci "$P/3.tar" file
signed 3
like "$out" 'not permitted for use in signature namespace' \
	"one that its key may not sign in"
ssh-keygen -q -t ed25519 -N '' -f "$P/keys/nobody"
sign nobody "$P/3.tar"
signed 3
like "$out" 'not among the allowed signers' "a key of nobody"
exit_is 1 "nothing was added" sluice release show shop 3 --json
is "$(sluice audit ls --json |
	jq '[.[]|select(.what == "refused" and .detail.method == "release.add")]|length')" \
	4 "each refusal is in the ledger"

# The policy asks for it, when it is asked and when it starts.
add 4
out_is .signed_by null "without a signature"
new_change alice 4 prod
out_is .state submitted "it waits"
like "$out" 'artefact_signed_by: the artefact is not signed, ci.*build asked for' \
	"for one, and says so"
sign bob "$P/4.tar"
signed 4
out_is .signed_by someone "signed by somebody else"
is "$(change_state "$C")" submitted "it waits still"
sign ci "$P/4.tar"
signed 4
out_is .signed_by ci "signed later, by the right one"
is "$(change_state "$C")" approved "it goes on by itself"
sed -i '/^ci/d' "$P/allowed_signers"
exit_is 3 "a signer that was taken away" as alice sluice start "$C" --json
out_is .error.code signature "starts nothing"
like "$out" "by 'ci' does not count any more" "and says why"
echo "ci $(cut -d' ' -f1,2 "$P/keys/ci.pub")" >>"$P/allowed_signers"
exit_is 0 "with them it starts" as alice sluice start "$C" --wait
ok "all of it verifies" sluice audit verify
mkdir -m 777 "$P/out"
ok "and is exported" as bob sluice audit export --change "$C" "$P/out/x"
like "$(cd "$P/out/x" && cut -s -f2- README | sh)" 'all is well' \
	"and checks"

# A key in a device, made in software and verified by the real ssh-keygen.
if test -x "$sk"; then
	new_change alice 4 device
	for touched in 0 1; do
		as bob sluice change statement "$C" --verb approve >"$P/st"
		"$sk" key-of-bob sluice-decision $touched <"$P/st" >"$P/st.sig"
		chmod 644 "$P/st.sig"
		run as bob sluice approve "$C" --digest "$(digest_of "$C")" \
			--signature "$P/st.sig" --json
		test $touched = 1 || like "$out" 'nobody touched the device' \
			"a device that nobody touched"
	done
	out_is .state approved "a device that somebody touched"
	ok "and starts" as alice sluice start "$C" --wait
else
	skip 3 "no tests/lib/sk_sign"
fi
engine_stop

# Each head goes to syslog once it is durable.
perl -MIO::Socket::UNIX -MSocket -e '
	my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0])
		or die;
	open my $out, ">>", $ARGV[1] or die;
	$out->autoflush(1);
	while (defined $s->recv(my $m, 65536)) { print $out "$m\n" }
	' "$P/log.sock" "$P/log" &
at_exit "kill $! 2>/dev/null"
wait_for 'test -S "$P/log.sock"' 10
SLUICE_SYSLOG=$P/log.sock
export SLUICE_SYSLOG
engine_start
new_change alice 2 device
head=$(sluice engine status --json | jq -r .ledger_head)
ok "the head is in syslog" wait_for "grep -q 'ledger [0-9]* $head engine' '$P/log'" 10
like "$(grep "change.new $C by alice" "$P/log")" '^<85>.*sluiced\[[0-9]+\]: ledger [0-9]+ [0-9a-f]{64}' \
	"each entry, and what it is about"
engine_stop
done_testing
