# Types of changes and several policies: templates, break-glass and the review
# it owes, policies that match, environments that come first, promotion.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"

conf()
{
	people_conf <<-END
		services = ( { name = "shop"; root = "/srv/shop"; }, { name = "blog"; root = "/srv/blog"; } );
		strategies = ( { name = "slow"; kind = "rolling"; batch = 1; } );
		environments = (
			{ name = "test"; hosts = "name=h-1"; services = [ "shop" ]; },
			{ name = "staging"; hosts = "name=h-1"; services = [ "shop", "blog" ]; after = [ "test" ];
			  soak = "${SOAK:-0}"; },
			{ name = "prod"; kind = "production"; hosts = "name=h-2"; services = [ "shop", "blog" ]; protect = "none";
			  policy = { approvals = 1; grace = "0"; answer_within = "${ANSWER:-3d}"; on_expiry = "${EXPIRY:-hold}"; ${VALID-}
			             emergency = { approvals = 1; review_within = "3d"; }; };
			  standard = ( { services = [ "shop" ]; strategies = [ "slow" ]; approvals = 0; },
			               { services = [ "blog" ]; max_risk = 30; } ); } );
		policies = (
			{ match = "kind=production & service=shop"; approvals = 2; roles = [ "security" ]; },
			{ match = "kind=production & type=normal"; approvals = ${MORE:-1}; } );
	END
}

conf
mkdir "$P/one"
echo 1 >"$P/one/file"
must "the engine starts" engine_start
for v in 1 2 3; do
	as alice sluice release add shop $v "$P/one" >/dev/null
done
as alice sluice release add blog 1 "$P/one" >/dev/null

# Policies merge: maximum and union, each with its line.
new_change alice 1 prod
out_is .approvals_required 2 "the greater number of approvals"
run sluice policy explain "$C" --json
out_is '[.rules[]|select(.rule == "approvals" or .rule == "roles").what]|join(", ")' \
	"approvals, role security" "and the roles of all"
out_is '[.rules[]|select(.rule == "approvals").where]|join(" ")' \
	"$(grep -n 'match = "kind=production & service=shop"' "$SLUICE_CONFIG" |
		sed "s|^\([0-9]*\):.*|$SLUICE_CONFIG:\1|")" \
	"from the line that says it"
exit_is 0 "explained to people" sluice policy explain "$C"
like "$out" '^approvals +wait +0 of 2' "in words"
run as alice sluice change new blog 1 prod --json
out_is .approvals_required 1 "a policy that does not match says nothing"
blog=$(id_of)
MORE=3 conf
ok "a policy asks for more" sluice config reload
is "$(change_state "$blog")" voided "which voids what waits under the old one"
like "$(sluice change show "$blog" --json | jq -r .reason)" \
	"approvals 1' is now 'rule approvals 3" "and says so"
run as alice sluice change submit "$blog" --json
out_is .approvals_required 3 "asked again under the new one"
conf
ok "back" sluice config reload

# Standard: only as a template allows.
new_change alice 2 prod --type standard --strategy slow
out_is '.state + " " + .type' "approved standard" "as the template says"
refuses policy "another strategy is no standard change" \
	as alice sluice change new shop 2 prod --type standard
refuses policy "an environment without a template has none" \
	as alice sluice change new shop 2 test --type standard
refuses policy "a template with a limit of risk" \
	as alice sluice change new blog 1 prod --type standard
like "$out" 'its risk is [0-9]+ .*max_risk 30' "is not ignored"
is "$(sluice change ls --json | jq length)" 3 "nothing was planned"

# Emergency: a permission, a reason, fewer people, a review.
refuses denied "break-glass is a permission that an author lacks" \
	as frank sluice change new shop 1 prod --type emergency -m fire
exit_is 2 "it needs a reason" \
	as alice sluice change new shop 1 prod --type emergency
new_change alice 3 prod --type emergency -m "it burns"
E=$C
out_is .approvals_required 1 "fewer people"
exit_is 3 "but somebody" as alice sluice start "$E"
yes_by dave "$E"
out_is .state approved "of whatever role"
exit_is 3 "a review of what has not run" as bob sluice change close "$E" \
	--outcome successful -m fine
exit_is 0 "it runs" as alice sluice start "$E" --wait
for who in alice bob carol dave erin frank; do
	is "$(as $who sluice queue --json |
		jq -r ".[]|select(.id == \"$E\").needs")" review \
		"its review is in the queue of $who"
done
run sluice change show "$E" --json
isnt "$(printf '%s\n' "$out" | jq -r .review_by)" null "by a time"
exit_is 2 "an outcome nobody knows" as bob sluice rpc change.close \
	"{\"id\": \"$E\", \"outcome\": \"great\", \"text\": \"x\", \"request_id\": \"1\"}"
exit_is 3 "a viewer does not judge" as erin sluice change close "$E" \
	--outcome successful -m x
like "$(as bob sluice queue)" \
	"$E +review .*$(sluice change show "$E" --json | jq -r '.review_by|sub("T"; " ")')" \
	"until when it is due"
