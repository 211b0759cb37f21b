# The pusher over real ssh: keys of hosts and of ours, links that break or
# never come up, shells that talk, many hosts at once.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/ssh/lib_push.sh"
test -x "$DRIVE" || bail "tests/ssh/push_drive is not built"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"
RELEASE=1.0-aaaaaaaaaaaa
PUSH_ROOT=$T/srv/shop
echo hello >"$T/file"

settings()
{
	printf '"ssh":{"keys":["%s"],"known_hosts":["%s"],' \
		"${2-$SSHD_KEY}" "$1"
	printf '"use_agent":%s,"connect_timeout_ms":%d},' \
		"${3:-false}" "${4:-10000}"
	printf '"limits":{"connections":32}'
}

ssh_host()
{
	push_host "$1" "\"transport\":\"ssh\",\"address\":\"$2\",\
\"port\":$SSHD_PORT,\"user\":\"${3:-$SSHD_USER}\""
}

# says KNOWN-HOSTS: outcome and code of a probe with that file, in $said.
says()
{
	push_begin "$(settings "$1")"
	push h probe
	push_run
	said=$(result 1 '"\(.outcome) \(.error.code)"')
}

A1=$(sshd_address 1)
ssh_host h "$A1"
says "$SSHD_KNOWN"
is "$said" "done null" "a host that is known"
is "$(printf '%s\n' "$out" | jq -r 'select(.m == "host") |
	.key_fingerprint')" \
	"$(ssh-keygen -lf "$SSHD_DIR/host_ed25519.pub" | cut -d' ' -f2)" \
	"its fingerprint is what ssh-keygen says"

# Files of every kind; ssh-keygen is the oracle of what names a host.
key=$(cut -d' ' -f1,2 "$SSHD_DIR/host_ed25519.pub")
ssh-keygen -q -t ed25519 -N '' -f "$T/other"
other=$(cut -d' ' -f1,2 "$T/other.pub")
known()
{
	printf '%s\n' "$2" >"$T/kh.$1"
}
: >"$T/kh.empty"
known plain "[$A1]:$SSHD_PORT $key a comment"
known hashed "[$A1]:$SSHD_PORT $key"
ssh-keygen -q -H -f "$T/kh.hashed" >/dev/null 2>&1
known list "# a comment

other.example,[$A1]:$SSHD_PORT $key"
known wild "[127.77.0.?]:$SSHD_PORT $key"
known negated "[127.77.0.*]:$SSHD_PORT,![$A1]:$SSHD_PORT $key"
known otherport "[$A1]:1 $key"
known noport "$A1 $key"
known broken "[$A1]:$SSHD_PORT ssh-ed25519 AAAA
[$A1]:$SSHD_PORT
@cert-authority [$A1]:$SSHD_PORT $key"
for name in empty plain hashed list wild negated otherport noport; do
	oracle="unreachable host_key"
	test -z "$(ssh-keygen -F "[$A1]:$SSHD_PORT" -f "$T/kh.$name" 2>&1)" ||
		oracle="done null"
	says "$T/kh.$name"
	is "$said" "$oracle" "known_hosts: $name"
done
says "$T/kh.broken"
is "$said" "unreachable host_key" "lines without sense"
says "$T/kh.missing"
is "$said" "unreachable host_key" "no file at all"
like "$(result 1 .error.message)" 'not known: it is SHA256:' "an unknown key"
like "$(result 1 .error.hint)" \
	'sluice host trust h --fingerprint SHA256:' "and what accepts it"
known changed "# first
[$A1]:$SSHD_PORT $other"
says "$T/kh.changed"
is "$said" "unreachable host_key" "a changed key"
like "$(result 1 .error.message)" "line 2 of '$T/kh.changed'" \
	"names file and line"
known revoked "[$A1]:$SSHD_PORT $key
@revoked * $key"
says "$T/kh.revoked"
is "$said" "unreachable host_key" "a revoked key"
like "$(result 1 .error.message)" "revoked by line 2" "names the line"
known two "[$A1]:$SSHD_PORT $other
[$A1]:$SSHD_PORT $key"
says "$T/kh.two"
is "$said" "done null" "one of two keys is right"
ssh-keygen -q -t ecdsa -N '' -f "$T/ecdsa"
known ecdsa "[$A1]:$SSHD_PORT $(cut -d' ' -f1,2 "$T/ecdsa.pub")"
says "$T/kh.ecdsa"
is "$said" "unreachable host_key" "another type is recorded"

