# A canary earns its way: a good one goes to the end, a bad one is stopped by
# its analysis and goes back by itself, one without numbers is held; gates
# wait for the person whose role they name.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

sandbox_conf <<END
hosts = ( { name = "h-[1-4]"; transport = "local"; path = "$T/h/[1-4]"; labels = { role = "web"; }; } );
services = ( { name = "shop"; root = "/srv/shop";
	metrics = (
		{ name = "errors"; run = "./errors"; worse = "higher"; tolerance = 0.1; critical = true; },
		{ name = "oddity"; log = "/log"; pattern = "ERROR|FATAL"; worse = "higher"; weight = 0; },
		{ name = "falls"; restarts = "shop"; worse = "higher"; weight = 0; }
	); } );
strategies = (
	{ name = "canary"; kind = "canary"; waves = ( 1, "100%" ); bake = "2s"; on_failure = "rollback";
	  analysis = { interval = "1s"; min_samples = 5; within = "20s"; hosts = 3; }; },
	{ name = "again"; kind = "canary"; waves = ( 1, "50%", "100%" ); fast_track = { within = "1h"; waves = ( "50%", "100%" ); }; },
	{ name = "asks"; kind = "canary"; waves = ( 1, "100%" );
	  analysis = { interval = "1s"; min_samples = 3; within = "4s"; };
	  gates = ( { kind = "check"; run = "test -e $T/go"; attempts = 100; interval = "200ms"; },
		{ kind = "approval"; within = "1h"; otherwise = "rollback"; } ); }
);
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; strategy = "canary"; },
	{ name = "other"; hosts = "role=web"; services = [ "shop" ]; } );
END

# release VERSION COMMAND: one whose metric is what COMMAND prints.
release()
{
	mkdir "$T/$1"
	printf '#!/bin/sh\n%s\n' "$2" >"$T/$1/errors"
	chmod +x "$T/$1/errors"
	sluice release add shop "$1" "$T/$1"
}

state_is()
{
	test "$(sluice rollout show "$1" --json | jq -r .state)" = "$2"
}

gate_is()
{
	test "$(sluice rollout show "$1" --json | jq -r .gate.kind)" = "$2"
}

cd "$T" || exit 99
for i in 1 2 3 4; do
	mkdir -p "h/$i"
	echo fine >"h/$i/log"
done
# A unit that restarts once a second, on each host.
mkdir bin
cat >bin/systemctl <<'END'
#!/bin/sh
test "$*" = "show -p NRestarts --value -- shop" && date +%s
END
chmod +x bin/systemctl
PATH=$T/bin:$PATH
must "the engine starts" engine_start
must "a first release" release 1.0 'echo 100'
must "a good one" release 1.1 'echo 101'
must "a bad one" release 1.2 \
	'echo ERROR >>"$SLUICE_ROOT/../../log"; echo 150'
must "one without numbers" release 1.3 'echo many'
run sluice change new shop 1.0 prod --strategy all --json
must "it runs everywhere" sluice start "$(id_of)" --wait

run sluice change new shop 1.1 prod --json
change=$(id_of)
like "$(sluice change plan "$change")" \
	'gate analysis after each for_ms 2000 within_ms 20000 otherwise hold' \
	"the plan says what the canary has to pass"
run sluice change show "$change" --json
out_is '.estimate | [.shortest_s, .hosts_at_risk] | flatten | join(" ")' \
	"2 1 4" "what it takes at least, and how many hosts are at risk"
exit_is 0 "a rise inside the tolerance passes" sluice start "$change" --wait
run sluice analysis show "$change" --json
out_is .verdict pass "and why is kept"
out_is '.waves[0].metrics[0].failures_canary' 0 "with the failures to sample"
like "$(sluice analysis show "$change")" 'errors: pass' "in words too"

run sluice change new shop 1.2 prod --json
change=$(id_of)
exit_is 4 "a bad one goes back by itself" sluice start "$change" --wait
like "$(sluice change show "$change" --json | jq -r .reason)" \
	'errors: shift \+4[0-9.]+ %' "with the right reason"
