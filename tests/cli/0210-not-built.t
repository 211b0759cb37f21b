# What the contract names and this version lacks refuses by name, exit 3;
# it never prints an empty list and never needs an engine.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

rm -f "$SLUICE_CONFIG"
names=$(tr '\n' ' ' <"$top_srcdir/tui/commands.def" |
	grep -o 'NOT_BUILT("[^"]*"' | sed 's/.*("//; s/"//')
isnt "$names" "" "the table has some"
old_ifs=$IFS
IFS='
'
for name in $names; do
	IFS=' '
	# shellcheck disable=SC2086
	exit_is 3 "$name" sluice $name
	is "$out" "" "$name: prints no list"
	like "$err" "'sluice $name' is not built" "$name: names itself"
	# shellcheck disable=SC2086
	run sluice $name --json
	out_is .error.code not_built "$name: as JSON"
	# shellcheck disable=SC2086
	exit_is 0 "$name: has help all the same" sluice help $name
	like "$out" 'not built' "$name: which says so"
	IFS='
'
done
IFS=$old_ifs
exit_is 3 "with arguments too" sluice drift
done_testing
