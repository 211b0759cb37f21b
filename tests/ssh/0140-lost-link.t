# Links that are cut in the middle of steps, and a host that dies and comes
# back: the steps went on or not, nothing runs twice, the rollout ends well.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start main || bail "sshd does not start"
main=$SSHD_PID
port=$SSHD_PORT

hosts=6
SHOP='steps = { after_switch = { run = "echo $SLUICE_HOST >>\"$RAN\"; sleep 1; echo $SLUICE_HOST >>\"$RAN.end\""; timeout = "30s"; }; };' \
	PROD='strategy = "pairs"; vars = { RAN = "'$T'/ran"; };' \
	MORE='strategies = ( { name = "pairs"; kind = "rolling"; batch = 2; } );' \
	sshd_conf $hosts | sandbox_conf
must "the engine starts" engine_start
tree "$T/one" 50
ok "a release" release_of 1.0.0 "$T/one"
: >"$T/ran"
change_of 1.0.0
start_change

# Twice every open link is cut while steps run; the sshd is back at once.
for round in 1 2; do
	lines=$(wc -l <"$T/ran")
	wait_for "test \$(wc -l <'$T/ran') -gt $lines" 60
	sshd_cut "$main"
	sshd_name=main
	sshd_start_on "$port" || bail "sshd does not come back"
	main=$SSHD_PID
done
# A long absence holds the rollout; then a person retries.
wait_for 'case $(rollout_state) in succeeded|paused) ;; *) false ;; esac' 90
if test "$(rollout_state)" = paused; then
	exit_is 0 "held, and retried" sluice retry "$ROLLOUT" --json
else
	pass "not held"
fi
ok "the rollout ends well" rollout_is succeeded 90
is "$(sort "$T/ran" | uniq -c | awk '$1 != 1')" "" "no step ran twice"
is "$(sort "$T/ran.end" | uniq -c | awk '$1 != 1')" "" \
	"no step was killed by the loss of its link"
is "$(wc -l <"$T/ran.end")" $hosts "each ran"
is "$(versions)" "$hosts 1.0.0" "every host serves the release"

# The client that waits is killed: nothing changes for the rollout.
tree "$T/two" 50
ok "another release" release_of 2.0.0 "$T/two"
: >"$T/ran"
change_of 2.0.0
"$SLUICE" start "$CHANGE" --wait </dev/null >/dev/null 2>&1 &
client=$!
wait_for "test -s '$T/ran'" 60
kill -9 $client
ROLLOUT=$(sluice rollout show "$CHANGE" --json | jq -r .id)
ok "the killed client's rollout ends well" rollout_is succeeded 90
is "$(versions)" "$hosts 2.0.0" "every host serves the second"
exit_is 0 "the ledger verifies" sluice audit verify
engine_stop
done_testing
