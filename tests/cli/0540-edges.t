# Edges of the calendar under what runs and waits: what waits for a freeze
# starts when it is gone, what runs is held as declared and goes on, and
# conflicts are told one by one.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

effects="finish finish-wave hold rollback abort"

# conf MORE: four hosts, one after another, a second each.
conf()
{
	sandbox_conf <<END
timezone = "UTC";
hosts = ( { name = "h-[1-4]"; transport = "fake"; path = "latency=100ms"; labels = { role = "web"; }; },
	$(for w in $effects; do
		printf '%s{ name = "%s-[1-2]"; transport = "fake"; path = "latency=5ms"; labels = { w = "%s"; }; }' "$comma" $w $w
		comma=,
	done) );
services = ( { name = "shop"; root = "/srv/shop"; }, { name = "api"; root = "/srv/api"; } );
strategies = ( { name = "slowly"; kind = "rolling"; batch = 1; bake = "1s"; },
	{ name = "bakes"; kind = "rolling"; batch = 1; bake = "6s"; } );
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop", "api" ];
	strategy = "slowly"; protect = "none"; estimate = "1s"; },
	{ name = "small"; hosts = "role=web"; services = [ "shop", "api" ];
	strategy = "slowly"; protect = "none"; estimate = "1s"; concurrent = 1; }
	$1 );
END
}
conf
cd "$T" || exit 99
for v in 1 2 3 4; do
	mkdir "$v"
	echo $v >"$v/VERSION"
done
must "the engine starts" engine_start
for v in 1 2 3 4; do
	must "release $v" sluice release add shop $v $v
done
must "another service" sluice release add api 1 1

# state_is ID STATE
state_is()
{
	test "$(sluice change show "$1" --json | jq -r .state)" = "$2"
}

# A freeze that is removed while a change waits for it (traps 5 and 6).
must "a freeze" sluice freeze add quiet --env prod --from -1m --to +1h -m x
run sluice change new shop 1 prod --at +1s --json
C1=$(id_of)
ok "a change waits for the freeze" wait_for \
	'sluice change show $C1 --json | jq -e ".state == \"scheduled\" and (.reason // \"\" | contains(\"quiet\"))" >/dev/null' 10
must "the freeze is removed" sluice freeze rm F-1 -m "over"
ok "then the change starts by itself and ends well" \
	wait_for 'state_is $C1 succeeded' 30

# A freeze that begins while a rollout is in its first wave.
run sluice change new shop 2 prod --json
C2=$(id_of)
must "another rollout" sluice start "$C2"
ok "in its first wave" wait_for \
	'test "$(sluice rollout show $C2 --json | jq -r .wave)" -ge 1' 10
must "a freeze begins" sluice freeze add sudden --env prod --from -1s \
	--to +6s --running hold -m "an incident"
run sluice freeze ls --json
like "$(sluice freeze add what-if --env prod --from -1s --to +1h \
	--running hold --dry-run -m x)" 'mixed versions until' \
	"the preview says beforehand what it means"
ok "the rollout is held" wait_for \
	'test "$(sluice rollout show $C2 --json | jq -r .state)" = paused' 10
like "$(sluice rollout show "$C2" --json | jq -r .reason)" \
	"freeze 'sudden' .*mixed versions until" "and says until when"
exit_is 3 "nobody resumes it meanwhile" sluice resume "$C2" --json
out_is .error.code freeze "because of the freeze"
ok "it goes on after the freeze" wait_for 'state_is $C2 succeeded' 40

# finish-wave, in the middle of staging.
run sluice change new shop 3 prod --json
C3=$(id_of)
must "a third rollout" sluice start "$C3"
must "a freeze at once" sluice freeze add staging --env prod --from -1s \
	--to +5s --running finish-wave -m x
ok "what was staged is held before the next wave" wait_for \
	'test "$(sluice rollout show $C3 --json | jq -r .state)" = paused' 20
ok "and goes on" wait_for 'state_is $C3 succeeded' 40

# rollback: what runs is taken back, and the way back is not frozen.
run sluice change new shop 4 prod --json
C4=$(id_of)
must "a fourth rollout" sluice start "$C4"
ok "with a host on the new release" wait_for \
	'test "$(sluice rollout show $C4 --json | jq -r .hosts_done)" -ge 1' 20
must "a freeze that takes back" sluice freeze add back --env prod \
	--from -1s --to +1h --running rollback -m x
ok "it is taken back in the freeze" wait_for 'state_is $C4 rolled_back' 40
must "that freeze is removed" sluice freeze rm \
	"$(sluice freeze ls --json | jq -r '.[]|select(.name == "back").id')" -m x

# The line stops what runs but not a way back.
run sluice change new shop 4 prod --json
C5=$(id_of)
must "a fifth rollout" sluice start "$C5"
ok "under way" wait_for \
	'test "$(sluice rollout show $C5 --json | jq -r .hosts_done)" -ge 1' 20
