# Retention: artefacts and logs that are old and that nothing needs go; what
# runs, ran well or is planned stays.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"

conf()
{
	sandbox_conf <<-END
	hosts = ( { name = "h-1"; transport = "local"; path = "$T/srv/h-1"; labels = { role = "web"; }; } );
	services = ( { name = "shop"; root = "/shop"; steps = { after_switch = { run = "echo hello; ! grep -q 5.0 VERSION"; timeout = "9s"; }; }; } );
	environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; } );
	retention = { artefacts = "$1"; logs = "$1"; };
	END
}
conf 30d
must "the engine starts" engine_start
for v in 1.0.0 2.0.0 3.0.0 4.0.0 5.0.0; do
	ok "release $v" release_of $v "$T/$v"
done
ship 1.0.0
is "$status" 0 "1.0.0 ran"
ship 5.0.0
is "$status" 1 "5.0.0 fails"
must "and is taken back" sluice abort "$CHANGE" --then rollback -m x --quiet
taken_back=$ROLLOUT
ok "for good" wait_for \
	'test "$(rollout_state "$taken_back")" = rolled_back' 20
ship 2.0.0
is "$status" 0 "2.0.0 runs"
change_of 3.0.0
planned=$CHANGE
store=$SLUICE_STATE/private/artefacts
is "$(find "$store" -type f ! -name '*.*' | wc -l)" 5 "all are in the store"

exit_is 0 "prune" sluice release prune --json
out_is '[.artefacts, .log_pieces]|tostring' '[0,0]' "nothing is old"
# They become old.
conf 1h
engine_stop
perl -e 'utime $ARGV[0], $ARGV[0], @ARGV[1 .. $#ARGV]' \
	$(($(date +%s) - 90000)) "$store"/*
sqlite3 "$SLUICE_STATE/private/sluice.db" "
	UPDATE releases SET created_at = created_at - 90000;
	UPDATE steps SET finished_at_ms = finished_at_ms - 90000000;" 2>/dev/null || {
	skip 1 "no sqlite3 here"
	done_testing
}
engine_start
exit_is 0 "prune again" sluice release prune --json
out_is .artefacts 1 "the one that nothing needs goes"
isnt "$(printf '%s\n' "$out" | jq .log_pieces)" 0 "and old logs"
is "$(find "$store" -type f ! -name '*.*' | wc -l)" 4 "four are left"
like "$(sluice rollout log "$taken_back")" hello \
	"and what was printed by the one that is quarantined"
like "$(sluice release show shop 5.0.0)" 5.0.0 "which is one of them"
exit_is 0 "and can be planned" sluice change new shop 5.0.0 prod --draft
exit_is 0 "in words" sluice release prune
like "$out" '0 artefacts' "nothing more"
exit_is 0 "db check does not call it a loss" sluice db check
exit_is 1 "it cannot be planned" sluice change new shop 4.0.0 prod
like "$err" 'was removed' "and says why"
like "$err" 'sluice release add shop 4.0.0' "and what to do"
ok "given again" release_of 4.0.0 "$T/4.0.0"
exit_is 0 "it can" sluice change new shop 4.0.0 prod
exit_is 0 "the planned one can start" sluice start "$planned" --wait
run sluice audit ls --json
out_is '[.[]|select(.what=="release.prune")]|length' 3 "each is in the ledger"
exit_is 0 "which verifies" sluice audit verify
# What is lost is still found.
rm -f "$(find "$store" -type f ! -name '*.*' | head -1)"
exit_is 1 "a lost artefact is found by db check" sluice db check
done_testing
