# Soft freezes: they let a change through that somebody with the role to
# override said yes to, or starts; and say so.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"

PEOPLE="$people_all,
	{ user = \"lp\"; person = \"rita\"; roles = [ \"release-manager\" ]; }"
people_conf <<END
services = ( { name = "shop"; root = "/srv/shop"; steps = { after_switch = { run = "while test -e $P/wait; do sleep 0.1; done"; timeout = "1m"; }; }; } );
strategies = ( { name = "slowly"; kind = "rolling"; batch = 1; } );
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; protect = "none"; estimate = "1s"; strategy = "slowly";
	policy = { approvals = 1; grace = "0"; }; } );
END
mkdir "$P/one"
echo 1 >"$P/one/file"
must "the engine starts" engine_start
as alice sluice release add shop 1 "$P/one" >/dev/null
must "a soft freeze" as alice sluice freeze add gently --env prod --from -1m \
	--to +2h --severity soft --running hold -m "a fair"

# The yes of somebody without the role does not do.
new_change frank 1 prod
yes_by carol "$C"
exit_is 3 "approved by an approver" as dave sluice start "$C" --json
out_is .error.code freeze "it does not start"
like "$out" 'soft: it wants the yes of somebody who may override' "and says why"
yes_by rita "$C"
out_is .error.code wrong_state "another yes comes too late"
exit_is 0 "but who may override starts it" as rita sluice start "$C" \
	--wait --json
is "$(sluice audit ls --what freeze.override --json |
	jq -r '[.[]|.who + " " + .object + " " + .detail.freeze]|join(",")')" \
	"rita $C F-1" "which is written down as an override"

# The yes of somebody with it does, also for what starts by itself.
new_change frank 1 prod --at +3s
is "$(sluice change show "$C" --json | jq -r '[.conflicts[].kind]|join(",")')" \
	freeze "before it the freeze is a conflict"
yes_by rita "$C"
is "$(sluice change show "$C" --json | jq -c .conflicts)" "[]" \
	"then it is none"
ok "and it starts by itself" wait_for \
	'test "$(change_state "$C")" = succeeded' 40

# One that begins while it runs: the same.
# remove FREEZE REQUEST: by two people.
remove()
{
	must "$1 is removed" as alice sluice freeze rm "$1" -m "over"
	must "by two" as rita sluice approve "$2" --digest \
		"$(sluice request show "$2" --json | jq -r .plan_digest)"
	must "at last" wait_for "sluice freeze ls --json |
		jq -e 'all(.[]; .id != \"$1\")' >/dev/null" 20
}
remove F-1 Q-1
touch "$P/wait"
new_change frank 1 prod
yes_by carol "$C"
must "a rollout" as dave sluice start "$C"
must "another soft freeze" as alice sluice freeze add suddenly --env prod \
	--from -1s --to +1h --severity soft --running hold -m x
ok "holds it" wait_for \
	'test "$(sluice rollout show $C --json | jq -r .state)" = paused' 20
exit_is 3 "and nobody resumes it" as dave sluice resume "$C" --json
out_is .error.code freeze "for the freeze"
must "it is given up" as dave sluice abort "$C" -m "no"
rm "$P/wait"
remove F-2 Q-2
touch "$P/wait"
new_change frank 1 prod
yes_by rita "$C"
must "one with the yes of who may override" as dave sluice start "$C"
must "is met by a third" as alice sluice freeze add again --env prod \
	--from -1s --to +1h --severity soft --running hold -m x
rm "$P/wait"
ok "and runs to its end" wait_for \
	'test "$(change_state "$C")" = succeeded' 40

# A hard one lets neither through.
must "a hard freeze" as alice sluice freeze add hardly --env prod --from -1s \
	--to +1h -m x
new_change frank 1 prod
yes_by rita "$C"
exit_is 3 "what nobody overrides" as rita sluice start "$C" --json
like "$out" "frozen by 'hardly'" "is named"
run as rita sluice freeze override F-4 --change "$C" -m "it is small"
exit_is 3 "not by who asks" as rita sluice approve Q-3 \
	--digest "$(sluice request show Q-3 --json | jq -r .plan_digest)" --json
exit_is 0 "but by two people" as alice sluice approve Q-3 \
	--digest "$(sluice request show Q-3 --json | jq -r .plan_digest)"
exit_is 0 "it starts" as rita sluice start "$C" --wait
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
