# Hosts that were gone for longer than a rollout waits: what nobody could say
# is asked again when they are back, without a person; nothing runs twice.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start there || bail "sshd does not start"
here=$SSHD_PORT
sshd_start gone || bail "sshd does not start"
gone=$SSHD_PORT gone_pid=$SSHD_PID
SSHD_PORT=$here
SHOP='steps = { after_switch = { run = "echo $SLUICE_HOST $SLUICE_VERSION >>'$T'/ran; until test -e '$T'/go; do sleep 0.05; done"; timeout = "120s"; }; };' \
	PROD='strategy = "loose";' \
	MORE='strategies = ( { name = "loose"; kind = "all"; budget = { hosts = 1; unreachable = 2; }; } );' \
	sshd_conf 3 | sed "/h-003/s/address/port = $gone; address/" | sandbox_conf
must "the engine starts" engine_start
ok "a release" release_of 1.0.0 "$T/one"
ok "another" release_of 2.0.0 "$T/two"
: >"$T/ran"
change_of 1.0.0
start_change
ok "a step runs everywhere" wait_for 'test $(wc -l <"$T/ran") = 3' 60
sshd_cut "$gone_pid"
ok "one host is not heard of any more" rollout_is paused 90
run sluice rollout show "$ROLLOUT" --json
out_is .pause_cause unknown_hosts "the rollout is held for it"
is "$(rollout_hosts '.[]|select(.host=="h-003").state')" unknown \
	"what became of its step is not known"
touch "$T/go"
sshd_name=gone sshd_start_on "$gone" || bail "it does not come back"
gone_pid=$SSHD_PID
ok "it is back, and the rollout goes on by itself" rollout_is succeeded 90
is "$(sort "$T/ran" | uniq -c | awk '$1 != 1')" "" "no step ran twice"
is "$(versions)" "3 1.0.0" "every host has the release"
run sluice audit ls --json
out_is '[.[]|select(.what=="rollout.retry")|.who]|unique|join(" ")' engine \
	"the ledger says that the engine asked again"

# Away while the others went on, and switched by hand meanwhile.
sluice engine restart >/dev/null
engine_pid
sshd_cut "$gone_pid"
ship 2.0.0
is "$status" 0 "the next succeeds without it"
mkdir "$T/srv/h-003/shop/releases/0.9"
ln -s releases/0.9 "$T/x" && mv -T "$T/x" "$T/srv/h-003/shop/current"
sluice engine restart >/dev/null
engine_pid
sshd_name=gone sshd_start_on "$gone" || bail "it does not come back"
ok "what it runs is read again by itself" wait_for \
	'sluice host show h-003 --json | jq -e ".version == \"unmanaged\"" >/dev/null' 60
run sluice host show h-003 --json
out_is .state behind "and that it is behind"
run sluice audit ls --json
out_is '[.[]|select(.what=="host.found")][-1].object' h-003 "the ledger has it"
engine_stop
done_testing
