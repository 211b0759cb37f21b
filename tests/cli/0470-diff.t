# What a change would alter: by version that runs on the hosts now, the files,
# the steps and settings, and for who may read logs the content.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"

conf()
{
	people_conf <<-END
		redact = [ "password=[^ ]+" ];
		services = ( { name = "shop"; root = "/srv/shop"; steps = { after_switch = { run = "${STEP:-true}"; }; }; } );
		environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; protect = "none";
			vars = { MODE = "${MODE:-calm}"; }; } );
	END
}

conf
mkdir -p "$P/1/etc" "$P/2/etc" "$P/2/bin" "$P/1/old"
printf 'one\ntwo\nthree\n' >"$P/1/etc/app.conf"
printf 'one\n2\nthree\npassword=hunter2 \033]0;owned\007\n' >"$P/2/etc/app.conf"
printf 'gone\n' >"$P/1/old/notes"
printf '\000\001binary' >"$P/2/bin/tool"
printf 'same\n' >"$P/1/same"
cp "$P/1/same" "$P/2/same"
chmod 755 "$P/2/same"
must "the engine starts" engine_start
for v in 1 2; do
	as alice sluice release add shop $v "$P/$v" >"$T/out"
done

new_change alice 1 prod
run as alice sluice change diff "$C" --json
out_is '.running|map("\(.version) \(.hosts) \(.known)")|join(",")' \
	"null 2 false" "nothing runs there yet"
like "$(as alice sluice change diff "$C")" \
	'2 hosts: nothing runs there.*' "in words"
as alice sluice start "$C" --wait >/dev/null
run as alice sluice change new shop 2 prod --hosts name=h-1 --json
as alice sluice start "$(id_of)" --wait >/dev/null
new_change alice 2 prod

# By version, most hosts first; the same as what runs has nothing to show.
run as alice sluice change diff "$C" --json
out_is '[.running[]|"\(.version) \(.hosts)"]|sort|join(",")' "1 1,2 1" \
	"what runs now, by version"
out_is '[.running[]|select(.version == "1").host_list[]|.host + " " + .state]|join(",")' \
	"h-2 healthy" "on which hosts"
out_is '.running[]|select(.version == "1")|"\(.files_added) \(.files_removed) \(.files_changed)"' \
	"1 1 2" "files that come, go and change"
out_is '[.running[]|select(.version == "1").files[]|"\(.change) \(.path) \(.size_before_bytes) \(.size_after_bytes)"]|sort|join(",")' \
	"added bin/tool null 8,changed etc/app.conf 14 40,changed same 5 5,removed old/notes 5 null" \
	"each with its sizes"
out_is '.running[]|select(.version == "1").files[]|select(.path == "same").mode' \
	"644 -> 755" "or its mode"
out_is '.running[]|select(.version == "2")|"\(.files_added) \(.files_removed) \(.files_changed)"' \
	"0 0 0" "and where it runs already nothing"

# Content: of text only, never of a terminal's commands or a secret.
out_is '[.running[]|select(.version == "1").contents[].path]|sort|join(",")' \
	"etc/app.conf,old/notes" "small text files"
out_is '[.running[]|select(.version == "1").contents[]|select(.path == "etc/app.conf").lines[1,2,3]]|join("|")' \
	" one|-two|+2" "line by line"
like "$out" 'redacted' "what is to be blanked is"
unlike "$out" 'hunter2' "everywhere"
run as alice sluice change diff "$C"
is "$(printf %s "$out" | tr -d '\n\t -~\200-\377' | wc -c)" 0 \
	"no control byte of a file in words"
like "$out" '^ *-two$' "people read it too"
exit_is 0 "a viewer" as erin sluice change diff "$C" --json
out_is '[.running[].contents // []]|add|length' 0 "who may not read logs sees none"
out_is '[.running[].files[]]|length' 4 "but the files"

# Steps and settings.
out_is '.running[]|select(.version == "1").settings|(.added + .removed)|length' \
	0 "the same steps"
STEP="echo two" MODE=wild conf
sluice config reload >"$T/out"
new_change alice 2 prod
run as alice sluice change diff "$C" --json
out_is '.running[]|select(.version == "1").settings|(.removed|join(",")) + " > " + (.added|join(","))' \
	'var MODE calm,run true > var MODE wild,run "echo two"' "others"
like "$(as alice sluice change diff "$C")" '\+ run "echo two"' "in words"
exit_is 1 "a change that is not there" as alice sluice change diff C-99
engine_stop
done_testing
