# kill -9 of the pushers in the middle: the hosts they drove are reached
# again, no step runs twice, and no decision is lost.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"

hosts=8
SHOP='steps = { after_switch = { run = "echo $SLUICE_HOST $SLUICE_ROLLOUT >>\"$RAN\"; sleep 0.3"; timeout = "20s"; }; };' \
	PROD='strategy = "pairs"; vars = { RAN = "'$T'/ran"; };' \
	MORE='strategies = ( { name = "pairs"; kind = "rolling"; batch = 2; } );' \
	sshd_conf $hosts | sandbox_conf
must "the engine starts" engine_start
tree "$T/one" 100
ok "a release" release_of 1.0.0 "$T/one"
: >"$T/ran"
change_of 1.0.0
start_change
kills=0
while test $kills -lt 3; do
	lines=$(wc -l <"$T/ran")
	wait_for "test \$(wc -l <'$T/ran') -gt $lines" 60 || break
	wait_for 'pids=$(pusher_pids) && test -n "$pids"' 10 || break
	kill -9 $pids && kills=$((kills + 1))
done
is $kills 3 "the pushers were killed three times"
ok "the rollout goes on by itself" rollout_is succeeded 120
is "$(sort "$T/ran" | uniq -c | awk '$1 != 1')" "" "no step ran twice"
is "$(wc -l <"$T/ran")" $hosts "none was left out"
is "$(versions)" "$hosts 1.0.0" "every host serves the release"
ok "the engine is the same" kill -0 "$ENGINE_PID"
exit_is 0 "the ledger verifies" sluice audit verify
engine_stop
done_testing