run sluice line stop prod -m smoke --json
out_is .state stopped "the line is stopped"
ok "the rollout is held" wait_for \
	'test "$(sluice rollout show $C5 --json | jq -r .pause_cause)" = line' 10
exit_is 0 "a way back runs all the same" sluice rollback "$C5" -m "smoke" --json
ok "to its end" wait_for 'state_is $C5 rolled_back' 40
exit_is 0 "the line opens" sluice line open prod -m "fine" --json

# Each conflict by its name, and none made one (trap 16).
at=$(date -u -d '+2 days' '+%FT10:00:00Z')
for i in 1 2 3 4 5 6 7 8; do
	sluice change new shop 4 prod --at "$at" --quiet
done
run sluice change new api 1 prod --at "$at" --json
out_is '[.conflicts[]|select(.kind == "same_hosts")]|length' 8 \
	"the same hosts, eight times"
out_is '[.conflicts[]|select(.kind == "same_person").with]|unique|length' 8 \
	"the same person, each by its change"
out_is '[.conflicts[]|select(.kind == "same_service")]|length' 0 \
	"but not the same service"
C6=$(id_of)
other=$(printf '%s\n' "$out" | jq -r '.conflicts[0].with')
free=$(printf '%s\n' "$out" | jq -r '.conflicts[0].next_free_at')
is "$(sluice change show "$other" --json |
	jq --arg id "$C6" '[.conflicts[]|select(.with == $id)]|length')" 2 \
	"the other one shows it as well"
must "moved to the next free slot" sluice change move "$C6" --at "$free"
is "$(sluice change show "$C6" --json | jq -c .conflicts)" "[]" \
	"it has none there"
is "$(sluice change show "$other" --json |
	jq --arg id "$C6" '[.conflicts[]|select(.with == $id)]|length')" 0 \
	"and the other one has lost it"

# One at a time: the second waits and says where it stands.
run sluice change new shop 1 small --at +1s --json
A=$(id_of)
run sluice change new api 1 small --at +1s --json
B=$(id_of)
ok "the second waits in the queue" wait_for \
	'sluice change show $B --json | jq -e ".reason // \"\" | contains(\"position 1 in the queue\")" >/dev/null' 15
ok "both end well" wait_for 'state_is $A succeeded && state_is $B succeeded' 40
# Windows that close in a bake, with each of the outcomes they may declare.
# closing SECONDS: an environment of one service for each.
closing()
{
	from=$(date -u -d "@$(($(date +%s) - 3600))" '+%Y-%m-%d %H:%M:%S')
	for effect in $effects; do
		printf ', { name = "w-%s"; hosts = "w=%s"; services = [ "shop" ]; strategy = "bakes"; protect = "none"; estimate = "1s"; windows = ( { name = "early"; start = "%s"; duration = "%ss"; at_close = "%s"; } ); }' \
			$effect $effect "$from" $((3600 + $1)) $effect
	done
}
conf "$(closing 7200)"
must "windows are open" sluice config reload
for effect in $effects; do
	run sluice change new shop 1 w-$effect --strategy all --json
	must "a first release: $effect" sluice start "$(id_of)" --wait --quiet
	run sluice change new shop 2 w-$effect --json
	out_is .at_close.effect $effect "it says beforehand what a close means"
	eval "W_$(echo $effect | tr - _)=$(id_of)"
done
for effect in $effects; do
	eval "id=\$W_$(echo $effect | tr - _)"
	must "it starts: $effect" sluice start "$id" --quiet
	ok "and bakes" wait_for 'test "$(sluice rollout show $id --json |
		jq -r .state)" = waiting' 10
	is "$(sluice rollout show $id --json | jq '.eta_s >= 3 and .eta_s <= 7')" \
		true "$effect: what is left counts the bake"
done
conf "$(closing 0)"
must "the windows close" sluice config reload
run_is()
{
	test "$(sluice rollout show "$1" --json | jq -r "$2")" = "$3"
}
ok "hold: at once" wait_for 'run_is $W_hold .pause_cause calendar' 10
like "$(sluice rollout show "$W_hold" --json | jq -r .reason)" \
	"window 'early' of 'w-hold' closed: hold" "and it says why"
run_is "$W_hold" .wave 1
is "$?" 0 "in the bake of the first wave"
ok "rollback: taken back" wait_for 'state_is $W_rollback rolled_back' 20
ok "abort: it ends" wait_for 'state_is $W_abort aborted' 10
ok "finish-wave: after the bake" wait_for \
	'run_is $W_finish_wave .pause_cause calendar' 20
ok "finish: it goes to its end" wait_for 'state_is $W_finish succeeded' 30
conf "$(closing 7200)"
must "the windows open again" sluice config reload
must "what was held bakes again, unless a person says go on" \
	wait_for 'sluice advance "$W_hold" --quiet 2>/dev/null' 10
ok "and what was held goes on" wait_for \
	'state_is $W_hold succeeded && state_is $W_finish_wave succeeded' 40
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
