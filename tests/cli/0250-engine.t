# The engine's life from the command line: started when needed, asked,
# stopped, started again, run in the foreground.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

conf()
{
	sandbox_conf <<-END
		hosts = ( { name = "h-[1-2]"; transport = "local"; path = "$T/h/[1-2]"; } );
		services = ( { name = "shop"; root = "/srv/shop";
			steps = { after_switch = { run = "until test -e $T/go; do sleep 0.05; done"; timeout = "60s"; }; }; } );
		environments = ( { name = "dev"; hosts = "name=h-*"; services = [ "shop" ]; } );
		$1
	END
}
conf
exit_is 69 "status starts nothing" sluice engine status --json
out_is .error.code no_engine "and says that none runs"
exit_is 69 "stop neither" sluice engine stop
exit_is 0 "a command starts the engine" sluice change ls --json
is "$out" "[]" "and is answered"
engine_pid
first=$ENGINE_PID
exit_is 0 "status" sluice engine status --json
out_is 'has("pid") and has("version") and has("state_dir") and has("socket")
	and has("started_at") and has("engine_id") and has("epoch")
	and has("key_source")' true "has what scripts rely on"
out_is .state_dir "$SLUICE_STATE" "its state directory"
is "$(cat "/proc/$first/comm")" sluiced "the process is called sluiced"
isnt "$(ps -o sid= -p "$first" | tr -d ' ')" \
	"$(ps -o sid= -p $$ | tr -d ' ')" "in a session of its own"
is "$(stat -c %a "$SLUICE_STATE")" 711 "the state directory is 0711"
is "$(stat -c %a "$SLUICE_STATE/engine.sock")" 600 "the socket is the owner's"
exit_is 0 "start when it runs" sluice engine start --json
out_is .pid "$first" "is the same engine"
exit_is 0 "restart" sluice engine restart --json
isnt "$(printf '%s\n' "$out" | jq .pid)" "$first" "is another process"
engine_pid

# Many commands at once start one engine, and all are answered.
engine_stop
i=0
while test $i -lt 8; do
	sluice change ls --json >"$T/many.$i" 2>&1 &
	i=$((i + 1))
done
wait
is "$(cat "$T"/many.* | sort | uniq -c | tr -s ' ')" " 8 []" \
	"eight commands at once are answered"
ok "by one engine" wait_for \
	'test "$(sandbox_pids sluiced | grep -c .)" = 1' 10
engine_pid

# With a rollout in the middle it needs --yes.
mkdir "$T/one"
echo 1 >"$T/one/file"
sluice release add shop 1 "$T/one" >/dev/null
run sluice change new shop 1 dev --json
change=$(id_of)
exit_is 0 "a rollout runs" sluice start "$change" --json
rollout=$(id_of)
ok "it is in its step" wait_for \
	'sluice rollout steps "$rollout" --json |
		jq -e "any(.[]; .step == \"after_switch\")" >/dev/null' 20
exit_is 3 "stop refuses" sluice engine stop --json
out_is .error.code confirm "and asks for --yes"
like "$out" "not over: $rollout \(running\);" "and names the rollout"
: >"$T/go"
exit_is 0 "stop --yes" sluice engine stop --yes
ok "the process is gone" pid_gone "$ENGINE_PID" 1
exit_is 0 "the rollout goes on at the next start" \
	sluice watch "$rollout" --exit
engine_pid
engine_stop

# In the foreground.
"$SLUICE" engine run </dev/null >"$T/run.log" 2>&1 &
run_pid=$!
ok "engine run answers" wait_for 'sluice engine status >/dev/null 2>&1' 10
is "$(sluice engine status --json | jq .pid)" "$run_pid" \
	"and is the process that was started"
ok "a signal stops it" kill "$run_pid"
ok "and it ends" wait "$run_pid"
if command -v sqlite3 >/dev/null; then
	is "$(sqlite3 -readonly "$SLUICE_STATE/private/sluice.db" \
		'select who, what, reason from ledger
		order by seq desc limit 1')" \
		"engine|engine.stop|by a signal" "which the ledger has"
else
	skip 1 "no sqlite3 here"
fi

# A configuration that is wrong: nothing starts, and it says why.
conf 'nonsense = 1;'
exit_is 2 "a wrong configuration" sluice change ls --json
like "$out" 'nonsense' "says what is wrong"
done_testing
