# tap.sh - what the shell tests say, in TAP.
#
# A test is a POSIX sh script tests/KIND/NNNN-name.t that begins with
#
#	. "$top_srcdir/tests/lib/tap.sh"
#
# and ends with `done_testing` (or begins with `plan N`). Descriptions come
# first where a command follows and last where values are compared:
#
#	ok "the file is there" test -f "$file"
#	not_ok "it is gone" test -e "$file"
#	is "$got" "$expected" "both are the same"
#	like "$text" 'R-[0-9]+' "it names the rollout"
#	run sluice change ls; is "$status" 0 "it works"    # also $out $err
#	exit_is 3 "it is refused" sluice start C-1         # also $out $err
#
# Everything that a command prints is kept out of the TAP and shown when the
# test fails.
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir}"
: "${SLUICE:=$top_builddir/tui/sluice}"
: "${SLUICED:=$top_builddir/core/sluiced}"
: "${SLUICE_PUSH:=$top_builddir/transports/sluice-push}"
: "${LC_ALL:=C.UTF-8}"
: "${TZ:=UTC}"
export top_srcdir top_builddir SLUICE SLUICED SLUICE_PUSH LC_ALL TZ

tap_count=0
tap_failed=0
tap_planned=
tap_tmp=$(mktemp -d "${TMPDIR:-/tmp}/tap.XXXXXX") || exit 99
tap_cleanup="rm -rf '$tap_tmp'"

# at_exit COMMAND: run before everything that was registered earlier.
at_exit()
{
	tap_cleanup="$1
$tap_cleanup"
}

tap_exit()
{
	tap_status=$?
	trap - EXIT
	eval "$tap_cleanup"
	exit $tap_status
}
trap tap_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

plan()
{
	tap_planned=$1
	echo "1..$1"
}

done_testing()
{
	test -n "$tap_planned" || echo "1..$tap_count"
	test "$tap_failed" = 0 || exit 1
	exit 0
}

skip_all()
{
	echo "1..0 # SKIP $*"
	exit 0
}

bail()
{
	echo "Bail out! $*"
	exit 99
}

# diag [TEXT]...: shown always; without arguments standard input.
diag()
{
	if test $# -gt 0; then
		printf '%s\n' "$*"
	else
		cat
	fi | sed 's/^/# /' >&2
}

# note [TEXT]...: the same, shown only when prove is verbose.
note()
{
	diag "$@" 2>&1
}

tap_pass()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$1"
}

tap_fail()
{
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$1"
	diag "failed: $1 (${0##*/})"
}

pass()
{
	tap_pass "$1"
}

fail()
{
	tap_fail "$1"
}

# skip COUNT WHY: these tests are not run here.
skip()
{
	tap_left=$1
	shift
	while test "$tap_left" -gt 0; do
		tap_count=$((tap_count + 1))
		echo "ok $tap_count # SKIP $*"
		tap_left=$((tap_left - 1))
	done
}

# ok DESCRIPTION COMMAND [ARGUMENT]...
ok()
{
	tap_what=$1
	shift
	if "$@" >"$tap_tmp/output" 2>&1; then
		tap_pass "$tap_what"
	else
		tap_status=$?
		tap_fail "$tap_what"
		diag "exit $tap_status: $*"
		head -c 4096 "$tap_tmp/output" | diag
		return 1
	fi
}

# must DESCRIPTION COMMAND...: the rest of the test makes no sense without it.
must()
{
	ok "$@" || done_testing
}

not_ok()
{
	tap_what=$1
	shift
	if "$@" >"$tap_tmp/output" 2>&1; then
		tap_fail "$tap_what"
		diag "this should not have succeeded: $*"
		head -c 4096 "$tap_tmp/output" | diag
		return 1
	fi
	tap_pass "$tap_what"
}

is()
{
	if test "x$1" = "x$2"; then
		tap_pass "$3"
	else
		tap_fail "$3"
		printf '%s\n' "$1" | head -c 4096 | sed 's/^/     got: /' | diag
		printf '%s\n' "$2" | head -c 4096 | sed 's/^/expected: /' | diag
		return 1
	fi
}

isnt()
{
	if test "x$1" != "x$2"; then
		tap_pass "$3"
	else
		tap_fail "$3"
		diag "it should be anything but: $1"
		return 1
	fi
}

# like TEXT EXTENDED-REGEXP DESCRIPTION: some line matches.
like()
{
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		tap_pass "$3"
	else
		tap_fail "$3"
		printf '%s\n' "$1" | head -c 4096 | sed 's/^/    got: /' | diag
		diag "pattern: $2"
		return 1
	fi
}

unlike()
{
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		tap_fail "$3"
		printf '%s\n' "$1" | grep -E -e "$2" | head -5 | diag
		diag "should not match: $2"
		return 1
	fi
	tap_pass "$3"
}

# run COMMAND...: sets status, out and err; never fails itself.
run()
{
	status=0
	"$@" >"$tap_tmp/out" 2>"$tap_tmp/err" || status=$?
	out=$(cat "$tap_tmp/out")
	err=$(cat "$tap_tmp/err")
}

# exit_is CODE DESCRIPTION COMMAND...: sets status, out and err too.
exit_is()
{
	tap_expected=$1
	tap_what=$2
	shift 2
	run "$@"
	if test "$status" = "$tap_expected"; then
		tap_pass "$tap_what"
	else
		tap_fail "$tap_what"
		diag "exit $status instead of $tap_expected: $*"
		printf '%s\n%s\n' "$out" "$err" | head -c 4096 | diag
		return 1
	fi
}

# wait_for CONDITION SECONDS: evaluates the shell text until it succeeds.
wait_for()
{
	tap_until=$(($(date +%s) + $2 + 1))
	until eval "$1"; do
		if test "$(date +%s)" -ge "$tap_until"; then
			return 1
		fi
		sleep 0.05
	done
}

# json FILTER [FILE]: a value out of a JSON document (jq -r); standard input
# without a file.
json()
{
	jq -r "$@"
}

# out_is FILTER EXPECTED DESCRIPTION: about $out, the JSON of the last run.
out_is()
{
	is "$(printf '%s\n' "$out" | jq -r "$1" 2>&1)" "$2" "$3"
}

is_root()
{
	test "$(id -u)" = 0
}
