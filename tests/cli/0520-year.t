# A year of realistic rules in several zones, as python3-dateutil works them
# out (and zoneinfo their offsets: dateutil's own are wrong where winter is the
# exception, as in Dublin): the same times, to the second, on both sides of
# every change of clocks.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
python3 -c 'import dateutil.rrule, zoneinfo' 2>/dev/null ||
	skip_all "python3-dateutil is missing"

# Each environment has its zone; rules that begin in hours that come twice or
# never are among them.
cat >"$T/rules.py" <<'END'
ZONES = ["Europe/Berlin", "Europe/Dublin", "America/New_York",
         "America/Santiago", "Australia/Lord_Howe", "Pacific/Auckland",
         "Asia/Kolkata", "Asia/Kathmandu", "Africa/Casablanca", "UTC"]
RULES = [  # name, start, days, seconds, rrule
    ("office", "2026-01-05 09:00", 0, 25200, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH"),
    ("night", "2026-01-02 22:00", 0, 14400, "FREQ=WEEKLY;BYDAY=FR"),
    ("early", "2026-01-01 02:30", 0, 5400, "FREQ=DAILY"),
    ("twice", "2026-01-01 01:45", 0, 3600, "FREQ=DAILY"),
    ("day", "2026-01-03 00:00", 1, 0, "FREQ=WEEKLY;BYDAY=SA"),
    ("patch", "2026-01-13 18:00", 0, 21600, "FREQ=MONTHLY;BYDAY=2TU"),
    ("last", "2026-01-30 20:00", 2, 7200, "FREQ=MONTHLY;BYDAY=-1FR"),
    ("fortnight", "2026-01-07 13:00", 0, 9000,
     "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"),
    ("quarter", "2026-03-31 12:00", 1, 3600,
     "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1"),
    ("leap", "2024-02-29 06:00", 0, 7200, "FREQ=YEARLY"),
    ("some", "2026-01-01 23:30", 0, 3600, "FREQ=DAILY;COUNT=400"),
    ("until", "2026-02-01 05:00", 0, 1800,
     "FREQ=DAILY;UNTIL=20261101T045959Z"),
    ("hours", "2026-01-05 06:00", 0, 1800,
     "FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=6,12,18"),
]
END
python3 - "$T" >"$SLUICE_CONFIG" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
from rules import RULES, ZONES
print('timezone = "UTC"; hosts = ( { name = "h"; transport = "local"; '
      'path = "/tmp/none"; } ); services = ( { name = "shop"; root = '
      '"/srv/shop"; } ); environments = (')
for e, zone in enumerate(ZONES):
    windows = []
    for name, start, days, seconds, rule in RULES:
        # A duration has one unit: what mixes both is said in seconds where
        # the days are none, and left to freezes by command elsewhere.
        if days and seconds:
            continue
        length = "%dd" % days if days else "%ds" % seconds
        windows.append('{ name = "%s"; start = "%s"; duration = "%s"; rrule '
                       '= "%s"; }' % (name, start, length, rule))
    print('%s{ name = "z%d"; hosts = "name=h"; services = [ "shop" ]; '
          'timezone = "%s"; windows = ( %s ); }' % (
              ", " if e else "", e, zone, ",\n".join(windows)))
print(");")
END
chmod 600 "$SLUICE_CONFIG"
must "the engine starts" engine_start
run sluice calendar --json --from 2026-01-01T00:00:00Z --to 2028-01-01T00:00:00Z
is "$status" 0 "two years of ten zones"
printf '%s\n' "$out" >"$T/rows.json"

python3 - "$T" >"$T/compared" <<'END'
import datetime as dt, json, sys
import zoneinfo
from dateutil import rrule
sys.path.insert(0, sys.argv[1])
from rules import RULES, ZONES
UTC = dt.timezone.utc
def at(local, zone):
    """The first of two, and what does not exist by the offset before."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
def spans(zone_name, start, days, seconds, rule):
    zone = zoneinfo.ZoneInfo(zone_name)
    first = dt.datetime.strptime(start, "%Y-%m-%d %H:%M")
    parts = rule.split(";")
    until = [p for p in parts if p.startswith("UNTIL=")]
    plain = ";".join(p for p in parts if not p.startswith("UNTIL="))
    for local in rrule.rrulestr(plain, dtstart=first):
        if local.year > 2028:
            break
        begin = at(local, zone)
        if until and begin > dt.datetime.strptime(
                until[0][6:], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC):
            break
        end = at(local + dt.timedelta(days=days), zone) if days else begin
        yield begin, end + dt.timedelta(seconds=seconds)
low = dt.datetime(2026, 1, 1, tzinfo=UTC)
high = dt.datetime(2028, 1, 1, tzinfo=UTC)
rows = json.load(open(sys.argv[1] + "/rows.json"))
form = "%Y-%m-%dT%H:%M:%SZ"
total = 0
for e, zone in enumerate(ZONES):
    for name, start, days, seconds, rule in RULES:
        if days and seconds:
            continue
        want = [(b.strftime(form), n.strftime(form))
                for b, n in spans(zone, start, days, seconds, rule)
                if n > low and b < high]
        got = [(r["starts_at"], r["ends_at"]) for r in rows
               if r["env"] == "z%d" % e and r["name"] == name]
        total += len(got)
        odd = sorted(set(want) ^ set(got))
        print("%s %s %s %d%s" % (
            "same" if want == got else "DIFFERENT", zone, name, len(got),
            "" if want == got else " %s" % odd[:4]))
print("rows %d" % total)
END
sed -n 's/^DIFFERENT/# &/p' "$T/compared"
is "$(grep -c '^DIFFERENT' "$T/compared")" 0 "every time is the same"
is "$(grep -c '^same' "$T/compared")" 110 "of eleven rules in ten zones"
like "$(tail -n 1 "$T/compared")" 'rows [0-9]{5}' "thousands of times"

# Both sides of a change of clocks, as a person sees them.
run sluice calendar --from 2026-10-24T22:00:00Z --to 2026-10-25T22:00:00Z z0
like "$out" 'window +z0 +z0/twice' "a window in an hour that comes twice"
run sluice window ls z0 --json
out_is '[.[]|select(.name == "early")|.clocks // ""|contains("02:30 happens twice")]|any' \
	true "it is said that an hour comes twice"
out_is '[.[]|select(.name == "early")|.clocks // ""|contains("02:30 does not exist")]|any' \
	true "and that one does not exist"
engine_stop
done_testing
