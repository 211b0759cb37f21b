# A command on many hosts: output per host, exit code, paging, the ledger.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

sandbox_conf <<END
hosts = ( { name = "h-[001-220]"; transport = "local"; path = "$T/h/[001-220]";
	labels = { role = "web"; }; } );
redact = [ "secret-[a-z]+" ];
limits = { connections = 64; };
END
must "the engine starts" engine_start

exit_is 0 "one word is a shell line" sluice host run 'name=h-001|name=h-002|name=h-003' -- \
	'echo "I am $SLUICE_HOST"; echo two >&2'
is "$(printf '%s\n' "$out" | sort | tr '\n' '|')" \
	"h-001: I am h-001|h-001: two|h-002: I am h-002|h-002: two|h-003: I am h-003|h-003: two|" \
	"each line behind its host"
exit_is 0 "several words are a command as it is" \
	sluice host run name=h-001 -- printf '%s|' 'a b' "it's" '$HOME' ';' '*'
is "$out" "h-001: a b|it's|\$HOME|;|*|" "nothing is taken apart"
exit_is 1 "one that fails" sluice host run 'name=h-00*' --json -- \
	'test $SLUICE_HOST != h-004 || exit 7; echo fine'
out_is 'length' 9 "all hosts are in the answer"
out_is '[.[].host]|join(" ")' "h-001 h-002 h-003 h-004 h-005 h-006 h-007 h-008 h-009" \
	"in the order of the configuration"
out_is '.[3].exit' 7 "with the exit status"
out_is '.[3].error.code' failed "and an error"
out_is '.[0]|[.exit, .signal, .error, .output, (.duration_s|type)]|tostring' \
	'[0,null,null,"fine\n","number"]' "the others have neither"
exit_is 1 "in words" sluice host run 'name=h-00*' -- \
	'test $SLUICE_HOST != h-004 || exit 7'
like "$err" 'h-004.*7' "the failing host is named"
exit_is 1 "a signal" sluice host run name=h-001 --json -- 'kill -9 $$'
out_is '.[0].signal' 9 "is told"
exit_is 1 "a time-out" sluice host run name=h-001 --timeout 1s --json -- \
	'sleep 60'
out_is '.[0].error.code' timeout "ends it"

exit_is 0 "220 hosts with 20 kB each" sluice host run 'role=web' --json -- \
	'yes "\"quoted\" $SLUICE_HOST" | head -c 20000'
out_is 'length' 220 "all answer, over many pages"
out_is '[.[]|select(.output|length >= 20000)]|length' 220 "with all they printed"
out_is '[.[].host]|unique|length' 220 "each once"

exit_is 0 "hostile output" sluice host run name=h-001 -- 'printf "\033]0;x\007a\rb\n"'
unlike "$out" "$(printf '\033')" "has no escape"
exit_is 0 "secrets" sluice host run name=h-001 -- 'echo secret-abc'
is "$out" "h-001: [redacted]" "are redacted"
run sluice audit ls --json
out_is '[.[]|select(.what=="host.run")][-1].detail.command' \
	"echo [redacted]" "in the ledger too"
out_is '[.[]|select(.what=="host.run")][-1].who' "$(id -un)" "with who"
out_is '[.[]|select(.what=="host.run_done")][0].detail|[.ok, .failed]|tostring' \
	'[3,0]' "and what came of it"

exit_is 1 "no such host" sluice host run name=nobody -- true
exit_is 2 "no command" sluice host run name=h-001
exit_is 2 "an empty one" sluice host run name=h-001 -- ''
exit_is 2 "a bad selector" sluice host run 'role=&' -- true
exit_is 1 "results that nobody has" sluice rpc host.results '{"id": "X-99"}'
done_testing
