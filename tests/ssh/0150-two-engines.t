# A second engine on the same state, a second rollout on the same hosts, and
# another engine on the same hosts: each is refused, and told by whom.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"

SHOP='steps = { after_switch = { run = "test ! -e '$T'/wait || { echo on >'$T'/on; while test -e '$T'/wait; do sleep 0.05; done; }"; timeout = "60s"; }; };' \
	sshd_conf 2 | sandbox_conf
must "the engine starts" engine_start
first=$ENGINE_PID
exit_is 0 "starting it again does nothing" sluice engine start
engine_pid
is "$ENGINE_PID" "$first" "it is the same engine"
run timeout 10 "$SLUICED" --config "$SLUICE_CONFIG" --state "$SLUICE_STATE"
isnt "$status" 0 "a second engine on the same state is refused"
like "$err$(engine_log)" 'running|another|in use|locked' "and says why"
ok "the first is still there" sluice engine status

tree "$T/one" 10
ok "a release" release_of 1.0.0 "$T/one"
tree "$T/two" 10
ok "another release" release_of 2.0.0 "$T/two"
ship 1.0.0
is "$status" 0 "it is shipped"

touch "$T/wait"
change_of 2.0.0
start_change
running=$ROLLOUT
run_id=$CHANGE
wait_for "test -e '$T/on'" 30
run sluice start "$run_id" --json
is "$status" 0 "starting the running change again"
is "$(printf '%s\n' "$out" | jq -r .id)" "$running" "answers its rollout"
change_of 1.0.0
exit_is 3 "a second rollout on the same hosts is refused" \
	sluice start "$CHANGE" --json
like "$out" "$running" "and names the first"

# Another engine with a state of its own.
old_state=$SLUICE_STATE
SLUICE_STATE=$T/other
export SLUICE_STATE
ok "another engine starts" engine_start
other=$ENGINE_PID
ok "and has the release" release_of 3.0.0 "$T/one"
change_of 3.0.0
run sluice start "$CHANGE" --wait --json
isnt "$status" 0 "its rollout does not succeed"
run sluice rollout hosts "$CHANGE" --json
like "$out" 'engine' "because the hosts belong to another engine"
is "$(cat "$T/srv/h-001/shop/current/VERSION")" 2.0.0 "nothing was switched"
kill -9 "$other"
pid_gone "$other" 10
SLUICE_STATE=$old_state
rm "$T/wait"
ROLLOUT=$running
ENGINE_PID=$first
ok "the first rollout ends well" rollout_is succeeded 60
is "$(versions)" "2 2.0.0" "every host serves its release"
engine_stop
done_testing
