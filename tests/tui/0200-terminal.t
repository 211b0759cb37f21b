#!/bin/sh
# The console on a pty: what it costs, what it survives, what it leaves
# behind. The engine answers from a file, so that screens stand still.
. "$top_srcdir/tests/lib/tap.sh"

pty=$top_builddir/tests/lib/pty_run
engine=$top_builddir/tests/lib/canned_engine
world=$top_srcdir/tests/tui/worlds/busy.json
test -x "$pty" && test -x "$engine" || skip_all "the helpers are not built"

# Each engine ends when the pipe to it is closed with this test.
mkfifo "$tap_tmp/end"
exec 9<>"$tap_tmp/end"
start_engine()
{
	rm -f "$tap_tmp/engine.sock"
	"$engine" "$tap_tmp/engine.sock" "$@" <&9 2>"$tap_tmp/engine.log" &
	engine_pid=$!
	at_exit "kill $engine_pid 2>/dev/null"
	wait_for "test -S '$tap_tmp/engine.sock'" 5 || bail "no engine"
}

unset SSH_CONNECTION SSH_TTY MOSH_IP TERMUX_VERSION NO_COLOR TMUX SLUICE_CONFIG
export TERM=xterm-256color XDG_CONFIG_HOME="$tap_tmp"

# on_pty STEPS... : the console's bytes are in $tap_tmp/bytes, answers in $out
on_pty()
{
	run "$pty" -o "$tap_tmp/bytes" $size "$@" -- \
		"$SLUICE" --state "$tap_tmp"
}
value()
{
	echo "$out" | sed -n "s/^$1 //p" | sort -n | tail -1
}
at_most()
{
	got=$(value "$1")
	ok "$3 ($got, at most $2)" test "${got:-999999}" -le "$2"
}

start_engine "$world"
size=
on_pty wait 'NEEDS YOU' quiet 300 count first \
	key 2 quiet 300 count view \
	key j quiet 200 count move key j quiet 200 count move \
	key k quiet 200 count move key k quiet 200 count move \
	minute 4000 count tick for 3000 count idle \
	key j key j key '\r' wait HOSTS quiet 300 count open \
	key q quiet 300 count back key '\r' quiet 300 count open \
	key q quiet 300 count back key '\r' quiet 300 count open \
	key l quiet 200 count cell key j quiet 200 count cell \
	key h quiet 200 count cell key k quiet 200 count cell \
	key j quiet 100 latency key \
	key Q key y exit termios
is "$status" 0 "the console runs and is left with Q y"
like "$out" "exit 0" "it ends with 0"
like "$out" "termios echo lines" "the terminal is as it was"
at_most first 3000 "first frame, bytes"
sync_begins=$(grep -ao "$(printf '\033')\[?2026h" "$tap_tmp/bytes" | wc -l)
sync_ends=$(grep -ao "$(printf '\033')\[?2026l" "$tap_tmp/bytes" | wc -l)
ok "large frames are shown at once ($sync_begins of them), moves as they come" \
	test "$sync_begins" -ge 1 -a "$sync_begins" -le 8 -a "$sync_begins" = "$sync_ends"
not_ok "the terminal is asked nothing: answers would be typed keys" \
	grep -aqE "$(printf '\033')(\[[>=]?0?c|\[[0-9;?]*n|\[>0?q|\][0-9;]*\?|P\+q)" \
	"$tap_tmp/bytes"
at_most view 4000 "another view, bytes"
# An answer that comes late, where other tests run, is a frame more.
open=$(echo "$out" | sed -n 's/^open //p' | sort -n | head -n 1)
ok "opening a rollout, bytes ($open, at most 4000)" \
	test "${open:-999999}" -le 4000
at_most move 60 "a move of the cursor, bytes"
at_most cell 60 "a move in the grid, bytes"
at_most idle 0 "nothing happens, bytes in 3 s"
at_most key 50 "a key is answered, ms"

# What comes later than the first frame need not wait for the next.
SSH_TTY=/dev/pts/0
export SSH_TTY
on_pty wait 'NEEDS YOU' latency frame key Qy exit
at_most frame 900 "Home over ssh, ms: a frame lasts 1000"
unset SSH_TTY

for signal in TERM HUP INT QUIT SEGV BUS ABRT; do
	on_pty wait 'NEEDS YOU' quiet 100 signal $signal exit termios
	like "$out" "termios echo lines" "SIG$signal: the terminal is as it was"
	ok "SIG$signal: the other screen is left" \
		grep -aq "$(printf '\033\\[?1049l')" "$tap_tmp/bytes"
done

on_pty wait 'NEEDS YOU' size 40x15 wait 'NEEDS YOU' quiet 200 \
	size 1x1 quiet 200 size 200x60 wait 'NEEDS YOU' quiet 200 key Qy exit
is "$status" 0 "it survives 40x15, 1x1 and 200x60"
like "$out" "exit 0" "and ends with 0"

