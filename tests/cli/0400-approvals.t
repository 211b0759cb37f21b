# A change that needs two people of the right roles: several real users of
# this machine approve it, and none of the ways to approve one's own works.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
. "$top_srcdir/tests/lib/clock.sh"
people_setup || skip_all "several users need root and setpriv"

# A grace time that no slow machine reaches before the test lets it pass.
grace=$(clock_time 600)
grace_over()
{
	clock_pass $((grace + 1))
}

conf()
{
	people_conf <<-END
		services = ( { name = "shop"; root = "/srv/shop"; steps = { after_switch = { run = "${STEP:-true}"; }; }; } );
		strategies = ( { name = "wide"; kind = "all"; budget = { hosts = 2; }; } );
		environments = (
			{ name = "prod"; hosts = "role=web"; services = [ "shop" ]; protect = "none"; strategy = "wide";
			  policy = { approvals = 2; roles = [ "security" ]; grace = "${grace}s"; }; },
			{ name = "solo"; hosts = "name=h-1"; services = [ "shop" ];
			  policy = { approvals = 1; grace = "0"; author_may_approve = true; }; } );
	END
}

everybody="$people_all,
	{ user = \"lp\"; person = \"rita\"; roles = [ \"release-manager\" ]; }"
PEOPLE=$everybody
conf
mkdir "$P/one" "$P/two"
echo 1 >"$P/one/file"
echo 2 >"$P/two/file"
must "the engine starts" clock_engine_start
sluice rpc hello '{"protocol": 1}' >/dev/null
ok "a release" as alice sluice release add shop 1 "$P/one"
ok "another" as alice sluice release add shop 2 "$P/two"

new_change alice 1 prod
out_is '.state + " " + (.approvals_required|tostring)' "submitted 2" \
	"a change to production waits"
out_is '.waiting_for|join("; ")' "2 more approvals (0 of 2); one of role security" \
	"and says for what"
D=$(digest_of "$C")
refuses not_approved "it cannot start" as alice sluice start "$C"

# Who may not.
exit_is 2 "without a terminal and a digest" as bob sluice approve "$C" --json
out_is .error.code usage "is wrong usage"
exit_is 2 "reject too" as bob sluice reject "$C" -m no
refuses denied "its author" as alice sluice approve "$C" --digest "$D"
like "$out" "wrote $C" "by that reason"
refuses denied "its author says no" \
	as alice sluice reject "$C" -m no --digest "$D"
refuses denied "root" as root sluice approve "$C" --digest "$D"
like "$out" 'nobody in particular' "by that reason"
refuses denied "one without the permission" \
	as frank sluice approve "$C" --digest "$D"
refuses denied "a viewer" as erin sluice approve "$C" --digest "$D"
refuses denied "a stranger" as stranger sluice approve "$C" --digest "$D"
like "$out" 'not among the people' "by that reason"
refuses denied "who did not write it gives it up" \
	as rita sluice change cancel "$C" -m "I do not like it"
refuses changed "another digest" \
	as bob sluice approve "$C" --digest "${D%????}0000"
refuses changed "a piece of the digest" \
	as bob sluice approve "$C" --digest "$(printf %.12s "$D")"
exit_is 2 "no reason for a no" as bob sluice reject "$C" --digest "$D" -m " "
USER=bob LOGNAME=bob SUDO_USER=bob SUDO_UID=$(id -u bin) SLUICE_USER=bob
export USER LOGNAME SUDO_USER SUDO_UID SLUICE_USER
refuses denied "a name in the environment" \
	setpriv --reuid daemon --regid 1 --clear-groups \
	"$P/sluice" approve "$C" --digest "$D"
unset SUDO_USER SUDO_UID SLUICE_USER
for name in person user uid who roles; do
	refuses usage "a $name in the message" as alice sluice rpc \
		change.approve "{\"id\": \"$C\", \"digest\": \"$D\", \"$name\": \"bob\"}"
done
exit_is 1 "a change that is not there" \
	as bob sluice approve C-99 --digest "$D" --json

# One yes, taken back, given again, not twice.
is "$(as bob sluice queue --json | jq -r '.[].id + " " + .[].needs')" \
	"$C decision" "it is in bob's queue"
is "$(as alice sluice queue --json)" "[]" "not in the author's"
is "$(as erin sluice queue --json)" "[]" "nor in a viewer's"
yes_by bob "$C"
is "$status" 0 "bob says yes"
out_is '.state + " " + (.approvals_given|tostring)' "submitted 1" \
	"it counts from now"
is "$(as bob sluice queue --json)" "[]" "and leaves his queue"
refuses already_decided "bob, twice" as bob sluice approve "$C" --digest "$D"
refuses already_decided "bob as his second user" \
	as bob2 sluice approve "$C" --digest "$D"
exit_is 0 "bob takes it back" as bob sluice undo "$C" --json
out_is .approvals_given 0 "it counts no more"
refuses wrong_state "not twice either" as bob sluice undo "$C"
refuses wrong_state "what another said is not taken back" \
	as carol sluice undo "$C"
yes_by bob "$C"
is "$status" 0 "bob says yes again"
exit_is 0 "dave takes it up" as dave sluice take "$C" --json
out_is '.taken_by[0].person' dave "everybody sees it"
ok "and gives it back" as dave sluice untake "$C"
yes_by carol "$C"
is "$status" 0 "which blocks nobody"
out_is '.state + " " + (.approvals_given|tostring)' "submitted 2" \
	"in the grace time it stays submitted"
refuses in_grace "it can be taken back, so it does not start" \
	as alice sluice start "$C"
grace_over
ok "then it is approved" wait_for 'test "$(change_state $C)" = approved' 20
refuses wrong_state "an answer that comes too late" \
	as dave sluice approve "$C" --digest "$D"
refuses wrong_state "bob's grace time is over" as bob sluice undo "$C"
refuses denied "who may not operate" as carol sluice start "$C"
mkdir "$P/h"
: >"$P/h/2"
exit_is 0 "the author starts it" as alice sluice start "$C" --wait --json
is "$(change_state "$C")" succeeded "it runs"

# A host that it missed gets it later, while the approvals hold.
rm "$P/h/2"
PEOPLE=$(printf '%s\n' "$everybody" | sed '/carol/s/approver/viewer/')
conf
ok "carol loses her role" sluice config reload
refuses not_approved "the approvals do not hold any more" \
	as alice sluice retry "$C"
PEOPLE=$everybody
conf
ok "and has it again" sluice config reload
exit_is 0 "they do" as alice sluice retry "$C"
exit_is 0 "it is there too" as alice sluice watch "$C" --exit
is "$(sluice rollout show "$C" --json | jq .hosts_done)" 2 "on both"

# Without the right role two are not enough.
new_change alice 2 prod
yes_by carol "$C"
yes_by dave "$C"
is "$status" 0 "two approve"
out_is '.waiting_for|join("; ")' "one of role security" \
	"but none of security"
yes_by bob "$C"
grace_over
ok "three do" wait_for 'test "$(change_state $C)" = approved' 20

# Voided by an edit, approved again.
conf_before=$(digest_of "$C")
STEP="echo evil" conf
ok "a step is edited" sluice config reload
is "$(change_state "$C")" voided "the approvals are void"
run sluice change show "$C" --json
out_is .approvals_given 0 "none counts"
out_is '[.decisions[]|select(.verb == "approve").state]|unique|join(" ")' \
	void "each of them"
out_is '[.decisions[]|select(.verb == "approve")][0].changed.added[0]' \
	'run "echo evil"' "and what changed since is shown"
refuses not_approved "it does not start" as alice sluice start "$C"
refuses wrong_state "nor can it be approved" \
	as bob sluice approve "$C" --digest "$conf_before"
is "$(as alice sluice queue --json | jq -r '.[].needs')" submit \
	"it is back with its author"
run as alice sluice change submit "$C" --json
out_is '.state + " " + (.approvals_given|tostring)' "submitted 0" \
	"submitted again"
refuses changed "the old digest" \
	as bob sluice approve "$C" --digest "$conf_before"
yes_by bob "$C"
yes_by carol "$C"
grace_over
ok "approved again" wait_for 'test "$(change_state $C)" = approved' 20

# Whoever edits is an author too: an edit after approval, then one's own yes.
run as alice sluice change revise "$C" -m "better words" --json
out_is '(.revision|tostring) + " " + (.approvals_given|tostring)' "2 0" \
	"a revision starts from nothing"
yes_by rita "$C"
is "$status" 0 "rita says yes"
run as rita sluice change revise "$C" --strategy all --json
out_is .approvals_given 0 "and revises it, which voids that"
refuses denied "her yes to what she wrote" \
	as rita sluice approve "$C" --digest "$(digest_of "$C")"
yes_by bob "$C"
yes_by carol "$C"
grace_over
ok "others approve it" wait_for 'test "$(change_state $C)" = approved' 20

# A role that is taken away: rechecked.
PEOPLE='{ user = "daemon"; person = "alice"; roles = [ "author", "release-manager" ]; },
	{ user = "bin"; person = "bob"; roles = [ "approver", "security" ]; },
	{ user = "sys"; person = "carol"; roles = [ "viewer" ]; },
	{ user = "lp"; person = "rita"; roles = [ "release-manager" ]; },
	{ user = "games"; person = "dave"; roles = [ "on-call" ]; },
	{ user = "mail"; person = "frank"; roles = [ "author" ]; },
	{ user = "root"; roles = [ "admin", "operator", "viewer" ]; }'
STEP="echo evil" conf
ok "carol loses her role" sluice config reload
run sluice change show "$C" --json
out_is '.state + " " + (.approvals_given|tostring)' "submitted 1" \
	"her yes counts no more"
like "$out" 'may not decide any more' "and says why"
refuses not_approved "it does not start" as alice sluice start "$C"
refuses denied "she gives another" \
	as carol sluice approve "$C" --digest "$(digest_of "$C")"
PEOPLE=$everybody
yes_by dave "$C"
grace_over
ok "dave's counts" wait_for 'test "$(change_state $C)" = approved' 20
conf
ok "carol has it again" sluice config reload

# A person who is gone: what they said counts no more, nor what they say.
new_change alice 2 prod
yes_by carol "$C"
PEOPLE=$(printf '%s\n' "$everybody" | sed /carol/d) conf
ok "carol is gone" sluice config reload
run sluice change show "$C" --json
out_is '.state + " " + (.approvals_given|tostring)' "submitted 0" \
	"so is her yes"
like "$out" "'carol' is not among the people any more" "and it says why"
refuses denied "she answers" \
	as carol sluice approve "$C" --digest "$(digest_of "$C")"
conf
ok "carol is there again" sluice config reload

# A no ends it, with a reason; cancelled meanwhile.
new_change alice 2 solo
run as carol sluice reject "$C" -m "not on a friday" --digest "$(digest_of "$C")" --json
is "$(change_state "$C")" rejected "one no is enough"
like "$(sluice change show "$C")" 'carol: not on a friday' "with its reason"
new_change alice 2 solo
D=$(digest_of "$C")
ok "cancelled" as alice sluice change cancel "$C" -m "not now"
refuses wrong_state "approval of what was cancelled" \
	as bob sluice approve "$C" --digest "$D"
new_change alice 2 solo
yes_by alice "$C"
is "$status" 0 "where the policy says so the author counts"
is "$(change_state "$C")" approved "at once without a grace time"

# The same request twice is one decision; two at once are two.
new_change alice 2 prod
D=$(digest_of "$C")
args="{\"id\": \"$C\", \"digest\": \"$D\", \"request_id\": \"6f1c0a52-0000-4000-8000-000000000001\"}"
run as bob sluice rpc change.approve "$args"
is "$status" 0 "a request"
run as bob sluice rpc change.approve "$args"
is "$status" 0 "sent again"
out_is .approvals_given 1 "is one decision"
# at_once ID VERB PERSON...: each of them from a process of its own, which
# wait for each other; sets said, how each ended.
at_once()
{
	once_id=$1
	once_verb=$2
	shift 2
	once_digest=$(digest_of "$once_id")
	rm -f "$P/go" "$P"/ready.* "$P"/end.*
	for once_who; do
		{
			: >"$P/ready.$once_who"
			until test -e "$P/go"; do :; done
			as "$once_who" sluice "$once_verb" "$once_id" \
				--digest "$once_digest" -m "I say so" \
				--json >"$P/said.$once_who" 2>&1
			echo $? >"$P/end.$once_who"
		} &
	done
	for once_who; do
		wait_for "test -e '$P/ready.$once_who'" 20
	done
	: >"$P/go"
	wait
	said=$(cat "$P"/end.* | sort | tr '\n' ' ')
}
at_once "$C" approve carol dave
is "$said" "0 0 " "two at the same moment"
run sluice change show "$C" --json
out_is .approvals_given 3 "both count"
new_change alice 2 prod
at_once "$C" approve bob bob2
is "$said" "0 3 " "one person as two users at the same moment: one of them"
is "$(sluice audit ls --what refused --json |
	jq -r 'last|.object + " " + .detail.code')" "$C already_decided" \
	"the other is in the ledger"
run sluice change show "$C" --json
out_is .approvals_given 1 "counts"
new_change alice 2 prod
for round in 1 2 3; do
	ok "a new revision" as alice sluice change revise "$C" -m "again"
	at_once "$C" approve bob carol
	is "$said" "0 0 " "the two that it needs at the same moment"
	grace_over
	ok "approve it, once" wait_for \
		'test "$(change_state $C)" = approved' 20
	is "$(sluice audit ls --change "$C" --what change.approved --json |
		jq length)" "$round" "as the ledger says"
done
new_change alice 2 solo
at_once "$C" reject bob carol
is "$said" "0 3 " "of two who refuse at the same moment one is first"
is "$(change_state "$C")" rejected "and that ends it"

# Refusals are entries of the ledger, and it holds.
run sluice audit ls --json
ok "each refusal is in the ledger" test "$(printf '%s\n' "$out" |
	jq '[.[]|select(.what == "refused")]|length')" -ge 15
ok "with its reason" test "$(printf '%s\n' "$out" |
	jq '[.[]|select(.what == "refused" and .reason == "")]|length')" = 0
ok "which verifies" sluice audit verify
ok "the database too" sluice db check
engine_stop
done_testing
