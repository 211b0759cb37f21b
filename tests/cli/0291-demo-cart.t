# The demo's service with metrics: a bad canary stops itself, and blue-green
# switches and goes back by one command.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

unset SLUICE_CONFIG SLUICE_STATE
demo()
{
	sluice --config "$T/demo/sluice.conf" "$@"
}

# started VERSION ENV STRATEGY: sets ROLLOUT.
started()
{
	run demo change new cart "$1" "$2" --strategy "$3" --json
	CHANGE=$(id_of)
	ROLLOUT=$(demo start "$CHANGE" --yes --json | jq -r .id)
}

state_is()
{
	test "$(demo rollout show "$ROLLOUT" --json | jq -r .state)" = "$1"
}

exit_is 0 "the demo makes its sandbox" sluice demo "$T/demo"
for v in 1.0.0 1.1.0 1.2.0 1.3.0; do
	exit_is 0 "cart $v is registered" demo release show cart $v
done
started 1.0.0 cart quick
must "1.0.0 goes everywhere" wait_for "state_is succeeded" 60
started 1.0.0 duo pair-first
must "and to a first slot" wait_for "state_is succeeded" 60
is "$(readlink "$T/demo/hosts/duo-1/srv/cart/live")" slots/blue "blue is live"

started 1.2.0 cart canary
must "a bad canary stops itself" wait_for "state_is rolled_back" 60
like "$(demo change show "$CHANGE" --json | jq -r .reason)" \
	'errors: shift \+[0-9.]+ %' "and says why"
started 1.1.0 duo pair
must "green goes live" wait_for "state_is waiting" 60
is "$(readlink "$T/demo/hosts/duo-2/srv/cart/live")" slots/green \
	"on every host"
run demo rollback "$ROLLOUT" -m "not today" --json
ROLLOUT=$(id_of)
must "one command leads back" wait_for "state_is succeeded" 30
is "$(readlink "$T/demo/hosts/duo-3/srv/cart/live")" slots/blue \
	"to blue"
exit_is 0 "the engine stops" demo engine stop --yes
done_testing
