# sshd.sh - real hosts on loopback: one sshd that answers on every address
# 127.77.x.y, with keys of its own.
#
#	. "$top_srcdir/tests/lib/tap.sh"
#	. "$top_srcdir/tests/lib/sandbox.sh"
#	. "$top_srcdir/tests/lib/sshd.sh"
#	sshd_setup || skip_all "no sshd here"
#	sshd_start                      # SSHD_PORT, SSHD_PID
#	sshd_conf 20 | sandbox_conf     # 20 hosts h-01 .. h-20
#
# Sessions run as the user who runs the tests; nobody else can log in, and
# only from loopback. Hosts share one file system: give services a root like
# "$T/srv/{host}/shop".
SSHD_USER=$(id -un)
SSHD_DIR=$T/sshd
SSHD_KEY=$T/client_key
SSHD_KNOWN=$T/known_hosts
SSHD_SFTP=internal-sftp

# Keys and configuration. Fails where there is no sshd that can be used.
sshd_setup()
{
	SSHD=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sshd) &&
		command -v ssh-keygen >/dev/null || return 1
	mkdir -p "$SSHD_DIR" && chmod 700 "$SSHD_DIR" || return 1
	sshd_pam=no
	if is_root; then
		mkdir -p /run/sshd
		# Without PAM sshd refuses accounts that are locked by a "!".
		! grep -q '^root:!' /etc/shadow || sshd_pam=yes
	fi
	ssh-keygen -q -t ed25519 -N '' -C host -f "$SSHD_DIR/host_ed25519" &&
		ssh-keygen -q -t ed25519 -N '' -C client -f "$SSHD_KEY" ||
		return 1
	cp "$SSHD_KEY.pub" "$SSHD_DIR/authorized_keys"
	: >"$SSHD_KNOWN"
}

# A port that nobody listens on, below the range that clients are given.
sshd_free_port()
{
	perl -MIO::Socket::INET -e '
		for (1 .. 200) {
			my $port = 20000 + int rand 12000;
			my $s = IO::Socket::INET->new(LocalAddr => "0.0.0.0",
				LocalPort => $port, Listen => 1) or next;
			print "$port\n";
			exit 0;
		}
		exit 1;'
}

# sshd_start [NAME [OPTION-LINE]...]: another sshd; sets SSHD_PORT, SSHD_PID
# and SSHD_LOG. Every address 127.77.*.* answers on the port, known_hosts gets
# its key.
sshd_start()
{
	sshd_name=${1:-main}
	test $# = 0 || shift
	sshd_try=0
	while test $sshd_try -lt 5; do
		sshd_try=$((sshd_try + 1))
		SSHD_PORT=$(sshd_free_port) || return 1
		sshd_start_on "$SSHD_PORT" "$@" && return 0
	done
	diag "sshd does not start"
	diag <"$SSHD_LOG"
	return 1
}

# sshd_start_on PORT [OPTION-LINE]...: the same on a given port.
sshd_start_on()
{
	SSHD_PORT=$1
	shift
	SSHD_LOG=$SSHD_DIR/${sshd_name:-main}.log
	sshd_file=$SSHD_DIR/${sshd_name:-main}.conf
	# What the start-up files of whoever runs this do is not tested here;
	# a version manager in them takes seconds a login and a lock for all.
	sshd_home=
	test "$SSHD_USER" != "$(id -un)" || sshd_home="SetEnv HOME=$SSHD_DIR"
	{
		# The first value of a keyword wins.
		for sshd_line; do
			printf '%s\n' "$sshd_line"
		done
		cat <<-END
			ListenAddress 0.0.0.0
			Port $SSHD_PORT
			HostKey $SSHD_DIR/host_ed25519
			PidFile none
			AuthorizedKeysFile $SSHD_DIR/authorized_keys
			AllowUsers $SSHD_USER@127.0.0.0/8
			PermitRootLogin prohibit-password
			PasswordAuthentication no
			KbdInteractiveAuthentication no
			UsePAM $sshd_pam
			UseDNS no
			StrictModes no
			PrintMotd no
			PrintLastLog no
			MaxStartups 2000
			MaxSessions 100
			$sshd_home
			Subsystem sftp $SSHD_SFTP
			LogLevel VERBOSE
		END
		# Newer ones punish an address that is refused often.
		! "$SSHD" -t -h "$SSHD_DIR/host_ed25519" -f /dev/null \
			-o PerSourcePenalties=no 2>/dev/null ||
			echo "PerSourcePenalties no"
	} >"$sshd_file"
	"$SSHD" -D -f "$sshd_file" -E "$SSHD_LOG" </dev/null >/dev/null 2>&1 &
	SSHD_PID=$!
	at_exit "kill $SSHD_PID 2>/dev/null"
	wait_for "grep -q 'Server listening' '$SSHD_LOG' 2>/dev/null ||
		! kill -0 $SSHD_PID 2>/dev/null" 10
	kill -0 "$SSHD_PID" 2>/dev/null || return 1
	grep -q 'Server listening' "$SSHD_LOG" || return 1
	printf '[127.77.*.*]:%s %s\n' "$SSHD_PORT" \
		"$(cut -d' ' -f1,2 "$SSHD_DIR/host_ed25519.pub")" >>"$SSHD_KNOWN"
}

# sshd_stop PID: no new connections; sshd_cut PID: those that are open end too.
sshd_stop()
{
	kill "$1"
	pid_gone "$1" 10
}

sshd_cut()
{
	sshd_children=$(pgrep -P "$1")
	kill "$1"
	for sshd_child in $sshd_children; do
		kill -9 $(pgrep -P "$sshd_child" -x sshd) "$sshd_child" \
			2>/dev/null
	done
	pid_gone "$1" 10
}

# sshd_address N: the address of host N, from 1 to 62,000.
sshd_address()
{
	echo "127.77.$((($1 - 1) / 250)).$((($1 - 1) % 250 + 1))"
}

# sshd_conf_ssh: the "ssh" section that reaches these hosts.
sshd_conf_ssh()
{
	cat <<-END
		ssh = {
		  user = "$SSHD_USER";
		  port = $SSHD_PORT;
		  keys = [ "$SSHD_KEY" ];
		  known_hosts = "$SSHD_KNOWN";
		  connect_timeout = "10s";
		};
	END
}

# sshd_conf_hosts COUNT [LABEL-TEXT]: the "hosts" section, h-001 and so on.
sshd_conf_hosts()
{
	echo "hosts = ("
	sshd_n=1
	while test $sshd_n -le "$1"; do
		test $sshd_n = 1 || echo ","
		printf '  { name = "h-%03d"; address = "%s";' $sshd_n \
			"$(sshd_address $sshd_n)"
		printf ' transport = "ssh"; labels = { role = "web"; '
		printf 'zone = "z%d"; }; }' $((sshd_n % 4))
		sshd_n=$((sshd_n + 1))
	done
	echo
	echo ");"
}

# sshd_conf COUNT: a whole small configuration: service "shop" below
# $T/srv/HOST/shop, environment "prod" with every host, strategy "all". Text
# given as $SHOP stands inside the service, $PROD inside the environment.
sshd_conf()
{
	echo 'site = "test"; timezone = "UTC";'
	sshd_conf_ssh
	sshd_conf_hosts "$1"
	cat <<-END
		services = (
		  { name = "shop"; root = "$T/srv/{host}/shop"; $SHOP }
		);
		environments = (
		  { name = "prod"; kind = "production"; hosts = "role=web";
		    services = [ "shop" ]; protect = "none"; $PROD }
		);
		$MORE
	END
}
