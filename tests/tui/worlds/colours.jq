# busy.json with R-884 as blue-green: green is live, as read back, and blue is
# kept for the way back.
."rollout.waves" = {id: "R-884", metrics: [], waves: [
	{wave: 1, name: "deploy", hosts: 1000, gates: [
		{kind: "approval", for_s: 0, within_s: 0, otherwise: "hold",
			awaits: [], command: null}]},
	{wave: 2, name: "switch", hosts: 0, gates: []}]} |
(.world.rollouts[] | select(.id == "R-884")) |= (. + {state: "waiting",
	strategy: "blue-green", phase: "holding, green is live", wave: 2,
	waves: 2, blue_green: {colour: "green", from: "blue",
		phase: "switched", live: "green"},
	gate: {kind: "hold", number: 1, of: 1, after_wave: 2,
		waits: "blue is kept for the way back", for_s: 1800,
		within_s: 0, otherwise: "hold", awaits: [], command: null,
		since: "2026-11-23T14:00:00Z",
		bakes_until: "2026-11-23T14:30:00Z", deadline: null}})
