# The transport openssh itself: agents, what goes wrong and how it is said,
# what it leaves behind.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/ssh/lib_push.sh"
. "$top_srcdir/tests/ssh/lib_matrix.sh"
test -x "$DRIVE" || bail "tests/ssh/push_drive is not built"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"
PORT=$SSHD_PORT
print=$(ssh-keygen -lf "$SSHD_DIR/host_ed25519.pub" | cut -d' ' -f2)
key=$(cut -d' ' -f1,2 "$SSHD_DIR/host_ed25519.pub")
ssh-keygen -q -t ed25519 -N '' -f "$T/other"
other=$(cut -d' ' -f1,2 "$T/other.pub")

# said_with KNOWN-HOSTS-TEXT
said_with()
{
	MATRIX_KNOWN=$T/known.case
	printf '%s\n' "$1" >"$MATRIX_KNOWN"
	matrix_usual
	matrix_try openssh
	message=$(result 1 .error.message)
}

# Host keys, as strictly as over ssh.
said_with ""
is "$said" "unreachable host_key" "an unknown host key"
like "$message" 'not known: it is SHA256:' "is shown"
is "$(result 1 .error.hint)" \
	"if this is right: sluice host trust m --fingerprint $print" \
	"with what would accept it"
said_with "# first
[127.77.0.1]:$PORT $other"
is "$said" "unreachable host_key" "a changed host key"
like "$message" "line 2 of '$MATRIX_KNOWN'" "names file and line"
said_with "[127.77.0.1]:$PORT $key
@revoked * $key"
is "$said" "unreachable host_key" "a revoked host key"
like "$message" "revoked by line 2" "names the line"
said_with "[127.77.0.1]:$PORT $key"
is "$said" "done" "the recorded key"
is "$(printf '%s\n' "$out" | jq -r 'select(.m == "host") |
	.key_fingerprint' | sort -u)" "$print" "whose fingerprint is told"

# Our keys.
MATRIX_KEY=$T/other
matrix_usual
matrix_try openssh
is "$said" "unreachable auth" "a key that is not welcome"
like "$(result 1 .error.message)" 'Permission denied' "in the words of ssh"
like "$(result 1 .error.hint)" 'authorized_keys' "and what to do"
MATRIX_KEY=$T/late
matrix_usual
matrix_host m openssh
push_begin "$MATRIX_SETTINGS"
push m probe
push_start
ok "no key: the engine hears of it" \
	wait_for 'grep -q "\"no_key\",\"on\":true" "$tap_tmp/said"' 10
cp "$SSHD_KEY" "$T/late.new" && chmod 600 "$T/late.new"
mv "$T/late.new" "$T/late"
wait "$push_pid"
out=$(cat "$tap_tmp/said")
is "$(result 1 .outcome)" "done" "the job has waited for it"

# An ed25519 key with a passphrase, through an agent; RSA through it as well.
ssh-keygen -q -t ed25519 -N secret -f "$T/locked"
ssh-keygen -q -t rsa -b 2048 -N '' -f "$T/rsa"
cat "$T/locked.pub" "$T/rsa.pub" >>"$SSHD_DIR/authorized_keys"
printf '#!/bin/sh\necho secret\n' >"$T/askpass"
chmod 700 "$T/askpass"
eval "$(ssh-agent -s)" >/dev/null
at_exit "kill $SSH_AGENT_PID 2>/dev/null"
SSH_ASKPASS=$T/askpass SSH_ASKPASS_REQUIRE=force ssh-add -q "$T/locked" \
	</dev/null 2>/dev/null || diag "ssh-add failed"
agent='"keys":[],"use_agent":true,"known_hosts":["'$SSHD_KNOWN'"]'
matrix_settings "$agent"
matrix_row "ed25519 with a passphrase, in an agent" done done "done ssh"
ssh-add -q -D 2>/dev/null
ssh-add -q "$T/rsa" 2>/dev/null
matrix_row "RSA in an agent" "unreachable auth" done "done openssh"
ssh-add -q -D 2>/dev/null
matrix_host m openssh
push_begin "$MATRIX_SETTINGS"
push m probe
push_start
ok "an agent without keys is a condition" \
	wait_for 'grep -q "\"no_key\",\"on\":true" "$tap_tmp/said"' 10
