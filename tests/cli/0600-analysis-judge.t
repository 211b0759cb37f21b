# What the analysis says about given numbers; it needs no engine.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

judge()
{
	printf '%s' "$1" >"$T/in.json"
	sluice analysis judge "$T/in.json" --json
}

# shop METRIC: one metric of 12 samples a side.
samples()
{
	printf '"canary":[%s],"baseline":[%s]' "$1" "$2"
}
low=10,11,12,13,14,15,16,17,18,19,20,21
high=30,31,32,33,34,35,36,37,38,39,40,41

out=$(judge "{\"metrics\":[{\"name\":\"p95\",\"worse\":\"higher\",\"tolerance\":0.1,\"min_samples\":10,$(samples $high $low)}]}")
is "$(printf '%s' "$out" | jq -r .verdict)" fail "worse is a failure"
is "$(printf '%s' "$out" | jq -r '.metrics[0].shift')" 20 "by the shift"
like "$(printf '%s' "$out" | jq -r '.metrics[0].p_value')" '^7\.39' \
	"with the exact p value of 2 in 24 over 12"
out=$(judge "{\"metrics\":[{\"name\":\"p95\",\"worse\":\"lower\",\"tolerance\":0.1,\"min_samples\":10,$(samples $high $low)}]}")
is "$(printf '%s' "$out" | jq -r .verdict)" pass "better is none"
out=$(judge "{\"metrics\":[{\"name\":\"p95\",\"min_samples\":10,$(samples '' $low)}]}")
is "$(printf '%s' "$out" | jq -r .verdict)" nodata "no data is no pass"
out=$(judge "{\"metrics\":[{\"name\":\"p95\",$(samples $high $low)}]}")
is "$(printf '%s' "$out" | jq -r .verdict)" inconclusive \
	"too few samples are no verdict"
is "$(printf '%s' "$out" | jq -r '.metrics[0].samples_needed')" 18 \
	"and it says how many are missing"
out=$(judge '{"metrics":[{"name":"p95","canary":[0.3,0.3],"baseline":[0.2,0.2]}]}')
like "$out" '"shift": 0\.1,' "a tenth is printed as one"
exit_is 2 "no JSON" judge 'x'
exit_is 2 "no metrics" judge '{"metrics":[]}'
exit_is 2 "text among the numbers" judge \
	'{"metrics":[{"name":"a","canary":["1"],"baseline":[1]}]}'
exit_is 2 "no such direction" judge \
	'{"metrics":[{"name":"a","worse":"up","canary":[1],"baseline":[1]}]}'
exit_is 2 "a confidence of two" judge \
	'{"confidence":2,"metrics":[{"name":"a","canary":[1],"baseline":[1]}]}'
exit_is 1 "no such file" sluice analysis judge "$T/none.json"
done_testing
