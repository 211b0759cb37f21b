# Freezes and the line by command: seen before they are saved, and what
# forbids less is asked of a second person.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"

PEOPLE="$people_all,
	{ user = \"lp\"; person = \"rita\"; roles = [ \"release-manager\" ]; }"
people_conf <<END
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = (
	{ name = "stage"; hosts = "name=h-1"; services = [ "shop" ]; protect = "none"; },
	{ name = "prod"; hosts = "name=h-2"; services = [ "shop" ]; protect = "none";
	  estimate = "1s"; policy = { grace = "0s"; }; } );
END
mkdir "$P/one"
echo 1 >"$P/one/file"
must "the engine starts" engine_start
as alice sluice release add shop 1 "$P/one" >/dev/null

# ask PERSON METHOD JSON: a request; sets status, out, err.
ask()
{
	ask_who=$1
	shift
	run as "$ask_who" sluice rpc "$@"
}

new_change alice 1 prod --at +1h
exit_is 3 "who has no permission adds none" as bob sluice rpc freeze.add \
	'{"name":"quiet","envs":["prod"],"from":"+30m","to":"+2h","text":"x"}'
ask alice freeze.add '{"name":"quiet","envs":["prod"],"from":"+30m","to":"+2h","running":"hold","dry_run":true,"text":"x"}'
out_is '[.hits[]|.kind + " " + .id]|join(",")' "change $C" \
	"the preview names what it hits"
out_is '.hits_hosts' 1 "and on how many hosts"
like "$out" 'starts by itself at' "and what will happen to it"
is "$(sluice rpc freeze.ls | jq -c .items)" "[]" "nothing was saved"
ask alice freeze.add '{"name":"quiet","envs":["prod"],"from":"+30m","to":"+2h","text":"x"}'
out_is .id F-1 "one is added"
is "$(sluice change show "$C" --json | jq -r '[.conflicts[]|.kind + " " + .with]|join(",")')" \
	"freeze F-1" "the change has it as a conflict"
is "$(sluice rpc calendar.ls '{"env":"prod","to":"+1d"}' |
	jq -r '[.items[]|.kind + " " + .id + " " + .env]|join(",")')" \
	"freeze F-1 prod,change $C prod" "the calendar has both"

# Longer at once, shorter by two.
ask alice freeze.edit '{"id":"F-1","to":"+3h","text":"longer"}'
out_is .id F-1 "longer is done at once"
ask alice freeze.edit '{"id":"F-1","to":"+40m","text":"shorter"}'
out_is '.id + " " + .state' "Q-1 submitted" "shorter is a request"
exit_is 3 "not answered by who asked" as alice sluice approve Q-1 \
	--digest "$(sluice request show Q-1 --json | jq -r .plan_digest)"
exit_is 0 "but by a second person" as rita sluice approve Q-1 \
	--digest "$(sluice request show Q-1 --json | jq -r .plan_digest)"
ok "then it is shorter" wait_for \
	'test "$(sluice change show "$C" --json | jq -c .conflicts)" = "[]"' 20
ask alice freeze.rm '{"id":"F-1","text":"over"}'
out_is '.state + " " + .what' "submitted remove freeze F-1 'quiet'" \
	"removing is a request too"

# Bad ones.
ask alice freeze.add '{"name":"n","envs":["prod"],"from":"+1h","to":"+1h","text":"x"}'
out_is .error.code invalid "no length"
ask alice freeze.add '{"name":"n","envs":["prod"],"from":"+1h","to":"+2h","rrule":"FREQ=SECONDLY","text":"x"}'
out_is .error.code invalid "a rule that explodes"
ask alice freeze.add '{"name":"n","envs":["moon"],"from":"+1h","to":"+2h","text":"x"}'
out_is .error.code not_found "an environment that is not there"
ask alice freeze.add '{"name":"n","envs":["prod"],"from":"-2h","to":"-1h","text":"x"}'
out_is .error.code invalid "one that is over"
ask alice freeze.rm '{"id":"F-99","text":"x"}'
out_is .error.code not_found "one that is not there"

# The line: stopped by whoever may stop, opened with a reason.
exit_is 0 "on-call stops the line" as dave sluice rpc line.stop '{"env":"prod"}'
exit_is 3 "nothing starts" as alice sluice start "$C" --now --json
out_is .error.code held "it is held"
ask dave line.open '{"env":"prod"}'
out_is .error.code usage "opening it wants a reason"
exit_is 0 "with one it opens" as dave sluice rpc line.open \
	'{"env":"prod","text":"smoke is gone"}'
is "$(sluice calendar --json --from -1h --to +1d prod | jq -r '.[]|
	select(.kind == "hold")|"\(.id) \(.state) \(.ends_at != null)"')" \
	"prod opened true" "the calendar keeps that it was stopped"
is "$(sluice calendar --json --from +1h --to +1d prod |
	jq '[.[]|select(.kind == "hold")]|length')" 0 "and until when"
must "stopped again" as dave sluice line stop prod -m "more smoke"
is "$(sluice calendar --json --from -1h --to +1d prod | jq -r '[.[]|
	select(.kind == "hold")|"\(.state) \(.reason) \(.ends_at == null)"]|join(",")')" \
	"opened  false,stopped more smoke true" "each stop is one"
must "and opened" as dave sluice line open prod -m "gone"
exit_is 0 "and it starts" as alice sluice start "$C" --now --wait
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