exit_is 0 "reviewed" as bob sluice change close "$E" --outcome with-issues \
	-m "slow" --json
out_is '.outcome + " " + .closed_by' "with-issues bob" "by somebody"
is "$(as alice sluice queue --json | jq "[.[]|select(.id == \"$E\")]|length")" \
	0 "it leaves the queue"
exit_is 3 "once" as carol sluice change close "$E" --outcome successful -m x

# After and soak; promotion to what comes next.
new_change alice 1 staging
out_is .state approved "no approval is needed in staging"
like "$out" 'after test: it has not succeeded' "but something else"
exit_is 3 "it does not start" as alice sluice start "$C" --json
out_is .error.code policy "by policy"
as alice sluice change cancel "$C" -m "by promotion" >/dev/null
exit_is 0 "promote" as alice sluice promote shop 1 --json
out_is .env test "begins with the first"
C=$(id_of)
exit_is 3 "not twice" as alice sluice promote shop 1 --json
out_is .error.code exists "what is planned already"
ok "it succeeds there" as alice sluice start "$C" --wait
SOAK=2h conf
sluice config reload >"$T/out"
exit_is 0 "promote again" as alice sluice promote shop 1 --json
out_is .env staging "goes on to the next"
C=$(id_of)
like "$out" 'has been in test for .* of 2h' "which waits for its time"
exit_is 3 "and does not start before" as alice sluice start "$C" --json
conf
sluice config reload >"$T/out"
as alice sluice change submit "$C" >/dev/null
ok "then it starts" as alice sluice start "$C" --wait
ok "and so on" as alice sluice change cancel C-1 -m "the old one"
exit_is 0 "to production" as alice sluice promote shop 1 --json
out_is '.env + " " + .state' "prod submitted" "which asks people"
exit_is 1 "a release that is not there" as alice sluice promote shop 9

# What today's policy would have said.
MORE=4 conf
sluice config reload >"$T/out"
exit_is 0 "replay" sluice policy replay --since 1d --json
out_is "[.[]|select(.id == \"$E\")][0].differences|length" 0 \
	"an emergency would be the same"
run sluice policy replay --json
out_is '[.[]|select(.service == "blog")][0].differences[0]' \
	"approvals: 3, today 4" "another change would need more"
conf
sluice config reload >"$T/out"

# Nobody answers; a yes gets old.
for outcome in hold/expired reject/rejected cancel/cancelled; do
	ANSWER=2s EXPIRY=${outcome%/*} conf
	sluice config reload >"$T/out"
	new_change alice 2 prod --strategy slow
	D=$(digest_of "$C")
	ok "nobody answers: ${outcome#*/}" wait_for \
		'test "$(change_state $C)" = "'"${outcome#*/}"'"' 20
	refuses wrong_state "an answer comes too late" \
		as bob sluice approve "$C" --digest "$D"
done
VALID='valid_for = "2s";' conf
sluice config reload >"$T/out"
new_change alice 2 prod --strategy slow
yes_by bob "$C"
yes_by carol "$C"
out_is .state approved "two say yes"
ok "a yes gets too old" wait_for 'test "$(change_state $C)" = expired' 20
refuses not_approved "and starts nothing" as alice sluice start "$C"
exit_is 0 "it can be asked for again" as alice sluice change submit "$C" --json
out_is '.state + " " + (.approvals_given|tostring)' "submitted 0" \
	"from the beginning"

# Moving the start inside what was approved keeps the approvals.
conf
sluice config reload >"$T/out"
new_change alice 2 prod --strategy slow --at +2h
yes_by bob "$C"
yes_by carol "$C"
out_is .state scheduled "scheduled"
D=$(digest_of "$C")
exit_is 0 "moved" as alice sluice change move "$C" --at +3h --json
out_is '.state + " " + (.approvals_given|tostring) + " " + .plan_digest' \
	"scheduled 2 $D" "the same plan, the same approvals"

# Questions and answers.
new_change alice 2 prod --strategy slow
exit_is 0 "asked" as bob sluice ask "$C" -m "what about the cache?"
is "$(as alice sluice queue --json |
	jq -r ".[]|select(.id == \"$C\").needs")" answer \
	"it is back with its author"
exit_is 0 "answered" as alice sluice comment "$C" -m "cold, as before"
is "$(as alice sluice queue --json | jq "[.[]|select(.id == \"$C\")]|length")" \
	0 "and no more"
like "$(sluice change show "$C")" 'alice comment: cold, as before' "both are shown"
# A policy that nobody can satisfy: said when it is asked, and at the start.
MORE=9 conf
sluice config reload >"$T/out"
new_change alice 2 prod --strategy slow
like "$(printf '%s\n' "$out" | jq -r '.warnings[]')" \
	'9 approvals are needed and [0-9] people could give one' "who could"
refuses not_approved "it does not start" as alice sluice start "$C"
like "$out" 'nothing gets through: name more people' "and says what helps"
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
