#!/bin/sh
# Every view as text at every size, against tests/tui/golden. UPDATE=1 writes
# them anew.
. "$top_srcdir/tests/lib/tap.sh"

render=$top_builddir/tests/tui/render
world=$top_srcdir/tests/tui/worlds/busy.json
golden=$top_srcdir/tests/tui/golden
test -x "$render" || skip_all "tests/tui/render is not built"

# check NAME COMMANDS...: the screen at each size and set of glyphs.
check()
{
	name=$1
	shift
	for size in 40x15 60x20 80x24 120x40 200x60; do
		check_one "$name.$size.ascii" "$size" ascii "$@"
	done
	for size in 40x15 80x24 200x60; do
		check_one "$name.$size.utf8" "$size" utf8 "$@"
	done
}

check_one()
{
	file=$golden/$1.txt
	"$render" "$world" size "$2" "$3" $4 show >"$tap_tmp/screen" 2>&1
	if test -n "$UPDATE"; then
		cp "$tap_tmp/screen" "$file"
	fi
	ok "$1 is as it was" cmp "$file" "$tap_tmp/screen"
	test "$3" = ascii || return 0
	width=${2%x*}
	ok "$1: no line is wider than the screen" \
		awk -v w="$width" '!/^== / && length($0) > w { exit 1 }' \
		"$tap_tmp/screen"
	case $1 in
	agenda.* | audit.* | changes.* | help.* | home.* | hosts.* | menu.* | \
	messages.* | month.* | releases.* | rollouts.* | week.*)
		cursor_on ">" "$1" ;;
	canary.* | colours.* | rollout.* | rollout-failing.*)
		cursor_on "[#X]" "$1" ;;
	esac
}

# The hardware cursor stands on what is selected, for whoever hears it.
cursor_on()
{
	ok "$2: the cursor is on what is selected" awk -v mark="$1" '
		/^== cursor/ {
			split($3, at, ",")
			exit substr(line[at[1] + 0], at[2] + 1, 1) !~ mark
		}
		{ line[NR - 1] = $0 }' "$tap_tmp/screen"
}

check home ""
check home-ahead "wait 2000"
check messages 'event world {"type":"rollout","object":{"id":"R-884","state":"paused","pause_cause":"failed_hosts","reason":"stopped","service":"web-ui","version":"9.4.0","env":"prod","hosts_done":4,"hosts_total":9}} key 0'
check rollouts "key 2"
check rollout "key 2 key jj key Enter"
check rollout-failing "key 2 key jj key Enter key f key n"
check rollout-zoomed "key 2 key jj key Enter key n key Enter"
check rollout-log-pane "key 2 key jj key Enter key Tab key kk"
check host "key 2 key jj key Enter key n key n key Enter key Enter"
check log "key 2 key jj key L"
check changes "key 3"
check change "key 3 key jj key Enter"
check month "key 4"
check month-day "key 4 key l"
check week "key 4 key Tab key l"
check agenda "key 4 key Tab key Tab"
check calendar-layer "key 4 key b"
# Who may plan: what acts about time ask.
jq '.hello.permissions += ["plan", "approve", "calendar", "override"] |
	."freeze.add" = {id: "F-9", hits_rollouts: 1, hits_approvals: 0,
		hits_changes: 2, hits_hosts: 1000, hits: [
		{kind: "rollout", id: "R-884", service: "web-ui",
			version: "9.4.0", env: "prod", text: "it may end"},
		{kind: "change", id: "C-890", service: "web-api",
			version: "4.2.0", env: "prod",
			text: "it waits until 30 Nov 06:00"}]} |
	."change.move" = (.world.changes[] | select(.id == "C-890") |
		.scheduled_at = "2026-11-24T10:00:00Z" |
		.fits_window = "fits" | .conflicts = [{kind: "service",
		with: "C-892", text: "C-892 of the same service runs then",
		next_free_at: "2026-11-24T15:00:00Z"}])' \
	"$world" >"$tap_tmp/planner.json" || bail "jq"
