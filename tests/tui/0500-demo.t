# The demo on a terminal: full on first sight, and its guided tour.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

command -v tmux >/dev/null || skip_all "tmux is missing"
unset SLUICE_CONFIG SLUICE_STATE
tm()
{
	tmux -L "sluice-test-$$" -f /dev/null "$@"
}
at_exit 'tm kill-server 2>/dev/null'
screen()
{
	tm capture-pane -pJ
}
# sees TEXT DESCRIPTION
sees()
{
	ok "$2" wait_for "screen | grep -Eq '$1'" 30
}

tm new-session -d -x 80 -y 24 "cd '$T'; '$SLUICE' demo '$T/demo'; exec sh"
ok "Home comes up" wait_for "screen | grep -q 'NEEDS YOU'" 120
sees "1/11 +Welcome" "with the first step of the tour"
sees "search +3\..*rc9" "a rollout is held already"
sees "SUBMITTED +(auth|search|billing)" "somebody waits for an answer"
tm send-keys 4
sees "2/11" "4 goes on to the calendar"
sees "([0-9]+ [2-7][:/]* +){3}" "which is full"
tm send-keys 2
sees "2/11" "a step that was not taken waits"
tm send-keys : tour Enter
sees "3/11" ":tour skips it"
tm send-keys 3
sees "RISK" "the queue"
tm send-keys Enter
sees "4/11" "opening one goes on"
tm send-keys 2
sees "5/11" "and so do the rollouts"
tm send-keys : "tour off" Enter
ok "it can be left" wait_for "! screen | grep -q '5/11'" 10
tm send-keys : tour Enter
sees "1/11 +Welcome" "and begun again"
tm send-keys Q
sees "Leave" "leaving asks"
tm send-keys y
sees "stop it: +/" "and says how to stop it"
sees "Type .remove. to go on" "and offers to"
tm send-keys Enter
sees "It runs on" "Enter leaves it"
tm send-keys "clear; '$SLUICE' demo '$T/demo'" Enter
sees "NEEDS YOU" "it opens again"
ok "without the tour" sh -c "! tmux -L 'sluice-test-$$' capture-pane -p |
	grep -q Welcome"
mkdir "$T/demo/own"
tm send-keys Q y
sees "Type .remove. to go on" "it offers again"
tm send-keys remove Enter
sees "holds only what is yours" "and removes what it made"
is "$(ls -A "$T/demo")" own "and nothing else"
is "$(sandbox_pids sluiced)" "" "no engine runs on"
done_testing
