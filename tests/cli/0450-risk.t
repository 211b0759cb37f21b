# The risk of a change: a score with its reasons, stored when it is submitted,
# asked about by policies and by templates of standard changes.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

conf()
{
	sandbox_conf <<-END
		timezone = "Europe/Berlin";
		hosts = ( { name = "h-[1-4]"; transport = "local"; path = "$T/h/[1-4]"; labels = { role = "web"; }; } );
		services = ( { name = "shop"; root = "/srv/shop"; steps = { after_switch = { run = "${STEP:-true}"; }; }; } );
		strategies = ( { name = "slow"; kind = "rolling"; batch = 1; } );
		environments = (
			{ name = "lab"; hosts = "name=h-1"; services = [ "shop" ]; },
			{ name = "prod"; kind = "production"; hosts = "role=web"; services = [ "shop" ]; protect = "none";
			  strategy = "slow"; policy = { grace = "0"; };
			  standard = ( { services = [ "shop" ]; max_risk = ${MOST:-30}; } ); } );
		policies = ( { match = "kind=production"; risk_above = ${ABOVE:-99}; approvals = 1; author_may_approve = true; } );
		${RISK-}
	END
}

conf
mkdir -p "$T/r/1/db" "$T/r/2/db"
echo 1 >"$T/r/1/run"
echo a >"$T/r/1/db/a.sql"
cp -r "$T/r/1/." "$T/r/2"
echo b >"$T/r/2/db/b.sql"
must "the engine starts" engine_start
for v in 1 2; do
	sluice release add shop $v "$T/r/$v" >"$T/out"
done

points()
{
	printf '%s\n' "$out" |
		jq -r ".risk_reasons[]|select(.factor == \"$1\")|\"\(.points) \(.text)\""
}

# What it is made of.
run sluice change new shop 1 prod --draft --json
draft=$(id_of)
isnt "$(printf '%s\n' "$out" | jq .risk)" null "a draft has a risk"
run sluice change submit "$draft" --json
out_is '.risk == ([.risk_reasons[].points]|add)' true \
	"its reasons add up to it"
is "$(points size)" \
	"15 nothing is known to run there that it could be compared with" \
	"nothing to compare with"
is "$(points hosts)" "10 4 of the 4 hosts of prod" "its share of hosts"
is "$(points first_wave)" "3 the first wave moves 1 of its 4 hosts" \
	"what moves first"
is "$(points production)" "10 prod is of kind production" "where"
is "$(points evidence)" "10 no passing tests, scan" "what is not shown"
is "$(points strategy)" "5 the first time by strategy slow there" \
	"how for the first time"
first=$(printf '%s\n' "$out" | jq .risk)
is "$(sluice change show "$draft" --json | jq .risk)" "$first" "it is stored"
like "$(sluice change show "$draft")" "^risk +$first (medium|high|critical)" \
	"shown to people"
is "$(sluice audit ls --change "$draft" --json |
	jq '[.[]|select(.what == "change.submit")][0].detail.risk')" \
	"$first" "and in the ledger"

# A template with a limit.
MOST=$first conf
sluice config reload >"$T/out"
exit_is 0 "a standard change within its template" \
	sluice change new shop 1 prod --type standard --json
C=$(id_of)
like "$(sluice policy explain "$C")" "max_risk +pass +the risk is $first of at most $first" \
	"which is a rule of its own"
MOST=$((first - 1)) conf
sluice config reload >"$T/out"
is "$(sluice change show "$C" --json | jq -r .state)" voided \
	"a lower limit voids what waits"
exit_is 3 "above it" sluice change new shop 1 prod --type standard --json
out_is .error.code policy "it is refused"
like "$out" "its risk is $first .*sluice.conf:[0-9]+ allows .* max_risk $((first - 1))" \
	"with both numbers and the line"
like "$out" '15 nothing is known to run' "and what it is made of"
before=$(sluice change ls --json | jq length)
exit_is 3 "again" sluice change new shop 1 prod --type standard
is "$(sluice change ls --json | jq length)" "$before" "nothing was planned"
is "$(sluice audit ls --json |
	jq '[.[]|select(.what == "refused" and (.reason|test("max_risk")))]|length')" \
	2 "each refusal is in the ledger"

