# On a terminal a protected environment asks for its name; --yes answers, and
# without a terminal nothing is asked.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

command -v script >/dev/null || skip_all "script(1) is missing"
sandbox_conf <<END
hosts = ( { name = "h-1"; transport = "local"; path = "$T/h/1"; } );
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = (
	{ name = "prod"; hosts = "name=h-1"; services = [ "shop" ]; protect = "typed"; },
	{ name = "dev"; hosts = "name=h-1"; services = [ "shop" ]; } );
END
cd "$T" || exit 99
mkdir one && echo 1 >one/file
must "the engine starts" engine_start
sluice release add shop 1 one >/dev/null
sluice release add shop 2 one >/dev/null
sluice release add shop 3 one >/dev/null

# on_tty ANSWER COMMAND: on a terminal, with ANSWER typed; exit and output.
on_tty()
{
	tty_answer=$1
	shift
	status=0
	printf '%s\n' "$tty_answer" |
		TERM=xterm script -qec "\"$SLUICE\" $*" /dev/null \
		>"$T/tty" 2>&1 || status=$?
	out=$(tr -d '\r' <"$T/tty")
}

run sluice change new shop 1 prod --json
first=$(id_of)
on_tty "no" start "$first"
is "$status" 3 "another answer: refused"
like "$out" "'prod' is protected" "it asked"
like "$out" 'nothing was done' "and did nothing"
is "$(sluice rollout ls --json)" "[]" "nothing was started"
on_tty "prod" start "$first" --wait
is "$status" 0 "the name: it starts"
like "$out" 'R-1 succeeded' "and runs"
on_tty "x" rollback "$first" -m why
is "$status" 3 "going back asks too"
run sluice change new shop 2 prod --json
on_tty "x" start "$(id_of)" --wait --yes
is "$status" 0 "--yes answers"
unlike "$out" 'is protected' "and nothing is asked"
exit_is 0 "without a terminal nothing is asked" \
	sluice rollback shop prod -m why --json
rollout=$(id_of)
sluice watch "$rollout" --exit >/dev/null
run sluice change new shop 3 dev --json
on_tty "x" start "$(id_of)" --wait
is "$status" 0 "an environment without protection does not ask"

# A command on hosts goes beside what people approve: it asks as well, and the
# ledger shows it.
on_tty "x" host run name=h-1 -- echo done
is "$status" 3 "a command on a host of a protected environment asks"
like "$out" "'prod' is protected: host run on 1 hosts" "about what"
on_tty "prod" host run name=h-1 -- echo done
is "$status" 0 "the name: it runs"
like "$out" 'h-1: done' "and prints"
exit_is 0 "without a terminal nothing is asked" \
	sluice host run name=h-1 -- echo quiet
run sluice audit ls --what host.run
is "$(printf '%s\n' "$out" | grep -c 'host.run ')" 2 "both are in the ledger"
like "$out" "'echo' 'quiet'" "with the command"
engine_stop
done_testing
