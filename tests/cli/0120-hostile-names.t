# Texts with spaces, quotes, newlines, shell syntax, UTF-8 and 4 KiB arrive as
# they are or are refused, and are never run.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

cat >"$T/values" <<'END'
plain
two  words
'single' "double" `back`
; touch PWNED & | > <
$(touch PWNED) ${HOME} $HOME
\n \\ \" % %s %n
--flag
Größe 日本語 🚀
END
big=$(perl -e 'print "x" x 4096')
sandbox_conf <<END
hosts = ( { name = "h-1"; transport = "local"; path = "$T/h/1"; } );
services = ( { name = "shop"; root = "/srv/shop";
	steps = { after_switch = { run = "printf %s \"\$VALUE\" >'$T/value'"; }; }; } );
environments = ( { name = "dev"; hosts = "name=h-*"; services = [ "shop" ];
	protect = "none"; vars = { VALUE = "; touch $T/PWNED \$(touch $T/PWNED) 'a' \\"b\\" é"; }; } );
END
must "the engine starts" engine_start
cd "$T" || exit 99
mkdir one && echo hello >"one/it's; a \$(touch PWNED) name" &&
	echo x >one/-rf && mkdir two && echo hello >"two/new
line"
exit_is 2 "a line break in a file name is refused" \
	sluice release add shop 1.0.0 two --json
out_is .error.code hostile_archive "as what it is"
exit_is 0 "file names of an artefact" sluice release add shop 1.0.0 one --json

while IFS= read -r value; do
	exit_is 0 "a reason: $value" sluice change new shop 1.0.0 dev --json \
		-m "$value"
	id=$(id_of)
	run sluice change show "$id" --json
	like "$out" "$id" "its change is there"
	run sluice audit ls --change "$id" --json
	is "$(printf '%s\n' "$out" | jq -r --arg v "$value" \
		'[.[]|select(.reason==$v)]|length > 0')" true \
		"the ledger has it as it was"
	run sluice change cancel "$id" -m "$value" --json
	is "$status" 0 "cancelled for the same reason"
done <"$T/values"
run sluice change new shop 1.0.0 dev --json -m "$(printf 'line\nbreak')"
like "$status" '^[02]$' "a line break is taken or refused"
run sluice change new shop 1.0.0 dev --json -m "$big"
like "$status" '^[02]$' "so are 4 KiB"
run sluice change new shop 1.0.0 dev --json -m "$(printf 'bad \377 bytes')"
like "$status" '^[02]$' "so are bytes that are no text"
run sluice change new shop 1.0.0 dev --json -m "$(printf 'esc \033[31m')"
run sluice change ls
is "$(printf '%s' "$out" | LC_ALL=C tr -d '\n\t\040-\176\200-\377' | wc -c)" 0 \
	"no control byte comes back to a terminal"

for what in "shop;x" '$(x)' '../shop' "shop'" ''; do
	run sluice change new "$what" 1.0.0 dev --json
	like "$status" '^[12]$' "service '$what' is refused"
	run sluice change new shop "$what" dev --json
	like "$status" '^[12]$' "version '$what' is refused"
	run sluice change new shop 1.0.0 "$what" --json
	like "$status" '^[12]$' "environment '$what' is refused"
	run sluice host show "$what" --json
	like "$status" '^[12]$' "host '$what' is refused"
	run sluice rollout show "$what" --json
	like "$status" '^[12]$' "rollout '$what' is refused"
done

run sluice change new shop 1.0.0 dev --json -m run
exit_is 0 "a rollout with hostile values" sluice start "$(id_of)" --wait
is "$(cat "$T/value")" \
	"; touch $T/PWNED \$(touch $T/PWNED) 'a' \"b\" é" \
	"a step gets its variable as it is"
is "$(ls "$T/h/1/srv/shop/current/" | wc -l)" 2 \
	"every file name arrived"
is "$(find "$T" -name PWNED)" "" "nothing was run"
exit_is 0 "the ledger verifies" sluice audit verify
engine_stop
done_testing
