# tmux.sh - a console in tmux: what it shows, and keys for it.
#
#	. "$top_srcdir/tests/lib/tap.sh"
#	. "$top_srcdir/tests/lib/sandbox.sh"
#	. "$top_srcdir/tests/lib/tmux.sh"
#	tm new-session -d -x 80 -y 24 "exec '$SLUICE'"
#	sees "NEEDS YOU" "Home comes up"
#	answer y "y unlocks it" "START C-2"
command -v tmux >/dev/null || skip_all "tmux is missing"
SEES_SECONDS=20
at_exit 'tm kill-server 2>/dev/null'

tm()
{
	tmux -L "sluice-test-$$" -f /dev/null "$@"
}
screen()
{
	tm capture-pane -p
}
# sees PATTERN DESCRIPTION
sees()
{
	ok "$2" wait_for "screen | grep -Eq '$1'" "$SEES_SECONDS"
}
keys()
{
	tm send-keys "$@"
}
# heard KEY PATTERN: presses it, and gives it time before it is pressed again.
heard()
{
	keys "$1"
	for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		screen | grep -Eq "$2" && return 0
		sleep 0.05
	done
	return 1
}
# answer KEY DESCRIPTION PATTERN: a sheet hears nothing for a quarter of a
# second; it is asked until it does.
answer()
{
	ok "$2" wait_for "heard '$1' '$3'" 10
}
