# The tour in README is literally true: every indented line of it is run as
# it stands there, in a place of the test's own.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

# The state of the tour is what its configuration says.
unset SLUICE_CONFIG SLUICE_STATE
PATH=$(dirname "$SLUICE"):$PATH
mkdir "$T/tour"
sed -n '/^## Ten minutes/,/^## Where/s/^    //p' "$top_srcdir/README" |
	sed "s|/tmp/sluice-tour|$T/tour|g" >"$T/commands"
ok "README has a tour" test "$(wc -l <"$T/commands")" -ge 30

while IFS= read -r line; do
	case $line in
	./bootstrap | PATH=* | "rm -rf "*)
		continue
		;;
	*"<<'END'")
		text=
		while IFS= read -r more && test "$more" != END; do
			text="$text$more
"
		done
		line="$line
${text}END"
		;;
	esac
	expected=0
	case $line in
	*'# exits '*)
		expected=${line##*'# exits '}
		line=${line%%'# exits '*}
		;;
	esac
	tap_status=0
	eval "$line" >"$T/output" 2>&1 </dev/null || tap_status=$?
	is "$tap_status" "$expected" "$(printf '%s\n' "$line" | head -n 1)" ||
		diag <"$T/output"
	case $line in
	*'start C-2'*)
		is "$(cat hosts/*/srv/site/current/index.html | sort -u |
			wc -l)" 2 "three hosts were not touched"
		;;
	*'watch C-2'*)
		is "$(cat hosts/*/srv/site/current/index.html | sort -u)" \
			"hello from 1.0.0" "all went back"
		;;
	*'rollout log C-2'*)
		like "$(cat "$T/output")" 'no database' "the reason is there"
		;;
	*'start C-3'*)
		is "$(cat hosts/*/srv/site/current/index.html | sort -u)" \
			"hello from 1.2.0" "all are on the third"
		;;
	esac
done <"$T/commands"
is "$(sandbox_pids sluiced)" "" "no engine runs on"

# What README says can be typed is there.
cd "$top_srcdir" || exit 99
for file in $(grep -oE '(core|tui|tests|transports)/[a-zA-Z_/]+\.(def|1|8|5)' \
	README; echo LICENSE tests/README); do
	ok "$file is there" test -e "$file" -o -e "$top_builddir/$file"
done
done_testing
