# init: a configuration that is right as it stands, and what to do with it.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

unset SLUICE_CONFIG SLUICE_STATE
cd "$T" || exit 99
# As a person has it, who can then type what init says.
PATH=${SLUICE%/*}:$PATH
exit_is 0 "init DIR" sluice init site
ok "writes the file" test -f site/sluice.conf
is "$(printf '%s\n' "$out" | grep -c '^  sluice')" 3 "says three commands"
exit_is 0 "it is right as it stands" sluice config check site/sluice.conf
unlike "$out" 'error' "without errors"
ok "only its owner may write it" \
	sh -c 'test "$(stat -c %a site/sluice.conf)" = 644'
before=$(cat site/sluice.conf)
exit_is 3 "init again refuses" sluice init site --json
out_is .error.code exists "since there is one"
is "$(cat site/sluice.conf)" "$before" "and leaves it alone"

mkdir here && cd here || exit 99
exit_is 0 "init in this directory" sluice init
like "$out" '^  sluice config check' "needs no --config then"
mkdir one && echo hello >one/file
# What init says works, word by word but for the directory.
printf '%s\n' "$out" | sed -n 's/^  //p' | sed 's/DIRECTORY/one/' >commands
while read -r line; do
	# shellcheck disable=SC2086
	exit_is 0 "$line" $line
done <commands
like "$out" 'C-1 approved' "the change is approved"
exit_is 0 "and runs" sluice start C-1 --wait
is "$(cat hosts/1/srv/hello/current/file)" hello "to the hosts"
exit_is 0 "the engine stops" sluice engine stop

for name in 'a"b' 'a[1-2]' 'a{host}' "$(printf 'a\nb')"; do
	exit_is 2 "a directory that no configuration can hold" \
		sluice init "$T/$name"
	ok "nothing was made" test ! -e "$T/$name/sluice.conf"
done
done_testing
