# Pushers that end again and again, are of another build or not there: one
# condition of the engine. What waits for them waits and goes on; no host fails.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"

# Programs of its own, as after an upgrade of a part.
mkdir "$T/bin"
cp "$SLUICE" "$SLUICED" "$T/bin/"
PUSHER=$SLUICE_PUSH
SLUICE=$T/bin/sluice SLUICED=$T/bin/sluiced SLUICE_PUSH=$T/bin/sluice-push

# pusher_is SCRIPT-LINE...: what is started as sluice-push from now on.
pusher_is()
{
	printf '#!/bin/sh\n' >"$T/bin/next"
	printf '%s\n' "$@" >>"$T/bin/next"
	chmod 755 "$T/bin/next"
	mv "$T/bin/next" "$T/bin/sluice-push"
}

condition()
{
	sluice engine status --json |
		jq -r '.conditions[]|select(.name=="no_pusher").message'
}

sandbox_conf <<END
site = "test"; timezone = "UTC";
hosts = ( { name = "h-[1-4]"; transport = "local"; path = "$T/srv/h-[1-4]"; } );
services = ( { name = "shop"; root = "/shop";
	steps = { after_switch = { run = "echo \$SLUICE_HOST >>'$T/ran'; echo on >'$T/on'; until test -e '$T/go'; do sleep 0.05; done"; timeout = "60s"; }; }; } );
environments = ( { name = "prod"; hosts = "name=h-*"; services = [ "shop" ];
	protect = "none"; } );
END

# As one that finds a bug of its own in everything that it is told.
pusher_is "read -r line" "exit 3"
must "the engine starts" engine_start
ok "a release" release_of 1.0.0 "$T/one"
ok "pushers that end in a row are a condition" \
	wait_for 'test -n "$(condition)"' 20
like "$(condition)" 'ended [0-9]+ times in a row' "which says so"
change_of 1.0.0
start_change
run sluice rollout show "$ROLLOUT" --json
out_is .pause_cause no_pusher "a rollout says what it waits for"
like "$out" '"reason": "waiting: no pusher: ' "in words"
is "$(rollout_hosts '[.[].state]|unique|join(",")')" pending "no host failed"
run sluice host check --json
isnt "$status" 0 "a check of hosts is answered"
like "$out" 'ended [0-9]+ times' "and says whose fault it is"
like "$(engine_log)" 'pusher [0-9].*ended: status 3' "the log has each end"

pusher_is "exec '$PUSHER'"
ok "with one that works the condition ends" \
	wait_for 'test -z "$(condition)"' 40
ok "and the steps run" wait_for 'test "$(sort -u "$T/ran" | wc -l)" = 4' 30

# It dies with steps under way, of which nobody heard the end.
pusher_is "echo '{\"m\":\"ready\",\"protocol\":99,\"version\":\"9.9\"}' >&0" \
	"exec sleep 60"
kill -9 $(pusher_pids)
ok "another build's is refused" \
	wait_for 'condition | grep -q "protocol 99"' 20
like "$(condition)" "version 9.9 and speaks protocol 99, this engine is \
version [0-9.]+ and speaks [0-9]+: install both from one build" \
	"with both versions and what to do"
is "$(rollout_hosts '[.[].state]|unique|join(",")')" switched \
	"no host failed for it"
touch "$T/go"
rm "$T/bin/sluice-push"
ok "one that is not there" wait_for 'condition | grep -q "cannot start"' 20

# Stopping does not wait for what cannot go on.
exit_is 0 "the engine can be stopped" sluice engine stop --yes
ok "and ends" pid_gone "$ENGINE_PID" 5
pusher_is "exec '$PUSHER'"
must "it starts again" engine_start
ok "the rollout goes on by itself" rollout_is succeeded 30
is "$(sort "$T/ran" | uniq -c | awk '$1 != 1')" "" "no step ran twice"
is "$(for h in 1 2 3 4; do cat "$T/srv/h-$h/shop/current/VERSION"; done |
	uniq -c | tr -s ' ')" " 4 1.0.0" "every host has the release"
run sluice audit ls --json
out_is '[.[]|select(.what|test("pusher")).what]|unique|join(" ")' \
	"engine.no_pusher engine.pusher_back" "the ledger has it"
exit_is 0 "the ledger verifies" sluice audit verify
engine_stop
done_testing
