# lib_program.sh - talks to the program of hosts as the pusher does, without a
# pusher: requests as text, replies as text.
#
#	program_setup                   # $PROGRAM, $SHELLS
#	use_shell dash|bash|busybox     # which shell and tools it runs with
#	begin                           # a new conversation
#	ask OP [NAME=VALUE]...          # a request; the lease comes along
#	ask_stage RELEASE FILE FORMAT [NAME=VALUE]...
#	ask_stage_in ...; way KIND FILE [BASE]; way ...    the same in ways
#	talk                            # runs it: $replies, one line each
#	outcome_of N                    # "done", "refused busy" ...
#	datum N NAME                    # of the reply to request N
S=0123456789abcdef0123456789abcdef
ENGINE=E-1 EPOCH=3 ROLLOUT=R-1

program_setup()
{
	PROGRAM=$tap_tmp/program
	ROOT=$tap_tmp/root
	mkdir "$tap_tmp/tmp"
	# What the build embeds is what runs here.
	sh "$top_srcdir/transports/host/embed.sh" \
		"$top_srcdir/transports/host/program.sh" |
		perl -ne 'print pack "C*", map hex, /0x(..)/g' >"$PROGRAM"
	SHELLS=
	for shell in dash bash busybox; do
		! command -v $shell >/dev/null || SHELLS="$SHELLS $shell"
	done
	if command -v busybox >/dev/null; then
		mkdir -p "$tap_tmp/bb"
		for tool in $(busybox --list); do
			ln -s "$(command -v busybox)" "$tap_tmp/bb/$tool"
		done
	fi
}

use_shell()
{
	shell=$1
	case $1 in
	busybox) SHELL_PATH=$tap_tmp/bb/sh TOOLS=$tap_tmp/bb ;;
	*) SHELL_PATH=$(command -v "$1") TOOLS=$PATH ;;
	esac
}

begin()
{
	talk_file=$tap_tmp/talk
	: >"$talk_file"
	talk_n=0
}

# put NAME=VALUE: one line, or counted bytes where it has more.
put()
{
	case $1 in
	*"
"*)
		put_value=${1#*=}
		printf '%s:%d\n%s' "${1%%=*}" \
			"$(printf %s "$put_value" | wc -c)" "$put_value"
		;;
	*) printf '%s\n' "$1" ;;
	esac
}

ask()
{
	talk_n=$((talk_n + 1))
	ask_op=$1
	shift
	{
		echo "$ask_op $talk_n"
		put "now=$(date +%s)"
		put "root=$ROOT"
		put "engine=$ENGINE"
		put "epoch=$EPOCH"
		put "rollout=$ROLLOUT"
		put "reason=a test"
		for ask_arg; do
			put "$ask_arg"
		done
		echo
	} >>"$talk_file"
}

# The header of a stage only; `way` is what follows.
ask_stage_in()
{
	stage_release=$1 stage_file=$2 stage_format=$3
	shift 3
	stage_bytes=$(wc -c <"$stage_file")
	stage_sum=$(sha256sum <"$stage_file")
	ask stage "release=$stage_release" "bytes=$stage_bytes" \
		"sha256=${stage_sum%% *}" "format=$stage_format" "umask=022" \
		"need=$stage_bytes" "inodes=10" "name=payload.bin" "$@"
}

# way KIND FILE [BASE]: in two pieces, the manifest before them.
way()
{
	way_bytes=$(wc -c <"$2")
	way_sum=$(sha256sum <"$2")
	{
		echo "w $1 ${way_sum%% *} ${3:-}"
		if test "$1" != files && test -f "$stage_file.manifest"; then
			echo "m $(wc -c <"$stage_file.manifest")"
			cat "$stage_file.manifest"
		fi
		echo "c $((way_bytes / 2))"
		head -c $((way_bytes / 2)) "$2"
		echo "c $((way_bytes - way_bytes / 2))"
		tail -c $((way_bytes - way_bytes / 2)) "$2"
		echo e
	} >>"$talk_file"
}

ask_stage()
{
	ask_stage_in "$@"
	way whole "$2"
}

# What the pusher sends before it asks (host_program_add_start).
program_start()
{
	printf 'case ${BASH_VERSION-} in ?*) exec "$BASH" -c '
	printf "'"'eval "$(dd bs=65536 count=%d iflag=fullblock,' \
		$(($(wc -c <"$PROGRAM") + ${#S} + 7))
	printf 'count_bytes status=none)"'"'"' ;; esac\n'
	printf 'S=%s\n{\n' "$S"
	cat "$PROGRAM"
	echo '}'
}

# converse REPLIES COMMAND...: a shell reads the program from a pipe, then,
# when it has said hello, what the command prints; what it answers goes to a
# file.
converse()
{
	converse_replies=$1
	shift
	: >"$converse_replies"
	{
		program_start
		converse_n=0
		until grep -qa "^$S hello" "$converse_replies" ||
			test $converse_n -gt 2000; do
			converse_n=$((converse_n + 1))
			sleep 0.01
		done
		"$@"
	} | TMPDIR=$tap_tmp/tmp PATH=$TOOLS "$SHELL_PATH" \
		>>"$converse_replies" 2>"$tap_tmp/noise"
}

talk()
{
	converse "$tap_tmp/replies" cat "$talk_file"
	replies=$(tr -d '\000' <"$tap_tmp/replies")
}

outcome_of()
{
	printf '%s\n' "$replies" |
		sed -n "s/^$S r $1 \\(.*\\)/\\1/p" | sed 's/ $//'
}

# The lines between the result before and the result of request N.
part_of()
{
	printf '%s\n' "$replies" | awk -v s="$S" -v n="$1" '
		$1 == s && $2 == "r" { if ($3 == n) exit; text = ""; next }
		{ text = text $0 "\n" }
		END { printf "%s", text }'
}

datum()
{
	part_of "$1" | awk -v s="$S" -v name="$2" '
		take { print; exit }
		$1 == s && $2 == "d" && $3 == name {
			sub("^" s " d " name " ", ""); print; exit }
		$1 == s && $2 == "D" && $3 == name { take = 1 }'
}
