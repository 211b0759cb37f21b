# Acts that need a second person: requests in the same queue, answered like
# changes, done once somebody else said yes.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
. "$top_srcdir/tests/lib/clock.sh"
people_setup || skip_all "several users need root and setpriv"

grace=$(clock_time 600)
PEOPLE="$people_all,
	{ user = \"lp\"; person = \"rita\"; roles = [ \"release-manager\" ]; }"
people_conf <<END
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = (
	{ name = "staging"; hosts = "name=h-1"; services = [ "shop" ]; },
	{ name = "prod"; hosts = "name=h-2"; services = [ "shop" ]; protect = "none"; after = [ "staging" ];
	  policy = { grace = "${grace}s"; evidence = ( { kind = "scan"; result = "pass"; } ); }; } );
END
mkdir "$P/one"
echo 1 >"$P/one/file"
must "the engine starts" clock_engine_start
as alice sluice release add shop 1 "$P/one" >/dev/null

new_change alice 1 prod
out_is .state submitted "without a scan it waits"
refuses invalid "a rule that nobody can let go" \
	as alice sluice policy override "$C" --rule approvals -m "hurry"
exit_is 2 "it needs a reason" as alice sluice policy override "$C" \
	--rule "evidence scan"
refuses denied "and a permission" as erin sluice policy override "$C" \
	--rule "evidence scan" -m "hurry"
exit_is 0 "asked for" as alice sluice policy override "$C" \
	--rule "evidence scan" -m "the scanner is down" --json
Q=$(id_of)
out_is '.state + " " + .kind + " " + .object' "submitted policy.override $C" \
	"it waits"
D=$(printf '%s\n' "$out" | jq -r .plan_digest)
is "$(sluice change show "$C" --json | jq -r .state)" submitted \
	"nothing has happened yet"
is "$(as rita sluice queue --json | jq -r '.[].id')" "$Q" \
	"it is in the queue of the second person"
is "$(as alice sluice queue --json)" "[]" "not of the first"
refuses denied "who asked does not answer" \
	as alice sluice approve "$Q" --digest "$D"
refuses denied "nor who may not override" \
	as bob sluice approve "$Q" --digest "$D"
refuses changed "another digest" as rita sluice approve "$Q" \
	--digest "${D%??}00"
exit_is 2 "no digest" as rita sluice approve "$Q"
ok "taken up" as rita sluice take "$Q"
exit_is 0 "a second person" as rita sluice approve "$Q" --digest "$D" --json
out_is '.state + " " + (.approvals_given|tostring)' "submitted 1" \
	"in its grace time nothing happens"
exit_is 0 "taken back" as rita sluice undo "$Q" --json
exit_is 0 "and again" as rita sluice approve "$Q" --digest "$D" --json
clock_pass $((grace + 1))
ok "then it is done" wait_for \
	'test "$(sluice request show $Q --json | jq -r .state)" = approved' 20
is "$(change_state "$C")" approved "the change goes on without a scan"
like "$(sluice policy explain "$C")" 'evidence scan +pass +.*overridden' \
	"and it is said"
exit_is 3 "another rule still holds" as alice sluice start "$C" --json
like "$out" 'after staging' "by name"

# It ends with the revision.
run as alice sluice change revise "$C" --json
out_is .state submitted "a new revision needs all of it again"

# Refused, taken back, too late.
exit_is 0 "another" as alice sluice policy override "$C" \
	--rule "after staging" -m "hurry" --json
Q=$(id_of)
D=$(printf '%s\n' "$out" | jq -r .plan_digest)
exit_is 0 "refused" as rita sluice reject "$Q" -m "no" --digest "$D"
clock_pass $((grace + 1))
ok "it ends" wait_for \
	'test "$(sluice request show $Q --json | jq -r .state)" = rejected' 20
exit_is 3 "no answer after that" as rita sluice approve "$Q" --digest "$D"
exit_is 0 "one more" as alice sluice policy override "$C" \
	--rule "after staging" -m "hurry" --json
Q=$(id_of)
D=$(printf '%s\n' "$out" | jq -r .plan_digest)
refuses denied "only who asked takes it back" \
	as rita sluice request cancel "$Q" -m no
exit_is 0 "taken back" as alice sluice request cancel "$Q" -m "not needed"
refuses wrong_state "an answer to that" \
	as rita sluice approve "$Q" --digest "$D"
exit_is 0 "one that is overtaken" as alice sluice policy override "$C" \
	--rule "after staging" -m "hurry" --json
Q=$(id_of)
D=$(printf '%s\n' "$out" | jq -r .plan_digest)
as alice sluice change revise "$C" >/dev/null
refuses changed "by a new revision" as rita sluice approve "$Q" --digest "$D"
exit_is 1 "one that is not there" as rita sluice approve Q-99 --digest "$D"
exit_is 0 "all are listed" sluice request ls
like "$out" 'Q-1 +approved +let a rule of the policy go for C-1' "in words"
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
