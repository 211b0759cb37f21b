# The file system of the state directory gets full in the middle of a rollout:
# new work is refused and says why, outcomes of steps in flight are recorded
# (the ballast is let go), and all goes on without a restart once there is
# room.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"
is_root || skip_all "mounting a small file system needs root"
mkdir -p "$SLUICE_STATE" "$T/srv/h-1" "$T/srv/h-2"
at_exit "umount -l '$SLUICE_STATE' 2>/dev/null"
mount -t tmpfs -o size=48m sluice-test "$SLUICE_STATE" 2>/dev/null ||
	skip_all "no tmpfs can be mounted here"

sandbox_conf <<-END
	site = "test"; timezone = "UTC";
	hosts = (
	  { name = "h-1"; transport = "local"; path = "$T/srv/h-1"; },
	  { name = "h-2"; transport = "local"; path = "$T/srv/h-2"; }
	);
	services = ( { name = "shop"; root = "/shop"; steps = {
	  after_switch = { run = "echo \$SLUICE_VERSION >>'$T/ran'; while test -e '$T/wait'; do sleep 0.05; done; seq 4000"; timeout = "60s"; }; }; } );
	environments = (
	  { name = "prod"; kind = "production"; hosts = "*"; strategy = "one";
	    services = [ "shop" ]; protect = "none"; }
	);
	strategies = ( { name = "one"; kind = "rolling"; batch = 1; } );
END

condition()
{
	sluice engine status --json |
		jq -r '.conditions[]|select(.name == "disk_full").message'
}

# fill DIR: until not a byte more goes in.
fill()
{
	dd if=/dev/zero of="$1/fill" bs=64k 2>/dev/null
	dd if=/dev/zero of="$1/fill.last" bs=1 count=4096 2>/dev/null
	return 0
}

must "the engine starts" engine_start
ok "a ballast is kept" test -f "$SLUICE_STATE/private/ballast"
ok "a release" release_of 1.0.0 "$T/one"
ok "another" release_of 2.0.0 "$T/two"
ship 1.0.0
is "$status" 0 "it is shipped"
is "$(condition)" "" "there is room"

touch "$T/wait"
change_of 2.0.0
start_change
ok "a step runs on the first host" \
	wait_for "test \"\$(grep -c 2.0.0 $T/ran)\" = 1" 30
fill "$SLUICE_STATE"
ok "the condition says so" wait_for 'test -n "$(condition)"' 10
like "$(condition)" "'$SLUICE_STATE' is full" "and names the directory"
exit_is 1 "new work is refused" \
	sluice change new shop 1.0.0 prod --json -m test
out_is .error.code no_space "as such" ||
	printf '%s\n%s\n' "$out" "$err" | diag
like "$out$err" "make room" "and what to do is said"
exit_is 1 "so is a new release" sluice release add shop 3.0.0 "$T/two"
exit_is 0 "what runs can be looked at" sluice rollout show "$ROLLOUT"
rm "$T/wait"
ok "the step's outcome is recorded" wait_for \
	'test "$(rollout_hosts ".[]|select(.state == \"healthy\").host")" = h-1' 30
is "$(rollout_state)" running "the rollout waits"
is "$(grep -c 2.0.0 "$T/ran")" 1 "and no other host was begun"
ok "the engine is the same" kill -0 "$ENGINE_PID"

# Even more: writes of the database find it full.
n=0
while test -e "$SLUICE_STATE/private/ballast" && test $n -lt 400; do
	fill "$SLUICE_STATE"
	sluice comment "$CHANGE" -m "$(seq 600)" >/dev/null 2>&1
	n=$((n + 1))
done
not_ok "the ballast was let go" test -e "$SLUICE_STATE/private/ballast"
ok "the engine goes on" kill -0 "$ENGINE_PID"
exit_is 0 "and every row is whole" sluice audit verify
fill "$SLUICE_STATE"
exit_is 1 "without it and without room nothing is taken" \
	sluice comment "$CHANGE" -m full
like "$err" "is full" "and why is said"

rm "$SLUICE_STATE/fill" "$SLUICE_STATE/fill.last"
ok "with room the rollout ends by itself" rollout_is succeeded 30
is "$(condition)" "" "the condition is over"
ok "there is a ballast again" test -f "$SLUICE_STATE/private/ballast"
ok "the engine was not restarted" kill -0 "$ENGINE_PID"
is "$(sluice audit ls --json | jq -r '.[].what' | grep -c -e disk_full \
	-e room_again)" 2 "the ledger has both"
exit_is 0 "new work is taken" sluice change new shop 1.0.0 prod --json -m test
is "$(versions)" "2 2.0.0" "every host serves the release"

exit_is 0 "the ledger verifies" sluice audit verify
engine_stop
done_testing
