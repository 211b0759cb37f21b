# Evidence: what files say is counted, bound to the artefact, refused when it
# is malformed, and asked for by policy when a change is approved and started.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

conf()
{
	sandbox_conf <<-END
		hosts = ( { name = "h-1"; transport = "local"; path = "$T/h/1"; } );
		services = ( { name = "shop"; root = "/srv/shop"; } );
		environments = (
			{ name = "prod"; hosts = "name=h-1"; services = [ "shop" ];
			  policy = { evidence = ( { kind = "scan"; result = "pass"; max_age = "${AGE:-7d}"; } ); }; },
			{ name = "uat"; hosts = "name=h-1"; services = [ "shop" ];
			  policy = { evidence = ( { kind = "signoff"; role = "operator"; } ); }; },
			{ name = "dev"; hosts = "name=h-1"; services = [ "shop" ]; } );
	END
}

conf
cd "$T" || exit 99
mkdir one two
echo 1 >one/file
echo 2 >two/file
must "the engine starts" engine_start

cat >tests.xml <<'END'
<?xml version="1.0"?>
<testsuites tests="99"><testsuite name="a" timestamp="2026-01-02T03:04:05">
<testcase name="x"/><testcase name="y"><failure>no</failure></testcase>
<testcase name="z"><skipped/></testcase></testsuite></testsuites>
END
cat >scan.sarif <<'END'
{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t", "rules": [
 {"id": "A", "properties": {"security-severity": "9.8"}}]}},
 "results": [
 {"ruleId": "A", "suppressions": [{"kind": "external", "properties": {"expires": "2099-01-01T00:00:00Z"}}]},
 {"ruleId": "B", "level": "note"}]}]}
END
sed 's/2099/2020/' scan.sarif >lapsed.sarif
cat >bad.sarif <<'END'
{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}},
 "results": [{"ruleId": "B", "level": "error"}]}]}
END
cat >sbom.json <<'END'
{"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"timestamp": "2026-01-02T03:04:05Z"},
 "components": [{"name": "zlib"}, {"name": "curl"}],
 "vulnerabilities": [{"id": "CVE-1", "ratings": [{"severity": "high"}], "analysis": {"state": "not_affected"}},
  {"id": "CVE-2", "ratings": [{"severity": "medium"}]}]}
END
printf 'result: pass\nlooked at it\n' >uat.txt

exit_is 0 "release add with evidence" sluice release add shop 1 one \
	--evidence tests=tests.xml --evidence sbom=sbom.json --json
exit_is 0 "release show" sluice release show shop 1 --json
out_is '.evidence[0]|[.kind, .format, .result, .passed, .failed, .skipped]|map(tostring)|join(" ")' \
	"tests junit fail 1 1 1" "test cases are counted, not totals believed"
out_is '.evidence[0].made_at' 2026-01-02T03:04:05Z "made when it says"
out_is '.evidence[1]|[.kind, .format, .result, .passed, .medium, .waived]|map(tostring)|join(" ")' \
	"sbom cyclonedx pass 2 1 1" "parts and findings are counted"
out_is '.evidence[0].claimed_by' "$(id -un)" "somebody claims it"
out_is '[.evidence[].sha256]|unique == ["'"$(printf '%s\n' "$out" | jq -r .sha256)"'"]' \
	true "it is bound to the artefact"
out_is '.evidence[1].file_sha256' "$(sha256sum sbom.json | cut -d' ' -f1)" \
	"and is what was given"
like "$(sluice release show shop 1)" 'tests fail, 1 passed, 1 failed' \
	"people read it too"

