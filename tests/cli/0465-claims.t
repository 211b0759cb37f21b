# Questions find who asked them when they are answered; who takes a request up
# and forgets it is told, and others see it waiting again.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"
lib=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
test -n "$lib" || skip_all "libfaketime is missing"

people_conf <<END
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; protect = "none";
	policy = { approvals = 2; grace = "0"; }; } );
notify = ( { on = [ "needs-you" ]; run = "cat >>'$P/told'"; } );
END
clock=$T/clock
at()
{
	printf '@%s\n' "$1" >"$clock.new"
	mv "$clock.new" "$clock"
}
at "2027-01-10 10:00:00"
must "the engine starts in 2027" env LD_PRELOAD="$lib" \
	FAKETIME_TIMESTAMP_FILE="$clock" FAKETIME_NO_CACHE=1 NO_FAKE_STAT=1 \
	FAKETIME_DONT_FAKE_MONOTONIC=1 TZ=UTC "$SLUICE" engine start --quiet
engine_pid
mkdir "$P/one"
echo 1 >"$P/one/file"
as alice sluice release add shop 1 "$P/one" >/dev/null
new_change alice 1 prod

# told EVENT FILTER
told()
{
	jq -rs "[.[]|select(.event == \"$1\")]|$2" "$P/told" 2>/dev/null
}
must "bob asks" as bob sluice ask "$C" -m "and the cache?"
must "carol too" as carol sluice ask "$C" -m "and the queue?"
is "$(as alice sluice queue --json | jq -r '.[].needs')" answer \
	"the author has to answer"
must "frank says something" as frank sluice comment "$C" -m "I wonder too"
is "$(as alice sluice queue --json | jq -r '.[].needs')" answer \
	"which is not the author's answer"
must "the author answers" as alice sluice comment "$C" -m "both are fine"
is "$(as alice sluice queue --json)" "[]" "which is enough"
ok "who asked is told" wait_for 'test "$(told change.answer length)" = 1' 20
is "$(told change.answer '.[0]["for"]|join(" ")')" "bob carol" "both of them"
like "$(told change.answer '.[0].text')" 'alice answers about .*both are fine' \
	"in words"
like "$(told change.answer '.[0].command')" "^sluice approve $C --digest" \
	"with the command that goes on"
must "more is said" as alice sluice comment "$C" -m "really"

run as dave sluice take "$C" --json
out_is '.taken_by[0]|.person + " " + .until[:16]' "dave 2027-01-10T10:15" \
	"dave takes it up for a quarter of an hour"
must "carol as well" as carol sluice take "$C"
yes_by carol "$C"
out_is '[.taken_by[].person]|join(" ")' dave "an answer ends it"
at "2027-01-10 10:17:00"
ok "forgotten, it ends by itself" wait_for \
	'test "$(sluice change show "$C" --json | jq -c .taken_by)" = "[]"' 20
ok "its taker is told" wait_for \
	'test "$(told change.claim_ended length)" = 1' 20
is "$(told change.claim_ended '.[0]["for"]|join(" ")')" dave "by name"
is "$(sluice audit ls --object "$C" --what change.claim_ended --json |
	jq -r '.[]|.detail.person')" dave "and the ledger says so"
is "$(told change.answer length)" 1 "nobody was told twice"
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