busy=$world
world=$tap_tmp/planner.json
check sheet-move "key 4 key Tab key l key kkkkkk key M key jj key Enter wait 300"
check sheet-plan "key 4 key l key +"
check sheet-freeze "key 4 key l key e wait 300 type stop key Tab type prod key Tab"
check sheet-stop "key 4 key l key p key b key p"
world=$busy
# A canary at its gate.
jq -f "$top_srcdir/tests/tui/worlds/canary.jq" "$world" \
	>"$tap_tmp/canary.json" || bail "jq"
world=$tap_tmp/canary.json
check canary "key 2 key jj key Enter"
check canary-pane "key 2 key jj key Enter key Tab key j"
check canary-metric "key 2 key jj key Enter key Tab key j key Enter"
check_one canary-metric.80x24.blocks 80x24 utf8-nobraille \
	"key 2 key jj key Enter key Tab key j key Enter"
check canary-numbers "key 2 key jj key Enter key = key J"
check sheet-advance "key 2 key jj key Enter key a wait 300 key y"
jq -f "$top_srcdir/tests/tui/worlds/colours.jq" "$busy" \
	>"$tap_tmp/colours.json" || bail "jq"
world=$tap_tmp/colours.json
check colours "key 2 key jj key Enter"
# Who plans, decides and looks into the books.
jq -f "$top_srcdir/tests/tui/worlds/proof.jq" "$busy" \
	>"$tap_tmp/proof.json" || bail "jq"
world=$tap_tmp/proof.json
HOME=/nonexistent
export HOME
check release "key 5 key Enter"
check release-matrix "key 5 key b"
check sheet-promote "key 5 key a"
check audit-chain "key 9 key ="
check entry-before "key 9 key Enter"
check sheet-signed "key 3 key a wait 300 key y"
world=$busy
check releases "key 5"
check hosts "key 6"
check hosts-problems "key 6 key f"
check host-facts "key 6 key Enter"
check audit "key 9"
check entry "key 9 key Enter"
check help "key ?"
check menu "key 2 key m"
check sheet-start "key 3 key j key a"
check sheet-unlock "key 3 key jj key a"
check sheet-typed "key 3 key jj key a wait 300 key y"
check sheet-abort "key 2 key jj key x"
check sheet-abort-back "key 2 key jj key x wait 300 key b"
check sheet-rollback "key 2 key ]]] key G key x"
check filter "key 2 key / type env:staging"
check filter-bad "key 2 key / type colour:red"
check palette "key : type r-884"
check quit "key q"
check lost "key 2 down wait 30000"
check copy "key 2 key jj key y"
# The least that can act, and the largest.
check_one home.30x8.ascii 30x8 ascii ""
check_one rollout.30x8.ascii 30x8 ascii "key 2 key jj key Enter"
check_one month.30x8.ascii 30x8 ascii "key 4"
check_one week.30x8.ascii 30x8 ascii "key 4 key Tab"
check_one change.30x8.ascii 30x8 ascii "key 3 key jj key Enter"
check_one sheet-typed.30x8.ascii 30x8 ascii "key 3 key jj key a wait 300 key y"
check_one rollout.300x100.ascii 300x100 ascii "key 2 key jj key Enter"
check_one changes.300x100.ascii 300x100 ascii "key 3"
# A week in which an hour comes twice, and one in which one never comes.
TZ=Europe/Berlin
check_one week-autumn.80x24.ascii 80x24 ascii "key 4 key Tab key [[[[[ key kkkkkkkkkkkkk key llllll"
check_one week-spring.80x24.ascii 80x24 ascii "key 4 key Tab key ]]]]]]]]]]]]]]]]] key kkkkkkkkkkkkk key llllll"
TZ=UTC
check_one tiny.20x4.ascii 20x4 ascii "key 2"
check_one tiny.1x1.ascii 1x1 ascii "key 2"

# What answers each complaint is there.
awk '/^ ?[0-9]+ / { sub(/^[^\t]*\t+/, ""); print }' \
	"$top_srcdir/tests/tui/complaints" >"$tap_tmp/answers"
missing=
while IFS=: read -r file words; do
	grep -aqF -e "$words" "$top_srcdir/$file" ||
		missing="$missing $file:$words"
done <"$tap_tmp/answers"
numbers=$(awk '/^ ?[0-9]+ / { print $1 }' "$top_srcdir/tests/tui/complaints" |
	sort -u | wc -l)
is "$numbers $missing" "30 " "every complaint has its answer"

done_testing