# After it ran there is a record, and something to compare with.
exit_is 0 "it runs" sluice start "$draft" --wait
run sluice change new shop 2 prod --json
is "$(points size)" "5 1 of 3 files differ from 1" "files that differ"
is "$(points schema)" "10 1 file of a data model differs, such as db/b.sql" \
	"what kind of"
is "$(points strategy)$(points author)$(points pause)$(points record)" "" \
	"what is not new any more says nothing"
is "$(printf '%s\n' "$out" | jq "[.risk_reasons[].factor]|index(\"steps\")")" \
	null "the same steps"
sluice change cancel "$(id_of)" -m "looked at" >"$T/out"
STEP="echo two" conf
sluice config reload >"$T/out"
run sluice change new shop 2 prod --json
like "$(points steps)" '^10 steps or settings .* differ in 1 line' \
	"other steps say so"
second=$(printf '%s\n' "$out" | jq .risk)
C=$(id_of)

# A policy that speaks of a risk; another time is another risk.
out_is .state approved "not above the limit: nobody is asked"
ABOVE=$((second - 1)) STEP="echo two" conf
sluice config reload >"$T/out"
is "$(sluice change show "$C" --json | jq -r .state)" voided \
	"above it: more is asked for"
run sluice change submit "$C" --json
out_is '.state + " " + (.approvals_required|tostring)' "submitted 1" \
	"an approval"
like "$(sluice policy explain "$C")" "risk_above +note +the risk is $second, above" \
	"by that rule"
RISK='risk = { points = { weekday = 50; }; };' ABOVE=60 conf
sluice config reload >"$T/out"
run sluice change new shop 2 prod --at "mon 10:00" --json
C=$(id_of)
out_is .state scheduled "approved for a Monday"
run sluice change move "$C" --at "sat 03:00" --json
is "$(points weekday)" "50 it starts on a Saturday" "moved to a Saturday"
is "$(points hour)" "5 it starts at 03:00 Europe/Berlin" "on the clocks of its zone"
out_is .state voided "which needs an approval after all"
like "$out" 'approvals 0. is now .rule approvals 1' "and says so"

# Long lists of files are compared in pieces; who asks waits for that.
conf
sluice config reload >"$T/out"
tree "$T/r/3" 1200 20
cp -r "$T/r/3" "$T/r/4"
echo new >"$T/r/4/d01/new"
echo other >"$T/r/4/d01/f00001"
rm "$T/r/4/d02/f00002" "$T/r/4/d03/f00003"
for v in 3 4; do
	sluice release add shop $v "$T/r/$v" >"$T/out"
done
run sluice change new shop 3 lab --json
exit_is 0 "one with many files" sluice start "$(id_of)" --wait --quiet
for n in 1 2 3; do
	sluice change new shop 4 lab --json >"$T/new.$n" &
done
wait
is "$(jq -rs '[.[].risk_reasons[]|select(.factor == "size").text]|unique[]' \
	"$T"/new.?)" "4 of 1201 files differ from 3" \
	"three that are planned at once"
is "$(jq -rs '[.[].id]|unique|length' "$T"/new.?)" 3 "each is a change"

# Tables that cannot be.
for bad in 'critical = 90; points = { record = 0; size = 0; evidence = 0; hosts = 0; steps = 0; schema = 0; production = 0; first_wave = 0; }|can never be reached' \
	'high = 20|begins at 20, expected more than the 25' \
	'hours = "8-18"|two times of the day' \
	'days = [ "MON" ]|expected' \
	'points = { size = 101; }|from -100 to 100' \
	'points = { sise = 1; }|did you mean .size'; do
	RISK="risk = { ${bad%%|*}; };" conf
	exit_is 2 "refused: ${bad%%|*}" sluice config check
	like "$out$err" "${bad#*|}" "and says why"
done
engine_stop
done_testing
