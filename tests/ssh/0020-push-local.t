# The pusher with hosts of this machine: what survives its death, who holds a
# host, what hostile requests and outputs come to.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/ssh/lib_push.sh"
test -x "$DRIVE" || bail "tests/ssh/push_drive is not built"
RELEASE=1.0-aaaaaaaaaaaa
H=$T/lab/1
R=$H$PUSH_ROOT
mkdir -p "$H"
push_host a "\"transport\":\"local\",\"path\":\"$H\""
echo hello >"$T/file"

push_begin
push a stage "$(stage_args $RELEASE "$T/file" file)"
push a switch "{\"release\":\"$RELEASE\",\"attempt\":1}"
push a probe
push a exec '{"run":"echo $SLUICE_HOST; pwd; printf \"\\033[31mred\\033[0m\\033]0;title\\007 \\302\\233x \\377\\n\"","cwd":"/","timeout_ms":5000}'
push a unlock '{"note":"two\nlines"}'
push_run
is "$status" 0 "the pusher ends with the engine"
is "$(result 1 .outcome)" "done" "stage"
is "$(result 2 .outcome)" "done" "switch"
is "$(result 3 .data.current)" $RELEASE "probe"
is "$(result 4 .outcome)" "done" "exec"
is "$(output 4 | head -1)" a "it knows its host"
is "$(output 4 | sed -n 2p)" "$H" "paths are below the host's path"
is "$(output 4 | sed -n 3p)" "red �x �" "no control byte gets through"
is "$(grep -c . "$R/.sluice/journal")" "$(wc -l <"$R/.sluice/journal")" \
	"a note is one line of the journal"

# The pusher dies in the middle of a step.
push_begin
push a step "$(step_args after_switch 1 20000 \
	'echo ran >>$SLUICE_ROOT/shared/count; echo first; while ! test -e $SLUICE_ROOT/shared/go; do sleep 0.05; done; echo second; exit 3')"
push_start
ok "the step begins" wait_for 'test -s "$R/shared/count"' 10
push_kill9
touch "$R/shared/go"
ok "it ends without us" wait_for \
	'test -s "$R/.sluice/steps/R-1.after_switch.1.end"' 10
push_run
is "$(result 1 '"\(.outcome) \(.data.exit) \(.data.replayed)"')" \
	"failed 3 true" "its result is known"
is "$(output 1)" "first
second" "and what it printed"
is "$(wc -l <"$R/shared/count")" 1 "it ran once"

# Dies, and comes back while the step still runs.
rm "$R/shared/go"
push_begin
push a step "$(step_args after_switch 2 20000 \
	'echo ran >>$SLUICE_ROOT/shared/count; while ! test -e $SLUICE_ROOT/shared/go; do sleep 0.05; done; echo end')"
push_start
ok "the second attempt begins" wait_for \
	'test "$(wc -l <"$R/shared/count")" = 2' 10
ROLLOUT=R-2
cp "$push_file" "$T/again"
push_begin
push a lock
push_run
is "$(result 1 '"\(.outcome) \(.error.code)"')" "refused busy" \
	"another rollout is refused"
like "$(result 1 .error.message)" "R-1" "and told who holds the host"
push_kill9
push_run
is "$(result 1 '"\(.outcome) \(.error.code)"')" "refused busy" \
	"also while only the step is left"
ROLLOUT=R-1
cp "$T/again" "$push_file"
push_start
ok "the same rollout attaches" wait_for 'grep -q "\"host\"" "$tap_tmp/said"' 10
touch "$R/shared/go"
wait "$push_pid"
out=$(cat "$tap_tmp/said")
is "$(result 1 '"\(.outcome) \(.data.exit)"')" "done 0" "and sees it end"
is "$(wc -l <"$R/shared/count")" 2 "it ran once as well"

# A step that is killed with all it started.
rm "$R/shared/go"
push_begin
push a step "$(step_args after_switch 3 20000 \
	'while ! test -e $SLUICE_ROOT/shared/go; do sleep 0.05; done')"
