# What consoles keep for their person: seen from every terminal of that
# person, by nobody else, and bounded.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"

people_conf <<-END
	services = ( { name = "shop"; root = "/srv/shop"; } );
	environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; } );
END
must "the engine starts" engine_start

put()
{
	run as "$1" sluice rpc session.put "$(jq -nc --arg k "$2" --arg v "$3" \
		'{key: $k, value: $v}')"
}
kept()
{
	as "$1" sluice rpc session.ls "{\"prefix\": \"$2\"}" |
		jq -r '[.items[] | .key + "=" + .value] | join(" ")'
}

put bob "draft approve C-1" "watching p95"
is "$status" 0 "something is kept"
put bob "draft reject C-2" "too late"
put bob "place" "3"
is "$(kept bob2 "draft ")" \
	"draft approve C-1=watching p95 draft reject C-2=too late" \
	"another user of the same person has it"
is "$(kept carol "")" "" "nobody else has"
put bob "draft approve C-1" "watching p95 and errors"
is "$(kept bob "draft approve")" \
	"draft approve C-1=watching p95 and errors" "the last one stays"
put bob "draft approve C-1" ""
is "$(kept bob "draft approve")" "" "nothing forgets it"
is "$(as carol sluice rpc session.ls '{}' | jq -c .console)" \
	'{"theme":"terminal","glyphs":"auto","mouse":false,"sections":[]}' \
	"how a console begins is said"
put bob "" x
is "$status" 2 "a key is needed"
put bob big "$(head -c 20000 /dev/zero | tr '\0' x)"
is "$status" 2 "and not too much"
exit_is 3 "a stranger keeps nothing" as stranger sluice rpc session.put \
	'{"key": "a", "value": "b"}'
engine_kill9
must "the engine starts again" engine_start
is "$(kept bob "" | tr " " "\n" | grep -c =)" 2 "it outlives the engine"
is "$(sluice audit ls --json | jq '[.[] | select(.what | startswith("session"))] | length')" \
	0 "the ledger has nothing of it"
engine_stop
done_testing