ssh-add -q "$T/rsa" 2>/dev/null
wait "$push_pid"
out=$(cat "$tap_tmp/said")
is "$(result 1 .outcome)" "done" "until it has one"
like "$(cat "$tap_tmp/said")" '"no_key","on":false' "which is told as well"
# With people configured nobody's agent is used.
matrix_settings "\"keys\":[\"$T/other\"],\"use_agent\":false,\
\"known_hosts\":[\"$SSHD_KNOWN\"]"
matrix_try openssh
is "$said" "unreachable auth" "no agent where there are people"
unset SSH_AUTH_SOCK

# What a host is called is never an option or a command.
MATRIX_KEY=
MATRIX_KNOWN=
matrix_usual
for ADDRESS in '-oProxyCommand=touch$IFS'"$T/evil" '$(touch '"$T/evil"')' \
	'a b' 'user@host'; do
	matrix_try openssh
	is "$said" "unreachable invalid" "an address such as $ADDRESS"
done
ADDRESS=127.77.0.1 LOGIN=-x
matrix_try openssh
is "$said" "unreachable invalid" "a user such as -x"
LOGIN=$SSHD_USER
not_ok "nothing was run" test -e "$T/evil"

# A link that breaks in the middle of a step.
matrix_usual
matrix_host m openssh
PUSH_ROOT=$T/srv/cut
push_begin "$MATRIX_SETTINGS"
push m stage "$(stage_args $RELEASE "$T/file" file)"
push m step "$(step_args after_switch 1 20000 \
	'echo ran >>$SLUICE_ROOT/shared/count; while ! test -e $SLUICE_ROOT/shared/go; do sleep 0.05; done; exit 4')"
push_start
C=$PUSH_ROOT/shared/count
ok "a step begins" wait_for 'test -s "$C"' 10
is "$(stat -c %a "$XDG_RUNTIME_DIR"/sluice-push-*)" 700 \
	"its directory is its own"
for child in $(pgrep -P "$SSHD_PID"); do
	kill -9 $(pgrep -P "$child" -x sshd) "$child" 2>/dev/null
done
wait "$push_pid"
out=$(cat "$tap_tmp/said")
is "$(result 2 .outcome)" lost "the link is cut"
touch "$PUSH_ROOT/shared/go"
push_run
is "$(result 2 '"\(.outcome) \(.data.exit)"')" "failed 4" \
	"the step went on, its result is known"
is "$(wc -l <"$C")" 1 "it ran once"

# A pusher that is killed: its masters end, its directory goes with the next.
push_begin "$MATRIX_SETTINGS"
push m exec '{"run":"sleep 20","timeout_ms":30000}'
push_start
ok "there is a control socket" \
	wait_for 'test -S "$XDG_RUNTIME_DIR"/sluice-push-*/1' 10
push_kill9
ok "no ssh is left" wait_for '! pgrep -f "$XDG_RUNTIME_DIR/sluice-push" \
	>/dev/null' 30
is "$(ls "$XDG_RUNTIME_DIR" | wc -l)" 1 "its directory is"
matrix_try openssh
is "$said" "done" "the next one"
is "$(ls "$XDG_RUNTIME_DIR" | wc -l)" 0 "removes it"

# 20 MB, and 100 MB of output.
head -c 20000000 /dev/urandom >"$T/big"
push_begin "$MATRIX_SETTINGS"
push m stage "$(stage_args big-1 "$T/big" file)"
push m exec '{"run":"dd if=/dev/zero bs=1000000 count=100 2>/dev/null | tr \"\\\\0\" y; echo; echo the end","timeout_ms":60000}'
push m unlock
push_run -t 90
is "$(result 1 .outcome)" "done" "20 MB"
ok "arrive as they are" cmp "$T/big" "$PUSH_ROOT/releases/big-1/payload.bin"
is "$(output 2 | tail -n 1)" "the end" "the end of 100 MB of output"

# Hosts that are not there.
sshd_stop "$SSHD_PID"
matrix_try openssh
is "$said" "unreachable unreachable" "a host that is down"
like "$(result 1 .error.message)" 'Connection refused' "and how"
sshd_start_on "$PORT" || bail "sshd does not start again"
is_up()
{
	matrix_try openssh
	test "$said" = "done"
}
ok "it comes back" wait_for is_up 10
kill -STOP "$SSHD_PID"
MATRIX_MS=1000
matrix_usual
matrix_try openssh
is "$said" "unreachable unreachable" "a host that hangs"
like "$(result 1 .error.message)" 'within 1000 ms|timed out' \
	"and how long we waited"
kill -CONT "$SSHD_PID"
done_testing
