# The example configuration is accepted as it stands.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

example=$top_srcdir/core/engine/sluice.conf.example
cp "$example" "$SLUICE_CONFIG"
chmod 600 "$SLUICE_CONFIG"
exit_is 0 "sluiced accepts it" "$SLUICED" --check-config \
	"$SLUICE_CONFIG"
exit_is 0 "sluice config check accepts it" sluice config check \
	"$SLUICE_CONFIG"
unlike "$out$err" ': (error|unknown)' "and finds nothing wrong"

sed 's/^site /sote /' "$example" >"$SLUICE_CONFIG"
exit_is 2 "a misspelt key is refused" sluice config check "$SLUICE_CONFIG"
line=$(grep -n '^sote ' "$SLUICE_CONFIG" | cut -d: -f1)
like "$out$err" "sluice.conf:$line: .*sote" "with its line and its name"
ok "the engine was not needed" test ! -e "$SLUICE_STATE"
done_testing
