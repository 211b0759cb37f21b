# The hosts that the other tests here rely on: many addresses, one sshd,
# strict keys, nothing left behind.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"

on()
{
	address=$1
	shift
	ssh -F none -o BatchMode=yes -o UserKnownHostsFile="$SSHD_KNOWN" \
		-o IdentitiesOnly=yes -i "$SSHD_KEY" -p "$SSHD_PORT" \
		"$SSHD_USER@$address" "$@"
}

ok "the first host" on "$(sshd_address 1)" true
ok "the 200th host" on "$(sshd_address 200)" true
ok "the 251st host" on "$(sshd_address 251)" true
is "$(on "$(sshd_address 7)" 'echo $((6 * 7))')" 42 "commands run"
exit_is 255 "outside the range no key is known" on 127.0.0.1 true
like "$err" 'key verification failed' "and that is the reason"

main_port=$SSHD_PORT
sshd_start second 'MaxSessions 1' || bail "the second sshd does not start"
isnt "$SSHD_PORT" "$main_port" "a second sshd has a port of its own"
ok "and serves" on "$(sshd_address 3)" true
sshd_cut "$SSHD_PID"
not_ok "until it is cut" on "$(sshd_address 3)" true

sshd_conf 20 | sandbox_conf
is "$(grep -c 'name = "h-' "$SLUICE_CONFIG")" 20 "20 hosts are configured"

(cd "$T" && exec sleep 100) &
is "$(sandbox_pids sleep)" "$!" "a process of the sandbox is found"
kill "$!"
ok "wait_for sees it end" pid_gone "$!" 10
not_ok "wait_for gives up" wait_for false 0
done_testing
