# The command line opens the console on a terminal, and whatever runs after it
# finds the terminal as it was; engine stop asks there.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

command -v script >/dev/null || skip_all "script(1) is missing"
sandbox_conf <<END
hosts = ( { name = "h-[1-3]"; transport = "local"; path = "$T/h/[1-3]"; } );
services = ( { name = "shop"; root = "/srv/shop";
	steps = { after_switch = { run = "test ! -e $T/wait || until test -e $T/go; do sleep 0.05; done"; }; }; } );
environments = ( { name = "dev"; hosts = "name=h-*"; services = [ "shop" ]; } );
END
cd "$T" || exit 99
mkdir one && echo 1 >one/file
ok "the engine starts" engine_start
sluice release add shop 1 one >/dev/null
run sluice change new shop 1 dev --json
first=$(id_of)
sluice start "$first" --wait >/dev/null

# on_tty COMMANDS: a shell on a terminal; what is typed comes through type.
mkfifo "$T/keys"
on_tty()
{
	: >"$T/screen"
	TERM=xterm script -qfec "stty cols 80 rows 24; $1" "$T/screen" \
		<"$T/keys" >/dev/null 2>&1 &
	tty_pid=$!
	exec 8>"$T/keys"
}
sees()
{
	ok "$2" wait_for "grep -aq '$1' '$T/screen'" 10
}
leave()
{
	exec 8>&-
	ok "$1" wait_for "! kill -0 $tty_pid 2>/dev/null" 10
}
after='echo "left $?"; perl -MFcntl -e "print fcntl(STDIN, F_GETFL, 0) & O_NONBLOCK ? qq(non-blocking\n) : qq(blocking\n)"'

on_tty "\"$SLUICE\"; $after"
sees 'NEEDS YOU' "sluice alone is the console"
printf Q >&8
sees 'Leave the console' "Q asks"
printf y >&8
sees 'left 0' "y leaves"
sees '^blocking' "the terminal's descriptor is as it was"
leave "and the shell goes on"

on_tty "\"$SLUICE\" watch $first; $after"
sees 'SUCCEEDED' "watch on a terminal opens the rollout"
printf Q >&8
sees 'Leave the console' "Q asks"
printf y >&8
sees 'left 0' "y leaves"
leave "to the shell"

on_tty "\"$SLUICE\" watch $first --plain --exit; $after"
sees 'R-1 succeeded' "watch --plain prints lines"
sees 'left 0' "and ends"
leave "to the shell"

# engine stop asks when a rollout runs.
: >wait
sluice release add shop 2 one >/dev/null
run sluice change new shop 2 dev --json
run sluice start "$(id_of)" --json
rollout=$(id_of)
ok "a rollout runs" wait_for \
	'sluice rollout steps "$rollout" --json |
		jq -e "any(.[]; .step == \"after_switch\")" >/dev/null' 20
on_tty "\"$SLUICE\" engine stop; $after"
sees 'Type .stop. to' "engine stop asks"
sees "$rollout" "and names the rollout"
printf 'no\n' >&8
sees 'left 3' "another answer: it goes on"
leave "to the shell"
exit_is 0 "the engine runs" sluice engine status

# Who watches sees the engine go and come back, and nothing twice.
"$SLUICE" watch "$rollout" --plain --exit >"$T/watched" 2>&1 &
watcher=$!
ok "it is watched" wait_for "grep -q '$rollout running' '$T/watched'" 10
engine_kill9
ok "the loss of the engine is a line" \
	wait_for "grep -q 'no engine: ' '$T/watched'" 10
engine_start
: >go
wait $watcher
is "$?" 0 "it goes on to the end of the rollout"
like "$(tail -n 1 "$T/watched")" "$rollout succeeded .*3 of 3 hosts done" \
	"which is the last line"
is "$(sed 's/^[0-9:Z]* *//' "$T/watched" | grep -c '^h-[123] healthy 2$')" 3 \
	"each host is done once"
unlike "$(cat "$T/watched")" "$(printf '\033')" \
	"no colours where there is no terminal"
engine_stop
done_testing
