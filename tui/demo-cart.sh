#!/bin/sh
# cart - the demo's service with metrics: "start" writes which release serves
# in which slot, "health" reads that, "errors" prints how many errors there
# are a minute: lib/level has their level, how much they vary, and the level
# that four of seven have instead.
set -eu
status=$SLUICE_ROOT/status.${SLUICE_COLOUR-none}

errors()
{
	read -r level noise other <lib/level
	if test -n "$other"; then
		calls=$(($(cat "$SLUICE_ROOT/calls" 2>/dev/null || echo 0) + 1))
		echo "$calls" >"$SLUICE_ROOT/calls"
		test $((calls % 7 % 2)) = 1 || level=$other
	fi
	od -An -N2 -tu2 /dev/urandom | awk -v level="$level" -v noise="$noise" \
		'{ printf "%.2f\n", level + noise * ($1 - 32768) / 32768 }'
}

case ${1-} in
start)
	echo "cart $SLUICE_VERSION serves on ${SLUICE_SLOT-its port}"
	echo "$SLUICE_VERSION" >"$status" ;;
health)
	grep -qx "$SLUICE_VERSION" "$status"
	echo "cart $SLUICE_VERSION answers" ;;
errors) errors ;;
*) echo "usage: cart start|health|errors" >&2; exit 2 ;;
esac
