# The console with the real engine, in tmux: a rollout started, paused, gone
# on, stopped by failures, retried, taken back; the engine killed under it.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"
. "$top_srcdir/tests/lib/tmux.sh"

sandbox_conf <<END
site = "test"; timezone = "UTC";
hosts = ( { name = "h-[01-12]"; transport = "local"; path = "$T/h/[01-12]"; } );
services = ( { name = "shop"; root = "/srv/shop";
	steps = { after_switch = { idempotent = true; timeout = "60s";
		run = "echo up; test ! -e bad || test -e $T/fixed || exit 7; until test -e $T/go; do sleep 0.05; done"; }; }; } );
strategies = ( { name = "waves"; kind = "rolling"; batch = ( 2, 5 ); } );
environments = ( { name = "prod"; kind = "production"; hosts = "name=h-*";
	services = [ "shop" ]; strategy = "waves"; protect = "typed"; } );
console = { sections = ( { view = "releases"; name = "The first, only";
	query = "version:1.0.0"; } ); };
END

must "the engine starts" engine_start
mkdir "$T/one" "$T/two"
touch "$T/go" "$T/two/bad"
release_of 1.0.0 "$T/one"
change_of 1.0.0
ok "1.0.0 runs before" sluice start "$CHANGE" --wait --yes
rm "$T/go"
release_of 2.0.0 "$T/one"
change_of 2.0.0

tm new-session -d -x 80 -y 24 "exec sh"
# All of it is one job for the shell.
keys "(stty -g >'$T/before'; '$SLUICE' 2>'$T/errors'; stty -g >'$T/after')" Enter
sees "NEEDS YOU" "Home comes up"
sees "C-2 +APPROVED" "with the change that waits"

keys 5
sees "The first, only 1" "a section of the configuration stands in its list"
# Twenty sizes, and then the same screen; but for the clock.
still()
{
	screen | sed 1d
}
still >"$T/calm"
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	tm resize-window -x $((9 + n * 67 % 190)) -y $((3 + n * 29 % 57))
done
tm resize-window -x 80 -y 24
ok "after a storm of sizes it is as before" wait_for \
	'still | cmp -s "$T/calm" -' 20 || still | diff "$T/calm" - | diag
keys 3
sees "3 Approvals" "3 shows the changes"
keys a
sees "UNLOCK prod" "production is locked"
answer y "y unlocks it" "START C-2"
sees "12 hosts in 4 waves: 2, 5, 5|12 hosts in 3 waves: 2, 5, 5" \
	"the sheet says hosts and waves"
answer p "the word is typed" "confirm: p"
keys C-u
keys -l prod
sees "confirm: prod" "in full"
keys Enter
sees "> R-2 shop 2.0.0" "the rollout is opened"
sees ">WAVE 1<" "and moves"
keys p
sees "PAUSED|pausing" "p pauses it without a question"
touch "$T/go"
sees "PAUSED" "after the steps in flight"
keys p
sees "RESUME R-2" "going on is asked"
answer y "y lets it go on" "RUNNING|SUCCEEDED"
sees "SUCCEEDED" "it succeeds"
sees "ok 12 +ok 2 +ok 5 +ok 5" "and every host of it is seen to be done"
keys L
sees "h-12 after_switch: up" "the log has what they printed"

# The engine dies and comes back under the console.
engine_kill9
sees "STALE|OFFLINE" "the loss of the engine is said"
sees "sluice engine start" "and what starts it"
keys x
sees "not now, the engine cannot be reached" "nothing is sent meanwhile"
engine_start
sees "LIVE" "its return as well"
is "$(screen | grep -c 'after_switch: up')" 12 "no line of the log comes twice"
keys q
sees "SUCCEEDED" "and everything is still there"

# A release that fails: stopped, seen in words, retried.
release_of 3.0.0 "$T/two"
change_of 3.0.0
sluice start "$CHANGE" --yes >/dev/null
keys 2
sees "R-3 +PAUSED" "a bad release is held"
keys Enter
sees "bad: h-0[12]" "failing hosts are named"
keys n
keys Enter
sees "exit 7" "the transcript says exit 7"
touch "$T/fixed"
keys r
sees "RETRY R-3" "r asks"
answer y "y retries" "SUCCEEDED|HEALTHY|RUNNING|BUSY"
ok "a host of the bad release is healthy" wait_for \
	'sluice rollout hosts R-3 --json | jq -e "any(.[]; .state==\"healthy\")"' 20
keys q
sees "> R-3 shop" "q goes back"

# And back.
keys x
sees "ABORT R-3|ROLL BACK R-3" "x asks"
answer n "n cancels" "nothing was done"
keys C-z
sees "Stopped" "Ctrl-Z is the shell's"
keys fg Enter
sees "> R-3 shop" "and fg brings it back"
tm resize-window -x 40 -y 15
sees "^2 +R-3 shop" "it fits 40x15"
tm resize-window -x 200 -y 60
sees "sluice  2 Rollouts > R-3 shop 3.0.0" "and 200x60"
keys Q
sees "Leave the console" "Q asks"
keys y
ok "it ends" wait_for "test -s '$T/after'" 10
is "$(cat "$T/after")" "$(cat "$T/before")" "the terminal is as it was"
is "$(cat "$T/errors")" "" "nothing was complained about"
engine_stop
done_testing
