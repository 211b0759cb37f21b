# A backup in the middle of a rollout becomes an engine on another machine:
# it has a higher epoch, holds everything, asks the hosts what they run, and
# the engine that was backed up is refused by them.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"
echo 'bob@example.org ssh-ed25519 AAAA' >"$T/allowed_signers"
SHOP='steps = { after_switch = { run = "echo $SLUICE_VERSION >>$SLUICE_ROOT/ran; while test -e '$T'/wait; do sleep 0.05; done"; timeout = "60s"; }; };' \
	sshd_conf 3 | sandbox_conf
must "the engine starts" engine_start
ok "a release" release_of 1.0.0 "$T/one"
ok "another" release_of 2.0.0 "$T/two"
ship 1.0.0
is "$status" 0 "it is shipped"
id=$(sluice engine status --json | jq -r .engine_id)

touch "$T/wait"
change_of 2.0.0
start_change
held=$ROLLOUT
ok "a step runs on every host" \
	wait_for "test \"\$(cat $T/srv/*/shop/ran | grep -c 2.0.0)\" = 3" 30
exit_is 0 "backup while it runs" sluice backup "$T/backup.tar"
exit_is 3 "restore where there is an engine" sluice restore "$T/backup.tar"
is "$(printf '%s\n' "$err" | sed -n 2p)" \
	"  hint: see sluice engine status" "with its hint on a line of its own"
rm "$T/wait"
ok "the old engine goes on" rollout_is succeeded 30
is "$(versions)" "3 2.0.0" "and ends its rollout"
old_state=$SLUICE_STATE old_pid=$ENGINE_PID
old_head=$(sluice engine status --json | jq -r .ledger_head)

# Another machine.
SLUICE_STATE=$T/new
export SLUICE_STATE
head -c 30000 "$T/backup.tar" >"$T/cut.tar"
exit_is 1 "a backup that was cut off" sluice restore "$T/cut.tar"
not_ok "restores nothing" test -e "$SLUICE_STATE/private/sluice.db"
exit_is 1 "a file that is not there" sluice restore "$T/nothing" --json
printf 'x' | dd of="$T/bad.tar" bs=1 seek=3000 conv=notrunc 2>/dev/null
cp "$T/backup.tar" "$T/bad.tar"
printf 'XX' | dd of="$T/bad.tar" bs=1 seek=20000 conv=notrunc 2>/dev/null
exit_is 1 "an altered one" sluice restore "$T/bad.tar"
like "$err" 'damaged' "is called damaged"
exit_is 0 "the backup" sluice restore "$T/backup.tar" --json
out_is .engine_id "$id" "is the same engine"
out_is .epoch 2 "with a higher epoch"
out_is .rollouts_paused 1 "and one rollout held"
exit_is 3 "a second restore is refused" sluice restore "$T/backup.tar"
ok "the configuration is there" \
	cmp "$SLUICE_STATE/private/restored/sluice.conf" "$SLUICE_CONFIG"
ok "and whose signatures count" \
	cmp "$SLUICE_STATE/private/restored/allowed_signers" "$T/allowed_signers"
is "$(stat -c %a "$SLUICE_STATE/private")" 700 "in a closed directory"

ok "it starts" engine_start
run sluice rollout show "$held" --json
out_is .state paused "the rollout is paused"
out_is .pause_cause engine "because of the restore"
like "$out" 'restored from a backup' "and says so"
exit_is 0 "the ledger verifies" sluice audit verify
run sluice db check
is "$status" 0 "the store is whole"
wait_for 'test "$(sluice engine status --json | jq ".conditions|length")" = 0' 20
run sluice engine status --json
test "$(printf '%s\n' "$out" | jq '.conditions|length')" = 0 || engine_log | diag
out_is '.conditions|length' 0 "it has asked all hosts"
out_is .epoch 2 "its epoch is the new one"
run sluice audit ls --json
out_is '[.[]|select(.what=="engine.restore")]|length' 1 "the ledger has the restore"
out_is '[.[]|select(.what=="host.reconcile")]|length' 3 "and each host"
out_is '[.[]|select(.what=="host.reconcile")|select(.detail.journal|test("R-2"))]|length' 3 \
	"with what its journal says"
run sluice host ls --json
out_is '[.[].version]|unique|join(" ")' 2.0.0 "what the hosts run is known"
is "$(cat "$T/srv/h-001/shop/.sluice/engine")" "$id 2" "hosts know the epoch"

# The old one.
SLUICE_STATE=$old_state
change_of 1.0.0
run sluice start "$CHANGE" --wait --json
is "$status" 1 "the old engine's next rollout fails"
run sluice rollout hosts "$CHANGE" --json
like "$out" 'a restored engine \(epoch 2\) took over' "hosts refuse it"
unlike "$out" 'host adopt' "and nobody is told to take them back"
is "$(versions)" "3 2.0.0" "nothing was changed"
exit_is 1 "host check tells it" sluice host check
like "$out" 'restored engine \(epoch 2\).*sluice engine stop' \
	"and what to do"
kill -9 "$old_pid"

# The new one goes on.
SLUICE_STATE=$T/new
run sluice resume "$held" --json
is "$status" 0 "the held rollout is resumed"
sluice retry "$held" >/dev/null 2>&1
ROLLOUT=$held
ok "and ends" rollout_is succeeded 30
is "$(cat "$T"/srv/*/shop/ran | grep -c 2.0.0)" 3 "no step ran twice"
ship 1.0.0
is "$status" 0 "the next is its own"
is "$(versions)" "3 1.0.0" "everywhere"
is "$(cat "$T"/srv/*/shop/ran | grep -c 1.0.0)" 6 "and its steps ran"
done_testing
