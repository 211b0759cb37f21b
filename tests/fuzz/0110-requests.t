# A running engine and thousands of absurd requests: each is answered or ends
# its own connection; the engine, its ledger and its database are whole.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

sandbox_conf <<END
site = "test"; timezone = "Europe/Berlin";
hosts = ( { name = "h-[1-2]"; transport = "local"; path = "$T/srv/h-[1-2]"; } );
services = ( { name = "shop"; root = "/shop"; } );
environments = ( { name = "dev"; hosts = "name=h-*"; services = [ "shop" ]; } );
END
must "the engine starts" engine_start
cd "$T" || exit 99
mkdir one && echo 1 >one/file
ok "a release" sluice release add shop 1.0 one
ok "a change" sluice change new shop 1.0 dev
sluice rpc --list >methods
exit_is 0 "absurd requests" perl "$top_srcdir/tests/fuzz/requests.pl" \
	"$SLUICE_STATE/engine.sock" "${FUZZ_ROUNDS:-1200}" ${FUZZ_SEED:-} \
	<methods || printf '%s\n' "$out" "$err" | grep -v '^ok' | diag
note "$err"
ok "the engine is the same" kill -0 "$ENGINE_PID"
is "$(sluice engine status --json | jq .pid)" "$ENGINE_PID" "and answers"
is "$(find "$T" -name PWNED)" "" "nothing was run"
size=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$ENGINE_PID/status")
limit=131072
test -z "$SANITIZER" || limit=1048576
ok "it stayed small ($size KiB)" test "$size" -lt $limit
exit_is 0 "the ledger verifies" sluice audit verify
exit_is 0 "the database is sound" sluice db check
ok "it stops" sluice engine stop --yes
pid_gone "$ENGINE_PID" 20 || fail "the engine does not end"
done_testing
