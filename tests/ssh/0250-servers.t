# Servers of every kind over ssh, openssh and auto: what OpenSSH may be set
# to, RSA alone, certificates, a host on the way.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/ssh/lib_push.sh"
. "$top_srcdir/tests/ssh/lib_matrix.sh"
test -x "$DRIVE" || bail "tests/ssh/push_drive is not built"
sshd_setup || skip_all "no sshd on this machine"
NONE="unreachable unreachable" KEYS="unreachable host_key"

# known_for PORT KEY-FILE: a known_hosts of its own for every address.
known_for()
{
	MATRIX_KNOWN=$T/known.$1
	printf '[127.77.*.*]:%s %s\n' "$1" "$(cut -d' ' -f1,2 "$2")" \
		>"$MATRIX_KNOWN"
}

# server NAME [OPTION-LINE]...
server()
{
	sshd_start "$@" || bail "sshd $1 does not start"
	known_for "$SSHD_PORT" "$SSHD_DIR/host_ed25519.pub"
	matrix_usual
}

server default
matrix_row "OpenSSH, as it is" done done "done ssh"
is "$why" "" "no reason where none is needed"
sshd_stop "$SSHD_PID"

server etm 'MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com' \
	'Ciphers aes128-ctr,aes256-ctr'
matrix_row "OpenSSH, EtM only" "$KEYS" done "done openssh"
like "$why" "no common key exchange, cipher" "auto says why"
sshd_stop "$SSHD_PID"

server gcm 'Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com'
matrix_row "OpenSSH, GCM only" "$KEYS" done "done openssh"
matrix_try auto '"known":"openssh","known_reason":"as before"'
is "$said $way" "done openssh" "what is remembered is taken at once"
is "$why" "as before" "with its reason"
grep -c 'no matching cipher' "$SSHD_LOG" >"$T/before"
matrix_try auto '"known":"openssh"'
is "$(grep -c 'no matching cipher' "$SSHD_LOG")" "$(cat "$T/before")" \
	"and nothing else is tried"
sshd_stop "$SSHD_PID"

ssh-keygen -q -t rsa -b 2048 -N '' -f "$SSHD_DIR/host_rsa"
server rsa "HostKey $SSHD_DIR/host_rsa" \
	'HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256'
known_for "$SSHD_PORT" "$SSHD_DIR/host_rsa.pub"
matrix_usual
matrix_row "OpenSSH, RSA host key only" "$KEYS" done "done openssh"
like "$why" "records a host key of type 'ssh-rsa' only" "auto says why"
is "$(printf '%s\n' "$out" | jq -r 'select(.m == "host") |
	.key_fingerprint' | head -n 1)" \
	"$(ssh-keygen -lf "$SSHD_DIR/host_rsa.pub" | cut -d' ' -f2)" \
	"the fingerprint is what ssh-keygen says"
sshd_stop "$SSHD_PID"

ssh-keygen -q -t rsa -b 2048 -N '' -f "$T/rsa"
cat "$T/rsa.pub" >>"$SSHD_DIR/authorized_keys"
server rsauser
MATRIX_KEY=$T/rsa
matrix_usual
matrix_row "RSA user key" "unreachable auth" done "done openssh"
MATRIX_KEY=
sshd_stop "$SSHD_PID"

# Certificates: of the host, of the user.
ssh-keygen -q -t ed25519 -N '' -f "$T/ca"
ssh-keygen -q -s "$T/ca" -I host -h -n "127.77.0.1" \
	"$SSHD_DIR/host_ed25519.pub"
server hostcert "HostCertificate $SSHD_DIR/host_ed25519-cert.pub"
printf '@cert-authority [127.77.*.*]:%s %s\n' "$SSHD_PORT" \
	"$(cut -d' ' -f1,2 "$T/ca.pub")" >"$MATRIX_KNOWN"
matrix_row "Host certificate" "$KEYS" done "done openssh"
like "$why" "records an authority" "auto says why"
sshd_stop "$SSHD_PID"

ssh-keygen -q -t ed25519 -N '' -f "$T/certified"
ssh-keygen -q -s "$T/ca" -I user -n "$SSHD_USER" "$T/certified.pub"
server usercert "TrustedUserCAKeys $T/ca.pub"
MATRIX_KEY=$T/certified
matrix_usual
matrix_row "User certificate" "unreachable auth" done "done openssh"
MATRIX_KEY=
sshd_stop "$SSHD_PID"

# A host behind another, as a person's configuration of ssh knows it.
server jump
jump=$SSHD_PORT jump_pid=$SSHD_PID jump_log=$SSHD_LOG
sshd_start behind || bail "the sshd behind does not start"
cat >"$HOME/.ssh/config" <<-END
	Host 127.77.200.1
	  HostName 127.77.0.9
	  Port $SSHD_PORT
	  ProxyJump $SSHD_USER@127.77.0.8:$jump
	  ForwardAgent yes
	  StrictHostKeyChecking no
	  UserKnownHostsFile /dev/null
	Host *
	  ServerAliveInterval 0
END
ADDRESS=127.77.200.1 PORT=22
matrix_settings "\"keys\":[\"$SSHD_KEY\"],\"known_hosts\":[\"$SSHD_KNOWN\"],\
\"use_agent\":true,\"config\":\"$HOME/.ssh/config\""
matrix_row "ProxyJump" "$NONE" done "done openssh"
like "$why" "proxyjump .*127.77.0.8.* in '$HOME/.ssh/config'|hostname" \
	"auto says why"
like "$(cat "$jump_log")" 'Accepted publickey' "the host on the way was used"
like "$(cat "$SSHD_LOG")" 'Accepted publickey' "and the one behind reached"
: >"$T/known.none"
matrix_settings "\"keys\":[\"$SSHD_KEY\"],\"known_hosts\":[\"$T/known.none\"],\
\"use_agent\":true,\"config\":\"$HOME/.ssh/config\""
matrix_try openssh
is "$said" "$KEYS" "strict host keys also on the way"
like "$(result 1 .error.message)" 'of a host on the way' "which is said"
chmod 666 "$HOME/.ssh/config"
matrix_try openssh
is "$said" "unreachable config" "a configuration that others may write"
chmod 600 "$HOME/.ssh/config"
ADDRESS=127.77.0.1 PORT=
sshd_stop "$SSHD_PID"
sshd_stop "$jump_pid"
is "$(ls "$XDG_RUNTIME_DIR")" "" "no directory is left behind"
done_testing
