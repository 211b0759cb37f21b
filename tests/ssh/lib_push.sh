# lib_push.sh - plays the engine to one sluice-push (tests/ssh/push_drive).
#
#	push_begin [SETTINGS-MEMBERS]   # a new list of messages
#	push HOST OP [ARGS [TOP]]       # a job; its number is $push_n
#	push_raw LINE                   # "#wait N", {"m":"cancel"...}
#	push_run [OPTION]...            # $out: what the pusher said
#	push_host NAME JSON-MEMBERS     # what HOST means in `push`
#	result N FILTER                 # of the result of job N
#	output N                        # what job N printed
DRIVE=$top_builddir/tests/ssh/push_drive
ENGINE=E-1 EPOCH=3 ROLLOUT=R-1 TIMEOUT_MS=20000
PUSH_ROOT=/srv/shop

push_begin()
{
	push_file=$tap_tmp/messages
	push_n=0
	printf '{"m":"settings"%s}\n' "${1:+,$1}" >"$push_file"
}

push_host()
{
	printf '%s' "$2" >"$tap_tmp/host.$1"
}

# Compact JSON of one line; whatever is not JSON ends the test.
push()
{
	push_n=$((push_n + 1))
	push_args=${3:-}
	test -n "$push_args" || push_args='{}'
	{
		printf '{"m":"job","job":%d,"op":"%s",' $push_n "$2"
		printf '"timeout_ms":%d,"root":"%s",' "$TIMEOUT_MS" "$PUSH_ROOT"
		printf '"host":{"name":"%s",%s},' "$1" "$(cat "$tap_tmp/host.$1")"
		printf '"lease":{"engine":"%s","epoch":%d,"rollout":"%s",' \
			"$ENGINE" "$EPOCH" "$ROLLOUT"
		printf '"reason":"a test","ledger_head":"abcd"},'
		printf '"args":%s}\n' "$push_args"
	} >>"$push_file"
}

push_raw()
{
	printf '%s\n' "$1" >>"$push_file"
}

push_run()
{
	run "$DRIVE" "$SLUICE_PUSH" "$@" <"$push_file"
}

# In the background: $push_pid is the driver, $(cat $tap_tmp/pusher) the
# pusher; what it says goes to $tap_tmp/said.
push_start()
{
	PUSH_PID_FILE=$tap_tmp/pusher "$DRIVE" "$SLUICE_PUSH" "$@" \
		<"$push_file" >"$tap_tmp/said" 2>"$tap_tmp/err" &
	push_pid=$!
	wait_for 'test -s "$tap_tmp/pusher"' 10
}

push_kill9()
{
	kill -9 "$(cat "$tap_tmp/pusher")" 2>/dev/null
	wait "$push_pid"
	rm -f "$tap_tmp/pusher"
}

result()
{
	printf '%s\n' "$out" | jq -r "select(.m == \"result\" and
		.job == $1) | $2" 2>&1
}

output()
{
	printf '%s\n' "$out" | jq -j "select(.m == \"output\" and
		.job == $1) | .text" 2>&1
}

# stage_args RELEASE FILE FORMAT [MORE-MEMBERS]
stage_args()
{
	stage_sum=$(sha256sum <"$2")
	printf '{"release":"%s","payload":{"path":"%s","bytes":%d,' \
		"$1" "$2" "$(wc -c <"$2")"
	printf '"sha256":"%s","format":"%s","name":"payload.bin"},' \
		"${stage_sum%% *}" "$3"
	printf '"manifest":{"path":null,"bytes":0},"umask":"022"%s}' \
		"${4:+,$4}"
}

# step_args STEP ATTEMPT TIMEOUT_MS COMMAND: COMMAND is JSON text without the
# quotes around it.
step_args()
{
	printf '{"step":"%s","attempt":%d,"timeout_ms":%d,"release":"%s",' \
		"$1" "$2" "$3" "$RELEASE"
	printf '"run":"%s","env":{}}' "$4"
}
