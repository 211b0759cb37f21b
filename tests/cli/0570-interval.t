# A yes is for the window in which the change would start: moving it within
# that alters nothing, into another asks again, and with it the yes ends.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
. "$top_srcdir/tests/lib/clock.sh"
people_setup || skip_all "several users need root and setpriv"
test -n "$clock_lib" || skip_all "no libfaketime: it would take hours"

# from MINUTES FORMAT: so far from now.
from()
{
	date -u -d "$1 minutes" "+$2"
}
WHEN='%Y-%m-%d %H:%M'
people_conf <<END
timezone = "UTC";
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; protect = "none"; estimate = "1s";
	policy = { approvals = 1; grace = "0"; };
	windows = (
	{ name = "now"; start = "$(from -10 "$WHEN")"; duration = "40m"; },
	{ name = "soon"; start = "$(from 60 "$WHEN")"; duration = "1h"; },
	{ name = "later"; start = "$(from 180 "$WHEN")"; duration = "1h"; } ); } );
END
mkdir "$P/one"
echo 1 >"$P/one/file"
must "the engine starts" clock_engine_start
as alice sluice release add shop 1 "$P/one" >/dev/null

new_change alice 1 prod --at +70m
soon="$(from 60 "%Y-%m-%dT%H:%M:00Z")/$(from 120 "%Y-%m-%dT%H:%M:00Z")"
like "$(sluice change plan "$C" | tr ' ' T)" "interval.*$soon" \
	"the plan names the window"
yes_by bob "$C"
is "$(change_state "$C")" scheduled "one yes is enough"
digest=$(sluice change show "$C" --json | jq -r .plan_digest)
must "it moves within the window" as alice sluice change move "$C" --at +100m
is "$(sluice change show "$C" --json | jq -r '.state + " " + .plan_digest')" \
	"scheduled $digest" "the yes is for that as well"
exit_is 3 "a start in the window before it" as alice sluice start "$C" --now \
	--json
out_is .error.code not_approved "is not what was agreed to"
like "$out" "approved for a window that opens at" "and it says so"
must "it moves into another" as alice sluice change move "$C" --at +190m
is "$(change_state "$C")" voided "which voids the yes"
must "submitted" as alice sluice change submit "$C"
yes_by bob "$C"
is "$(change_state "$C")" scheduled "and a new one is for that"

# Nothing starts; the window goes by.
must "the line is stopped" as alice sluice line stop prod -m "no"
clock_pass 11700
ok "its time comes" wait_for \
	'sluice change show "$C" --json | jq -r .reason | grep -q stopped' 20
is "$(change_state "$C")" scheduled "the yes holds as long as the window"
clock_pass 3600
ok "and ends with it" wait_for 'test "$(change_state "$C")" = expired' 20
is "$(sluice rollout ls --json)" "[]" "nothing was started"
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
