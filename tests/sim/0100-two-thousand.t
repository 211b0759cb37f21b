# 2,000 scripted hosts in one rollout: the engine stays under one core and
# small, every host is accounted for, and the budget of failures stops it.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"

sandbox_conf <<END
site = "test"; timezone = "UTC";
limits = { connections = 500; };
hosts = ( { name = "f-[0001-1990]"; transport = "fake"; path = "latency=20ms,output=2"; },
	{ name = "g-[01-10]"; transport = "fake"; path = "latency=20ms,fail_once=after_switch"; } );
services = ( { name = "shop"; root = "/srv/shop";
	steps = { after_switch = { run = "true"; timeout = "10s"; }; }; } );
strategies = ( { name = "waves"; kind = "rolling"; batch = ( 10, "25%" ); budget = { hosts = 5; }; } );
environments = ( { name = "prod"; hosts = "name=f-* | name=g-*"; services = [ "shop" ];
	strategy = "waves"; protect = "none"; } );
END

cpu_ticks()
{
	sed 's/.*) //' "/proc/$ENGINE_PID/stat" |
		awk '{ print $12 + $13 }'
}

must "the engine starts" engine_start
mkdir "$T/one"
ok "a release" release_of 1.0.0 "$T/one"
change_of 1.0.0
before=$(cpu_ticks)
from=$(date +%s%3N)
start_change
# Ten hosts fail once; five of them are the budget.
ok "it is held when the budget is reached" rollout_is paused 120
like "$(sluice rollout show "$ROLLOUT" --json | jq -r .hosts_failed)" \
	'^([5-9]|10)$' "by the failures"
while test "$(rollout_state)" = paused && test "${retries:-0}" -lt 12; do
	retries=$((${retries:-0} + 1))
	exit_is 0 "retry $retries" sluice retry "$ROLLOUT" --json
	wait_for 'case $(rollout_state) in paused|succeeded) ;; *) false ;; esac' 120
done
ok "at last it succeeds" rollout_is succeeded 120
wall=$(($(date +%s%3N) - from))
ticks=$(($(cpu_ticks) - before))
cpu=$((ticks * 1000 / $(getconf CLK_TCK)))
note "2,000 hosts in $wall ms, the engine took $cpu ms of CPU"
ok "the engine stayed under one core" test $cpu -lt $wall
size=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$ENGINE_PID/status")
limit=262144
test -z "$SANITIZER" || limit=1048576
ok "and small: $size kB" test "$size" -lt $limit
is "$(rollout_hosts '[.[]|select(.state=="healthy")]|length')" 2000 \
	"every host is healthy"
is "$(sluice rollout steps "$ROLLOUT" --json |
	jq '[.[]|select(.step=="after_switch" and .state=="done")|.host]|
		(length == (unique|length))')" true "no step succeeded twice"
exit_is 0 "the ledger verifies" sluice audit verify
engine_stop
done_testing
