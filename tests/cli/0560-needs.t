# What must be there first: releases of other services that a release needs
# where it goes, and its own in the environments before; named on both sides,
# with the next slot that clears it, and held to at the start.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

sandbox_conf <<END
timezone = "UTC";
hosts = ( { name = "h-[1-4]"; transport = "fake"; path = "latency=10ms"; } );
services = ( { name = "shop"; root = "/srv/shop"; }, { name = "api"; root = "/srv/api"; } );
environments = (
	{ name = "stage"; hosts = "name=h-1"; services = [ "shop", "api" ]; protect = "none"; estimate = "10m"; },
	{ name = "prod"; hosts = "name=h-2 | name=h-3"; services = [ "shop", "api" ]; protect = "none"; estimate = "10m"; },
	{ name = "last"; hosts = "name=h-4"; services = [ "shop" ]; protect = "none"; estimate = "10m"; } );
policies = ( { match = "env=last"; after = [ "stage" ]; soak = "1h"; } );
END
cd "$T" || exit 99
for v in 1 2 3; do
	mkdir "$v"
	echo $v >"$v/VERSION"
	must "api $v" sluice release add api $v $v
done

# Registering them.
exit_is 2 "a need that is none" sluice release add shop 1 1 --needs api --json
out_is .error.code usage "is wrong usage"
like "$out" 'SERVICE=VERSION' "and says what is expected"
exit_is 1 "of a service that is not there" sluice release add shop 1 1 \
	--needs cart=1 --json
out_is .error.code not_found "names nothing"
exit_is 2 "of its own service" sluice release add shop 1 1 --needs shop=2 --json
exit_is 0 "one that is" sluice release add shop 1 1 --needs api=2 --json
out_is '.needs|join(" ")' "api=2" "is registered"
exit_is 0 "again without saying so" sluice release add shop 1 1
exit_is 3 "again with another" sluice release add shop 1 1 --needs api=3 --json
out_is .error.code exists "is refused: it was planned by the first"
like "$(sluice release show shop 1)" 'needs +api=2' "it is shown"

# By name, with who brings it, and from the other side.
day=$(date -u -d '+3 days' +%F)
run sluice change new shop 1 prod --at "${day}T10:00:00Z" --json
A=$(id_of)
out_is '[.conflicts[]|.kind + " " + .with]|join(",")' "dependency prod" \
	"what it needs is nowhere"
like "$out" 'api 2, which shop 1 needs' "it is named"
out_is '.conflicts[0].next_free_at' null "and no slot is free of that"
must "a freeze over it" sluice freeze add over --env prod \
	--from "${day}T09:30:00Z" --to "${day}T10:30:00Z" -m x
is "$(sluice change show "$A" --json |
	jq -r '[.conflicts[]|.kind + " " + (.next_free_at // "never")]|join(",")')" \
	"freeze ${day}T10:30:00Z,dependency never" \
	"there is one that is free of all else"
must "and gone" sluice freeze rm F-1 -m x
like "$(sluice change move "$A" --at "${day}T10:00:00Z")" \
	'conflict: api 2, which shop 1 needs' "who plans it is told"
run sluice change new api 1 prod --at "${day}T08:00:00Z" --json
run sluice change show "$A" --json
out_is '[.conflicts[]|.kind + " " + .with]|join(",")' "dependency prod" \
	"an older one does not do"
run sluice change new api 3 prod --at "${day}T12:00:00Z" --json
B=$(id_of)
out_is '[.conflicts[]|select(.kind == "dependency")|.with]|join(",")' "$A" \
	"a newer one does, and has it as a conflict while it comes later"
run sluice change show "$A" --json
out_is '[.conflicts[]|select(.kind == "dependency")|.with]|join(",")' "$B" \
	"so has the one that needs it"
out_is '.conflicts[0].next_free_at' "${day}T12:10:00Z" \
	"whose next slot is after it"
must "the needed one is moved before" \
	sluice change move "$B" --at "${day}T09:00:00Z"
for c in $A $B; do
	is "$(sluice change show "$c" --json |
		jq '[.conflicts[]|select(.kind == "dependency")]|length')" 0 \
		"$c has none any more"
done

# Held to at the start, as a rule of the policy.
like "$(sluice policy explain "$A")" \
	'needs api=2 +fail +api is on no host .*release' "it is a rule"
like "$(sluice change plan "$A")" 'rule needs "?api=2' "and stands in the plan"
exit_is 3 "it does not start" sluice start "$A" --now --json
out_is .error.code policy "by the policy"
like "$out" "needs api=2" "named"
run sluice change new api 1 prod --json
must "an older one is shipped" sluice start "$(id_of)" --wait
exit_is 3 "it does not start yet" sluice start "$A" --now --json
like "$out" "is on 0 of 2 hosts" "and says what is there"
run sluice change new api 3 prod --hosts name=h-2 --json
must "to one host" sluice start "$(id_of)" --wait
exit_is 3 "nor now" sluice start "$A" --now --json
like "$out" "is on 1 of 2 hosts" "while half of them have it"
must "to all" sluice start "$B" --now --wait
exit_is 0 "then it starts" sluice start "$A" --now --wait --json
run sluice rollback api prod --to 1 -m "it leaks" --json
sluice watch "$(id_of)" --exit >/dev/null
run sluice change new shop 1 prod --json
exit_is 3 "not after it was taken back" sluice start "$(id_of)" --json

# The environments before it, also by policies that match, with their soak.
must "one that needs nothing" sluice release add shop 2 2
run sluice change new shop 2 last --at "${day}T10:00:00Z" --json
L=$(id_of)
out_is '[.conflicts[]|select(.kind == "dependency")|.with]|join(",")' stage \
	"it was never in stage"
run sluice change new shop 2 stage --at "${day}T09:30:00Z" --json
S=$(id_of)
run sluice change show "$L" --json
out_is '[.conflicts[]|select(.kind == "dependency")|.with]|join(",")' "$S" \
	"what is planned there comes too late"
out_is '[.conflicts[]|select(.kind == "dependency")|.next_free_at][0]' \
	"${day}T10:40:00Z" "it must be there, and for its soak, first"
must "it is in stage now" sluice start "$S" --now --wait
run sluice change show "$L" --json
out_is '[.conflicts[]|select(.kind == "dependency")]|length' 0 \
	"long enough by then"
must "moved to now" sluice change move "$L" --at +1m
run sluice change show "$L" --json
out_is '[.conflicts[]|select(.kind == "dependency")|.with]|join(",")' stage \
	"but not by now"
like "$out" "must stay in 'stage' until" "and until when"
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