# Our keys.
for type in "ecdsa -b 256" "ecdsa -b 384" "ecdsa -b 521" "ecdsa -m PEM"; do
	rm -f "$T/mine" "$T/mine.pub"
	ssh-keygen -q -t $type -N '' -f "$T/mine"
	cat "$T/mine.pub" >>"$SSHD_DIR/authorized_keys"
	push_begin "$(settings "$SSHD_KNOWN" "$T/mine")"
	push h probe
	push_run
	is "$(result 1 .outcome)" "done" "a key of type $type"
done
push_begin "$(settings "$SSHD_KNOWN" "$T/other")"
push h probe
push_run
is "$(result 1 '"\(.outcome) \(.error.code)"')" "unreachable auth" \
	"a key that is not welcome"
ssh_host nobody "$A1" nobody-of-this-name
push_begin "$(settings "$SSHD_KNOWN")"
push nobody probe
push_run
is "$(result 1 .error.code)" auth "a user that is not welcome"

# No key is a condition, not a failure.
push_begin "$(settings "$SSHD_KNOWN" "$T/late")"
push h probe
push_start
ok "no key: the engine hears of it" \
	wait_for 'grep -q "\"no_key\",\"on\":true" "$tap_tmp/said"' 10
cp "$SSHD_KEY" "$T/late.new" && chmod 600 "$T/late.new"
mv "$T/late.new" "$T/late"
wait "$push_pid"
out=$(cat "$tap_tmp/said")
is "$(result 1 .outcome)" "done" "the job has waited for it"
like "$out" '"no_key","on":false' "the condition ends"
ssh-keygen -q -t ed25519 -N secret -f "$T/locked"
push_begin "$(settings "$SSHD_KNOWN" "$T/locked")"
push h probe
push_run -t 1
is "$status" 3 "a key with a passphrase cannot be used"
like "$out" 'has a passphrase' "and that is said"

eval "$(ssh-agent -s)" >/dev/null
at_exit "kill $SSH_AGENT_PID 2>/dev/null"
push_begin "$(settings "$SSHD_KNOWN" "$T/nothing" true)"
push h probe
push_start
ok "an agent without keys" \
	wait_for 'grep -q "\"no_key\",\"on\":true" "$tap_tmp/said"' 10
ssh-add -q "$SSHD_KEY"
wait "$push_pid"
out=$(cat "$tap_tmp/said")
is "$(result 1 .outcome)" "done" "is asked again until it has one"
unset SSH_AUTH_SOCK

# Artefacts.
head -c 20000000 /dev/urandom >"$T/big"
push_begin "$(settings "$SSHD_KNOWN")"
push h stage "$(stage_args big-1 "$T/big" file)"
push h stage "$(stage_args big-1 "$T/big" file)"
push h unlock
push_run
is "$(result 1 .outcome)" "done" "20 MB"
ok "arrive as they are" cmp "$T/big" "$PUSH_ROOT/releases/big-1/payload.bin"
is "$(result 2 .data.already)" true "and are not sent again"
ok "or little of it" test "$(result 2 .data.sent_bytes)" -le 2097152
: >"$T/none"
push_begin "$(settings "$SSHD_KNOWN")"
push h stage "$(stage_args none-1 "$T/none" file)"
push_run
is "$(result 1 .outcome)" "done" "an empty file"

# A link that breaks in the middle of a step.
push_begin "$(settings "$SSHD_KNOWN")"
RELEASE=big-1
push h step "$(step_args after_switch 1 20000 \
	'echo ran >>$SLUICE_ROOT/shared/count; while ! test -e $SLUICE_ROOT/shared/go; do sleep 0.05; done; exit 4')"
push_start
C=$PUSH_ROOT/shared/count
ok "a step begins" wait_for 'test -s "$C"' 10
for child in $(pgrep -P "$SSHD_PID"); do
	kill -9 $(pgrep -P "$child" -x sshd) "$child" 2>/dev/null
done
wait "$push_pid"
out=$(cat "$tap_tmp/said")
is "$(result 1 .outcome)" lost "the link is cut"
touch "$PUSH_ROOT/shared/go"
push_run
is "$(result 1 '"\(.outcome) \(.data.exit)"')" "failed 4" \
	"the step went on, its result is known"
