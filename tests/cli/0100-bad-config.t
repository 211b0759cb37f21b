# A wrong configuration is refused with file, line, what is wrong and what was
# expected; it never replaces a good one.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

good()
{
	cat <<-END
		site = "test";
		timezone = "UTC";
		hosts = ( { name = "h-[1-2]"; transport = "local"; path = "$T/h/[1-2]"; } );
		services = ( { name = "shop"; root = "/srv/shop"; keep = 3; } );
		strategies = ( { name = "slow"; kind = "rolling"; batch = 1; } );
		environments = ( { name = "dev"; hosts = "name=h-*"; services = [ "shop" ]; strategy = "slow"; } );
	END
}

good | sandbox_conf
exit_is 0 "a good configuration" sluice config check
good >"$T/good"

# wrong DESCRIPTION LINE SED-SCRIPT REGEXP
wrong()
{
	sed "$3" "$T/good" >"$T/bad.conf"
	chmod 600 "$T/bad.conf"
	cmp -s "$T/good" "$T/bad.conf" && diag "$1: nothing was altered"
	exit_is 2 "$1" sluice config check "$T/bad.conf"
	like "$out$err" "bad\\.conf:$2: .*($4)" "$1: named with its line"
}
wrong "an unknown key" 1 's/^site/sight/' 'sight'
wrong "an unknown key in a group" 4 's/keep/keeep/' 'keeep'
wrong "a wrong type" 4 's/keep = 3/keep = "three"/' 'keep.*(number|integer)'
wrong "a value out of range" 4 's/keep = 3/keep = -1/' 'keep|-1'
wrong "a syntax error" '[34]' '3s/;  *}/}}/; 3s/"local"/"local/' 'syntax|error'
wrong "an unknown zone" 2 's/UTC/Mars\/Olympus/' 'Mars/Olympus'
wrong "an unknown service" 6 's/"shop" ]/"shoop" ]/' 'shoop'
wrong "an unknown strategy" 6 's/"slow"; } );$/"fast"; } );/' 'fast'
wrong "an unknown transport" 3 's/"local"/"telnet"/' 'telnet.*ssh|ssh.*telnet|telnet'
wrong "a bad selector" 6 's/name=h-\*/name=\& |/' 'selector|name='
wrong "an uneven range" 3 's/\[1-2\]"; }/[1-3]"; }/' '2|3|range'
wrong "a name that cannot be" 4 's/"shop"; root/"sh op"; root/' 'sh op'
wrong "a name twice" 3 's/h-\[1-2\]/h-[1-1]x/; 3s/} );/}, { name = "h-1x"; transport = "local"; path = "\/x"; } );/' 'h-1x'
wrong "a host without an address" 3 's/transport = "local"; path = "[^"]*"; //' 'address|path'
wrong "a service without a root" 4 's/root = "[^"]*"; //' 'root'
wrong "a bad batch" 5 's/batch = 1/batch = "0%"/' 'batch|0%'
wrong "a bad kind" 5 's/"rolling"/"rocking"/' 'rocking'

# Everything at once.
sed 's/^site/sight/; s/keep = 3/keep = "x"/; s/"rolling"/"rocking"/' "$T/good" \
	>"$T/bad.conf"
run sluice config check "$T/bad.conf"
is "$(printf '%s\n%s\n' "$out" "$err" | grep -c 'bad\.conf:[0-9]*: ')" 3 \
	"three errors are reported at once"
exit_is 2 "a file that is not there" sluice config check "$T/nowhere.conf"
like "$out$err" 'nowhere\.conf' "is named"

# It holds commands: nobody else may write it.
chmod 666 "$SLUICE_CONFIG"
run sluice engine start
isnt "$status" 0 "a file that others can write is refused"
like "$out$err" 'writ' "and says why"
chmod 600 "$SLUICE_CONFIG"

ok "the engine starts with a good one" engine_start
sed 's/^site/sight/' "$T/good" >"$SLUICE_CONFIG"
exit_is 2 "reload refuses a bad one" sluice config reload --json
like "$out$err" 'sight' "and says why"
exit_is 0 "the good one stays in use" sluice change ls
run sluice config show --json
like "$out" 'test' "with its values"
kill -HUP "$ENGINE_PID"
exit_is 0 "SIGHUP with a bad one does no harm" sluice host ls
sed 's/keep = 3/keep = 4/' "$T/good" >"$SLUICE_CONFIG"
exit_is 0 "reload takes a good one" sluice config reload
run sluice audit ls --json
like "$out" 'config' "a reload is in the ledger"
engine_stop

# A bad file at the start: no engine, exit 2.
sed 's/^site/sight/' "$T/good" >"$SLUICE_CONFIG"
exit_is 2 "no engine starts with a bad one" sluice engine start
like "$out$err" 'sight' "and says why"
done_testing
