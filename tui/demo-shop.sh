#!/bin/sh
# shop - the demo's service: "start" opens its database connections and writes
# what came of it to a status file, "health" reads that file.
#
# Each host says in etc/shop.conf how many connections it allows; lib/needs
# says how many this release wants. A release that wants more than a host
# allows is down on that host, and only there.
set -eu
root=$SLUICE_ROOT
limit=$(sed -n 's/^connections=//p' "$root/../../etc/shop.conf")
needs=$(cat lib/needs)
status=$root/status

start()
{
	echo "shop $SLUICE_VERSION on $SLUICE_HOST: opening $needs connections"
	sleep 0.8
	if [ "$needs" -le "$limit" ]; then
		state=up
		echo "shop $SLUICE_VERSION is up"
	else
		state=down
		echo "database refused: $limit connections allowed, $needs asked"
	fi
	printf 'version=%s\nstate=%s\n' "$SLUICE_VERSION" "$state" >"$status.new"
	mv -f "$status.new" "$status"
}

health()
{
	if grep -qx "version=$SLUICE_VERSION" "$status" &&
		grep -qx state=up "$status"; then
		echo "shop $SLUICE_VERSION answers"
	else
		echo "shop $SLUICE_VERSION is down: it asked for $needs" \
			"connections, this host allows $limit"
		exit 1
	fi
}

case ${1-} in
start | health) "$1" ;;
*) echo "usage: shop start|health" >&2; exit 2 ;;
esac
