# iCalendar: a feed that another program reads, the same for the same state;
# files taken in again and again; what is hostile or cannot be, refused with
# its line.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

sandbox_conf <<END
timezone = "Europe/Berlin";
hosts = ( { name = "h-[1-2]"; transport = "local"; path = "$T/h/[1-2]"; labels = { role = "web"; }; } );
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; estimate = "10m";
	windows = ( { name = "office"; start = "2026-01-05 09:00"; duration = "7h"; rrule = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"; } ); },
	{ name = "stage"; hosts = "role=web"; services = [ "shop" ]; } );
END
cd "$T" || exit 99
mkdir one
echo 1 >one/VERSION
must "the engine starts" engine_start
must "a release" sluice release add shop 1.0 one
day=$(date -u -d '+10 days' +%F)
run sluice change new shop 1.0 prod --at "$day 10:00" --json
change=$(id_of)

# ics: a calendar of the lines on standard input, as "file.ics".
ics()
{
	{
		printf 'BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n'
		cat
		printf 'END:VCALENDAR\n'
	} | sed 's/$/\r/' >"${1:-file.ics}"
}

# event UID LINE...: one event.
event()
{
	printf 'BEGIN:VEVENT\nUID:%s\n' "$1"
	shift
	printf '%s\n' "$@"
	printf 'END:VEVENT\n'
}

# The feed.
must "a freeze" sluice freeze add "sales, \"big\"; days" --env prod \
	--from "$day 18:00" --to "$day 23:00" -m "we sell"
sluice calendar --ics >feed.ics
sluice calendar --ics >again.ics
ok "the same state is the same feed" cmp -s feed.ics again.ics
is "$(grep -vc "$(printf '\r')\$" feed.ics)" 0 "every line ends as it must"
is "$(LC_ALL=C awk '{ sub(/\r$/, "") } length($0) > 75' feed.ics | wc -l)" 0 \
	"none is longer than 75 octets"
like "$(cat feed.ics)" 'TZID=Europe/Berlin' "times with their zone"
like "$(cat feed.ics)" 'BEGIN:VTIMEZONE' "which is described"
# sequence_of PATTERN: SEQUENCE of the event whose UID matches.
sequence_of()
{
	tr -d '\r' <"$2" | awk -v uid="$1" '/^UID:/ { mine = index($0, uid) }
		mine && /^SEQUENCE:/ { sub(/.*:/, ""); print; exit }'
}
before=$(sequence_of "$change@" feed.ics)
must "it is moved" sluice change move "$change" --at "$day 11:00"
sluice calendar --ics >moved.ics
ok "a later version has a higher SEQUENCE" \
	test "$(sequence_of "$change@" moved.ics)" -gt "$before"
is "$(tr -d '\r' <feed.ics | grep '^UID' | sort)" \
	"$(tr -d '\r' <moved.ics | grep '^UID' | sort)" "under the same UID"
must "it is cancelled" sluice change cancel "$change" -m "not now"
must "the freeze is removed" sluice freeze rm F-1 -m "no sale"
sluice calendar --ics >cancelled.ics
is "$(grep -c 'STATUS:CANCELLED' cancelled.ics)" 2 "both are cancelled in it"
is "$(sluice calendar --ics stage | grep -c 'BEGIN:VEVENT')" 0 \
	"of another environment there is nothing"

if command -v khal >/dev/null; then
	mkdir -p cal
	printf '[calendars]\n[[sluice]]\npath = %s/cal\n[locale]\nlocal_timezone = Europe/Berlin\ndefault_timezone = Europe/Berlin\ntimeformat = %%H:%%M\ndateformat = %%Y-%%m-%%d\nlongdateformat = %%Y-%%m-%%d\ndatetimeformat = %%Y-%%m-%%d %%H:%%M\nlongdatetimeformat = %%Y-%%m-%%d %%H:%%M\n' \
		"$T" >khal.conf
	exit_is 0 "khal reads the feed" khal -c khal.conf import --batch \
		-a sluice moved.ics
	run khal -c khal.conf list "$day" 1d
	like "$out" '09:00-16:00 window: office' "with the window of that day"
	like "$out" "11:00-11:10 $change: shop 1.0 to prod" "and the change"
	like "$out" '18:00-23:00 freeze: sales' "and the freeze"
	run khal -c khal.conf list 2027-03-29 1d
	like "$out" '09:00-16:00 window: office' "at its hour in summer as well"
else
	diag "khal is missing: no other program reads the feed"
fi

# Taken in.
{
	event holiday-1@corp 'SUMMARY:Xmas\, long' 'DTSTART;VALUE=DATE:20271224' \
		'DTEND;VALUE=DATE:20271227'
	event holiday-2@corp 'SUMMARY:May day' 'DTSTART;VALUE=DATE:20270501' \
		'RRULE:FREQ=YEARLY' 'BEGIN:VALARM' 'TRIGGER:-PT1H' 'END:VALARM'
	printf 'BEGIN:VTODO\nUID:x\nEND:VTODO\n'
} | ics
exit_is 0 "holidays" sluice calendar import file.ics --as holiday --env prod --json
out_is '"\(.added) \(.unchanged) \(.ignored)"' "2 0 1" "are added"
exit_is 0 "again" sluice calendar import file.ics --as holiday --env prod --json
out_is '"\(.added) \(.changed) \(.unchanged)"' "0 0 2" "they are as they were"
run sluice calendar --json --from 2027-12-01 --to 2028-01-01 prod
out_is '[.[]|select(.kind == "holiday")|.starts_at + " " + .ends_at]|join(",")' \
	"2027-12-23T23:00:00Z 2027-12-26T23:00:00Z" "three days in the zone"
event holiday-1@corp 'SUMMARY:Xmas\, long' 'SEQUENCE:1' \
	'DTSTART;VALUE=DATE:20271224' 'DTEND;VALUE=DATE:20271228' | ics
exit_is 0 "longer" sluice calendar import file.ics --as holiday --env prod --json
out_is .changed 1 "the same UID is the same holiday"
event holiday-1@corp 'SEQUENCE:2' 'STATUS:CANCELLED' \
	'DTSTART;VALUE=DATE:20271224' | ics
run sluice calendar import file.ics --as holiday --env prod --json
out_is '.kind + " " + .state' "calendar.import approved" \
	"one that is called off forbids less: a request"
run sluice calendar --json --from 2027-12-01 --to 2028-01-01 prod
out_is '[.[]|select(.kind == "holiday")]|length' 0 "then it is gone"
must "feeds can be taken in" sluice calendar import moved.ics --as freeze --env stage

# Refused, with the line.
# refused LINE PATTERN NAME: file.ics is refused there.
refused()
{
	run sluice calendar import file.ics --as freeze --env prod --json
	is "$status" 2 "$3"
	like "$(printf '%s\n' "$out" | jq -r .error.message)" \
		"line $1: .*$2" "$3: line and reason"
}
event a@x 'DTSTART:20270101T100000Z' 'DURATION:PT1H' \
	'RDATE:20270105T100000Z' | ics
refused 8 'RDATE cannot be represented' "more starts than a rule"
event a@x 'DTSTART;TZID=Moon/Sea:20270101T100000' 'DURATION:PT1H' | ics
refused 6 "'Moon/Sea' is not a time zone" "an unknown zone"
event a@x 'DTSTART:20270230T100000Z' 'DURATION:PT1H' | ics
refused 6 'no time that there is' "a day that does not exist"
event a@x 'DTSTART:20270101T100000Z' | ics
refused 4 'no length' "an instant"
event a@x 'DTSTART:20270101T100000Z' 'SUMMARY:x' \
	'DTEND:20270101T090000Z' | ics
refused 8 'no length' "an end before the beginning"
event a@x 'DTSTART:20270101T100000Z' 'DURATION:PT1H' 'RRULE:FREQ=DAILY' \
	'EXDATE:20270105T100000Z' 'EXDATE:tomorrow' 'EXDATE:20270106T100000Z' | ics
refused 10 'tomorrow' "one of several exceptions"
: >file.ics
refused 1 'no calendar' "an empty file"
event a@x 'DTSTART:20270101T100000Z' 'DURATION:PT1H' \
	'RRULE:FREQ=SECONDLY' | ics
refused 8 'once a day' "a rule that explodes"
event a@x 'DTSTART:20270101T100000Z' 'DURATION:PT1H' \
	'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' | ics
refused 8 'never happens' "a rule that never comes"
{
	event a@x 'DTSTART:20270101T100000Z' 'DURATION:PT1H'
	event a@x 'DTSTART:20270102T100000Z' 'DURATION:PT1H'
} | ics
refused 9 'is that of line 4' "a UID twice"
printf 'BEGIN:VEVENT\nDTSTART:20270101T100000Z\nDURATION:PT1H\nEND:VEVENT\n' | ics
refused 4 'no UID' "no UID"
printf 'BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n' >file.ics
refused 3 'ends within VEVENT' "half a file"
printf 'BEGIN:VCALENDAR\nhello\n' >file.ics
refused 2 'no NAME:VALUE' "no iCalendar"
head -c 200000 /dev/zero >file.ics
refused 1 'longer than' "zeros"
head -c 3000000 /dev/zero | tr '\0' 'x' >file.ics
run sluice calendar import file.ics --as freeze --json
out_is .error.code limit "a huge file"
is "$(sluice freeze ls prod --json | jq length)" 0 "nothing of it was saved"
exit_is 1 "a file that is not there" sluice calendar import nope.ics --as freeze
exit_is 2 "a directory" sluice calendar import one --as freeze
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
