# Hosts taken out of service and in again; what that means for plans.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"

sandbox_conf <<END
hosts = ( { name = "h-[1-4]"; transport = "local"; path = "$T/srv/h-[1-4]"; labels = { role = "web"; }; } );
services = ( { name = "shop"; root = "/shop"; } );
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; } );
END
must "the engine starts" engine_start
ok "a release" release_of 1.0.0 "$T/one"
ok "another" release_of 2.0.0 "$T/two"

exit_is 2 "without a reason" sluice host exclude h-2
exit_is 1 "no such host" sluice host exclude h-9 -m x
exit_is 0 "exclude" sluice host exclude h-2 -m 'disk; $(reboot) "bad"'
like "$out" 'out of service' "says so"
run sluice host ls --json
out_is '.[1].excluded' 'disk; $(reboot) "bad"' "host ls has the reason"
ship 1.0.0
is "$status" 0 "a rollout goes to the others"
is "$(versions)" "3 1.0.0" "and only to them"
run sluice change plan "$CHANGE"
like "$out" '^left_out h-2 "disk; \$\(reboot\) \\"bad\\""$' "the plan names it"
is "$(printf '%s\n' "$out" | grep -c '^  host ')" 3 "and has the others"
is "$(printf '%s\n' "$out" | sha256sum | cut -d' ' -f1)" \
	"$(sluice change show "$CHANGE" --json | jq -r .plan_digest)" \
	"its digest is of these bytes"

# In again, or out, after the plan was approved: the plan stays as it is.
change_of 2.0.0
exit_is 0 "include" sluice host include h-2
exit_is 0 "include what is in" sluice host include h-2
exit_is 0 "another goes out" sluice host exclude h-3 -m "rack moved"
run sluice start "$CHANGE" --wait --json
is "$status" 0 "the approved plan still runs"
ROLLOUT=$CHANGE
is "$(rollout_hosts '[.[]|"\(.host) \(.state)"]|join(",")')" \
	"h-1 healthy,h-3 excluded,h-4 healthy" "without the host that went out"
is "$(rollout_hosts '.[]|select(.host=="h-3").error')" "rack moved" "and says why"
is "$(versions)" "1 1.0.0, 2 2.0.0" "nothing touched it"

change_of 2.0.0 --hosts name=h-2
for h in h-1 h-2 h-4; do
	sluice host exclude $h -m all >/dev/null
done
exit_is 3 "a plan of which nothing is left" sluice start "$CHANGE"
like "$err" 'out of service' "is refused"
exit_is 2 "and no new one is made" sluice change new shop 2.0.0 prod
like "$err" 'out of service, such as' "which names one"
run sluice host check name=h-1 --json
out_is '.[0].excluded' all "host check says it"
run sluice audit ls --json
out_is '[.[]|select(.what=="host.exclude")]|length' 5 "each is in the ledger"
out_is '[.[]|select(.what=="host.include")]|length' 1 "an act that changed nothing is not"
run sluice host ls --json
out_is 'map(.last_seen_at >= ([.deployments[].seen_at] | max)) | unique | join(" ")' \
	true "a step that ended is a sight of the host"
done_testing
