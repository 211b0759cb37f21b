# Who may take a rollout past its gates: an approval asks for a person with its
# role, and past a failed analysis go two.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"

PEOPLE="$people_all,
	{ user = \"lp\"; person = \"rita\"; roles = [ \"release-manager\" ]; }"
people_conf <<END
services = ( { name = "shop"; root = "/srv/shop";
	metrics = ( { name = "errors"; run = "cat errors"; worse = "higher"; tolerance = 0.1; critical = true; } ); } );
strategies = ( { name = "canary"; kind = "canary"; waves = ( 1, "100%" ); bake = "1s";
	analysis = { interval = "1s"; min_samples = 3; within = "60s"; };
	gates = ( { kind = "approval"; roles = [ "on-call", "security" ]; } ); } );
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; strategy = "canary";
	protect = "none"; policy = { grace = "0s"; }; },
	{ name = "other"; hosts = "name=h-1"; services = [ "shop" ]; protect = "none"; policy = { grace = "0s"; }; } );
END
exit_is 0 "the configuration is fine" sluice config check
is "$(printf '%s%s\n' "$out" "$err" | grep -c 'nobody is one')" 0 \
	"somebody can pass its gate"
sed 's/"on-call", "security"/"security"/' "$SLUICE_CONFIG" >"$P/other.conf"
exit_is 0 "of another" sluice config check "$P/other.conf"
like "$out$err" "strategy 'canary' waits for a 'security', and nobody" \
	"it says that nobody could, since security may not operate"
must "the engine starts" engine_start
# release VERSION ERRORS
release()
{
	mkdir "$P/$1"
	echo "$2" >"$P/$1/errors"
	as alice sluice release add shop "$1" "$P/$1" --quiet
}
gate_is()
{
	sluice rollout show "$C" --json |
		jq -e --arg k "$1" '.state + " " + .gate.kind == $k' >/dev/null
}
runs()
{
	cat "$P"/h/?/srv/shop/current/errors | tr '\n' ' '
}
must "a release" release 1 100
must "a good one" release 2 101
must "a bad one" release 3 150
new_change alice 1 prod --strategy all
must "it runs" as alice sluice start "$C" --wait --quiet

# An approval.
new_change alice 2 prod
must "a good one starts" as alice sluice start "$C" --quiet
ok "and waits for a person" wait_for 'gate_is "waiting approval"' 40
run sluice rollout show "$C" --json
out_is '.gate.awaits | join(" ")' "on-call security" "with one of two roles"
out_is '[.gate.otherwise, .gate.deadline] | join(" ")' "hold " \
	"it says what follows if nobody comes, and that there is no deadline"
like "$(printf '%s\n' "$out" | jq -r .reason)" \
	'a person says go on: on-call or security' "in words too"
exit_is 3 "who started it has none of them" as alice sluice advance "$C" --json
out_is .error.code denied "and is refused"
like "$out" "role 'on-call'" "by name"
exit_is 3 "a role alone does not do without the permission" \
	as bob sluice advance "$C"
is "$(runs)" "101 100 " "nothing has moved"
exit_is 0 "on-call says go on" as dave sluice advance "$C"
ok "and it goes" wait_for 'test "$(change_state "$C")" = succeeded' 20
like "$(sluice audit ls --who dave --json | jq -r '.[].reason')" \
	'a person says go on' "the ledger says who did"

# Past a failed analysis.
new_change alice 3 prod
must "a bad one starts" as alice sluice start "$C" --quiet
ok "its analysis holds it" wait_for 'gate_is "paused analysis"' 40
run as alice sluice advance "$C" --json
Q=$(id_of)
D=$(printf '%s\n' "$out" | jq -r .plan_digest)
out_is '.kind + " " + .state' "analysis.override submitted" \
	"going on is a request"
is "$(runs)" "150 101 " "and does nothing yet"
is "$(as rita sluice queue --json | jq -r '.[].id')" "$Q" \
	"it waits for a second person"
exit_is 3 "not for the first" as alice sluice approve "$Q" --digest "$D"
exit_is 3 "nor for on-call, who may not override" \
	as dave sluice approve "$Q" --digest "$D"
exit_is 0 "who may says yes" as rita sluice approve "$Q" --digest "$D"
ok "then it goes on, to the next gate" wait_for 'gate_is "waiting approval"' 20
exit_is 0 "where somebody takes it back" as dave sluice abort "$C" \
	--then rollback -m "it is bad after all"
ok "and only the canary goes back" wait_for \
	'test "$(change_state "$C")" = rolled_back' 20
is "$(runs)" "101 101 " "to what was healthy"

# It is quarantined, until two say otherwise.
new_change alice 3 other
exit_is 3 "it does not start elsewhere" as alice sluice start "$C" --json
out_is .error.code quarantined "since it is quarantined"
like "$out" "policy override $C --rule taken_back" "and says what lets it"
run as alice sluice policy override "$C" --rule taken_back \
	-m "only to look at it" --json
Q=$(id_of)
D=$(printf '%s\n' "$out" | jq -r .plan_digest)
exit_is 3 "that takes two" as alice sluice approve "$Q" --digest "$D"
exit_is 0 "and they are" as rita sluice approve "$Q" --digest "$D"
ok "then it starts" wait_for \
	'as alice sluice start "$C" --wait --quiet 2>/dev/null' 20
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
