# The demo without a terminal: a good rollout, a failing one, the way back,
# all real; the service with metrics; twice in the same directory; nothing runs
# on.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

# Whatever the environment names is not the demo's business.
unset SLUICE_CONFIG
SLUICE_STATE=$T/other
TMPDIR=$T
export SLUICE_STATE TMPDIR
serves()
{
	cat "$where"/hosts/"$1"-*/srv/shop/status |
		sort | uniq -c | awk '{ printf "%s%s %s", s, $1, $2; s = ", " }'
}

exit_is 0 "the demo runs" sluice demo
where=$(printf '%s\n' "$out" | sed -n 's/^Everything is in //p')
ok "it makes a fresh directory" test -d "$where/hosts"
like "$out" 'R-[0-9]+ succeeded' "a rollout succeeds"
like "$out" 'web-03 failed at health: ' "a host fails"
like "$out" 'R-[0-9]+ paused' "the rollout stops by itself"
like "$out" 'database refused: 32 connections' "the host says why"
like "$out" 'rollback shop 1\.1\.0' "the way back"
like "$out" 'is whole' "the ledger is whole"
like "$out" 'come back: +/[^ ]*/sluice demo ' "and how to come back"
is "$(serves web)" "30 state=up, 30 version=1.1.0" \
	"production is on the good release"
is "$(find "$where/hosts" -name current -type l | wc -l)" 40 \
	"all 40 hosts have a release"
is "$(sandbox_pids sluiced)" "" "no engine runs on"
ok "the other state directory was not touched" test ! -e "$T/other"

# What was before the person came: made by the engine, checked like anything.
past()
{
	env -u SLUICE_STATE "$SLUICE" --config "$where/sluice.conf" "$@"
}
changes=$(past change ls --json)
ok "hundreds of changes are there" test \
	"$(printf '%s\n' "$changes" | jq length)" -gt 200
for state in succeeded rolled_back rejected cancelled submitted scheduled; do
	ok "some of them $state" test 0 -lt \
		"$(printf '%s\n' "$changes" | jq "map(select(.state ==
			\"$state\")) | length")"
done
is "$(printf '%s\n' "$changes" | jq -r '(now - 91 * 86400 | todate) as $old |
	.[0] | .created_at > $old and .service != "shop"')" true \
	"the first of them is 90 days old"
exit_is 0 "the calendar has past freezes" past calendar --json --from \
	"$(date -ud '-90 days' +%FT%TZ)" --to "$(date -ud '-1 day' +%FT%TZ)"
is "$(printf '%s\n' "$out" | jq -r '[.[] | select(.kind == "freeze") |
	.name] | unique | sort | join(", ")')" \
	"autumn campaign, move of a rack, quarter end" "the three that there were"
ledger=$(past audit ls --json)
is "$(printf '%s\n' "$ledger" | jq -r '.[1].what')" demo.history \
	"the ledger says that it was simulated"
ok "several people decided" test 4 -lt "$(printf '%s\n' "$ledger" |
	jq '[.[] | select(.what == "change.approve") | .who] | unique | length')"
exit_is 0 "the ledger of all of it is whole" past audit verify

# A simulated host knows what it has when another pusher asks.
id=$(printf '%s\n' "$changes" | jq -r 'map(select(.service == "auth" and
	.env == "integration" and .state == "succeeded")) | .[-2].version')
id=$(past change new auth "$id" integration --json | jq -r .id)
exit_is 0 "a simulated host is rolled out to" past start "$id" --wait --quiet
exit_is 0 "and shows" past host show int-1 --json
is "$(printf '%s\n' "$out" | jq -r '.deployments[] |
	select(.service == "auth") | .previous_version != null')" true \
	"and it knew what it ran before"

# The service with metrics: a bad canary stops itself, and blue-green switches
# and goes back by one command.
# started VERSION ENV STRATEGY: sets ROLLOUT.
started()
{
	run past change new cart "$1" "$2" --strategy "$3" --json
	CHANGE=$(id_of)
	ROLLOUT=$(past start "$CHANGE" --yes --json | jq -r .id)
}

state_is()
{
	test "$(past rollout show "$ROLLOUT" --json | jq -r .state)" = "$1"
}

for v in 1.0.0 1.1.0 1.2.0 1.3.0; do
	exit_is 0 "cart $v is registered" past release show cart $v
done
started 1.0.0 cart quick
must "1.0.0 goes everywhere" wait_for "state_is succeeded" 60
started 1.0.0 duo pair-first
must "and to a first slot" wait_for "state_is succeeded" 60
is "$(readlink "$where/hosts/duo-1/srv/cart/live")" slots/blue "blue is live"

started 1.2.0 cart canary
must "a bad canary stops itself" wait_for "state_is rolled_back" 60
like "$(past change show "$CHANGE" --json | jq -r .reason)" \
	'errors: shift \+[0-9.]+ %' "and says why"
started 1.1.0 duo pair
must "green goes live" wait_for "state_is waiting" 60
is "$(readlink "$where/hosts/duo-2/srv/cart/live")" slots/green \
	"on every host"
run past rollback "$ROLLOUT" -m "not today" --json
ROLLOUT=$(id_of)
must "one command leads back" wait_for "state_is succeeded" 30
is "$(readlink "$where/hosts/duo-3/srv/cart/live")" slots/blue \
	"to blue"

past engine stop --yes >/dev/null 2>&1
exit_is 3 "a history is made into an empty place only" \
	env -u SLUICE_STATE "$SLUICED" --config "$where/sluice.conf" \
	--demo-history

exit_is 0 "again in the same directory" sluice demo "$where"
is "$(serves web)" "30 state=up, 30 version=1.1.0" \
	"it ends as the first time"
is "$(sandbox_pids sluiced)" "" "no engine runs on"
exit_is 2 "it has no JSON" sluice demo "$where" --json
exit_is 2 "a directory that a configuration cannot hold" \
	sluice demo "$T/a[1-2]"
done_testing