# Two hundred sizes one after the other.
storm=
i=0
while test $i -lt 200; do
	storm="$storm size $((1 + i * 37 % 210))x$((1 + i * 23 % 70)) for 10"
	i=$((i + 1))
done
on_pty wait 'NEEDS YOU' $storm size 80x24 quiet 300 key 2 wait Rollouts \
	key Qy exit
like "$out" "exit 0" "it survives two hundred sizes"

on_pty wait 'NEEDS YOU' key '\e' for 60 key '[' for 60 key B quiet 200 \
	key '\e[200~xxyyQy\e[201~' wait 'paste ignored' key Qy exit
like "$out" "exit 0" "split keys and pastes do nothing"

on_pty wait 'NEEDS YOU' key '\x1a' quiet 200 signal CONT quiet 300 key 2 \
	wait Rollouts key Qy exit termios
like "$out" "exit 0" "Ctrl-Z where no shell is: it goes on"

(
	TERM=no-such-terminal
	export TERM
	on_pty wait 'unknown here' key Qy exit
	echo "$out" >"$tap_tmp/unknown"
)
ok "an unknown TERM is said, and the console runs" \
	grep -q "exit 0" "$tap_tmp/unknown"

(
	unset LC_ALL LC_CTYPE
	LANG=C
	export LANG
	on_pty wait 'NEEDS YOU' quiet 200 key 2jj key '\r' wait HOSTS quiet 200 \
		key Qy exit
	LC_ALL=C tr -d '\000-\177' <"$tap_tmp/bytes" | wc -c >"$tap_tmp/high"
)
is "$(tr -d ' ' <"$tap_tmp/high")" 0 "LANG=C: nothing but ASCII is sent"
(
	LC_ALL=xx_YY.UTF-8
	export LC_ALL
	on_pty wait 'NEEDS YOU' key Qy exit
	echo "$out" >"$tap_tmp/locale"
)
ok "a locale that is missing: the console runs" \
	grep -q "exit 0" "$tap_tmp/locale"

(
	NO_COLOR=1
	export NO_COLOR
	on_pty wait 'NEEDS YOU' quiet 200 key 2jj key '\r' quiet 300 key Qy exit
)
not_ok "NO_COLOR: no colour is sent" \
	grep -aqE "$(printf '\033\\[[0-9;]*(3[0-7]|4[0-7]|[34]8;5)[;m]')" \
	"$tap_tmp/bytes"

run timeout 2 env TERM=dumb "$SLUICE" --state "$tap_tmp"
like "$out" "R-884 web-ui 9.4.0 prod RUNNING" "no terminal: plain lines"
unlike "$out" "$(printf '\033')" "and no control bytes"

# Live over ssh, a thousand hosts and ten thousand, both at once: what three
# seconds cost, and the memory after them.
# fleet DIR HOSTS PER_SECOND: an engine of its own.
fleet()
{
	mkdir "$1"
	jq --argjson hosts "$2" '.fleets["R-884"] |= (.count = $hosts |
		.waves = [50, $hosts - 50])' "$world" >"$1/world.json"
	"$engine" "$1/engine.sock" "$1/world.json" R-884 "$3" <&9 2>/dev/null &
	at_exit "kill $! 2>/dev/null"
	wait_for "test -S '$1/engine.sock'" 5
}
# live DIR
live()
{
	SSH_TTY=/dev/pts/0 "$pty" wait 'NEEDS YOU' key 2jj key '\r' wait HOSTS \
		for 1000 count open for 3000 count live memory kib \
		key Qy exit -- "$SLUICE" --state "$1" >"$1/out" 2>&1
}
fleet "$tap_tmp/large" 10000 200
fleet "$tap_tmp/small" 1000 20
live "$tap_tmp/large" &
large=$!
live "$tap_tmp/small"
wait $large
out=$(cat "$tap_tmp/small/out")
like "$out" "exit 0" "1,000 hosts live over ssh"
at_most live 1800 "20 changes a second, bytes in 3 s"
out=$(cat "$tap_tmp/large/out")
like "$out" "exit 0" "10,000 hosts live over ssh"
at_most live 6000 "200 changes a second, bytes in 3 s"
test -n "$(nm "$SLUICE" 2>/dev/null | grep __asan_init)" ||
	at_most kib 40000 "memory with 10,000 hosts, kB"
kill $engine_pid
wait $engine_pid 2>/dev/null
start_engine "$world"

# The engine goes and comes back.
: >"$tap_tmp/back"
(
	"$pty" -o "$tap_tmp/bytes" wait 'NEEDS YOU' count up wait 'engine lost' \
		count lost \
		wait 'the engine is back' key Qy exit -- \
		"$SLUICE" --state "$tap_tmp" >"$tap_tmp/back" 2>&1
) &
watcher=$!
wait_for "grep -q up '$tap_tmp/back'" 5
kill $engine_pid
wait $engine_pid 2>/dev/null
wait_for "grep -q lost '$tap_tmp/back'" 5
start_engine "$world"
wait $watcher
ok "the engine's loss and return are said" \
	grep -q "exit 0" "$tap_tmp/back"

done_testing
