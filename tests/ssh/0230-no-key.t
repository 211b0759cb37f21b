# An agent that goes away with the lid of the laptop is a condition of the
# engine, never the failure of a host: what needs the key waits, and goes on.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
command -v ssh-agent >/dev/null || skip_all "no ssh-agent here"
sshd_start || bail "sshd does not start"
key=$SSHD_KEY
SSHD_KEY=$T/no-such-key
sshd_conf 3 | sandbox_conf
SSH_AUTH_SOCK=$T/agent.sock
export SSH_AUTH_SOCK
agent_start()
{
	rm -f "$SSH_AUTH_SOCK"
	ssh-agent -D -a "$SSH_AUTH_SOCK" >/dev/null 2>&1 &
	AGENT=$!
	# Its socket is there before it listens.
	wait_for "ssh-add -q '$key' 2>/dev/null" 10
}
must "an agent has the key" agent_start
at_exit 'kill $AGENT 2>/dev/null'
must "the engine starts" engine_start
ok "a release" release_of 1.0.0 "$T/one"
change_of 1.0.0 --hosts name=h-001
run sluice start "$CHANGE" --wait
is "$status" 0 "a rollout by the agent's key"
run sluice engine status --json
out_is .key_source agent "says so"

kill "$AGENT"
pid_gone "$AGENT" 10
change_of 1.0.0 --hosts 'name=h-002|name=h-003'
start_change
ok "without the agent the engine says so" wait_for \
	'sluice engine status --json | jq -e ".conditions[]|select(.name==\"no_key\")" >/dev/null' 30
run sluice rollout show "$ROLLOUT" --json
out_is .state staging "the rollout's state stays"
out_is .pause_cause no_key "and it says what it waits for"
like "$out" '"reason": "waiting: no key' "in words"
is "$(rollout_hosts '[.[].state]|unique|join(",")')" pending "no host failed"
run sluice engine status --json
out_is .key_source none "there is no key"
exit_is 1 "a person does not wait for it" \
	timeout 20 "$SLUICE" host check name=h-002 --json
out_is '.[0].error.code' no_key "and is told"
is "$(rollout_hosts '[.[].state]|unique|join(",")')" pending \
	"what a rollout asks for still waits"

ok "the agent is back" agent_start
ok "and the rollout goes on by itself" rollout_is succeeded 30
is "$(versions)" "3 1.0.0" "to its end"
run sluice engine status --json
out_is '.conditions|length' 0 "nothing is said any more"
run sluice audit ls --json
out_is '[.[]|select(.what=="engine.no_key" or .what=="engine.key_back").what]|join(" ")' \
	"engine.no_key engine.key_back" "the ledger has both"

# Where people share it there is no agent: a key that cannot be read is known
# before a host is asked.
engine_stop
kill "$AGENT"
(umask 077 && echo damaged >"$SSHD_KEY")
{
	sshd_conf 3
	echo "people = ( { user = \"$(id -un)\"; roles = [ \"admin\", \"operator\" ]; } );"
} | sandbox_conf
must "an engine for people starts" engine_start
ok "and says that it has no key" wait_for \
	'sluice engine status --json | jq -e ".conditions[]|select(.name==\"no_key\")" >/dev/null' 10
exit_is 1 "host check fails" timeout 20 "$SLUICE" host check --json
out_is '[.[].error.code]|unique|join(",")' no_key "for want of a key"
like "$out" "$SSHD_KEY" "which it names"
cp "$key" "$SSHD_KEY"
exit_is 0 "once it is mended the next is fine" \
	timeout 20 "$SLUICE" host check --json
out_is '[.[].clock_offset_s|fabs < 10]|all' true "and waiting is no clock's fault"
ok "and the condition ends" wait_for \
	'sluice engine status --json | jq -e ".conditions==[]" >/dev/null' 10
done_testing
