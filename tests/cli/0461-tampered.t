# A database that somebody wrote into behind the engine's back: audit verify
# finds what was altered, made up or taken away, in every table that the
# ledger speaks of and in the ledger itself, with the number of the entry.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"
python3 -c 'import sqlite3' 2>/dev/null || skip_all "no sqlite3 for python3"

people_conf <<END
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; protect = "none"; estimate = "1s";
	policy = { approvals = 1; grace = "0"; evidence = ( { kind = "tests"; result = "pass"; } ); }; },
	{ name = "dr"; hosts = "role=web"; services = [ "shop" ]; protect = "none"; policy = { grace = "0"; }; } );
END
mkdir "$P/one"
echo 1 >"$P/one/file"
echo '{"result": "pass"}' >"$P/tests.json"
must "the engine starts" engine_start
as alice sluice release add shop 1 "$P/one" \
	--evidence "tests=$P/tests.json" >/dev/null
as alice sluice release add shop 2 "$P/one" >/dev/null
as alice sluice release quarantine shop 2 -m "it leaks" >/dev/null
new_change alice 1 prod
yes_by bob "$C"
must "one ran" as alice sluice start "$C" --wait
new_change alice 1 prod --at +5h --hosts name=h-1
yes_by bob "$C"
must "a freeze" as alice sluice freeze add "year's end" --env prod \
	--from +1h --to +9h -m x
must "another" as alice sluice freeze add more --env prod --env dr \
	--from "2027-03-01 10:00:30" --to "2027-03-02 11:00" \
	--rrule FREQ=YEARLY --exdate "2028-03-01 10:00:30" --severity soft \
	--hosts role=web --running hold -m x
must "longer" as alice sluice freeze edit F-2 --to "2027-03-02 12:00" -m y
# More like it, of which each loses something else.
for i in 3 4 5 6 7 8 9 10 11 12; do
	as alice sluice freeze add more --env prod --env dr \
		--from "2027-03-01 10:00:30" --to "2027-03-02 11:00" \
		--rrule FREQ=YEARLY --exdate "2028-03-01 10:00:30" \
		--severity soft --hosts role=web --running hold -m x >/dev/null
done
must "an override is asked for" as alice sluice freeze override F-1 \
	--change "$C" -m "it is small"
must "and another" as alice sluice freeze rm F-2 -m "no"
must "a line stopped" as alice sluice line stop dr -m smoke
must "one that was opened again" as alice sluice line stop prod -m smoke
must "a moment" as alice sluice line open prod -m gone
exit_is 0 "what nobody touched is whole" sluice audit verify --json
out_is '"\(.ok) \(.problems|length)"' "true 0" "and agrees"
seq_of()
{
	sluice audit ls --json | jq -r "[.[]|select($1).seq]|last"
}
yes=$(seq_of '.what == "change.approve" and .object == "C-1"')
added=$(seq_of '.what == "release.add" and .object == "shop 1"')
freeze=$(seq_of '.what == "freeze.add" and .object == "F-1"')
ask=$(seq_of '.what == "request.new" and .object == "Q-1"')
submit=$(seq_of '.what == "change.submit" and .object == "C-2"')
start=$(seq_of '.what == "change.start"')
stop=$(seq_of '.what == "line.stop" and .object == "dr"')
last=$(seq_of true)
engine_stop
cp "$SLUICE_STATE/private/sluice.db" "$T/whole.db"

# alter DESCRIPTION SQL PATTERN: done to a whole database together with others
# by look, which starts an engine on it.
alter()
{
	printf '%s;\n' "$2" >>"$T/sql"
	printf '%s\t%s\n' "$1" "$3" >>"$T/wanted"
}
look()
{
	rm -f "$SLUICE_STATE"/private/sluice.db*
	cp "$T/whole.db" "$SLUICE_STATE/private/sluice.db"
	python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript(open(sys.argv[2]).read())
db.commit()' "$SLUICE_STATE/private/sluice.db" "$T/sql" || bail "SQL"
	engine_start || bail "the engine does not start"
	run sluice audit verify --json
	is "$status" 1 "$1"
	problems=$(printf '%s\n' "$out" | jq -r '.problems[]')
	while IFS="$(printf '\t')" read -r what pattern; do
		like "$problems" "$pattern" "$what"
	done <"$T/wanted"
	engine_stop
	rm "$T/sql" "$T/wanted"
}

alter "another's yes" \
	"UPDATE decisions SET person = 'carol' WHERE verb = 'approve' AND object = 'C-1'" \
	"^entry $yes: the table says otherwise about what bob said about C-1"
alter "another plan of a change" \
	"UPDATE changes SET plan_digest = (SELECT plan_digest FROM changes WHERE id = 1) WHERE id = 2" \
	"^entry $submit: the table says otherwise about C-2"
alter "a plan that was edited" \
	"UPDATE plans SET text = replace(text, 'shop', 'shap')" \
	"^plan [0-9a-f]{12}: was altered"
alter "other bytes of a release" \
	"UPDATE releases SET sha256 = replace(sha256, 'a', 'b') WHERE version = '1'" \
	"^entry $added: the table says otherwise about shop 1"
alter "a quarantine that is over" "UPDATE releases SET quarantine = NULL" \
	"says otherwise about shop 2"
alter "tests that passed" \
	"UPDATE evidence SET file_sha256 = replace(file_sha256, 'a', 'b')" \
	"^evidence 1 of shop 1: no entry says so"
