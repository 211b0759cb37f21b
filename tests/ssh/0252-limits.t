# 64 hosts on one address, whose sshd has MaxStartups and MaxSessions as
# OpenSSH sets them: all succeed, whatever the transport; `auto` on a server
# that refuses libssh2 each time.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/ssh/lib_push.sh"
. "$top_srcdir/tests/ssh/lib_matrix.sh"
test -x "$DRIVE" || bail "tests/ssh/push_drive is not built"
sshd_setup || skip_all "no sshd on this machine"
hosts=64 TIMEOUT_MS=120000

# many TRANSPORT: stages to all hosts at once; $said is how many succeeded,
# $way by what.
many()
{
	push_begin "$MATRIX_SETTINGS,\"limits\":{\"connections\":$hosts}"
	n=1
	while test $n -le $hosts; do
		PUSH_ROOT=$T/srv/$1-$n
		matrix_host "$1-$n" "$1"
		push "$1-$n" stage "$(stage_args $RELEASE "$T/file" file)"
		n=$((n + 1))
	done
	push_run -t 150
	said=$(printf '%s\n' "$out" | grep -c '"outcome":"done"')
	way=$(printf '%s\n' "$out" | jq -r 'select(.m == "host") |
		.transport' | sort -u)
	test "$said" = $hosts || diag "$(printf '%s\n' "$out" | jq -r \
		'select(.m == "result") | .error.message // empty' |
		sort | uniq -c)"
}

row()
{
	many ssh
	line="$1|$said of $hosts"
	is "$said" "$2" "$1: ssh"
	many openssh
	line="$line|$said of $hosts"
	is "$said" "$3" "$1: openssh"
	PORT=$hardened_port
	many auto
	PORT=$usual_port
	is "$said $way" "$4" "$1: auto, GCM only"
	test -z "$MATRIX_TABLE" ||
		printf '%s\n' "$line|$said of $hosts $way|" >>"$MATRIX_TABLE"
}

MATRIX_MS=30000
sshd_start usual 'MaxStartups 10:30:100' 'MaxSessions 10' ||
	bail "sshd does not start"
usual_pid=$SSHD_PID usual_port=$SSHD_PORT usual_log=$SSHD_LOG
sshd_start hardened 'MaxStartups 10:30:100' 'MaxSessions 10' \
	'Ciphers aes256-gcm@openssh.com' || bail "sshd does not start"
hardened_port=$SSHD_PORT
sshd_stop_all()
{
	sshd_stop "$SSHD_PID"
	sshd_stop "$usual_pid"
}
PORT=$usual_port
matrix_usual
row "64 hosts, one address, default limits" 64 64 "64 openssh"

# Many services of one host share its connection, which takes ten sessions.
before=$(grep -c 'Accepted publickey' "$usual_log")
n=1
push_begin "$MATRIX_SETTINGS"
matrix_host shared openssh
while test $n -le 16; do
	PUSH_ROOT=$T/srv/shared-$n
	push shared stage "$(stage_args $RELEASE "$T/file" file)"
	test $n -gt 1 || push_raw "#wait 1"
	n=$((n + 1))
done
push_run -t 60
is "$(printf '%s\n' "$out" | grep -c '"outcome":"done"')" 16 \
	"16 services on one host, more than MaxSessions"
after=$(grep -c 'Accepted publickey' "$usual_log")
ok "which share connections" test $((after - before)) -le 8
sshd_stop_all
done_testing
