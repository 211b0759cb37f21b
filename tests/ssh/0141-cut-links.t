# Links that are cut at every few hundred bytes of a rollout's traffic, towards
# the hosts and from them: each step is known as done, failed or never run, as
# it is on the host; what was not reached is retried; nothing runs twice.
#
#	CUT_EVERY=N	a cut at every N bytes (6000; make check-cuts: 1024)
#	CUT_TIMES=N	so many links in a row to each host (1)
#	CUT_TRANSPORT=	ssh, openssh or auto (ssh)
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"
: "${CUT_EVERY:=6000}" "${CUT_TIMES:=1}" "${CUT_TRANSPORT:=ssh}"
XDG_RUNTIME_DIR=$(mktemp -d /tmp/slr.XXXXXX) || bail "no short directory"
at_exit "rm -rf '$XDG_RUNTIME_DIR'"
export XDG_RUNTIME_DIR

# About what a rollout sends: the program and a release, and the output of a
# step back.
UP=68000 DOWN=16000
hosts=0
plan_cuts()
{
	cut_at=$((CUT_EVERY / 2))
	while test $cut_at -lt "$2"; do
		hosts=$((hosts + 1))
		echo "$(sshd_address $hosts) $1 $cut_at $CUT_TIMES"
		cut_at=$((cut_at + $3))
	done
}
plan_cuts up $UP "$CUT_EVERY" >"$T/plan"
plan_cuts down $DOWN $(((CUT_EVERY + 2) / 3)) >>"$T/plan"
perl "$top_srcdir/tests/ssh/cut_hosts.pl" "$SSHD_PORT" "$T/plan" "$T/cuts" \
	>"$T/port" &
proxy=$!
at_exit "kill $proxy 2>/dev/null"
wait_for 'test -s "$T/port"' 10 || bail "the proxy does not start"
SSHD_PORT=$(cat "$T/port")
printf '[127.77.*.*]:%s %s\n' "$SSHD_PORT" \
	"$(cut -d' ' -f1,2 "$SSHD_DIR/host_ed25519.pub")" >>"$SSHD_KNOWN"

# One host in nine has a step that fails, the first time.
SHOP='steps = {
    before_switch = { run = "echo before >>$SLUICE_ROOT/ran"; timeout = "60s"; };
    after_switch = { run = "echo after >>$SLUICE_ROOT/ran; head -c 7000 /dev/zero | tr \\\\0 x; case $SLUICE_HOST in *[05]) test -e $SLUICE_ROOT/failed || { : >$SLUICE_ROOT/failed; exit 5; };; esac"; timeout = "60s"; }; };' \
	PROD='strategy = "go-on"; vars = { };' \
	MORE='strategies = ( { name = "go-on"; kind = "all"; budget = { hosts = 5000; unreachable = 5000; }; on_failure = "continue"; } ); limits = { connections = 12; };' \
	sshd_conf $hosts | sed "s/transport = \"ssh\"/transport = \"$CUT_TRANSPORT\"/" |
	sandbox_conf
must "the engine starts" engine_start
mkdir "$T/one"
head -c 24000 /dev/urandom >"$T/one/data"
ok "a release" release_of 1.0.0 "$T/one"
change_of 1.0.0
start_change
over='case $(rollout_state) in paused|succeeded|failed) ;; *) false ;; esac'
ok "the rollout comes to an end" wait_for "$over" 400
cuts=$(wc -l <"$T/cuts")
ok "$cuts links of $hosts hosts were cut" test "$cuts" -gt $((hosts / 2))

# What the engine knows of each step against what each host has seen: a step
# that ended has its exit status, one that never ran has none.
compare()
{
	sluice rollout steps "$ROLLOUT" --json | jq -r '
		map(select(.step == "before_switch" or .step == "after_switch"))
		| group_by([.host, .step])[]
		| [.[0].host, .[0].step[:-7],
			(map(select(.exit != null)) | length),
			(map(select(.state != "done" and .state != "failed"))
				| length)] | join(" ")' >"$T/known"
	for host_n in $(seq -f h-%03g 1 $hosts); do
		for step in before after; do
			known=$(grep "^$host_n $step " "$T/known" || echo "x x 0 0")
			echo "$host_n $step ran $(grep -cs $step \
				"$T/srv/$host_n/shop/ran" || test -e \
				"$T/srv/$host_n/shop/ran" || echo 0)" \
				"${known#* * }"
		done
	done >"$T/compared"
	awk '$4 != $5 || $6 != 0' "$T/compared"
}
is "$(compare)" "" "each step is known as it was"
is "$(awk '$4 > 1' "$T/compared")" "" "none ran twice"
states=$(rollout_hosts '[.[].state]|group_by(.)|map("\(length) \(.[0])")|join(", ")')
note "$states"
unlike "$states" 'unknown|staged|pending' "every host is at an end"
is "$(rollout_hosts '[.[]|select(.state == "failed" and
	(.error|test("exit status 5")|not))|.error]|join("; ")')" "" \
	"hosts failed by their steps only"

tries=0
left='[.[]|select(.state != "healthy")]|length'
while test "$(rollout_hosts "$left")" != 0 && test $tries -lt 4; do
	tries=$((tries + 1))
	exit_is 0 "what is left is retried" sluice retry "$ROLLOUT" --json
	ok "and comes to an end" wait_for "$over" 400
done
is "$(rollout_state) $(rollout_hosts "$left")" "succeeded 0" \
	"at last every host is done"
is "$(versions)" "$hosts 1.0.0" "and serves the release"
is "$(cat "$T"/srv/*/shop/ran | grep -c before)" $hosts \
	"no step that ended well ran again"
is "$(cat "$T"/srv/*/shop/ran | grep -c after)" \
	$((hosts + $(ls "$T"/srv/*/shop/failed | wc -l))) \
	"those that failed ran once more"
exit_is 0 "the ledger verifies" sluice audit verify
engine_stop
done_testing
