#!/bin/sh
# cart - the demo's service with metrics: "start" writes which release serves
# in which slot, "health" reads that, "errors" prints how many errors there
# are a minute: lib/level has their level, and how much they vary.
set -eu
status=$SLUICE_ROOT/status.${SLUICE_COLOUR-none}

errors()
{
	read -r level noise <lib/level
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
