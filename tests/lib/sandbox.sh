# sandbox.sh - a place of its own for a test: home, configuration, state
# directory and engine; nothing of it is left behind.
#
#	. "$top_srcdir/tests/lib/tap.sh"
#	. "$top_srcdir/tests/lib/sandbox.sh"
#	sandbox_conf <<-END
#		hosts = ( ... );
#	END
#	engine_start
#	...
#	engine_kill9; engine_start
#
# $T is the directory. `sluice` runs the program under test. Every process
# that the sandbox's environment reached is killed at the end: engines,
# pushers, detached steps.
T=$(mktemp -d "${TMPDIR:-/tmp}/sb.XXXXXX") || bail "no temporary directory"
SANDBOX=$T
HOME=$T/home
XDG_CONFIG_HOME=$HOME/.config
XDG_STATE_HOME=$HOME/.local/state
SLUICE_CONFIG=$T/sluice.conf
SLUICE_STATE=$T/state
NO_COLOR=1
mkdir -p "$HOME/.ssh" "$XDG_CONFIG_HOME" "$XDG_STATE_HOME"
chmod 700 "$HOME/.ssh"
unset SSH_AUTH_SOCK SSH_CONNECTION SSH_TTY SUDO_USER
export T SANDBOX HOME XDG_CONFIG_HOME XDG_STATE_HOME SLUICE_CONFIG \
	SLUICE_STATE NO_COLOR
at_exit sandbox_cleanup

# sandbox_pids [NAME]: processes that belong to this sandbox, because its
# directory stands in their environment or on their command line; with NAME
# only those called so. The test itself is not one of them.
sandbox_pids()
{
	perl -e '
		my ($where, $test, $name) = @ARGV;
		sub slurp {
			open my $f, "<", $_[0] or return "";
			local $/;
			return <$f> // "";
		}
		for my $dir (glob "/proc/[0-9]*") {
			my ($pid) = $dir =~ /(\d+)/;
			next if $pid == $$ || $pid == $test;
			index(slurp("$dir/environ"), $where) >= 0 ||
				index(slurp("$dir/cmdline"), $where) >= 0 ||
				next;
			next if slurp("$dir/stat") =~ /\) Z /;
			chomp(my $comm = slurp("$dir/comm"));
			print "$pid\n" if $name eq "" || $comm eq $name;
		}' "$T" $$ "$1"
}

sandbox_cleanup()
{
	if test -n "$SANDBOX_KEEP"; then
		diag "kept: $T"
		return
	fi
	sandbox_tries=0
	while sandbox_left=$(sandbox_pids) && test -n "$sandbox_left" &&
		test $sandbox_tries -lt 50; do
		# shellcheck disable=SC2086
		kill -9 $sandbox_left 2>/dev/null
		sandbox_tries=$((sandbox_tries + 1))
		sleep 0.02
	done
	chmod -R u+rwx "$T" 2>/dev/null
	rm -rf "$T" 2>/dev/null || rm -rf "$T"
}

# The configuration on standard input.
sandbox_conf()
{
	cat >"$SLUICE_CONFIG"
	chmod 600 "$SLUICE_CONFIG"
}

sluice()
{
	"$SLUICE" "$@" </dev/null
}

engine_log()
{
	find "$SLUICE_STATE" -name '*.log' -exec tail -n 60 {} + 2>/dev/null
}

# Starts the engine and sets ENGINE_PID.
engine_start()
{
	if ! sluice engine start >"$T/engine.start" 2>&1; then
		diag <"$T/engine.start"
		engine_log | diag
		return 1
	fi
	engine_pid
}

engine_pid()
{
	ENGINE_PID=$(sluice engine status --json | jq -r .pid)
	test -n "$ENGINE_PID" && kill -0 "$ENGINE_PID"
}

engine_stop()
{
	sluice engine stop --yes >"$T/engine.stop" 2>&1 ||
		diag <"$T/engine.stop"
	pid_gone "$ENGINE_PID" 10
}

# pid_gone PID SECONDS: the process has ended (a zombie counts as gone).
pid_gone()
{
	wait_for "! kill -0 $1 2>/dev/null ||
		grep -q '^State:.Z' /proc/$1/status 2>/dev/null" "$2"
}

# Kills the engine as a power cut would, its pushers are left to themselves.
engine_kill9()
{
	kill -9 "$ENGINE_PID" || return 1
	pid_gone "$ENGINE_PID" 10
}

pusher_pids()
{
	sandbox_pids sluice-push
}

# tree DIR FILES [BYTES]: an artefact with so many small files.
tree()
{
	mkdir -p "$1"
	perl -e '
		my ($dir, $files, $bytes) = @ARGV;
		for my $i (1 .. $files) {
			my $sub = sprintf "%s/d%02d", $dir, $i % 50;
			mkdir $sub;
			open my $f, ">", sprintf "%s/f%05d", $sub, $i or die;
			print $f "$dir $i ", "x" x ($i * 7919 % $bytes), "\n";
		}' "$1" "$2" "${3:-400}"
}

# id_of: the "id" of the JSON object in $out.
id_of()
{
	printf '%s\n' "$out" | jq -r .id
}

# What a refusal must leave as it was, of the change $C and the request $Q.
facts_now()
{
	{
		test -z "$C" || sluice change show "$C" --json
		test -z "$Q" || sluice request show "$Q" --json
	} | jq -c '[.state, .revision, .plan_digest, .approvals_given,
		[.decisions[].state]]'
}

# refuses CODE DESCRIPTION COMMAND...: it is refused with that code, says what
# would help, changes nothing of $C and $Q, and is the newest refusal that the
# ledger has.
refuses()
{
	refuses_code=$1
	refuses_what=$2
	refuses_exit=3
	shift 2
	case $refuses_code in usage | invalid) refuses_exit=2 ;; esac
	refuses_before=$(facts_now)
	run "$@" --json
	is "$status $(printf '%s\n' "$out" | jq -r '.error | .code +
		if .hint == "" then " and nothing that helps" else "" end')" \
		"$refuses_exit $refuses_code" "$refuses_what: $refuses_code"
	is "$(facts_now)" "$refuses_before" "$refuses_what: nothing changed"
	refuses_entry=$(sluice audit ls --what refused --json | jq -c last)
	is "$(printf '%s\n' "$refuses_entry" | jq -c --argjson seq \
		"${refuses_seq:-0}" '[.seq > $seq, .detail.code, .reason]')" \
		"$(printf '%s\n' "$out" | jq -c '[true, .error.code,
			.error.message]')" "$refuses_what: the ledger says so"
	refuses_seq=$(printf '%s\n' "$refuses_entry" | jq .seq)
}
