# Notices: a command gets JSON on its standard input, an address a POST of the
# same; what fails is shown, tried again and given up; who does not answer is
# reminded.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"

conf()
{
	people_conf <<-END
		site = "here";
		services = ( { name = "shop"; root = "/srv/shop"; steps = { after_switch = { run = "${STEP:-true}"; }; }; } );
		environments = (
			{ name = "prod"; hosts = "role=web"; services = [ "shop" ]; protect = "none";
			  policy = { approvals = 1; grace = "0"; ${LIMITS-}
			             emergency = { approvals = 0; review_within = "1h"; }; }; },
			{ name = "lab"; hosts = "name=h-1"; services = [ "shop" ]; } );
		notify = (
			{ on = [ "needs-you", "failed" ]; run = "${RUN:-cat >>'$P/told'; echo; ps -o args= -p \$\$ >>'$P/args'}"; retry = "1s"; attempts = 2; timeout = "${TIMEOUT:-20s}"; },
			{ on = [ "finished" ]; url_file = "$P/url"; retry = "1s"; attempts = ${ATTEMPTS:-20}; timeout = "${TIMEOUT:-20s}"; },
			{ on = [ "escalation" ]; run = "cat >>'$P/escalated'"; } );
	END
}

# told FILTER: what the command was told, by jq.
told()
{
	jq -rs "$1" "$P/told" 2>/dev/null
}
posted()
{
	sed 's|^[^ ]* ||' "$P/posted" | jq -rs "$1" 2>/dev/null
}

echo 200 >"$P/status"
perl "$top_srcdir/tests/lib/post_server.pl" "$P/port" "$P/posted" "$P/status" &
post_server=$!
at_exit "kill $post_server 2>/dev/null"
must "a server" wait_for 'test -s "$P/port"' 10
secret=s3cr3t-t0ken
umask 077
printf 'http://127.0.0.1:%s/%s\n' "$(cat "$P/port")" $secret >"$P/url"
umask 022
conf
ok "a configuration with notices" sluice config check
unlike "$out$err" 'does nothing with' "which are not ignored"
mkdir "$P/one"
echo 1 >"$P/one/file"
must "the engine starts" engine_start
as alice sluice release add shop 1 "$P/one" >/dev/null

# Needs you: words, ids, people and the command that answers.
new_change alice 1 prod -m 'fix "it"; $(now)'
D=$(digest_of "$C")
ok "people are told" wait_for 'test -n "$(told ".[0].id // empty")"' 20
is "$(told '.[0]|"\(.event) \(.id) \(.env) \(.author) \(.site)"')" \
	"change.submitted $C prod alice here" "of what"
is "$(told '.[0].command')" "sluice approve $C --digest $D" \
	"with the command that answers"
is "$(told '.[0].why')" 'fix "it"; $(now)' "and why, as it was said"
like "$(told '.[0].text')" "^$C, shop 1 to prod needs 1 approval, asked by alice, risk [0-9]+" \
	"in words"
is "$(told '.[0]["for"]|join(" ")')" "bob carol dave" \
	"for those who may, without its author"
unlike "$(cat "$P/args")" "$C|alice|fix" "nothing of it is an argument"
as bob sluice ask "$C" -m "what about the cache?" >/dev/null
ok "its author is asked" wait_for \
	'test "$(told ".[1].event")" = change.question' 20
is "$(told '.[1]|"\(.["for"][0]) \(.command)"')" \
	"alice sluice comment $C -m ANSWER" "by name"
yes_by bob "$C"
ok "and told that it is approved" wait_for \
	'test "$(told ".[2]|.event + .command")" = "change.approvedsluice start $C"' 20
as alice sluice start "$C" --wait >/dev/null
ok "the end is posted" wait_for \
	'test "$(posted ".[0].event")" = rollout.succeeded' 20
is "$(posted '.[0]|"\(.change) \(.state)"')" "$C succeeded" "with what it was"
is "$(cut -d' ' -f1 "$P/posted")" "/$secret" "to the address in the file"
STEP=false conf
sluice config reload >"$T/out"
run as alice sluice change new shop 1 lab --json
lab=$(id_of)
as alice sluice start "$lab" --wait >/dev/null 2>&1
ok "a failure" wait_for 'test "$(told ".[3].event")" = rollout.paused' 20
like "$(told '.[3].text')" 'R-2, shop 1 to lab, is paused: .*h-1' "says where"
is "$(told '.[3].command')" "sluice rollout hosts R-2" "and how to look"
is "$(sluice engine status --json | jq '.conditions|length')" 0 \
	"all arrived, none is in trouble"

