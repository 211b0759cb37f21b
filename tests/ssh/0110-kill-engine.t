# kill -9 of the engine again and again while a rollout runs: it goes on by
# itself, no step runs twice, every host serves the old or the new release.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"

hosts=12
SHOP='steps = {
    before_switch = { run = "echo $SLUICE_HOST $SLUICE_ROLLOUT before >>\"$RAN\"; while test -e $HOLD; do sleep 0.1; done; sleep 0.2"; timeout = "60s"; };
    after_switch = { run = "echo $SLUICE_HOST $SLUICE_ROLLOUT after >>\"$RAN\"; while test -e $HOLD; do sleep 0.1; done; sleep 0.2"; timeout = "60s"; }; };' \
	PROD='strategy = "pairs"; vars = { RAN = "'$T'/ran"; HOLD = "'$T'/hold"; };' \
	MORE='strategies = ( { name = "pairs"; kind = "rolling"; batch = 2; } );' \
	sshd_conf $hosts | sandbox_conf

must "the engine starts" engine_start
tree "$T/one" 200
tree "$T/two" 300
ok "the first release" release_of 1.0.0 "$T/one"
ok "the second release" release_of 2.0.0 "$T/two"
ship 1.0.0
is "$status" 0 "the first is shipped"
is "$(sort "$T/ran" | uniq -c | awk '$1 != 1' | wc -l)" 0 "each step ran once"

reader_start
: >"$T/ran"
change_of 2.0.0
start_change
kills=0
# A kill whenever two more lines have been written: it falls into steps,
# between them, into a switch or into a recording, as it comes. Steps do not end
# while the engine starts, which may take longer than all of them.
while test $kills -lt 8; do
	lines=$(wc -l <"$T/ran")
	wait_for "test \$(wc -l <'$T/ran') -ge $((lines + 2)) ||
		test \"\$(rollout_state)\" = succeeded" 60 || break
	test "$(wc -l <"$T/ran")" -lt $((2 * hosts)) || break
	engine_kill9 || break
	: >"$T/hold"
	kills=$((kills + 1))
	before=$(date +%s%N)
	engine_start || break
	rm "$T/hold"
	late=$((($(date +%s%N) - before) / 1000000))
	note "kill $kills at line $lines: serving again after $late ms"
	test $late -le 20000 || slow="$slow $late"
done
ok "the engine was killed $kills times" test $kills -ge 4
is "$slow" "" "each time it served again soon (2 s on an idle machine)"
ok "the rollout goes on by itself" rollout_is succeeded 120
is "$(versions)" "$hosts 2.0.0" "every host serves the second release"
is "$(sort "$T/ran" | uniq -c | awk '$1 != 1')" "" "no step ran twice"
is "$(wc -l <"$T/ran")" $((2 * hosts)) "none was left out"
reader_stop
is "$BAD_READS" "" "a reader never saw an error"
exit_is 0 "the ledger verifies" sluice audit verify
exit_is 0 "the database is sound" sluice db check
engine_stop
done_testing
