# The approve flow behind a bad link: 200 ms give or take 100 each way, 32
# kbit/s, escape sequences cut anywhere; an arrow is an arrow, and the yes is
# said once, to what was read.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
command -v tmux >/dev/null || skip_all "tmux is missing"
link=$top_builddir/tests/lib/slow_link
test -x "$link" || skip_all "the helpers are not built"
people_setup || skip_all "several users need root and setpriv"

people_conf <<-END
	services = ( { name = "shop"; root = "/srv/shop"; } );
	environments = ( { name = "prod"; kind = "production"; hosts = "role=web"; services = [ "shop" ]; protect = "typed";
		  policy = { approvals = 1; grace = "60s"; }; } );
END
mkdir "$P/one"
echo 1 >"$P/one/file"
cp "$link" "$P/slow_link"
must "the engine starts" engine_start
ok "a release" as alice sluice release add shop 1 "$P/one"
new_change alice 1 prod -m "fix the till"
first=$C
new_change alice 1 prod -m "the other one"

tm()
{
	tmux -L "sluice-test-$$" -f /dev/null "$@"
}
at_exit 'tm kill-server 2>/dev/null'
screen()
{
	tm capture-pane -p
}
# sees TEXT DESCRIPTION
sees()
{
	ok "$2" wait_for "screen | grep -Eq '$1'" 40
}
# Keys, and a screen as it should be when there was time for an answer.
heard()
{
	tm send-keys "$1"
	for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		screen | grep -Eq "$2" && return 0
		sleep 0.1
	done
	return 1
}
tm new-session -d -x 80 -y 24 "exec setpriv --reuid $(people_user bob) \
	--regid $(id -g "$(people_user bob)") --clear-groups \
	env -i PATH=$PATH HOME=/nonexistent LC_ALL=C.UTF-8 TZ=UTC TERM=xterm \
	SSH_TTY=/dev/pts/0 SLUICE_STATE=$SLUICE_STATE \
	SLUICE_CONFIG=$SLUICE_CONFIG \
	$P/slow_link 200 100 32000 2 $P/sluice"
sees "NEEDS YOU" "Home comes up"
tm send-keys 3
sees "\[Mine 2\]" "the queue"
# Arrows, each of whose bytes may come alone: none is taken for a letter.
for n in 1 2 3 4 5 6 7 8; do
	tm send-keys Down Up
done
tm send-keys g Down
sees "^[>❯] $first " "arrows move, and do nothing else"
tm send-keys a
sees "UNLOCK prod" "production is locked"
ok "y unlocks it" wait_for "heard y 'APPROVE $first'" 30
ok "a reason is typed" wait_for \
	"tm send-keys C-u; heard agreed 'Reason.*agreed'" 30
tm send-keys Tab
ok "it is typed" wait_for "tm send-keys C-u; heard prod 'confirm: +prod'" 30
tm send-keys Enter
sees "u undo [0-9]" "the yes is said"
ok "to the one that was read" wait_for "as bob sluice change show $first --json |
	grep -q '\"approvals_given\": *1'" 20
is "$(as bob sluice audit ls --json | jq -r '[.[] | select(.what ==
	"change.approve")] | map(.object) | join(" ")')" "$first" \
	"once, and to nothing else"
tm send-keys u
ok "u takes it back" wait_for "as bob sluice change show $first --json |
	grep -q '\"approvals_given\": *0'" 20
tm send-keys Q
sees "Leave" "and it is left"
tm send-keys y
ok "as ever" wait_for "! tm list-sessions 2>/dev/null | grep -q ." 20
done_testing
