# Hosts with an unknown or changed key, that refuse ours, are down, hang,
# close at once, or have a directory where the link belongs: each is named
# with its reason, and each rollout goes on once the cause is gone.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"

# listener WHAT: accepts connections and then does WHAT; sets PORT.
listener()
{
	PORT=$(sshd_free_port)
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(LocalAddr => "127.77.0.1",
			LocalPort => $ARGV[0], Listen => 50, ReuseAddr => 1)
			or die;
		my @kept;
		while (my $c = $s->accept) {
			push @kept, $c if $ARGV[1] eq "hang";
			close $c if $ARGV[1] eq "close";
		}' "$PORT" "$1" &
	at_exit "kill $! 2>/dev/null"
	eval "PID_$1=$!"
}

: >"$T/nobody"
sshd_start refusing "AuthorizedKeysFile $T/nobody" || bail "no sshd"
port_refused=$SSHD_PORT
listener hang
port_hang=$PORT
listener close
port_close=$PORT
sshd_start || bail "no sshd"
port=$SSHD_PORT
port_down=$(sshd_free_port)
ssh-keygen -q -t ed25519 -N '' -f "$T/other"
other=$(cut -d' ' -f1,2 "$T/other.pub")
good=$(cut -d' ' -f1,2 "$SSHD_DIR/host_ed25519.pub")
{
	echo "[127.78.0.2]:$port $other"
	echo "@revoked [127.78.0.3]:$port $good"
	echo "[127.78.0.3]:$port $good"
	echo "[127.77.*.*]:$port_refused $good"
	echo "[127.77.*.*]:$port_down $good"
	echo "[127.77.*.*]:$port $good"
} >"$SSHD_KNOWN"

names='unknown changed revoked refused down hang close directory'
{
	echo 'site = "test"; timezone = "UTC";'
	sshd_conf_ssh | sed 's/"10s"/"2s"/'
	cat <<-END
		hosts = (
		  { name = "unknown"; address = "127.78.0.1"; transport = "ssh"; },
		  { name = "changed"; address = "127.78.0.2"; transport = "ssh"; },
		  { name = "revoked"; address = "127.78.0.3"; transport = "ssh"; },
		  { name = "refused"; address = "127.77.0.1"; transport = "ssh"; port = $port_refused; },
		  { name = "down"; address = "127.77.0.1"; transport = "ssh"; port = $port_down; },
		  { name = "hang"; address = "127.77.0.1"; transport = "ssh"; port = $port_hang; },
		  { name = "close"; address = "127.77.0.1"; transport = "ssh"; port = $port_close; },
		  { name = "directory"; address = "127.77.0.8"; transport = "ssh"; }
		);
		services = ( { name = "shop"; root = "$T/srv/{host}/shop"; } );
		environments = (
	END
	comma=
	for name in $names; do
		echo "$comma { name = \"$name\"; hosts = \"name=$name\";"
		echo '    services = [ "shop" ]; protect = "none"; }'
		comma=,
	done
	echo ');'
} | sandbox_conf
mkdir -p "$T/srv/directory/shop/current"
echo precious >"$T/srv/directory/shop/current/data"

must "the engine starts" engine_start
tree "$T/one" 20
ok "a release" release_of 1.0.0 "$T/one"

# One change for each, started together.
for name in $names; do
	run sluice change new shop 1.0.0 "$name" --json -m test
	id=$(printf '%s\n' "$out" | jq -r .id)
	run sluice start "$id" --json
	eval "change_$name=$id"
	eval "rollout_$name=$(printf '%s\n' "$out" | jq -r .id)"
done

# expect NAME STATE REGEXP: the host is in that state, for that reason.
expect()
{
	eval "ROLLOUT=\$rollout_$1"
	ok "$1: the rollout is held" rollout_is paused 30
	run sluice rollout hosts "$ROLLOUT" --json
	like "$(printf '%s\n' "$out" | jq -r '.[0].state')" "^($2)\$" \
		"$1: the host is $2"
	like "$(printf '%s\n' "$out" | jq -r '.[0].error|tostring')" "$3" \
		"$1: and says why"
}
expect unknown 'unreachable|failed' '[Uu]nknown.*SHA256:|SHA256:.*unknown'
expect changed 'unreachable|failed' "changed.*SHA256:|SHA256:.*changed|known"
expect revoked 'unreachable|failed' 'revoked'
expect refused 'unreachable|failed' 'refused the login'
expect down unreachable '[Rr]efused'
expect hang unreachable 'time|answer|within'
expect close unreachable '[Cc]losed|[Rr]eset|[Ll]ost|hung|disconnect|banner|EOF'
expect directory 'failed' "directory"
is "$(cat "$T/srv/directory/shop/current/data")" precious \
	"directory: what stood there is untouched"
not_ok "unknown: nothing was sent" grep -q 'Accepted.*127.78.0.1' "$SSHD_LOG"
is "$(find "$T/srv" -name 'releases' | grep -Ev directory | wc -l)" 0 \
	"nothing was changed on any"

# The causes go away; the same rollouts go on.
{
	echo "[127.78.0.1]:$port $good"
	echo "[127.78.0.2]:$port $good"
	echo "[127.78.0.3]:$port $good"
	echo "[127.77.*.*]:$port_refused $good"
	echo "[127.77.*.*]:$port_down $good"
	echo "[127.77.*.*]:$port_hang $good"
	echo "[127.77.*.*]:$port_close $good"
	echo "[127.77.*.*]:$port $good"
} >"$SSHD_KNOWN"
cat "$SSHD_DIR/authorized_keys" >"$T/nobody"
kill "$PID_hang" "$PID_close"
pid_gone "$PID_hang" 5
pid_gone "$PID_close" 5
for name in down hang close; do
	eval "p=\$port_$name"
	sshd_name=$name
	sshd_start_on "$p" || diag "no sshd on port $p"
done
mv "$T/srv/directory/shop/current" "$T/srv/directory/shop/before"
for name in $names; do
	eval "ROLLOUT=\$rollout_$name CHANGE=\$change_$name"
	exit_is 0 "$name: retried" sluice retry "$ROLLOUT" --json
	ok "$name: succeeds" rollout_is succeeded 30
done
is "$(versions)" "8 1.0.0" "every host serves the release"
exit_is 0 "the ledger verifies" sluice audit verify
engine_stop
done_testing
