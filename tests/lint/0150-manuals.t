# The manual pages render, and leave out no command and no setting.
. "$top_srcdir/tests/lib/tap.sh"

cd "$top_srcdir" || exit 99
sluice_1=$top_builddir/tui/sluice.1	# its list of commands is generated
pages="$sluice_1 core/engine/sluiced.8 core/engine/sluice.conf.5
	core/engine/sluice-bastion.7"
for page in $pages; do
	name=${page##*/}
	ok "$name is there" test -s "$page"
	if command -v groff >/dev/null && test -e "$page"; then
		run groff -mandoc -ww -Tutf8 -z "$page"
		is "$err" "" "$name renders without a warning"
	else
		skip 1 "no groff here"
	fi
done

# names TABLE MACRO: the names in a table, one a line.
names()
{
	sed -n "s/^$2(\"\\([^\"]*\\)\".*/\\1/p" "$1"
}

missing=
commands=$(names tui/commands.def COMMAND)
isnt "$commands" "" "tui/commands.def names commands"
page=$(sed 's/\\-/-/g; s/\\&//g' "$sluice_1")
old_ifs=$IFS
IFS='
'
for command in $commands; do
	found=yes
	IFS=' '
	for word in $command; do
		printf '%s\n' "$page" | grep -Eq "(^|[^a-z-])$word([^a-z-]|\$)" ||
			found=
	done
	IFS='
'
	test -n "$found" || missing="$missing $command"
done
IFS=$old_ifs
is "$missing" "" "each command is in sluice(1)"

# Every setting, whatever group it stands in.
missing=
page=$(cat core/engine/sluice.conf.5)
settings=$(names core/engine/settings.def SETTING |
	sed 's/\[\]//g; s/\.\*//g; s/.*\.//' | sort -u)
isnt "$settings" "" "core/engine/settings.def names settings"
for key in $settings; do
	printf '%s\n' "$page" | grep -Eq "^\\.(It )?Cm $key( |\$)" ||
		missing="$missing $key"
done
is "$missing" "" "each setting is in sluice.conf(5)"

# sluice-bastion(7) gives a tree that was built another prefix.
for source in core/base/file.c tui/theme_files.c; do
	like "$(make -C "$top_builddir" -n -W Makefile V=1 core/libbase.a \
		tui/sluice 2>/dev/null)" "$source" \
		"$source is compiled again when configure changed its paths"
done
done_testing
