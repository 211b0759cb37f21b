# Whatever an engine sends: no control byte reaches a terminal, a broken link
# is said and an act is sent again under the same request id.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

responder()
{
	cat >"$T/answers"
	: >"$T/requests"
	mkdir -p "$SLUICE_STATE"
	perl "$top_srcdir/tests/lib/responder.pl" "$SLUICE_STATE/engine.sock" \
		"$T/answers" "$T/requests" &
	RESPONDER=$!
	wait_for "test -S '$SLUICE_STATE/engine.sock'" 10
}

responder_stop()
{
	kill "$RESPONDER"
	wait "$RESPONDER" 2>/dev/null
	rm -f "$SLUICE_STATE/engine.sock"
}

# controls TEXT: 1 if bytes in it could act on a terminal.
controls()
{
	printf '%s' "$1" | perl -0777 -ne '
		print /[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/ ? 1 : 0'
}
sandbox_conf </dev/null
bad='\u001b[31mred\u0007 \u009b2J \u007f \u202e end'

responder <<END
change.ls {"items":[{"id":"C-1","state":"approved","service":"shop","version":"1","env":"$bad","author":"$bad","reason":"$bad\\nsecond"}],"next":null}
change.show {"id":"C-1","state":"$bad","reason":"$bad\\nsecond"}
change.diff {"id":"$bad","version":"$bad","running":[{"version":"$bad","hosts":1,"known":true,"files":[{"change":"$bad","path":"$bad"}]}]}
change.new {"error":{"code":"held","message":"$bad","hint":"$bad"}}
rollout.show {"id":"R-1","state":"running","env":"$bad"}
rollout.log {"items":[{"seq":1,"at":"2026-11-23T14:05:07Z","host":"$bad","step":"health","text":"$bad"}],"next":null}
END
for line in "change ls" "change ls --json" "change show C-1" \
	"change show C-1 --json" "change diff C-1" "rollout log R-1" \
	"rollout log R-1 --json" "rpc change.show {}"; do
	# shellcheck disable=SC2086
	exit_is 0 "$line" sluice $line
	like "$out" 'end' "$line: prints the text"
	is "$(controls "$out$err")" 0 "$line: without control bytes"
done
exit_is 3 "an error" sluice change new a b c
is "$(controls "$out$err")" 0 "an error: without control bytes"
is "$(printf '%s\n' "$out" | grep -c .)" 0 "is on standard error"
responder_stop

# Pages are asked for until there are no more.
responder <<END
change.ls {"items":[{"id":"C-1"}],"next":"c1"}
change.ls {"items":[{"id":"C-2"}],"next":7}
change.ls {"items":[{"id":"C-3"}],"next":null}
END
exit_is 0 "a list of three pages" sluice change ls --json
out_is '[.[].id]|join(" ")' "C-1 C-2 C-3" "is one array"
is "$(jq -r '.params.after // "-"' "$T/requests" | tr '\n' ' ')" "- - c1 7 " \
	"the cursor goes back as it came"
responder_stop

# Acts carry a request id, other requests do not.
responder <<END
change.cancel {"id":"C-1","state":"cancelled"}
END
run sluice change cancel C-1 -m why
run sluice change cancel C-1 -m why
run sluice rollout show R-1
jq -r 'select(.method == "change.cancel") | .params.request_id' \
	"$T/requests" >"$T/ids"
is "$(grep -cE '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' "$T/ids")" 2 \
	"an act has a UUID"
is "$(sort -u "$T/ids" | grep -c .)" 2 "each its own"
is "$(jq -r 'select(.method == "rollout.show") | .params | has("request_id")' \
	"$T/requests")" false "a question has none"
responder_stop

# A link that breaks.
responder <<END
change.ls close
END
exit_is 69 "the engine goes away" sluice change ls --json
out_is .error.code no_engine "as JSON"
responder_stop
responder <<END
hello close
END
exit_is 69 "it goes away before hello" sluice change ls
like "$err" 'went away' "and that is said"
responder_stop
responder <<END
hello {"raw":"this is no JSON\\n"}
END
exit_is 69 "it speaks another language" sluice change ls
like "$err" 'not a JSON' "and that is said"
responder_stop
responder <<END
hello {"error":{"code":"denied","message":"user 'x' is nobody here","hint":"ask"}}
END
exit_is 3 "hello is refused" sluice change ls
like "$err" "user 'x' is nobody here" "with the engine's reason"
responder_stop

# watch makes its link again and asks again.
responder <<END
rollout.show {"id":"R-1","kind":"deploy","service":"shop","version":"1","env":"dev","state":"running","hosts_total":2}
subscribe {"seq":{},"snapshot":{"rollout:R-1":{"rollout":{"id":"R-1","state":"running","hosts_done":0,"hosts_total":2}}}}
subscribe {"seq":{},"snapshot":{"rollout:R-1":{"rollout":{"id":"R-1","state":"succeeded","hosts_done":2,"hosts_total":2}}}}
rollout.hosts close
rollout.hosts {"items":[{"host":"a","state":"healthy","version":"1"},{"host":"b","state":"healthy","version":"1"}],"next":null}
END
exit_is 0 "watch over a broken link" sluice watch R-1 --exit
like "$out" 'no engine: ' "says that it broke"
like "$out" 'a healthy 1' "and goes on with all hosts"
like "$out" 'R-1 succeeded' "to the end"
responder_stop

# A gate says what follows, an analysis each verdict once.
at_gate='"id":"R-1","state":"waiting","phase":"analysing after wave 1 of 2","reason":"analysis of the canary","hosts_done":1,"hosts_total":2,"gate":{"kind":"analysis","otherwise":"rollback","deadline":"2031-01-02T03:04:05Z"}'
metric='"name":"errors","reason":"3 of 5 samples"'
responder <<END
rollout.show {"id":"R-1","state":"running"}
subscribe {"seq":{},"snapshot":{},"then":[{"topic":"rollout:R-1","data":{"rollout":{$at_gate,"analysis":{"metrics":[{$metric,"verdict":"inconclusive"}]}}}},{"topic":"rollout:R-1","data":{"rollout":{$at_gate,"analysis":{"metrics":[{$metric,"verdict":"inconclusive"}]}}}},{"topic":"rollout:R-1","data":{"rollout":{$at_gate,"analysis":{"metrics":[{$metric,"verdict":"pass"}]}}}}]}
rollout.hosts {"items":[],"next":null}
END
exit_is 5 "watch at a gate" sluice watch R-1 --exit --pause-limit 200ms
like "$out" 'analysis of the canary; else rollback at 2031-01-02 03:04:05Z \(1 of 2' \
	"with what follows, and when"
is "$(printf '%s\n' "$out" | sed -n 's/.*R-1 analysis, //p' | tr '\n' '|')" \
	"errors inconclusive: 3 of 5 samples|errors pass: 3 of 5 samples|" \
	"and each verdict"
responder_stop

# The ends of a rollout and their exit codes.
ends()
{
	responder <<-END
		rollout.show {"id":"R-1","state":"running"}
		subscribe {"seq":{},"snapshot":{},"then":[{"topic":"rollout:R-1","data":{"rollout":{"id":"R-1",$2}}}]}
		rollout.hosts {"items":[],"next":null}
	END
	exit_is "$1" "$2" sluice watch R-1 --exit --pause-limit 200ms --json
	is "$(printf '%s\n' "$out" | jq -es 'length > 0')" true \
		"$2: JSON lines"
	responder_stop
}
ends 0 '"state":"succeeded"'
ends 1 '"state":"failed"'
ends 4 '"state":"aborted"'
ends 4 '"state":"rolled_back"'
ends 1 '"state":"paused","pause_cause":"failed_hosts"'
ends 1 '"state":"paused","pause_cause":"unreachable_hosts"'
ends 5 '"state":"paused","pause_cause":"person"'
ends 5 '"state":"waiting"'
done_testing