# What fails: shown, tried again, given up; the address is nowhere.
echo 500 >"$P/status"
as alice sluice abort "$lab" -m "no more" >/dev/null
ok "trouble is a condition" wait_for \
	'sluice engine status --json | jq -r ".conditions[].message" | grep -q "url_file .* answered 500; next try"' 20
echo 204 >"$P/status"
ok "which ends when it arrives" wait_for \
	'test "$(sluice engine status --json | jq ".conditions|length")" = 0' 30
is "$(posted '.[-1].event')" rollout.aborted "it came again"
TIMEOUT=1s ATTEMPTS=2 RUN="echo no such pager >&2; exit 3" conf
sluice config reload >"$T/out"
new_change alice 1 prod
ok "a command that fails is given up" wait_for \
	'sluice audit ls --json | jq -e "[.[]|select(.what == \"notice.failed\")]|length == 1"' 20
like "$(sluice audit ls --json | jq -r '.[]|select(.what == "notice.failed")|.object + " " + .reason')" \
	"^$C given up after 2 attempts: exit status 3: no such pager" \
	"in the ledger with its words"
like "$(sluice engine status)" "no such pager" "and in the status"
TIMEOUT=1s RUN="sleep 600" ATTEMPTS=1 conf
sluice config reload >"$T/out"
as alice sluice change cancel "$C" -m "enough" >/dev/null
echo silent >"$P/status"
new_change alice 1 prod
ok "one that hangs is killed" wait_for \
	'sluice engine status --json | jq -r ".conditions[].message" | grep -q "took too long"' 20
isnt "$(digest_of "$C")" "" "the engine answers meanwhile"
as alice sluice change cancel "$C" -m "enough" >/dev/null
ok "a server that is silent too" wait_for \
	'sluice engine status --json | jq -r ".conditions[].message" | grep -q "url_file .*[Tt]imeout"' 20
chmod 644 "$P/url"
new_change alice 1 prod
as alice sluice change cancel "$C" -m "enough" >/dev/null
ok "a file that others may read" wait_for \
	'sluice engine status --json | jq -r ".conditions[].message" | grep -q "others may read or write the file"' 20
is "$( (sluice engine status --json; sluice config show --json
	sluice audit ls --json; engine_log) | grep -c $secret)" 0 \
	"the address is shown nowhere"

# Killed before it could tell.
chmod 600 "$P/url"
echo 503 >"$P/status"
ATTEMPTS=20 conf
sluice config reload >"$T/out"
: >"$P/told"
new_change alice 1 prod
kill -9 "$ENGINE_PID"
pid_gone "$ENGINE_PID" 10
must "killed, the engine starts again" engine_start
ok "and tells what is owed" wait_for "test \"\$(told '.[0].id')\" = $C" 20
as alice sluice change cancel "$C" -m "enough" >/dev/null

# Nobody answers: a reminder, an escalation, the end.
LIMITS='answer_within = "6s"; remind_before = "5s"; escalate_before = "3s"; escalate_to = [ "product-owner" ];' conf
sluice config reload >"$T/out"
: >"$P/told"
new_change alice 1 prod
ok "a reminder" wait_for \
	'test "$(told "[.[].event]|index(\"change.reminder\")")" != null' 20
ok "then an escalation" wait_for 'test -s "$P/escalated"' 20
is "$(jq -r '.["for"]|join(" ")' "$P/escalated")" "bob carol dave erin" \
	"to others as well"
ok "then it is over" wait_for 'test "$(change_state "$C")" = expired' 20
is "$(sluice audit ls --change "$C" --json |
	jq -r '[.[].what|select(test("remind|escal|expired"))]|join(" ")')" \
	"change.reminded change.escalated change.expired" "as the ledger says"
LIMITS='answer_within = "60s"; escalate_before = "59s"; escalate_to = [ "product-owner" ];' conf
sluice config reload >"$T/out"
new_change alice 1 prod
ok "it is in the queue of who may not decide" wait_for \
	'test "$(as erin sluice queue --json | jq -r ".[].needs")" = escalation' 20
is "$(as bob sluice queue --json | jq -r '.[].needs')" decision \
	"and of who may"

# An emergency owes its review.
: >"$P/told"
STEP=true conf
sluice config reload >"$T/out"
new_change alice 1 prod --type emergency -m "it burns"
as alice sluice start "$C" --wait >/dev/null
ok "its review is asked for" wait_for \
	"test \"\$(told '[.[]|select(.event == \"change.review\")][0].command')\" = 'sluice change close $C --outcome OUTCOME -m TEXT'" 20
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
