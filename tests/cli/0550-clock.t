# Two years in one engine, by a clock that is not the machine's: windows of a
# half-hour zone in the south open and close through both changes of its
# clocks, and a jump over an edge neither starts nor ends anything silently.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
lib=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
test -n "$lib" || skip_all "libfaketime is missing"
# Its runtime wants to be the first library, and so does this one.
test -z "$SANITIZER" || skip_all "no other clock under the address sanitizer"

sandbox_conf <<END
timezone = "Australia/Lord_Howe";
hosts = ( { name = "h-1"; transport = "fake"; path = "latency=1ms"; } );
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = ( { name = "prod"; hosts = "name=h-1"; services = [ "shop" ];
	protect = "none"; estimate = "1m"; start_grace = "10m";
	windows = ( { name = "early"; start = "2026-01-01 01:00"; duration = "1h"; rrule = "FREQ=DAILY"; } ); } );
END
clock=$T/clock

# at TIME: what the engine's clock shows from now on, in UTC.
at()
{
	printf '@%s\n' "$1" >"$clock.new"
	mv "$clock.new" "$clock"
}

# engine_at TIME: a new start of the engine then.
engine_at()
{
	at "$1"
	env LD_PRELOAD="$lib" FAKETIME_TIMESTAMP_FILE="$clock" FAKETIME_NO_CACHE=1 NO_FAKE_STAT=1 \
		FAKETIME_DONT_FAKE_MONOTONIC=1 TZ=UTC \
		"$SLUICE" engine start --quiet </dev/null || return 1
	engine_pid
}

cd "$T" || exit 99
mkdir one
echo 1 >one/VERSION
must "the engine starts in 2027" engine_at "2027-01-10 00:00:00"
must "a release" sluice release add shop 1 one

# In summer it is UTC+11, in winter UTC+10:30: 01:00 there is 14:00 or 14:30.
for when in "2027-01-10 13:00:00 14:00" "2027-04-02 13:00:00 14:00" \
	"2027-04-04 13:00:00 14:30" "2027-07-01 13:00:00 14:30" \
	"2027-10-01 13:00:00 14:30" "2027-10-03 13:00:00 14:00" \
	"2028-02-28 13:00:00 14:00" "2028-12-31 13:00:00 14:00"; do
	at "${when% *}"
	ok "at $when it opens at its hour" wait_for \
		'sluice window next prod --for 5m --json | jq -e --arg t "${when%% *}T${when##* }:00Z" ".starts_at == \$t" >/dev/null' 10
done

# 01:00 to 02:00 on the night when 01:30 to 02:00 comes twice: the hour is
# exact, so it ends at 01:30 by the clocks, before the second half.
run sluice calendar --json --from 2027-04-03T13:00:00Z --to 2027-04-03T16:00:00Z
out_is '[.[]|.starts_at + " " + .ends_at]|join(",")' \
	"2027-04-03T14:00:00Z 2027-04-03T15:00:00Z" \
	"an hour is an hour where the clocks go back"

# A jump over the opening: nothing starts by it, somebody is asked.
at "2028-12-31 13:00:00"
must "a release of that year" sluice release add shop 2 one
run sluice change new shop 2 prod --at 2028-12-31T14:10:00Z --json
C=$(id_of)
out_is .state scheduled "a change is scheduled"
at "2028-12-31 14:40:00"
ok "the clock jumps past its start: it is asked about" wait_for \
	'sluice change show $C --json | jq -e ".state == \"scheduled\" and (.reason // \"\" | contains(\"missed\"))" >/dev/null' 15
ok "the jump is in the ledger" wait_for \
	'sluice audit ls --json | jq -e "any(.[]; .what == \"clock.jump\")" >/dev/null' 5
exit_is 0 "a person starts it" sluice start "$C" --wait
ok "the ledger verifies" sluice audit verify

# Down when it was due, and back too late: the same.
run sluice change new shop 2 prod --at 2029-01-01T14:10:00Z --json
D=$(id_of)
engine_stop
must "the engine comes back too late" engine_at "2029-01-01 14:35:00"
ok "the start that it missed is asked about" wait_for \
	'sluice change show $D --json | jq -e ".reason // \"\" | contains(\"missed\")" >/dev/null' 15
engine_stop
must "and the next day in good time" engine_at "2029-01-02 13:59:50"
must "it is moved" sluice change move "$D" --at 2029-01-02T14:00:00Z
ok "it starts by itself when the window opens" wait_for \
	'test "$(sluice change show $D --json | jq -r .state)" = succeeded' 40
engine_stop
done_testing
