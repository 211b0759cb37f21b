# lib_matrix.sh - one host, three ways to it: the rows of the matrix that
# tests/bench/matrix prints.
#
#	matrix_settings [MEMBERS]       # "ssh" members beside timeouts
#	matrix_row NAME SSH OPENSSH AUTO
#
# Each column says what is expected of that transport: "done", or outcome and
# error code; for AUTO the way that was taken as well: "done openssh". The
# host is ADDRESS, PORT and LOGIN. Where MATRIX_TABLE is set, what came is
# added to that file, one line a row.
# Control sockets need short names.
XDG_RUNTIME_DIR=$(mktemp -d /tmp/slr.XXXXXX) || bail "no short directory"
at_exit "rm -rf '$XDG_RUNTIME_DIR'"
export XDG_RUNTIME_DIR
RELEASE=1.0-aaaaaaaaaaaa TIMEOUT_MS=60000
echo hello >"$T/file"
ADDRESS=127.77.0.1 PORT= LOGIN=$SSHD_USER

matrix_settings()
{
	MATRIX_SETTINGS="\"ssh\":{\"connect_timeout_ms\":${MATRIX_MS:-15000}\
${1:+,$1}}"
}

# The settings of most rows: MATRIX_KEY and MATRIX_KNOWN.
matrix_usual()
{
	matrix_settings "\"keys\":[\"${MATRIX_KEY:-$SSHD_KEY}\"],\
\"known_hosts\":[\"${MATRIX_KNOWN:-$SSHD_KNOWN}\"],\"use_agent\":false"
}

# matrix_host NAME TRANSPORT [MEMBERS]
matrix_host()
{
	push_host "$1" "\"transport\":\"$2\",\"address\":\"$ADDRESS\",\
\"port\":${PORT:-$SSHD_PORT},\"user\":\"$LOGIN\"${3:+,$3}"
}

# matrix_try TRANSPORT [MEMBERS]: a probe, a release, a step and output; in
# $said what came of them, in $way and $why how.
matrix_try()
{
	matrix_n=$((${matrix_n:-0} + 1))
	PUSH_ROOT=${MATRIX_ROOT:-$T/srv}/m$matrix_n
	matrix_host m "$1" "$2"
	push_begin "$MATRIX_SETTINGS"
	push m probe
	push_raw "#wait 1"
	push m stage "$(stage_args $RELEASE "$T/file" file)"
	push m switch "{\"release\":\"$RELEASE\",\"attempt\":1}"
	push m step "$(step_args after_switch 1 20000 'cat payload.bin')"
	push m exec '{"run":"echo fine; exit 3"}'
	push m unlock
	push_run -t 180
	said=$(result 1 '"\(.outcome) \(.error.code // "")"')
	said=${said% }
	way=$(printf '%s\n' "$out" | jq -r 'select(.m == "host") |
		.transport' | sort -u)
	why=$(printf '%s\n' "$out" | jq -r 'select(.m == "host") |
		.transport_reason' | sort -u)
	test "$said" = "done" || return 0
	matrix_all="$(result 2 .outcome) $(result 3 .outcome) $(output 4)"
	matrix_all="$matrix_all $(result 5 .data.exit) $(output 5)"
	test "$matrix_all" = "done done hello 3 fine" ||
		said="probe done, but: $matrix_all"
}

matrix_row()
{
	matrix_try ssh
	matrix_line="$1|$said"
	is "$said" "$2" "$1: ssh"
	matrix_try openssh
	matrix_line="$matrix_line|$said"
	is "$said" "$3" "$1: openssh"
	matrix_try auto
	matrix_line="$matrix_line|$said${way:+ $way}|$why"
	is "$said${way:+ $way}" "$4" "$1: auto"
	test -z "$MATRIX_TABLE" || printf '%s\n' "$matrix_line" >>"$MATRIX_TABLE"
}