is "$(wc -l <"$C")" 1 "it ran once"

# A flood, and what terminals would obey.
push_begin "$(settings "$SSHD_KNOWN")"
push h exec '{"run":"dd if=/dev/zero bs=1000000 count=100 2>/dev/null | tr \"\\\\0\" y; echo; echo the end","timeout_ms":60000}'
push_run -t 90
is "$(result 1 .outcome)" "done" "100 MB of output"
ok "at most twice 64 KiB come through" \
	test "$(output 1 | wc -c)" -le 140000
is "$(output 1 | tail -n 1)" "the end" "and the end of it"

# Hosts that are not there.
sshd_stop "$SSHD_PID"
push_begin "$(settings "$SSHD_KNOWN" "$SSHD_KEY" false 1000)"
push h probe
push_run
is "$(result 1 '"\(.outcome) \(.error.code)"')" "unreachable unreachable" \
	"a host that is down"
sshd_start_on "$SSHD_PORT" || bail "sshd does not start again"
is_up()
{
	push_run
	test "$(result 1 .outcome)" = "done"
}
ok "it comes back" wait_for is_up 10
kill -STOP "$SSHD_PID"
push_run
is "$(result 1 '"\(.outcome) \(.error.code)"')" "unreachable unreachable" \
	"a host that hangs"
like "$(result 1 .error.message)" 'within 1000 ms' "and how long we waited"
kill -CONT "$SSHD_PID"
push_host dns '"transport":"ssh","address":"no.such.host.invalid","port":22'
push_begin "$(settings "$SSHD_KNOWN" "$SSHD_KEY" false 5000)"
push dns probe
push_run
is "$(result 1 .outcome)" unreachable "a name that nobody knows"
sshd_stop "$SSHD_PID"

# Shells that talk, and one that does not let us in.
sshd_start noisy 'ForceCommand echo "Welcome to $USER"; echo oops >&2; printf "prompt> "; eval "$SSH_ORIGINAL_COMMAND"' ||
	bail "the noisy sshd does not start"
ssh_host h "$A1"
push_begin "$(settings "$SSHD_KNOWN")"
push h probe
push h exec '{"run":"echo fine"}'
push_run
is "$(result 1 .outcome)" "done" "banners are not results"
is "$(output 2)" "fine" "nor output"
sshd_stop "$SSHD_PID"
sshd_start closed 'ForceCommand echo "This account is not available."; exit 1' ||
	bail "the closed sshd does not start"
ssh_host h "$A1"
push_begin "$(settings "$SSHD_KNOWN")"
push h lock
push_run
is "$(result 1 .outcome)" unreachable "a shell that refuses"
like "$(result 1 .error.message)" 'This account is not available' \
	"and what it said"
sshd_stop "$SSHD_PID"

# An sshd as Debian sets it up drops some of many at once; we come again.
sshd_start usual 'MaxStartups 4:30:10' || bail "sshd does not start"
push_begin "$(settings "$SSHD_KNOWN" "$SSHD_KEY" false 20000)"
n=1
while test $n -le 40; do
	ssh_host "h$n" "$(sshd_address $n)"
	PUSH_ROOT=$T/srv/h$n
	push "h$n" stage "$(stage_args $RELEASE "$T/file" file)"
	n=$((n + 1))
done
push_run -t 120
is "$(printf '%s\n' "$out" | grep -c '"outcome":"done"')" 40 \
	"40 hosts behind a small MaxStartups all succeed"

if is_root && mkdir "$T/small" &&
	mount -t tmpfs -o size=3m none "$T/small" 2>/dev/null; then
	at_exit "umount -l '$T/small'"
	PUSH_ROOT=$T/small/shop
	push_begin "$(settings "$SSHD_KNOWN")"
	push h1 stage "$(stage_args $RELEASE "$T/file" file)"
	push h1 switch "{\"release\":\"$RELEASE\",\"attempt\":1}"
	push h1 stage "$(stage_args big-1 "$T/big" file)"
	push h1 probe
	push_run
	is "$(result 3 '"\(.outcome) \(.error.code)"')" "refused no_space" \
		"a disk that is too small"
	like "$(result 3 .error.message)" "^h1: .* MiB short on .*$T/small" \
		"host, file system and shortfall"
	is "$(result 4 .data.current)" "$RELEASE" "current is unchanged"
else
	skip 3 "only root can mount a small disk"
fi
done_testing
