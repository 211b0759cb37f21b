# The demo without a terminal: a good rollout, a failing one, the way back,
# all real; twice in the same directory; nothing runs on.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

# Whatever the environment names is not the demo's business.
unset SLUICE_CONFIG
SLUICE_STATE=$T/other
TMPDIR=$T
export SLUICE_STATE TMPDIR
serves()
{
	cat "$where"/hosts/"$1"-*/srv/shop/status |
		sort | uniq -c | awk '{ printf "%s%s %s", s, $1, $2; s = ", " }'
}

exit_is 0 "the demo runs" sluice demo
where=$(printf '%s\n' "$out" | sed -n 's/^Everything is in //p')
ok "it makes a fresh directory" test -d "$where/hosts"
like "$out" 'R-[0-9]+ succeeded' "a rollout succeeds"
like "$out" 'web-03 failed at health: ' "a host fails"
like "$out" 'R-[0-9]+ paused' "the rollout stops by itself"
like "$out" 'database refused: 32 connections' "the host says why"
like "$out" 'rollback shop 1\.1\.0' "the way back"
like "$out" 'is whole' "the ledger is whole"
like "$out" 'come back: ' "and how to come back"
is "$(serves web)" "30 state=up, 30 version=1.1.0" \
	"production is on the good release"
is "$(find "$where/hosts" -name current -type l | wc -l)" 40 \
	"all 40 hosts have a release"
is "$(sandbox_pids sluiced)" "" "no engine runs on"
ok "the other state directory was not touched" test ! -e "$T/other"

exit_is 0 "again in the same directory" sluice demo "$where"
is "$(serves web)" "30 state=up, 30 version=1.1.0" \
	"it ends as the first time"
is "$(sandbox_pids sluiced)" "" "no engine runs on"
exit_is 2 "it has no JSON" sluice demo "$where" --json
exit_is 2 "a directory that a configuration cannot hold" \
	sluice demo "$T/a[1-2]"
done_testing