push_start
P=$R/.sluice/steps/R-1.after_switch.3.pid
ok "the third attempt begins" wait_for 'test -s "$P"' 10
read -r sid rest <"$P"
ok "all of it is killed" pkill -9 -s "$sid"
wait "$push_pid"
out=$(cat "$tap_tmp/said")
is "$(result 1 .outcome)" interrupted "nobody can say what it did"
push_run
is "$(result 1 .outcome)" interrupted "it is not run again"

# After a reboot nothing runs, whatever has its number now.
push_begin
push a step "$(step_args after_switch 4 20000 'exit 0')"
push_run
rm "$R/.sluice/steps/R-1.after_switch.4.end"
echo "$$ 1 00000000-0000-0000-0000-000000000000" \
	>"$R/.sluice/steps/R-1.after_switch.4.pid"
push_run
is "$(result 1 .outcome)" interrupted "begun before the reboot"

# The old program hangs; the same rollout comes again.
push_begin
push a lock
push a exec '{"run":"echo $$ >$SLUICE_ROOT/shared/pid; while :; do sleep 0.1; done","timeout_ms":60000}'
push_start
ok "a command runs" wait_for 'test -s "$R/shared/pid"' 10
read -r e p r pid rest <"$R/.sluice/lease"
kill -STOP "$pid"
push_begin
push a lock
push a unlock
push_run
is "$(result 1 .outcome)" "done" "a program that hangs is replaced"
ok "it is gone" pid_gone "$pid" 10
ok "and the command that it ran" pid_gone "$(cat "$R/shared/pid")" 10
push_kill9

# Cut on demand.
push_begin
push a exec '{"run":"sleep 60","timeout_ms":60000}'
push a probe
push_raw '#sleep 300'
push_raw '{"m":"cancel","job":1}'
push_run
is "$(result 1 .outcome)" lost "a job that is cancelled is lost"
is "$(result 2 .outcome)" "done" "the next one is run"

# What cannot be carried is refused before anything is sent.
for bad in '../up' 'a/b' '' 'x y' 'a;b' '$(id)' '.hidden' 'a\nb'; do
	push_begin
	push a switch "{\"release\":\"$bad\",\"attempt\":1}"
	push a verify "{\"release\":\"$bad\"}"
	push_run
	is "$(result 1 .outcome) $(result 2 .outcome)" "refused refused" \
		"no release is called '$bad'"
done
push_begin
push a exec '{"run":"true","env":{"A B":"x"}}'
push a exec '{"run":"true","env":{"1A":"x"}}'
push a stage "$(stage_args x-1 "$T/file" file '"shared":["../up"]')"
push a stage "$(stage_args x-1 "$T/file" file '"shared":["/etc"]')"
push a dance
push_raw '{"m":"job","job":9}'
push_run -n 6
for n in 1 2 3 4 5 9; do
	is "$(result $n .outcome)" refused "bad job $n"
done

# A damaged store is our own fault, not the host's.
push_begin
push a stage "$(stage_args x-1 "$T/file" file)"
echo more >>"$T/file"
push_run
is "$(result 1 '"\(.outcome) \(.error.code)"')" "failed corrupt" \
	"a file of another size"
is "$status" 0 "the pusher lives"
push_raw 'not json'
push_run
isnt "$status" 0 "nonsense from the engine ends it"

# A root that cannot be made: one answer, and the link can still be used.
push_host nowhere '"transport":"local","path":"/proc"'
PUSH_ROOT=/sluice-nobody-may
push_begin
push nowhere stage "$(stage_args 1.0-aaaaaaaaaaaa "$top_srcdir/README" file)"
push nowhere probe
push_run
is "$(result 1 '"\(.outcome) \(.error.code)"')" "failed io" \
	"a root that cannot be made"
is "$(result 2 .outcome)" "done" "is answered once"
done_testing
