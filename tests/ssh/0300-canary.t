# A real fleet: four hosts behind sshd, each with a small web server that the
# release brings along. A good release goes through a canary to everywhere,
# one with five percent more errors is stopped and goes back by itself, and a
# latency that rises by one percent is inside the tolerance.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
command -v busybox >/dev/null && busybox httpd --help 2>&1 | grep -q Usage ||
	skip_all "no busybox with httpd on this machine"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"
port=$(sshd_free_port)

# The web server of a host; it is started again for each release.
cat >"$T/serve" <<END
#!/bin/sh
address=127.77.0.\${SLUICE_HOST#h-00}
if test -r "\$SLUICE_ROOT/httpd.pid"; then
	kill "\$(cat "\$SLUICE_ROOT/httpd.pid")" 2>/dev/null
fi
cd "\$SLUICE_RELEASE" || exit 1
for try in 1 2 3 4 5 6 7 8 9 10; do
	busybox httpd -f -p "\$address:$port" -h . </dev/null >/dev/null 2>&1 &
	echo \$! >"\$SLUICE_ROOT/httpd.pid"
	sleep 0.1
	kill -0 \$! 2>/dev/null && exit 0
done
exit 1
END
chmod +x "$T/serve"
at_exit "cat $T/srv/*/shop/httpd.pid 2>/dev/null | xargs -r kill 2>/dev/null"

SHOP="steps = { after_switch = { run = \"$T/serve\"; timeout = \"30s\"; idempotent = true; }; };
	health = ( { http = \"http://{address}:$port/VERSION\"; attempts = 40; interval = \"250ms\"; } );
	metrics = (
		{ name = \"errors\"; http = \"http://{address}:$port/errors\"; worse = \"higher\"; tolerance = 0.02; critical = true; },
		{ name = \"p95_ms\"; http = \"http://{address}:$port/stats.json\"; pointer = \"/latency/p95\"; worse = \"higher\"; tolerance = 0.05; },
		{ name = \"answers\"; probe = \"failures\"; worse = \"higher\"; }
	);" \
MORE='strategies = ( { name = "canary"; kind = "canary"; waves = ( 1, "50%", "100%" ); bake = "2s"; on_failure = "rollback";
	analysis = { interval = "1s"; min_samples = 8; within = "1m"; }; } );' \
PROD='strategy = "canary";' sshd_conf 4 | sandbox_conf

# web VERSION ERRORS P95
web()
{
	mkdir -p "$T/r$1"
	echo "$2" >"$T/r$1/errors"
	printf '{"latency": {"p95": %s}}\n' "$3" >"$T/r$1/stats.json"
	release_of "$1" "$T/r$1"
}

must "the engine starts" engine_start
must "a first release" web 1.0 100 200
must "a good one" web 2.0 100 200
must "five percent more errors" web 3.0 105 200
must "one percent more latency" web 4.0 100 202
ship 1.0 --strategy all
is "$status" 0 "the first one runs everywhere"
ship 2.0
is "$status" 0 "a good one goes through the canary"
is "$(versions)" "4 2.0" "to every host"
ship 3.0
is "$status" 4 "five percent more errors are stopped"
is "$(versions)" "4 2.0" "and taken back"
like "$(sluice change show "$CHANGE" --json | jq -r .reason)" \
	'errors: shift \+5 %' "for the right reason"
run sluice rollout steps "$(sluice rollout ls --json | jq -r '.[-1].id')" --json
ok "within two seconds of what decided" test 2 -ge "$({
	printf '%s\n' "$out"
	sluice audit ls --json
} | jq -s '([.[0][].started_at | fromdate] | min) -
	([.[1][] | select(.what == "rollout.analysis").at | fromdate] | max)')"
ship 4.0
is "$status" 0 "one percent more latency passes"
is "$(versions)" "4 4.0" "to every host"
run sluice analysis show "$CHANGE" --json
out_is '[.waves[].verdict]|join(" ")' "pass pass" "wave by wave"
out_is '.waves[0].metrics[1].relative_shift * 1000 | round' 10 \
	"with the shift that was there"

# The way back of all four: the two that moved last first, the canary last.
run sluice rollback "$ROLLOUT" -m "not this one" --json
ROLLOUT=$(id_of)
ok "it goes back" rollout_is succeeded 60
is "$(versions)" "4 2.0" "everywhere"
is "$(rollout_hosts '[.[] | .wave] | group_by(.) | map(length) | join(" ")')" \
	"2 1 1" "in the waves in which they came"
is "$(rollout_hosts '[.[] | select(.wave == 3) | .host] | join(" ")')" h-001 \
	"the canary last"
run sluice rollout steps "$ROLLOUT" --json
hosts=$(sluice rollout hosts "$ROLLOUT" --json)
is "$(printf '%s\n' "$out" | jq -r --argjson hosts "$hosts" '
	($hosts | map({(.host): .wave}) | add) as $wave |
	map(select(.step == "switch") | {wave: $wave[.host], at: .started_at}) |
	sort_by(.at, .wave) | map(.wave) | join(" ")')" "1 1 2 3" \
	"and no wave before the one before it"
run sluice rpc rollout.waves "{\"id\": \"$ROLLOUT\"}"
out_is '[.waves[] | "\(.hosts) \(.gates | length)"] | join(", ")' \
	"2 0, 1 0, 1 0" "its way has no gates"
done_testing