run sluice analysis show "$change" --json
out_is '.metrics[] | select(.name == "oddity") | (.canary | max) > 30' true \
	"lines of its log are counted, a minute"
out_is '.metrics[] | select(.name == "falls") | .baseline | add / length |
	. > 40 and . < 80' true "and restarts of its unit"
is "$(tail -1 h/1/srv/shop/current/errors)" "echo 101" \
	"the canary runs what it ran"
run sluice rollout hosts "$(sluice rollout ls --json |
	jq -r '.[-1].id')" --json
out_is 'length' 1 "and only the canary had to go back"

run sluice release show shop 1.2 --json
out_is .quarantined true "it is quarantined by itself"
like "$(printf '%s\n' "$out" | jq -r .quarantine_reason)" \
	"^taken back in 'prod' \\(R-[0-9]+\\): " "and the release says why"
run sluice release show shop 1.1 --json
out_is .quarantined false "the good one is not"
out_is '[.environments[] | "\(.env) \(.hosts)/\(.hosts_total) \(.state) \(.next)"] |
	join(", ")' "prod 4/4 succeeded false, other 0/4 null true" \
	"environments and versions are a matrix"
like "$(sluice release show shop 1.2)" \
	'prod: 1.1 on 4 of 4 hosts; C-3 rolled_back' "in words too"
run sluice change new shop 1.2 other --json
exit_is 3 "what was taken back is not started elsewhere" \
	sluice start "$(id_of)" --json
out_is .error.code quarantined "it is quarantined"
like "$out" "had to be taken back in 'prod'" "and why is said"
run sluice change new shop 1.1 prod --strategy again --json
like "$(sluice change plan "$(id_of)")" 'fast_track within_ms 3600000' \
	"what was healthy here lately goes faster, and the plan says so"
like "$(sluice change plan "$(id_of)")" 'wave 1 hosts 2' "by larger waves"
run sluice change new shop 1.3 prod --strategy again --json
like "$(sluice change plan "$(id_of)")" 'wave 1 hosts 1' "others do not"

run sluice change new shop 1.3 prod --strategy asks --json
change=$(id_of)
must "it starts" sluice start "$change"
must "without numbers it is held" wait_for "state_is $change paused" 30
like "$(sluice rollout show "$change" --json | jq -r .reason)" \
	"'many' is not a number" "and says why"
exit_is 0 "a person takes it on" sluice advance "$change"
must "to the check" wait_for "gate_is $change check" 10
run sluice rollout show "$change" --json
out_is .gate.of 3 "of three gates"
out_is '[.gate.since, .gate.deadline] | map(type) | join(" ")' \
	"string null" "since when, and no deadline where none was given"
run sluice rpc rollout.waves "{\"id\": \"$change\"}"
out_is '[.waves[] | "\(.hosts): \([.gates[].kind] | join(" "))"] | join("; ")' \
	"1: analysis check approval; 3: " "its way is told as the plan has it"
out_is '.metrics | join(" ")' "errors oddity falls" "with what is compared"
engine_kill9
must "the engine starts again" engine_start
run sluice rollout show "$change" --json
out_is .gate.kind check "a kill leaves it there"
touch go
must "the check passes when it can" wait_for "gate_is $change approval" 20
run sluice rollout show "$change" --json
out_is .gate.otherwise rollback "the outcome is said before"
isnt "$(printf '%s\n' "$out" | jq -r .gate_until)" null "and the deadline"
out_is '(.gate.deadline | fromdate) - (.gate.since | fromdate)' 3600 \
	"which is what was given after it came there"
exit_is 0 "a person says go on" sluice advance "$change"
must "and it goes to the end" wait_for "state_is $change succeeded" 20

run sluice analysis replay --json
out_is 'map(select(.judged == "stopped rightly")) | length' 1 \
	"replay finds the bad one"
out_is 'map(select(.judged == "stopped wrongly")) | length' 0 \
	"and no other"
done_testing
