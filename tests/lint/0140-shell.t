# Every shell script is one that dash, bash and busybox can read.
. "$top_srcdir/tests/lib/tap.sh"

cd "$top_srcdir" || exit 99
scripts=$(
	echo bootstrap
	find tests/lib tests/bench tests/cli tests/ssh tests/tui tests/sim \
		tests/fuzz tests/lint transports/host core tui -type f \
		2>/dev/null |
		grep -Ev '\.(o|a|c|h|pm|def|conf|txt|cfg|am|[158])$' |
		while read -r file; do
			IFS= read -r first <"$file" 2>/dev/null
			case $first in
			'#!'*perl | '#!'*bash) continue ;;
			'#!/bin/sh') echo "$file" && continue ;;
			esac
			case $file in
			*.sh | *.t) echo "$file" ;;
			esac
		done | LC_ALL=C sort
)
for file in $scripts; do
	ok "sh: $file" sh -n "$file"
done
for shell in dash bash 'busybox sh'; do
	if ! command -v ${shell%% *} >/dev/null; then
		skip 1 "no $shell here"
		continue
	fi
	bad=
	for file in $scripts; do
		$shell -n "$file" 2>/dev/null || bad="$bad $file"
	done
	is "$bad" "" "$shell reads all of them"
done
if command -v bash >/dev/null && test -f .ci/run; then
	ok "bash: .ci/run" bash -n .ci/run
fi
done_testing
