# Clocks that are off: a host's is said by host check and changes nothing in a
# rollout; the engine's that jumps holds what it would have started, and its
# time-outs and leases do not follow it.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"

# A host's clock, as its date(1) tells it: an hour off, either way.
mkdir "$T/tools"
cat >"$T/tools/date" <<END
#!/bin/sh
off=\$(cat '$T/off' 2>/dev/null || echo 0)
exec $(command -v date) -d "\$off seconds" "\$@"
END
chmod 755 "$T/tools/date"
PATH=$T/tools:$PATH
export PATH
sandbox_conf <<END
site = "test"; timezone = "UTC";
hosts = ( { name = "h-1"; transport = "local"; path = "$T/srv/h-1"; } );
services = ( { name = "shop"; root = "/shop";
	steps = { after_switch = { run = "sleep 0.3"; timeout = "20s"; }; }; } );
environments = ( { name = "prod"; hosts = "*"; services = [ "shop" ];
	protect = "none"; } );
END
must "the engine starts" engine_start
ok "a release" release_of 1.0.0 "$T/one"
exit_is 0 "a clock that is right" sluice host check --json
out_is '.[0].clock_offset_s|fabs < 20' true "is hardly off"
for off in 3600 -3600; do
	echo $off >"$T/off"
	exit_is 1 "a clock that is $off s off" sluice host check --json
	out_is ".[0].clock_offset_s - ($off)|fabs < 20" true "is measured"
	run sluice host check
	like "$out" "its clock is 1h00 (ahead|behind)" "and said in words"
	release_of "1.0.$((off + 3600))" "$T/r$off" >/dev/null
	ship "1.0.$((off + 3600))"
	is "$status" 0 "a rollout does not mind"
	run sluice rollout steps "$ROLLOUT" --json
	out_is '[.[]|select(.step == "after_switch")|.duration_s < 15]|all' true \
		"nor the duration of its steps"
done
engine_stop
rm "$T/off"

# The engine's own wall clock, moved by what a file says.
cat >"$T/shift.c" <<'END'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int result = (int)syscall(SYS_clock_gettime, id, ts);
	FILE *f = id != CLOCK_REALTIME ? NULL : fopen(getenv("SHIFT"), "r");
	long by = 0;

	if (f != NULL && fscanf(f, "%ld", &by) == 1)
		ts->tv_sec += by;
	if (f != NULL)
		fclose(f);
	return result;
}
END
if test -n "$SANITIZER" || ! command -v cc >/dev/null ||
	! cc -shared -fPIC -o "$T/shift.so" "$T/shift.c" 2>/dev/null; then
	skip 9 "no compiler, or a sanitizer that comes first"
	done_testing
fi
SHIFT=$T/shift
export SHIFT
echo 0 >"$SHIFT"
LD_PRELOAD=$T/shift.so sluice engine start >/dev/null || bail "no engine"
engine_pid
ok "a release" release_of 2.0.0 "$T/two"
change_of 2.0.0 --at +1h
run sluice change show "$CHANGE" --json
out_is .state scheduled "a change waits for its hour"
echo 7300 >"$SHIFT"
ok "a jump of two hours is in the ledger" wait_for \
	'sluice audit ls --json | jq -e "any(.[]; .what == \"clock.jump\" and
		(.reason|test(\"forward\")))" >/dev/null' 20
ok "and the change is not started" wait_for \
	'sluice change show $CHANGE --json | grep -q "a person decides"' 20
run sluice change show "$CHANGE" --json
out_is .state scheduled "a person decides"
exit_is 0 "who may start it now" sluice start "$CHANGE" --now
ROLLOUT=$(sluice rollout show "$CHANGE" --json | jq -r .id)
ok "a step runs" wait_for 'sluice rollout steps "$ROLLOUT" --json |
	jq -e "any(.[]; .step == \"after_switch\")" >/dev/null' 20
echo -80000 >"$SHIFT"
ok "a jump back in a step harms nothing" rollout_is succeeded 30
ok "and is in the ledger" wait_for \
	'sluice audit ls --json | jq -e "any(.[]; .what == \"clock.jump\" and
		(.reason|test(\"back\")))" >/dev/null' 20
exit_is 0 "which verifies" sluice audit verify
engine_stop
done_testing
