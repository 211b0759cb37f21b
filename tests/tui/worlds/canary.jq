# busy.json with R-884 at the gate of its canary: three metrics, one of them
# open, and two moments in which no canary answered.
def wobble($i; $by): (($i * 7919 + $by * 104729) % 17 - 8) / 8;
def moment($i): 1795442292000 + $i * 15000;
def sample($i; $metric; $level; $shift; $spread):
	{at_ms: moment($i), metric: $metric,
	 baseline: [range(0; 4) | $level + $spread * wobble($i; . + 40)],
	 canary: (if $i == 11 or $i == 12 then [] else
		[range(0; 3) | $level * (1 + $shift) + $spread * wobble($i; .)]
		end),
	 failures_canary: (if $i == 11 or $i == 12 then 3 else 0 end),
	 failures_baseline: 0};
def metric($name; $verdict; $reason; $shift; $relative; $tolerance; $need):
	{name: $name, verdict: $verdict, reason: $reason, shift: $shift,
	 relative_shift: $relative, tolerance: $tolerance, worse: "higher",
	 critical: false, weight: 1, samples_canary: 75, samples_baseline: 108,
	 samples_needed: $need, failures_canary: 6, failures_baseline: 0,
	 last_failure: "web-0003: the command exited 7", p_value: 0.0021};
."rollout.waves" = {id: "R-884", metrics: ["err_pct", "p95_ms", "cpu_pct"],
	waves: [
	{wave: 1, name: null, hosts: 50, gates: [
		{kind: "timer", for_s: 60, within_s: 0, otherwise: "hold",
			awaits: [], command: null}]},
	{wave: 2, name: null, hosts: 200, gates: [
		{kind: "analysis", for_s: 600, within_s: 600,
			otherwise: "rollback", awaits: [], command: null},
		{kind: "approval", for_s: 0, within_s: 900, otherwise: "hold",
			awaits: ["release-manager", "qa"], command: null}]},
	{wave: 3, name: null, hosts: 250, gates: []},
	{wave: 4, name: null, hosts: 500, gates: []}]} |
."analysis.samples" = {next: null, items: [range(0; 27) as $i |
	sample($i; 0; 0.28; 0.08; 0.12), sample($i; 1; 188; 0.138; 12),
	sample($i; 2; 40; 0.02; 3)]} |
(.world.rollouts[] | select(.id == "R-884")) |= (. + {state: "waiting",
	phase: "analysing after wave 2 of 4", pause_cause: "",
	hosts_failed: 0, hosts_unreachable: 0, failing: [],
	gate: {kind: "analysis", number: 1, of: 2, after_wave: 2,
		waits: "analysis of the canary after wave 2 of 4",
		for_s: 600, within_s: 600, otherwise: "rollback", awaits: [],
		command: null, since: "2026-11-23T13:58:12Z",
		bakes_until: "2026-11-23T14:08:12Z",
		deadline: "2026-11-23T14:18:12Z"},
	analysis: {verdict: "inconclusive", score: 67, moments: 27,
		moments_planned: 40, confidence: 0.95, p_limit: 0.0011,
		interval_s: 15, samples_needed: 33, needed_s: 165,
		correction: "alpha spending", metrics: [
		metric("err_pct"; "pass";
			"7.9 % higher, within the 50 % allowed"; 0.022; 0.079;
			0.5; 0),
		metric("p95_ms"; "inconclusive";
			"13.8 % higher than the 10 % allowed, not yet certain";
			26; 0.138; 0.1; 33),
		metric("cpu_pct"; "pass"; "no shift that counts"; 0.8; 0.02;
			0.25; 0)]}})
