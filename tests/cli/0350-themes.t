#!/bin/sh
# Themes: listed, checked as a gate, faults named with file and line.
. "$top_srcdir/tests/lib/tap.sh"

export XDG_CONFIG_HOME="$tap_tmp/config"
mkdir -p "$XDG_CONFIG_HOME/sluice/themes"
mine=$XDG_CONFIG_HOME/sluice/themes

run "$SLUICE" theme ls
is "$status" 0 "theme ls"
for name in terminal dark light mono hc-dark hc-light cvd-dark cvd-light; do
	like "$out" "$name " "there is $name"
done
unlike "$out" "overlay-" "overlays are no themes"
unlike "$out" "^base" "nor is what all inherit"
run "$SLUICE" theme ls --json
ok "as JSON" sh -c "echo '$out' | jq -e 'map(.name) | index(\"dark\")'"

run "$SLUICE" theme check
is "$status" 0 "every shipped theme, overlay and set of glyphs passes"
echo "$out" | grep -v ": ok$" | sed 's/^/# /'
run "$SLUICE" theme check no-such-theme
is "$status" 1 "a theme that is not there"
like "$err" "no theme named 'no-such-theme'" "is named"

# theme NAME GOOD BAD: one of one's own
theme()
{
	cat >"$mine/$1.cfg" <<END
theme :
{
  format = 1;  name = "$1";  title = "Mine";  inherits = "dark";
  background = true;
  palette : { good = [ "$2", "", "green" ]; bad = [ "$3", "", "red" ]; };
};
END
}
theme pale '#303030' '#ff6b6b'
run "$SLUICE" theme check pale
is "$status" 1 "a colour that is too dark fails"
like "$out" "state.ok has 1.3[0-9]:1 on its background in truecolor, needs 4.5:1" \
	"with its contrast and what is needed"
theme same '#ff6b6b' '#ff6b6b'
run "$SLUICE" theme check same
like "$out" "state.ok and state.failed are 0.0 apart for normal sight" \
	"states of one colour fail"
theme hc-mine '#8b95a3' '#ff6b6b'
run "$SLUICE" theme check hc-mine
like "$out" "needs 7.0:1" "high contrast needs more"
theme cvd-mine '#5fd787' '#ff6b6b'
run "$SLUICE" theme check cvd-mine
like "$out" "apart for (protan|deutan)" "and red with green is seen"
run "$SLUICE" theme check cvd-mine --json
ok "faults as JSON" sh -c "echo '$out' | jq -e '.[0].ok == false'"

cat >"$mine/odd.cfg" <<'END'
theme :
{
  format = 1;  name = "odd";  inherits = "base";
  roles : { ui : {
    nonsense = "bold"; }; };
};
END
run "$SLUICE" theme check odd
like "$out" "odd.cfg:5: unknown role 'ui.nonsense'" "an unknown role, its line"
printf 'theme : {\n  name = ;\n};\n' >"$mine/broken.cfg"
run "$SLUICE" theme check broken
like "$out" "broken.cfg:2: syntax error" "a syntax error, its line"
printf 'glyphs : { name = "wide"; mark : { ok = "ab"; odd = "x"; }; };\n' \
	>"$mine/glyphs-wide.cfg"
run "$SLUICE" theme check glyphs-wide
like "$out" "mark.ok is not one column wide" "a glyph of two columns"
like "$out" "mark.odd is not a glyph" "and one that nothing uses"
run "$SLUICE" theme ls
is "$status" 0 "a broken file does not hide the others"
like "$out" "broken +cannot be read" "and says so itself"

done_testing
