# Changes keep to windows, freezes and holidays: a start by hand is refused
# and says until when, a scheduled one waits and then starts by itself.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

# local_in SECONDS: a time from now as the configuration has it.
local_in()
{
	date -u -d "@$(($(date +%s) + $1))" '+%Y-%m-%d %H:%M:%S'
}

# conf WINDOWS-AND-FREEZES: the environments of this test.
conf()
{
	sandbox_conf <<END
hosts = ( { name = "h-[1-2]"; transport = "local"; path = "$T/h/[1-2]"; labels = { role = "web"; }; } );
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; estimate = "30s";
	$1 } );
END
}

cd "$T" || exit 99
mkdir one
echo 1 >one/VERSION
conf "windows = ( { name = \"open\"; start = \"$(local_in -3600)\"; duration = \"2h\"; } );"
must "the engine starts" engine_start
must "a release" sluice release add shop 1.0 one

run sluice change new shop 1.0 prod --json
change=$(id_of)
out_is .fits_window fits "it fits"
isnt "$(printf '%s\n' "$out" | jq -r .last_safe_start_at)" null \
	"and has a last safe start"
out_is .estimate.from default "the estimate says that it is the default"
out_is .at_close.effect hold "what happens at the close is said before"
exit_is 0 "a start in the window" sluice start "$change" --dry-run

# Closed.
conf "windows = ( { name = \"later\"; start = \"$(local_in 7200)\"; duration = \"2h\"; } );"
must "another configuration" sluice config reload
exit_is 3 "a start outside of every window" sluice start "$change" --json
out_is .error.code window "is refused as window"
like "$out" 'next opens at' "and says when the next opens"
run sluice change show "$change" --json
out_is .fits_window does_not_fit "the change says so too"
out_is '[.conflicts[].kind]|join(" ")' window "as a conflict by name"
is "$(printf '%s\n' "$out" | jq -r '.conflicts[0].next_free_at != null')" \
	true "with the next free slot"

# Too short: only the start would be inside.
conf "windows = ( { name = \"short\"; start = \"$(local_in -3600)\"; duration = \"3610s\"; } );"
must "another configuration" sluice config reload
exit_is 3 "a start that does not fit" sluice start "$change" --json
out_is .error.code window "is refused as window"
like "$out" 'does not fit' "and says why"
conf "windows = ( { name = \"short\"; start = \"$(local_in -3600)\"; duration = \"3640s\"; } );"
must "another configuration" sluice config reload
run sluice change show "$change" --json
out_is .fits_window fits_without_rollback "with no time for a way back"

# Deny beats allow.
conf "windows = ( { name = \"open\"; start = \"$(local_in -3600)\"; duration = \"2h\"; } );
	freezes = ( { name = \"quiet\"; start = \"$(local_in -60)\"; duration = \"1h\"; } );"
must "another configuration" sluice config reload
exit_is 3 "a start in a freeze" sluice start "$change" --json
out_is .error.code freeze "is refused as freeze"
like "$out" 'quiet' "which is named"
conf "windows = ( { name = \"open\"; start = \"$(local_in -3600)\"; duration = \"2h\"; } );
	holidays = ( { name = \"may day\"; start = \"$(date -u +%F)\"; } );"
must "another configuration" sluice config reload
exit_is 3 "a start on a holiday" sluice start "$change" --json
out_is .error.code window "is refused as window"
like "$out" 'may day' "which is named"

# A scheduled one waits, and starts when it opens.
conf "windows = ( { name = \"soon\"; start = \"$(local_in 8)\"; duration = \"2h\"; } );"
must "another configuration" sluice config reload
must "it is scheduled" sluice change move "$change" --at +1s
ok "it waits for the window" wait_for \
	'sluice change show "$change" --json | jq -e ".state == \"scheduled\" and (.reason | contains(\"next opens\"))" >/dev/null' 8
ok "then starts by itself and succeeds" wait_for \
	'test "$(sluice change show "$change" --json | jq -r .state)" = succeeded' 30
run sluice audit ls --change "$change" --json
out_is '[.[]|select(.what == "change.waits")]|length' 1 \
	"the wait is recorded once"
engine_stop
done_testing