alter "a freeze that was ended" \
	"UPDATE periods SET ended_at = 1 WHERE id = 1" \
	"^entry $freeze: the table says otherwise about F-1"
alter "a request that was approved" \
	"UPDATE proposals SET state = 'approved' WHERE id = 1" \
	"^entry $ask: the table says otherwise about Q-1"
alter "a line that was opened" "DELETE FROM lines" \
	"^entry $stop: the table does not have what was said about dr"
alter "a rollout that failed" "UPDATE rollouts SET state = 'failed'" \
	"^R-1: no entry says that it failed"
i=2
for column in "name = 'x'" "envs = 'prod'" "services = 'shop'" \
	"selector = 'role=db'" "starts_local = starts_local + 1" \
	"days = days + 1" "exact_s = 0" "rrule = 'FREQ=DAILY'" "exdates = ''" \
	"severity = 'hard'" "effect = 'finish'"; do
	alter "a freeze with $column" \
		"UPDATE periods SET $column WHERE id = $i" \
		"^entry [0-9]+: the table says otherwise about F-$i"
	i=$((i + 1))
done
look "what was altered is found"

alter "a yes of another plan" \
	"UPDATE decisions SET digest = iif(digest LIKE '0%', '1', '0') || substr(digest, 2) WHERE object = 'C-1'" \
	"^entry $yes: "
alter "an author who is not" "UPDATE changes SET author = 'frank' WHERE id = 2" \
	"says otherwise about C-2"
alter "a yes that nobody gave" "INSERT INTO decisions (object, revision, verb, person, uid, login_uid, roles, digest, at, until_ms, undone_at)
	SELECT 'C-2', 1, 'approve', 'carol', 3, -1, 'approver', plan_digest, 1, 1, 0 FROM changes WHERE id = 2" \
	"no entry says that carol said approve about C-2"
alter "a freeze of nobody" "INSERT INTO periods SELECT 99, kind, 'mine', envs, services, selector, zone, starts_local, days, exact_s, rrule, exdates, severity, effect, NULL, sequence, reason, author, author_uid, created_at, changed_at, 0 FROM periods WHERE id = 1" \
	"^F-99: no entry says that it was made"
alter "a request for another change" \
	"UPDATE proposals SET args = replace(args, 'F-1', 'F-2'), object = 'C-1' WHERE id = 1" \
	"^entry $ask: the table says otherwise about Q-1"
alter "a way through a freeze" \
	"INSERT INTO overrides VALUES ('F-1', 2, 'alice', 1, 'x', 1)" \
	"^C-2: no entry says that it was let through F-1"
alter "a line that nobody stopped" \
	"INSERT INTO lines VALUES ('prod', 'alice', 1, 'x', 1)" \
	"^the line of prod: no entry says that alice stopped it"
alter "a rollout that was none" "CREATE TABLE r AS SELECT * FROM rollouts;
	UPDATE r SET id = 9, env = 'dr'; INSERT INTO rollouts SELECT * FROM r; DROP TABLE r" \
	"^R-9: no entry says that it was started"
look "what was made up is found"

alter "a no that is gone" \
	"DELETE FROM decisions WHERE verb = 'approve' AND object = 'C-1'" \
	"^entry $yes: the table does not have what bob said"
alter "a database that calls itself older" \
	"UPDATE meta SET value = '99999' WHERE key = 'decisions_before'" \
	"^entry [0-9]+: the database says that it is older"
alter "a change that is gone" "DELETE FROM changes WHERE id = 2" \
	"does not have what was said about C-2"
alter "a release that is gone" "DELETE FROM releases WHERE version = '1'" \
	"^entry $added: the table does not have what was said about shop 1"
alter "a freeze that is gone" "DELETE FROM periods WHERE id = 1" \
	"^entry $freeze: the table does not have what was said about F-1"
alter "a request that is gone" "DELETE FROM proposals WHERE id = 1" \
	"^entry $ask: the table does not have what was said about Q-1"
alter "a rollout that is gone" \
	"DELETE FROM rollout_hosts; DELETE FROM steps; DELETE FROM rollouts" \
	"^entry $start: the table does not have what was said about C-1"
look "what was taken away is found"

# The ledger itself.
alter "what ran is approved once more" \
	"UPDATE changes SET state = 'approved' WHERE id = 1" \
	"^entry [0-9]+: the table says otherwise about C-1"
alter "an entry with other words" \
	"UPDATE ledger SET reason = 'because' WHERE seq = $added" \
	"^entry $added: was altered"
alter "an entry that is gone" "DELETE FROM ledger WHERE seq = $yes" \
	"^entry $yes: missing"
alter "entries in another order" "UPDATE ledger SET seq = -1 WHERE seq = $ask; UPDATE ledger SET seq = $ask WHERE seq = $ask + 1; UPDATE ledger SET seq = $ask + 1 WHERE seq = -1" \
	"^entry $ask: does not follow the entry before it"
look "a chain that was broken"
# An engine that starts goes on behind the gap.
alter "entries that were cut off" "DELETE FROM ledger WHERE seq > $last - 3" \
	"^entry $((last - 2)): missing"
look "an end that was cut off"
alter "by what sqlite counted" "DELETE FROM ledger WHERE seq > $last - 3;
	UPDATE meta SET value = (SELECT seq || ' ' || hash FROM ledger ORDER BY seq DESC LIMIT 1) WHERE key = 'ledger_head'" \
	"^entry $((last - 2)): missing"
look "and the head with it"
done_testing
