# A release that was taken back is no way back: the next rollback goes to what
# was healthy before it, or says that there is nothing.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

sandbox_conf <<END
site = "test"; timezone = "UTC";
hosts = ( { name = "h-[1-2]"; transport = "local"; path = "$T/h/[1-2]"; } );
services = ( { name = "shop"; root = "/srv/shop";
	steps = { after_switch = { run = "cat v; test ! -e bad || test \$SLUICE_HOST != h-1"; }; }; } );
environments = ( { name = "dev"; hosts = "*"; services = [ "shop" ]; } );
END
cd "$T" || exit 99
engine_start || bail "no engine"

# ship VERSION [bad]: a release, and a rollout of it that is waited for.
ship()
{
	mkdir "$1" && echo "$1" >"$1/v"
	test -z "$2" || : >"$1/bad"
	sluice release add shop "$1" "$1" >/dev/null
	change=$(sluice change new shop "$1" dev --json | jq -r .id)
	sluice start "$change" --wait >/dev/null 2>&1
}
# back ARGS: a rollback that is waited for.
back()
{
	sluice rollback "$@" -m test --json >"$T/out" || return
	sluice watch "$(jq -r .id "$T/out")" --plain --exit >/dev/null
}
runs()
{
	cat h/*/srv/shop/current/v | sort -u | tr '\n' ' '
}

ship 1.0
ship 1.1
ship 1.2
is "$(runs)" "1.2 " "three releases"
exit_is 0 "the first way back" back shop dev
is "$(runs)" "1.1 " "leads to the one before"
exit_is 0 "the second" back shop dev
is "$(runs)" "1.0 " "to the one before that, not forward again"
exit_is 1 "the third" sluice rollback shop dev -m test
is "$(runs)" "1.0 " "has nowhere to go"
exit_is 1 "... and says so" sluice rollback shop dev -m test
exit_is 0 "who names a version gets it" back shop dev --to 1.1
is "$(runs)" "1.1 " "again"

ship 1.3 bad
is "$(sluice rollout show "$change" --json | jq -r .state)" paused "a bad one"
finished=$(sluice rollout ls --json | jq -r '.[0].finished_at')
sluice exclude "$change" --host h-1 -m disk --json >"$T/out"
like "$(jq -r .reason "$T/out")" 'h-1 is left out and stays on 1.3' \
	"a host that is left out stays as it is"
sluice resume "$change" >/dev/null
wait_for "test \"\$(sluice rollout show $change --json | jq -r .state)\" != running" 20
like "$(sluice rollout show "$change" --json | jq -r .reason)" \
	'1 left out, 1 of them on 1.3' "and the end says so"
is "$(sluice rollout ls --json | jq -r '.[0].finished_at')" "$finished" \
	"what was is not rewritten"
engine_stop
done_testing
