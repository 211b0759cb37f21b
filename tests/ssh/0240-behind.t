# A host that was away during a rollout that succeeded without it comes back
# behind: it says which rollout it missed, and a retry brings it along. What
# somebody switched by hand is found, too.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"
first=$SSHD_PORT
sshd_start away || bail "no second sshd"
away=$SSHD_PORT away_pid=$SSHD_PID
SSHD_PORT=$first
PROD='strategy = "loose";' \
MORE='strategies = ( { name = "loose"; kind = "all"; budget = { hosts = 1; unreachable = 2; }; } );' \
	sshd_conf 3 | sed "/h-003/s/address/port = $away; address/" | sandbox_conf
must "the engine starts" engine_start
ok "a release" release_of 1.0.0 "$T/one"
ok "another" release_of 2.0.0 "$T/two"
ship 1.0.0
is "$status" 0 "all three have it"
sluice engine restart >/dev/null
sshd_cut "$away_pid"
ship 2.0.0
missed=$ROLLOUT
is "$status" 0 "the next succeeds without one"
is "$(versions)" "1 1.0.0, 2 2.0.0" "which still has the old"
run sluice host ls
like "$out" "h-003 .*behind, missed $missed" "host ls says what it missed"
exit_is 1 "host check" sluice host check name=h-003
like "$out" 'h-003 +failed' "does not reach it"

sshd_name=away sshd_start_on "$away" || bail "it does not come back"
exit_is 1 "it comes back" sluice host check name=h-003
like "$out" "h-003 +degraded" "and is not as it should be"
like "$out" "behind \\(missed $missed\\): 1\\.0\\.0, not 2\\.0\\.0" "in words"
run sluice host check name=h-003 --json
out_is '.[0].services[0]|[.version, .expected_version, .state, .missed]|join(" ")' \
	"1.0.0 2.0.0 behind $missed" "and for scripts"
exit_is 0 "the rollout is retried for it" sluice retry "$missed"
ok "it ends" wait_for 'test "$(versions)" = "3 2.0.0"' 30
rollout_is succeeded 30
exit_is 0 "all are as they should be" sluice host check

ln -s "$(cd "$T/srv/h-001/shop" && echo releases/1.0.0-*)" "$T/x"
mv -T "$T/x" "$T/srv/h-001/shop/current"
exit_is 1 "somebody switched a host by hand" sluice host check
like "$out" "h-001 +degraded .*1\\.0\\.0, not 2\\.0\\.0" "which is found"
run sluice audit ls --json
out_is '[.[]|select(.what=="host.found")][-1].object' h-001 "and in the ledger"
run sluice host show h-001 --json
out_is '[.version, .state]|join(" ")' "1.0.0 behind" "and known"
rm "$T/srv/h-001/shop/current"
ln -s /somewhere/else "$T/srv/h-001/shop/current"
exit_is 1 "and to something that is not ours" sluice host check name=h-001
like "$out" 'unmanaged, not 2\.0\.0' "which is found as well"
done_testing
