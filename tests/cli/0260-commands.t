# Every command that acts or shows, once, on a small fleet: what it prints for
# people and for scripts, and its exit code.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

sandbox_conf <<END
hosts = ( { name = "h-[1-4]"; transport = "local"; path = "$T/h/[1-4]"; labels = { role = "web"; }; } );
services = ( { name = "shop"; root = "/srv/shop";
	health = ( { run = "echo checking \$SLUICE_HOST; test -e good || test \$SLUICE_HOST != h-2"; timeout = "5s"; } ); } );
strategies = ( { name = "slow"; kind = "rolling"; batch = 1; on_failure = "hold"; } );
environments = ( { name = "dev"; hosts = "role=web"; services = [ "shop" ]; strategy = "slow"; } );
END
cd "$T" || exit 99
mkdir one two
echo 1 >one/file
: >one/good
echo 2 >two/file
must "the engine starts" engine_start

# keys DESCRIPTION KEY...: $out, an object, has them all.
keys()
{
	keys_what=$1
	shift
	keys_missing=
	for key in "$@"; do
		printf '%s\n' "$out" | jq -e "has(\"$key\")" >/dev/null ||
			keys_missing="$keys_missing $key"
	done
	is "$keys_missing" "" "$keys_what has its keys"
}

exit_is 0 "release add" sluice release add shop 1.0 one --notes "first" \
	--commit abc123 --committed-at 2026-01-01T00:00:00Z --json
keys release service version sha256 size_bytes files created_at created_by \
	quarantined signed_by
exit_is 0 "release add in words" sluice release add shop 2.0 two
like "$out" '^shop 2\.0  sha256 [0-9a-f]{12}  .* in [0-9]+ files?' "one line"
exit_is 0 "release ls" sluice release ls shop
like "$out" '^SERVICE +VERSION +SHA256' "has a header"
like "$out" '^shop +1\.0 ' "and a line each"
exit_is 0 "release show" sluice release show shop 1.0
like "$out" '^notes +first$' "has the notes"
like "$out" '^commit +abc123$' "and the commit"
exit_is 1 "a release that is not there" sluice release show shop 9 --json
out_is .error.code not_found "is not_found"

exit_is 0 "host ls" sluice host ls --json
out_is 'length' 4 "all hosts"
exit_is 0 "host ls SELECTOR" sluice host ls name=h-1 --json
out_is '[.[].name]|join(" ")' h-1 "those it names"
exit_is 2 "host ls with a bad selector" sluice host ls 'role=&'
exit_is 0 "host check" sluice host check
like "$out" '^h-1 +ok' "all can be used"

exit_is 0 "change new" sluice change new shop 1.0 dev -m "to begin" --json
change=$(id_of)
keys change id service version env type state author plan_digest revision \
	scheduled_at approvals_required approvals_given waiting_for reason \
	conflicts fits_window last_safe_start_at
out_is .state approved "is approved at once"
digest=$(printf '%s\n' "$out" | jq -r .plan_digest)
run sluice change plan "$change"
sluice change plan "$change" >plan
is "$(sha256sum plan | cut -d' ' -f1)" "$digest" \
	"the plan is what its digest says"
exit_is 0 "change plan --json" sluice change plan "$change" --json
out_is .plan_digest "$digest" "has the digest"
exit_is 0 "change diff" sluice change diff "$change"
exit_is 0 "change show" sluice change show "$change"
like "$out" "^plan digest +$digest\$" "has the whole digest"
exit_is 0 "change ls" sluice change ls
like "$out" "^$change +approved +shop 1\\.0 +dev" "lists it"
exit_is 0 "change new --draft" sluice change new shop 2.0 dev --draft
like "$out" ' draft: shop 2\.0 to dev' "is a draft"
draft=${out%% *}
exit_is 0 "change submit" sluice change submit "$draft" --json
out_is .state approved "submits it"
exit_is 0 "change revise" sluice change revise "$draft" --strategy all --json
out_is .revision 2 "is the next revision"
exit_is 0 "change move" sluice change move "$draft" --at +2h --json
out_is .state scheduled "is scheduled then"
exit_is 0 "change cancel" sluice change cancel "$draft" -m "not now" --json
out_is .state cancelled "is cancelled"

exit_is 0 "start --dry-run" sluice start "$change" --dry-run --json
run sluice rollout ls --json
is "$out" "[]" "starts nothing"
exit_is 0 "start --wait" sluice start "$change" --wait
like "$out" ' h-1 healthy 1\.0' "says each host"
like "$out" ' R-1 succeeded' "and the end"
exit_is 0 "rollout show of a change" sluice rollout show "$change" --json
keys rollout id change kind state strategy wave waves hosts_total hosts_done \
	hosts_failed hosts_unreachable started_at finished_at reason
out_is .hosts_done 4 "all hosts are done"
exit_is 0 "rollout hosts" sluice rollout hosts R-1 --json
out_is '[.[].state]|unique|join(" ")' healthy "all are healthy"
exit_is 0 "rollout steps" sluice rollout steps R-1 --host h-1
like "$out" ' h-1 +switch +1 +done' "has the switch"
exit_is 0 "rollout log" sluice rollout log R-1 --host h-3
like "$out" 'h-3 health.* \| checking h-3' "has what was printed"
unlike "$out" 'h-1' "of that host only"
exit_is 0 "rollout log --follow of one that is over" \
	sluice rollout log R-1 --follow --json
