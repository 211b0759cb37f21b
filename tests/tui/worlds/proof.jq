# busy.json for who plans and looks into the books: evidence, a freeze that
# was edited, a chain that holds, a decision that has to be signed.
(.hello.permissions |= (. + ["plan", "approve", "calendar", "audit"])) |
."release.show" = {service: "web-ui", version: "9.4.0", needs: [
	"auth=3.3.1"], evidence: [
	{kind: "tests", result: "pass", passed: 812, failed: 0, skipped: 3,
		claimed_by: "alice", added_at: "2026-11-22T09:01:00Z"},
	{kind: "scan", result: "fail", critical: 1, high: 0, medium: 4,
		claimed_by: "scanner", added_at: "2026-11-22T09:02:00Z"},
	{kind: "signoff", result: "pass", role: "product-owner",
		claimed_by: "erin", added_at: "2026-11-22T10:00:00Z"}]} |
."host.ls".items |= (to_entries | map(.value + {deployments: [
	{service: "web-ui", version: (if .key < 9 then "9.4.0" else "9.3.2"
		end), env: "prod"},
	{service: "auth", version: "3.3.1", env: "staging"},
	{service: "auth", version: null, env: "prod"}]})) |
."audit.verify" = {ok: true, entries: 1234, signatures: 12,
	head: "9f2c01ab34cd56ef", problems: []} |
."audit.ls".items += [
	{seq: 6, at: "2026-11-23T11:10:00Z", who: "carol", what: "freeze.add",
	 object: "F-3", reason: "the books", hash: ("ab" * 32),
	 prev_hash: ("cd" * 32), detail: {name: "year end", severity: "soft",
		ends_at: "2027-01-04T06:00:00Z", envs: ["prod"]}},
	{seq: 7, at: "2026-11-23T11:20:00Z", who: "dan", what: "freeze.edit",
	 object: "F-3", reason: "longer", hash: ("ef" * 32),
	 prev_hash: ("ab" * 32), detail: {name: "year end", severity: "hard",
		ends_at: "2027-01-11T06:00:00Z", envs: ["prod"]}}] |
(.world.changes[] | select(.id == "C-892")) |= (. +
	{wants_signature: true}) |
."queue.ls".items += [(.world.changes[] | select(.id == "C-892") |
	. + {needs: "decision"})] |
."policy.explain" = {id: "C-892", rules: [
	{rule: "approvals", what: "approvals", result: "open", where: "x:1",
	 reason: "1 of 2"},
	{rule: "signed", what: "signed", result: "note", where: "x:2",
	 reason: "each approval is signed"}]}