# Malformed: refused whole, nothing is left.
bad()
{
	bad_what=$1
	shift
	refuses invalid "$bad_what" sluice release evidence shop 1 "$@"
}
printf '<testsuite><testcase></testsuite>' >bad.xml
bad "XML that does not end" tests=bad.xml
printf '<!DOCTYPE a [<!ENTITY x "y">]><testsuite>&x;</testsuite>' >bomb.xml
bad "XML that declares entities" tests=bomb.xml
printf '<html/>' >other.xml
bad "other XML" tests=other.xml
head -c 100 scan.sarif >torn.sarif
bad "JSON that was cut" scan=torn.sarif
printf '{"version": "1.0", "runs": [1]}' >old.sarif
bad "old SARIF" scan=old.sarif
bad "what should be SARIF" sarif=sbom.json
bad "what should be CycloneDX" cyclonedx=scan.sarif
printf '{"result": "maybe"}' >maybe
bad "an unknown result" scan=maybe
: >empty
bad "an empty file" scan=empty
printf 'a\000b' >binary
bad "a binary file" scan=binary
bad "one good and one bad" scan=scan.sarif tests=bad.xml
bad "a name that is no kind" 'a b=scan.sarif'
exit_is 2 "no kind" sluice release evidence shop 1 scan.sarif
exit_is 1 "no such file" sluice release evidence shop 1 scan=nowhere
exit_is 1 "no such release" sluice release evidence shop 9 scan=scan.sarif
exit_is 2 "a release with bad evidence" \
	sluice release add shop 2 two --evidence tests=bad.xml
exit_is 1 "is not there" sluice release show shop 2
is "$(sluice release show shop 1 --json | jq '.evidence|length')" 2 \
	"nothing was added"

# Of another artefact.
printf '{"result": "pass", "artefact_sha256": "%064d"}' 7 >foreign
refuses policy "of another artefact" \
	sluice release evidence shop 1 scan=foreign
is "$(sluice audit ls --object "shop 1" --what refused --json |
	jq -r 'last.detail.code')" policy "as one about that release"
sha=$(sluice release show shop 1 --json | jq -r .sha256)
printf '{"result": "fail", "artefact_sha256": "%s"}' "$sha" >own

# Policy: asked for, approved, started.
run sluice change new shop 1 prod --json
C=$(id_of)
out_is .state submitted "without a scan it waits"
out_is '.waiting_for[0]' "evidence scan: is not there" "and says for what"
refuses policy "it does not start" sluice start "$C"
ok "a scan that fails" sluice release evidence shop 1 scan=own
run sluice change show "$C" --json
like "$out" "has the result 'fail'" "is not enough"
ok "bad findings" sluice release evidence shop 1 scan=bad.sarif
is "$(sluice change show "$C" --json | jq -r .state)" submitted "neither"
ok "one with a waiver that is over" \
	sluice release evidence shop 1 scan=lapsed.sarif
is "$(sluice release show shop 1 --json |
	jq -r '.evidence[-1] | "\(.result) \(.critical) \(.waived)"')" \
	"fail 1 0" "which waives nothing"
ok "a good scan" sluice release evidence shop 1 scan=scan.sarif
is "$(sluice change show "$C" --json | jq -r .state)" approved \
	"the newest counts: approved"
ok "a later bad one" sluice release evidence shop 1 scan=bad.sarif
refuses policy "is looked at again when it starts" sluice start "$C"
run sluice policy explain "$C" --json
out_is '.rules[]|select(.rule == "evidence")|.result' fail "explained"
out_is '.rules[]|select(.rule == "evidence")|.where' "$SLUICE_CONFIG:5" \
	"with the line that says it"
printf '{"result": "pass", "at": "2026-01-01T00:00:00Z"}' >aged
ok "an old scan" sluice release evidence shop 1 scan=aged
refuses policy "is too old" sluice start "$C"
like "$out" 'at most 7d' "and it says how old it may be"
ok "a fresh one" sluice release evidence shop 1 scan=uat.txt
ok "lets it start" sluice start "$C" --wait

# Sign-offs: by role.
run sluice change new shop 1 uat --json
C=$(id_of)
out_is '.waiting_for[0]' "evidence signoff by operator: is not there" \
	"a sign-off is waited for"
exit_is 3 "in a role one does not have" \
	sluice release signoff shop 1 --role nobody --json
if is_root; then
	exit_is 3 "root signs nothing off" \
		sluice release signoff shop 1 --role operator
else
	ok "signed off" sluice release signoff shop 1 --role operator -m fine
fi
run sluice audit ls --json
ok "evidence is in the ledger" test "$(printf '%s\n' "$out" |
	jq '[.[]|select(.what == "release.evidence")]|length')" -ge 7
ok "the ledger verifies" sluice audit verify
engine_stop
done_testing
