# Arguments, usage errors, exit codes and errors as JSON; no engine is needed.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

# usage DESCRIPTION REGEXP ARGUMENT...: exit 2, the reason and the usage line.
usage()
{
	usage_name=$1
	usage_reason=$2
	shift 2
	exit_is 2 "$usage_name" sluice "$@"
	is "$out" "" "$usage_name: nothing on standard output"
	like "$err" "$usage_reason" "$usage_name: says what is wrong"
	like "$err" 'hint: ' "$usage_name: says what to do"
	run sluice --json "$@"
	is "$(printf '%s\n' "$out" | jq -r .error.code)" usage \
		"$usage_name: as JSON"
	is "$err" "" "$usage_name: and nowhere else"
}
usage "no such command" "no command 'foo'" foo
usage "letters that changed places" "did you mean 'change'" chnage ls
usage "a letter too many" "did you mean 'rollout'" rolllout ls
usage "no such word of a family" "no command 'change foo'" change foo
usage "half a command" "'sluice change' needs one more word" change
usage "a missing argument" "ID is missing" start
usage "a missing option" "-m TEXT is missing" change cancel C-1
usage "one argument too many" "'C-2' is one argument too many" start C-1 C-2
usage "an unknown option" "unknown option '--foo'" start C-1 --foo
usage "an option without its value" "--at needs a value" change move C-1 --at
usage "an option given twice" "--at was given twice" \
	change move C-1 --at now --at now
usage "a flag with a value" "--wait takes no value" start C-1 --wait=yes
usage "no such choice" "'back' is no value of --then" \
	abort C-1 --then back
usage "bytes that are no text" "not UTF-8" \
	change cancel C-1 -m "$(printf 'a\377b')"
usage "a duration that is none" "pause-limit|soon" \
	watch R-1 --exit --pause-limit soon

exit_is 2 "a global option without its value" sluice change ls --config
exit_is 2 "an unknown global option" sluice --frobnicate
exit_is 2 "rpc wants an object" sluice rpc host.ls '[1, 2]'
exit_is 2 "rpc wants JSON" sluice rpc host.ls '{'
out_is .error.code usage "and always answers in JSON"
run sluice -- nothing
is "$status" 2 "a lone -- is no command"

exit_is 0 "--version" sluice --version
like "$out" '^sluice [0-9]+\.[0-9]+' "says which"
exit_is 0 "--version --json" sluice --version --json
out_is .name sluice "is a document"
exit_is 0 "help --json" sluice help --json
out_is '[.[].command]|contains(["rpc", "change new"])' true "is one too"
exit_is 0 "help COMMAND --json" sluice help change new --json
out_is .permission plan "of a command"
exit_is 0 "rpc --list" sluice rpc --list
like "$out" '^change.show id:s!$' "lists methods with their arguments"
exit_is 0 "--help" sluice --help
like "$out" 'release add' "lists the commands"
like "$out" 'Not built' "and what is not built"
exit_is 0 "help of a command" sluice help change new
like "$out" 'usage: sluice change new SERVICE VERSION ENV' "has its usage"
like "$out" 'permission: plan' "and the permission it needs"
run sluice change new --help
like "$out" 'usage: sluice change new' "--help behind the command is the same"
exit_is 0 "help of a family" sluice help rollout
like "$out" 'sluice rollout log ID' "lists its commands"
exit_is 2 "help of nothing" sluice help nothing

# Nobody answers: 69, the reason, the line that starts one.
rm -f "$SLUICE_CONFIG"
unset SLUICE_CONFIG
cd "$T" || exit 99
for line in "change ls" "--json change ls" "change --json ls" "change ls --json"
do
	# shellcheck disable=SC2086
	exit_is 69 "no engine: $line" sluice $line
done
out_is .error.code no_engine "as JSON"
like "$(printf '%s\n' "$out" | jq -r .error.hint)" \
	"no state directory '$SLUICE_STATE'" "with what to do"
run env -u SLUICE_STATE "$SLUICE" change ls
like "$err" 'sluice init' "nothing named: how to begin"
exit_is 69 "engine status asks and starts nothing" sluice engine status
ok "nothing was made" test ! -e "$SLUICE_STATE"
done_testing
