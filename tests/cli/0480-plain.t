# Working without a screen: numbers, words to type, commands, what changes.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

sandbox_conf <<END
site = "test"; timezone = "UTC";
hosts = ( { name = "h-[1-4]"; transport = "fake"; path = "keep=$T"; },
	{ name = "h-5"; transport = "fake"; path = "keep=$T,dislikes=rc"; } );
services = ( { name = "shop"; root = "/srv/shop"; steps = {
	after_switch = { run = "true"; timeout = "9s"; }; }; } );
environments = ( { name = "prod"; kind = "production"; hosts = "name=h-*";
	services = [ "shop" ]; protect = "typed"; } );
END
must "the engine starts" engine_start
echo one >"$T/one"
sluice release add shop 1.0 "$T/one" >/dev/null || bail "no release"
sluice release add shop 1.1-rc1 "$T/one" >/dev/null || bail "no release"
sluice change new shop 1.0 prod >/dev/null || bail "no change"

# lines LINE... : what is typed, one after the other
lines()
{
	run sh -c 'printf "%s\n" "$@" | timeout 30 "$SLUICE" --plain' - "$@"
}

lines 1 q
is "$status" 0 "it ends with q"
like "$out" '^1\. C-1 approved, shop 1\.0 to prod, PROD' "changes are listed"
like "$out" '^Rolling out:$' "under words"
like "$out" 'start: run an approved change' "a number shows what can be done"
unlike "$out" "$(printf '\033')" "and nothing but text is printed"

n=$(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\)\. start:.*/\1/p')
lines 1 "$n" '' q
like "$out" 'type prod to go on' "what has an effect is typed for"
like "$out" 'nothing was done' "an empty line does nothing"
is "$(sluice change show C-1 --json | jq -r .state)" approved "nothing was"
lines 1 "$n" prod 'rollout ls' q
is "$status" 0 "the word starts it"
like "$out" 'R-1 ' "it is told"
ok "it runs" wait_for "sluice change show C-1 --json | grep -q succeeded" 20
lines 'change show C-1' "release ls 'shop'" 99 q
like "$out" 'succeeded' "commands are typed as they are"
like "$out" '1\.1-rc1' "with quotes"
like "$out" 'there is no number 99 here' "a wrong number is said to be"

sluice change new shop 1.1-rc1 prod >/dev/null
sluice start C-2 --wait --yes >/dev/null 2>&1
lines 1 q
like "$out" '^1\. R-2 paused, shop 1\.1-rc1 to prod, PROD: ' \
	"what went wrong comes first"
like "$out" 'not now: pause, it is paused' "what cannot be done says why"
n=$(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\)\. abort:.*/\1/p')
lines 1 "$n" sideways q
like "$out" 'then, hold or rollback .else hold.: nothing was done' \
	"what can be chosen is asked, and nothing else taken"
lines 1 "$n" '' 'h-5 does not want it' prod q
like "$out" 'why .or nothing.: ' "a reason is asked for"
like "$out" "^.*sluice abort R-2 --then hold -m 'h-5 does not want it'$" \
	"it says how that is typed"
ok "and is kept" wait_for "sluice rollout show R-2 --json |
	grep -q 'h-5 does not want it'" 10

# All that the console can do: here the way back, and another time.
sluice change new shop 1.1-rc1 prod >/dev/null
sluice start C-3 --wait --yes >/dev/null 2>&1
lines 1 q
n=$(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\)\. abort:.*/\1/p')
lines 1 "$n" rollback 'back with it' prod q
ok "hosts are taken back" wait_for "sluice rollout show R-4 --json |
	jq -e '.kind == \"rollback\" and .state == \"succeeded\"'" 20
sluice change new shop 1.0 prod --at +2h >/dev/null
lines 'queue' 1 q
n=$(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\)\. move:.*/\1/p')
lines 1 "$n" '' q
like "$out" 'at TIME: nothing was done' "what is needed is asked for"
lines 1 "$n" '+5h' prod q
is "$(sluice change show C-4 --json | jq -r '.scheduled_at > (now + 4 * 3600 | todate)')" \
	true "and it is moved"

# What happens meanwhile is printed, and the prompt again.
mkfifo "$T/in"
"$SLUICE" --plain <"$T/in" >"$T/out" 2>&1 &
exec 8>"$T/in"
ok "it waits" wait_for "grep -q 'Changes that wait' '$T/out'" 10
sluice change new shop 1.0 prod >/dev/null
sluice start C-5 --wait --yes >/dev/null 2>&1
ok "what changes is said by itself" \
	wait_for "grep -q 'R-5 shop 1.0 prod SUCCEEDED' '$T/out'" 10
exec 8>&-
ok "it ends with its input" wait_for "! jobs %1 | grep -q Running" 10
exit_is 2 "it stands alone" sluice --plain queue
done_testing
