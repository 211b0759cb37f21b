# The calendar's hands on a real engine: a change is picked up and put down
# two hours later, with what that does said before; a soft freeze is shown as
# one, and made longer; on a phone as well.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"
. "$top_srcdir/tests/lib/tmux.sh"

TZ=UTC
export TZ
sandbox_conf <<END
timezone = "UTC";
hosts = ( { name = "h-[1-2]"; transport = "local"; path = "$T/h/[1-2]"; } );
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = ( { name = "prod"; kind = "production"; hosts = "name=h-*"; services = [ "shop" ]; } );
END
# Another hour must not begin while it runs.
wait_for 'test "$(date +%M%S)" -lt 5900' 70
# hour DAYS HOURS: that full hour from now on.
hour()
{
	date -u -d "@$(($(date +%s) / 3600 * 3600 + $1 * 86400 + $2 * 3600))" \
		+%Y-%m-%dT%H:00:00Z
}
moved=$(hour 1 2)
ends=$(hour 2 6)
must "the engine starts" engine_start
mkdir "$T/one"
release_of 1.0.0 "$T/one"
must "a change is planned" sluice change new shop 1.0.0 prod --at "$(hour 1 0)"
must "a soft freeze" sluice freeze add quiet --env prod --from "$(hour 2 0)" \
	--to "$(hour 2 2)" --severity soft --running hold -m "the books"

tm new-session -d -x 80 -y 24 "exec '$SLUICE' 2>'$T/errors'"
sees "NEEDS YOU" "Home comes up"
sees "NEXT 24 H" "with the next 24 hours"
sees "soft freeze quiet, prod: from" "and the rules ahead"
sees "needs one more yes" "of which one is soft"
keys 4
sees "Calendar Month" "the calendar"
keys Tab
sees "Calendar Week" "its week"
keys l
sees "^(>|❯) .*shop 1.0.0 +prod +C-1" "the change stands where it is planned"
keys M
sees "moving C-1" "M picks it up"
keys j
keys j
keys Enter
sees "MOVE C-1" "and is asked about where it is put down"
sees "New start +$moved" "two hours later"
sees "Then it starts" "what that does is said before"
answer Tab "the time stays" "\\[ Cancel \\]"
answer y "y moves it" "C-1 has another start"
is "$(sluice change show C-1 --json | jq -r .scheduled_at)" "$moved" \
	"it is planned then"

keys g
keys l
keys l
sees "^(>|❯) .*freeze quiet" "the freeze is selected"
sees "soft" "and said to be soft"
sees " : |:::" "and shaded as one"
keys e
sees "EDIT FREEZE F-1" "e edits it"
sees "Severity +< soft >" "what it is stands there"
sees "What runs +< hold >" "all of it"
answer q "the sheet hears" "From +.*q"
keys C-u
keys -l "$(hour 2 0)"
sees "From +$(hour 2 0) *│" "its begin is typed as it was"
keys Tab
keys C-u
keys -l "$ends"
sees "To +$ends" "its end is typed anew"
keys Tab
sees "It would hit" "what it would hit is said before"
keys Tab
keys Tab
keys -l "two more days"
sees "Reason +two more days" "why"
keys Tab
keys -l F-1
sees "to confirm: F-1" "and the word"
keys Enter
sees "F-1 stands" "Enter saves it"
is "$(sluice freeze ls --json | jq -r '.[0].ends_at')" "$ends" \
	"it is longer"
is "$(sluice freeze ls --json | jq -r '.[0] | "\(.severity) \(.running)"')" \
	"soft hold" "and otherwise as it was"

tm resize-window -x 40 -y 15
sees "^4 " "on a phone"
keys Tab
sees "soft freeze" "it is soft there too"
keys 1
sees "^next C-1 shop|quiet, prod" "and Home says what comes"
is "$(cat "$T/errors")" "" "nothing was complained about"
keys q
keys y
engine_stop
done_testing
