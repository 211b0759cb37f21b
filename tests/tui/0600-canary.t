# A canary seen in the console, on a real engine: its way and gates, levels and
# verdicts, plot and numbers; a person takes it on past an approval; one that
# is worse goes back by itself, with the reason on the screen; one without
# numbers is held and taken on by one key.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"
. "$top_srcdir/tests/lib/tmux.sh"

sandbox_conf <<END
timezone = "UTC";
hosts = ( { name = "h-[1-4]"; transport = "local"; path = "$T/h/[1-4]"; },
	{ name = "t-[1-2]"; transport = "local"; path = "$T/t/[1-2]"; } );
services = ( { name = "shop"; root = "/srv/shop";
	metrics = ( { name = "errors"; run = "./errors"; worse = "higher"; tolerance = 0.1; critical = true; } ); } );
strategies = (
	{ name = "canary"; kind = "canary"; waves = ( 1, "100%" ); bake = "1s"; on_failure = "rollback";
	  analysis = { interval = "1s"; min_samples = 5; within = "60s"; hosts = 3; };
	  gates = ( { kind = "approval"; after = 1; within = "1h"; otherwise = "rollback"; } ); },
	{ name = "short"; kind = "canary"; waves = ( 1, "100%" ); bake = "1s";
	  analysis = { interval = "1s"; min_samples = 3; within = "2s"; }; },
	{ name = "twins"; kind = "blue-green"; slots = { blue = "8001"; green = "8002"; }; hold = "1h"; } );
environments = ( { name = "prod"; hosts = "name=h-*"; services = [ "shop" ]; strategy = "canary"; },
	{ name = "pair"; hosts = "name=t-*"; services = [ "shop" ]; strategy = "twins"; } );
END
# release VERSION COMMAND: one whose metric is what COMMAND prints.
release()
{
	mkdir "$T/$1"
	printf '#!/bin/sh\n%s\n' "$2" >"$T/$1/errors"
	chmod +x "$T/$1/errors"
	sluice release add shop "$1" "$T/$1"
}
SEES_SECONDS=40

must "the engine starts" engine_start
must "a first release" release 1.0 'echo 100'
must "a good one" release 1.1 'echo 101'
must "a bad one" release 1.2 'echo 150'
must "one without numbers" release 1.3 'echo many'
change_of 1.0 --strategy all
must "it runs everywhere" sluice start "$CHANGE" --wait

change_of 1.1
start_change
tm new-session -d -x 80 -y 24 "exec '$SLUICE' 2>'$T/errors'"
sees "NEEDS YOU" "Home comes up"
keys 2
sees "$ROLLOUT +(WAITING|RUNNING|STAGING)" "the rollout is live"
keys Enter
sees "CANARY wave 1 against BASELINE" "its canary is compared"
sees "errors +101 +base 100 +limit 110" "with its levels and the limit"
sees "errors .*PASS" "it passes"
sees "stage +wave 1 +\(analysis\) +>APPROVAL< +wave 2" "its way has its gates"
sees "passed +waits" "one is passed, at one it waits"
sees "Gate 2 of 2 after wave 1: a person says go on; else at" "for whom"
sees "its hosts go back" "and what follows else"
keys =
sees "TIME +CANARY +BASELINE" "= shows the numbers"
sees "[0-9]:[0-9][0-9] +101 +100 +100 +100 +0" "of each moment"
keys =
sees "canary +baseline .* limit" "and the plot again"
sees "101.*⣀|⣀|⠤|⠒|⠉" "in dots"
keys q
tm resize-window -x 40 -y 15
sees "^gate approval .* else BACK" "on a phone the gate is a line"
sees "^errors +101/110 .*PASS" "and the metric another"
tm resize-window -x 80 -y 24
keys a
sees "ADVANCE $ROLLOUT" "a asks"
sees "It goes on past this gate at once" "what that does"
answer y "y takes it on" "SUCCEEDED"
sees "errors .*PASS" "what was found stays on the page"

change_of 1.2
start_change
keys 2
keys ']'
keys ']'
keys ']'
keys ']'
sees "$ROLLOUT" "the next one"
keys g
keys Enter
sees "$ROLLOUT shop 1.2" "is opened"
sees "errors .*FAIL" "it fails"
sees "the analysis failed: errors: shift \+4[0-9.]+ %|errors: shift \+4[0-9.]+" \
	"with the reason in words"

change_of 1.3 --strategy short
start_change
ok "one without numbers is held" wait_for \
	'test "$(sluice rollout show "$ROLLOUT" --json | jq -r .state)" = paused' 40
keys 2
keys g
sees "$ROLLOUT" "it is in the list"
keys g
keys Enter
sees "$ROLLOUT shop 1.3" "is opened"
sees "PAUSED" "and seen to be held"
sees "NO DATA" "without data, which is no pass"
sees "a advance" "a person may take it on"
keys a
sees "the analysis is nodata" "knowing that"
answer y "y takes it on" "SUCCEEDED"
# Two colours as slots of the same hosts.
state_is()
{
	test "$(sluice rollout show "$ROLLOUT" --json | jq -r .state)" = "$1"
}
# Whether it does not wait any more, within a moment.
state_goes_on()
{
	for try in 1 2 3 4 5; do
		state_is waiting || return 0
		sleep 0.1
	done
	return 1
}
run sluice change new shop 1.0 pair --json
CHANGE=$(id_of)
start_change
ok "the first colour is live" wait_for "state_is succeeded" 30
run sluice change new shop 1.1 pair --json
CHANGE=$(id_of)
start_change
ok "the other colour takes over" wait_for "state_is waiting" 30
keys 2
keys g
sees "$ROLLOUT" "it is in the list"
keys g
keys Enter
sees "COLOURS .* read back" "who is live is read back"
sees "(BLUE|GREEN) kept for the way back .*(BLUE|GREEN) LIVE" "and said"
sees "shop 1.0 +2 of 2 healthy .*shop 1.1 +2 of 2 healthy" "with what each runs"
keys x
sees "switch the traffic back" "x offers the way back"
answer b "b chooses it" "\(\*\) b"
keys Tab
keys Tab
ok "y switches back" wait_for 'keys y; state_goes_on' 20
ok "at once" wait_for 'test "$(sluice rollout show "$CHANGE" --json | jq -r .state)" = succeeded ||
	test "$(sluice change show "$CHANGE" --json | jq -r .state)" = rolled_back' 30
is "$(sluice host show t-1 --json | jq -r .version)" 1.0 "what was live is again"
is "$(cat "$T/errors")" "" "nothing was complained about"
keys Q
keys y
engine_stop
done_testing