is "$(printf '%s\n' "$out" | jq -s 'length >= 4')" true "prints all and ends"
exit_is 3 "start of what is over" sluice start "$change" --json
out_is .error.code wrong_state "is refused"
exit_is 0 "host show" sluice host show h-1
like "$out" '^shop +dev +.*1\.0' "has what runs there"
run sluice host show h-1 --json
out_is '.deployments[0].version + " " + .version' "1.0 1.0" \
	"there and on top"

# One that fails: held at the second wave.
run sluice change new shop 2.0 dev --json
bad=$(id_of)
exit_is 1 "a start that is held by a failure" sluice start "$bad" --wait --json
out_is .state paused "is paused"
out_is .pause_cause failed_hosts "because hosts failed"
like "$(sluice rollout show R-2)" '^failing +h-2: ' "and names the host"
exit_is 1 "watch --exit of a held one" sluice watch R-2 --exit
exit_is 3 "a second rollout of the service" sluice rollback "$change" -m x
exit_is 0 "exclude" sluice exclude R-2 --host h-2 -m "its disk is being changed"
exit_is 0 "resume" sluice resume R-2
exit_is 0 "and it ends well" sluice watch R-2 --exit --plain
run sluice rollout hosts R-2 --json
out_is '[.[]|select(.state == "excluded").host]|join(" ")' h-2 \
	"without that host"
exit_is 0 "rollback ID" sluice rollback R-2 -m "back" --json
out_is .kind rollback "is a rollout of its own"
out_is .undoes R-2 "of the one it undoes"
back=$(id_of)
exit_is 0 "to its end" sluice watch "$back" --exit
is "$(cat h/*/srv/shop/current/file | tr '\n' ' ')" "1 1 1 1 " \
	"all hosts are back"

# Aborted: 4.
run sluice change new shop 2.0 dev --json
run sluice start "$(id_of)" --wait --json
held=$(sluice rollout ls --json | jq -r '.[-1].id')
exit_is 0 "retry" sluice retry "$held" --host h-2 --json
exit_is 1 "which fails again" sluice watch "$held" --exit
exit_is 0 "abort" sluice abort "$held" -m "enough" --json
exit_is 4 "watch of an aborted one" sluice watch "$held" --exit
exit_is 0 "rollback SERVICE ENV" sluice rollback shop dev -m "clean up"
exit_is 0 "watch of the newest" sluice watch --exit
is "$(cat h/*/srv/shop/current/file | tr '\n' ' ')" "1 1 1 1 " \
	"all hosts are back"

exit_is 0 "release quarantine" sluice release quarantine shop 2.0 -m "broken"
like "$out" 'quarantined' "says so"
run sluice change new shop 2.0 dev --json
out_is '.warnings|length' 1 "planning it warns"
run sluice start "$(id_of)" --json
is "$status" 3 "it can not be started any more"

exit_is 0 "audit ls" sluice audit ls
like "$out" '^ *SEQ +AT +WHO +WHAT' "has a header"
exit_is 0 "audit ls --change" sluice audit ls --change "$change" --json
out_is '[.[].seq] | . == sort' true "oldest first"
out_is '.[0]|has("seq") and has("at") and has("who") and has("what") and
	has("object") and has("reason") and has("hash") and has("prev_hash")' \
	true "entries have their keys"
exit_is 0 "audit verify" sluice audit verify
like "$out" 'is whole' "the ledger is whole"
exit_is 0 "audit verify --json" sluice audit verify --json
out_is .ok true "ok"
exit_is 0 "db check" sluice db check
exit_is 0 "backup" sluice backup "$T/backup"
is "$(stat -c %a "$T/backup")" 600 "only its owner may read it"
ok "it is not empty" test -s "$T/backup"
exit_is 3 "a backup over something" sluice backup "$T/backup" --json
out_is .error.code exists "leaves that as it is"
exit_is 1 "a backup to nowhere" sluice backup "$T/nowhere/backup"
like "$err" "cannot create '$T/nowhere/backup'" "names what was typed"
exit_is 0 "config show" sluice config show --json
exit_is 0 "config reload" sluice config reload
exit_is 0 "rpc" sluice rpc change.show "{\"id\":\"$change\"}"
out_is .id "$change" "prints the object"
exit_is 0 "rpc of an act" sluice rpc config.reload
run sluice rpc no.such
isnt "$status" 0 "rpc of nothing fails"
like "$out" 'sluice rpc --list' "says where the methods are listed"
for what in "audit ls --change C-77" "rollout ls --env foo" \
	"change ls --service foo" "release ls foo" "host check name=zz" \
	"rollout log R-1 --host foo" "rollout steps R-1 --host foo"
do
	# shellcheck disable=SC2086
	exit_is 1 "nothing of that name: $what" sluice $what --json
	out_is .error.code not_found "$what is not_found"
done
run sluice change new helo 1.0 dev
like "$err" "no service 'helo', expected one of: shop" "the service first"
run sluice change new shop 1.0 dev --strategy quik
like "$err" "no strategy 'quik', expected one of: .*slow" "what there is"
exit_is 2 "an unknown state" sluice rollout ls --in foo
like "$err" 'expected one of: .*succeeded' "says the states"
run sluice change ls --in cancelled --json
out_is '[.[].id]|join(" ")' "$draft" "changes in one state"
for what in "change ls" "rollout ls" "rollout hosts R-1"; do
	# shellcheck disable=SC2086
	exit_is 0 "global options behind the command: $what" \
		env -u SLUICE_STATE "$SLUICE" $what --quiet \
		--state "$SLUICE_STATE"
done
exit_is 1 "a rollout that is not there" sluice rollout show R-999 --json
out_is .error.code not_found "is not_found"
exit_is 0 "--quiet" sluice audit verify --quiet
is "$out" "" "says nothing"
engine_stop
done_testing
