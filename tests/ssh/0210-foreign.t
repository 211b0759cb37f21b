# Hosts that somebody deployed to by hand: a foreign `current` is the way
# back; a real directory is refused with what converts it; another engine's
# host is taken over by adopt.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"
SHOP='steps = { after_switch = { run = "cat VERSION >>$SLUICE_ROOT/ran"; }; };' \
	sshd_conf 4 | sandbox_conf
must "the engine starts" engine_start
ok "a release" release_of 1.0.0 "$T/one"
ok "another" release_of 2.0.0 "$T/two"
for n in 1 2; do
	mkdir -p "$T/srv/h-00$n/shop/builds/7"
	echo 0.0.7 >"$T/srv/h-00$n/shop/builds/7/VERSION"
	ln -s builds/7 "$T/srv/h-00$n/shop/current"
done
mkdir -p "$T/srv/h-003/shop/current"
echo 0.0.1 >"$T/srv/h-003/shop/current/VERSION"

exit_is 1 "host check finds the directory" sluice host check --json
out_is '[.[]|select(.ok|not).name]|join(" ")' h-003 "of that host only"
like "$out" "mv current releases/unmanaged" "and says what converts it"
out_is '.[0].services[0].current_kind' foreign "and the foreign link"
out_is '.[0].services[0].version' unmanaged "which is unmanaged"

change_of 1.0.0 --hosts 'name=h-001|name=h-002'
run sluice start "$CHANGE" --wait --json
is "$status" 0 "a rollout over the foreign ones"
ROLLOUT=$CHANGE
is "$(rollout_hosts '.[0].previous_version')" unmanaged "knows where they were"
is "$(cat "$T/srv/h-001/shop/current/VERSION")" 1.0.0 "and switched them"
ok "what was there is untouched" test -f "$T/srv/h-001/shop/builds/7/VERSION"
first=$CHANGE
run sluice rollback "$first" -m "as it was" --json
is "$status" 0 "rollback"
ROLLOUT=$(printf '%s\n' "$out" | jq -r .id)
ok "it succeeds" rollout_is succeeded 60
is "$(readlink "$T/srv/h-001/shop/current")" builds/7 "the link is as it was"
is "$(readlink "$T/srv/h-002/shop/current")" builds/7 "on the other too"
is "$(cat "$T/srv/h-001/shop/ran")" 1.0.0 "no command ran for what we did not make"
run sluice host show h-001 --json
out_is .version unmanaged "host show says unmanaged"
out_is .state unmanaged "as its state"

change_of 2.0.0 --hosts name=h-003
run sluice start "$CHANGE" --wait --json
is "$status" 1 "the directory is refused"
ROLLOUT=$CHANGE
like "$(rollout_hosts '.[0].error')" 'mv current releases/unmanaged' \
	"with the commands that convert it"
is "$(cat "$T/srv/h-003/shop/current/VERSION")" 0.0.1 "nothing was changed"
sluice abort "$CHANGE" -m "converting" >/dev/null
line=$(sluice host check name=h-003 --json | jq -r '.[0].problems[0]' |
	sed 's/^.*convert it there: //')
ok "those commands run" sh -c "$line"
exit_is 0 "and then it is fine" sluice host check name=h-003
change_of 2.0.0 --hosts name=h-003
run sluice start "$CHANGE" --wait --json
is "$status" 0 "and it can be rolled out to"
is "$(cat "$T/srv/h-003/shop/current/VERSION")" 2.0.0 "which it was"

# Another engine's hosts.
old_state=$SLUICE_STATE
SLUICE_STATE=$T/other
export SLUICE_STATE
ok "another engine starts" engine_start
ok "with a release" release_of 3.0.0 "$T/three"
exit_is 1 "host check" sluice host check name=h-003
like "$out" 'sluice host adopt h-003' "says whose it is, and what to do"
change_of 3.0.0 --hosts name=h-003
run sluice start "$CHANGE" --wait --json
isnt "$status" 0 "its rollout is refused there"
sluice abort "$CHANGE" -m later >/dev/null
exit_is 2 "adopt needs a reason" sluice host adopt h-003
exit_is 0 "adopt" sluice host adopt h-003 -m "the old bastion is gone" --json
out_is '.services[0].service' shop "names the services"
exit_is 0 "the host is fine now" sluice host check name=h-003
change_of 3.0.0 --hosts name=h-003
run sluice start "$CHANGE" --wait --json
is "$status" 0 "and goes with this engine"
like "$(cat "$T/srv/h-003/shop/.sluice/journal")" \
	'adopt .*from=.*the old bastion is gone' "the host's journal has it"
run sluice audit ls --json
out_is '[.[]|select(.what=="host.adopt")][0].reason' "the old bastion is gone" \
	"the ledger too"
engine_stop
SLUICE_STATE=$old_state
exit_is 1 "the old engine sees that it lost the host" sluice host check name=h-003
like "$out" 'managed by engine' "and to whom"
done_testing
