# What auto found out of a host: the engine remembers it, says it, and forgets
# it when the host cannot be reached.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start gcm 'Ciphers aes256-gcm@openssh.com' || bail "sshd does not start"
port=$SSHD_PORT gcm=$SSHD_PID gcm_log=$SSHD_LOG
{
	echo 'site = "test"; timezone = "UTC";'
	sshd_conf_ssh
	cat <<-END
		hosts = ( { name = "h-1"; address = "127.77.0.1"; } );
		services = ( { name = "shop"; root = "$T/srv/shop"; } );
		environments = ( { name = "prod"; kind = "production";
		  hosts = "*"; services = [ "shop" ]; protect = "none"; } );
	END
} | sandbox_conf
must "engine" engine_start

exit_is 0 "before anything is known" sluice host show h-1 --json
out_is .transport auto "auto is what is configured"
out_is .transport_reason null "without a reason"
exit_is 0 "a server that libssh2 cannot talk to" sluice host check name=h-1
exit_is 0 "afterwards" sluice host show h-1 --json
out_is .transport openssh "host show says openssh"
like "$out" '"transport_reason": *"no common key exchange, cipher' \
	"and why"
out_is .transport_configured auto "though auto is configured"
exit_is 0 "for people" sluice host show h-1
like "$out" 'chosen because .*no common key exchange' "as well"

refusals()
{
	grep -c 'no matching cipher' "$gcm_log"
}
before=$(refusals)
must "a new engine" sluice engine restart
exit_is 0 "reaches it" sluice host check name=h-1
is "$(refusals)" "$before" "without trying libssh2 again"

head -c 100000 /dev/urandom >"$T/payload"
must "a release" sluice release add shop 1.0 "$T/payload"
must "a change" sluice change new shop 1.0 prod --json
out=$(sluice change ls --json | jq -r '.[-1].id')
exit_is 0 "a rollout over openssh" sluice start "$out" --wait
ok "the payload has arrived" cmp "$T/payload" "$T/srv/shop/current/payload"
is "$(refusals)" "$before" "in which libssh2 was not tried"

# The host goes away and comes back as OpenSSH usually is.
sshd_cut "$gcm"
exit_is 1 "a host that is gone" sluice host check name=h-1
exit_is 0 "of which" sluice host show h-1 --json
out_is .transport auto "nothing is remembered"
sshd_name=usual
sshd_start_on "$port" || bail "no second sshd"
exit_is 0 "it comes back as another" sluice host check name=h-1
exit_is 0 "and then" sluice host show h-1 --json
out_is .transport ssh "ssh is what reaches it"
out_is .transport_reason null "for no special reason"

# RSA host keys are enrolled the same way as others, through ssh(1).
sshd_cut "$SSHD_PID"
ssh-keygen -q -t rsa -b 2048 -N '' -f "$SSHD_DIR/host_rsa"
sshd_name=rsa
sshd_start_on "$port" "HostKey $SSHD_DIR/host_rsa" \
	'HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256' || bail "no third sshd"
print=$(ssh-keygen -lf "$SSHD_DIR/host_rsa.pub" | cut -d' ' -f2)
: >"$SSHD_KNOWN"
exit_is 1 "an RSA key that nobody knows" sluice host check name=h-1
exit_is 3 "is not trusted blindly" sluice host trust h-1
case $err in
*"shows the ssh-rsa key $print"*) pass "it is shown" ;;
*) fail "it is shown" ;;
esac
exit_is 0 "with its fingerprint" sluice host trust h-1 --fingerprint "$print"
like "$(cat "$SSHD_KNOWN")" '^.127.77.0.1.:[0-9]* ssh-rsa ' "it is recorded"
exit_is 0 "and the host is reached" sluice host check name=h-1
must "stop" engine_stop
done_testing
