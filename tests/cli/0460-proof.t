# From request to proof: two people of the right roles approve from their own
# terminals with their own keys, an edit voids that, they approve again, it
# runs, and what is exported is checked with OpenSSH and coreutils alone.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"
command -v ssh-keygen >/dev/null || skip_all "no ssh-keygen"
command -v script >/dev/null || skip_all "no script(1)"

conf()
{
	people_conf <<-END
		redact = [ "hunter[0-9]" ];
		services = ( { name = "shop"; root = "/srv/shop"; steps = { after_switch = { run = "${STEP:-true}"; }; }; } );
		environments = (
			{ name = "prod"; kind = "production"; hosts = "role=web"; services = [ "shop" ]; protect = "typed";
			  policy = { approvals = 2; roles = [ "security", "approver" ]; grace = "0"; signed = true;
			             evidence = ( { kind = "tests"; result = "pass"; } ); }; },
			{ name = "free"; hosts = "name=h-1"; services = [ "shop" ]; protect = "none"; } );
	END
}

mkdir "$P/keys" "$P/one"
chmod 755 "$P/keys"
for who in bob carol; do
	ssh-keygen -q -t ed25519 -N '' -C $who -f "$P/keys/$who"
	echo "$who namespaces=\"sluice-decision\" $(cut -d' ' -f1,2 \
		"$P/keys/$who.pub")" >>"$P/allowed_signers"
	chown "$(people_user $who)" "$P/keys/$who"
done
conf
echo 1 >"$P/one/file"
echo '{"result": "pass"}' >"$P/tests.json"
must "the engine starts" engine_start
as alice sluice release add shop 1 "$P/one" \
	--evidence "tests=$P/tests.json" >/dev/null

# on_terminal PERSON WORD COMMAND...: types WORD at what is asked.
on_terminal()
{
	tty_who=$1
	tty_word=$2
	shift 3
	status=0
	printf '%s\n' "$tty_word" | setpriv --reuid "$(people_user $tty_who)" \
		--regid "$(id -g "$(people_user $tty_who)")" --clear-groups \
		env -i PATH="$PATH" HOME=/nonexistent LC_ALL="$LC_ALL" \
		TERM=xterm SLUICE_STATE="$SLUICE_STATE" \
		SLUICE_CONFIG="$SLUICE_CONFIG" \
		script -qec "$P/sluice $*" /dev/null >"$T/tty" 2>&1 || status=$?
	out=$(tr -d '\r' <"$T/tty")
}

new_change alice 1 prod
out_is '.state + ": " + (.waiting_for|join(", "))' \
	"submitted: 2 more approvals (0 of 2), one of role security, one of role approver" \
	"production needs two people of the right roles"
exit_is 3 "it does not start" as alice sluice start "$C" --json
on_terminal bob prud sluice approve "$C" --sign "$P/keys/bob"
is "$status" 3 "another word than the environment's: nothing is signed"
for who in bob carol; do
	on_terminal $who prod sluice approve "$C" --sign "$P/keys/$who"
	is "$status" 0 "$who says yes on a terminal, with a key"
	like "$out" 'shop' "having seen what it is"
done
is "$(change_state "$C")" approved "that is enough"

STEP="echo other" conf
ok "a step is edited" sluice config reload
is "$(change_state "$C")" voided "which voids it"
is "$(sluice audit ls --what config.load --json | jq -r 'last |
	.who + ": " + .reason + ": " + (.detail.added[0] |
	capture("run = \"(?<it>[^\"]*)").it) + " " + .detail.digest')" \
	"root: lines that went: 1, that came: 1: echo other $(sha256sum <"$SLUICE_CONFIG" |
	cut -d' ' -f1)" "the ledger says who, and what differs"
exit_is 3 "it does not start" as alice sluice start "$C" --json
ok "submitted again" as alice sluice change submit "$C"
is "$(sluice change show "$C" --json | jq -r .approvals_given)" 0 \
	"from the beginning"
for who in bob carol; do
	on_terminal $who prod sluice approve "$C" --sign "$P/keys/$who"
	is "$status" 0 "$who says yes again"
done
exit_is 0 "it starts and runs" as alice sluice start "$C" --wait --json
is "$(change_state "$C")" succeeded "to its end"
new_change alice 1 free
as alice sluice start "$C" --wait >/dev/null
C=C-1

# ---- the export ----
# The directory is made by whoever asks, not by the engine.
mkdir -m 777 "$P/out"
exit_is 3 "an author may not export" \
	as frank sluice audit export --change "$C" "$P/out/frank" --json
out_is .error.code denied "it is a permission"
exit_is 0 "whoever may audit exports it" \
	as bob sluice audit export --change "$C" "$P/out/C-1" --json
out_is .signatures 4 "with every signature, also of what was void"
is "$(stat -c %U "$P/out/C-1")" "$(people_user bob)" "as files of their own"
is "$(as bob sluice audit export --change "$C" "$P/out/C-1" --json |
	jq -r .error.code)" exists "never over something"
exit_is 1 "of a change that is not there" \
	as bob sluice audit export --change C-99 "$P/out/none"
is "$(ls "$P/out")" C-1 "what fails leaves nothing"
for file in README SHA256SUMS ledger.jsonl ledger.hashes timeline.txt \
	C-1/change.json C-1/decisions.json C-1/release.json C-1/evidence.tsv \
	C-1/R-1.json C-1/R-1-hosts.tsv C-1/R-1-steps.tsv; do
	ok "it has $file" test -s "$P/out/C-1/$file"
done
is "$(ls "$P/out/C-1/plans" | wc -l)" 2 "both plans"
like "$(cat "$P/out/C-1/C-1/evidence.tsv")" \
	"^tests.pass.$(sha256sum "$P/tests.json" | cut -c1-64)" \
	"the evidence by its digest"
like "$(cat "$P/out/C-1/C-1/R-1-hosts.tsv")" '^h-2.1.healthy.1' \
	"what each host came to"
like "$(cat "$P/out/C-1/timeline.txt")" 'change.voided.*C-1' "and when"

# A machine that has nothing but OpenSSH and coreutils: five programs with
# what they are linked with, and null.
only=$P/only
for tool in sh cat cut sha256sum ssh-keygen; do
	for file in "$(command -v $tool)" \
		$(ldd "$(command -v $tool)" | grep -o '/[^ ]*'); do
		mkdir -p "$only${file%/*}"
		cp -L "$file" "$only$file"
	done
done
mkdir -p "$only/dev" "$only/etc"
echo "root:x:0:0::/:/bin/sh" >"$only/etc/passwd"
mknod "$only/dev/null" c 1 3 2>/dev/null || : >"$only/dev/null"
chroot=$(PATH=$PATH:/usr/sbin:/sbin command -v chroot)
# check DIR: as its README says
check()
{
	rm -rf "$only/export"
	cp -r "$1" "$only/export"
	run env -i PATH=/usr/bin:/bin "$chroot" "$only" \
		"$(command -v sh)" -c 'cd /export && cut -s -f2- README | sh'
}
check "$P/out/C-1"
is "$status:$(printf '%s\n' "$out" | tail -1)" "0:all is well" \
	"it checks, as its README says"
like "$out" 'Good "sluice-decision" signature for carol' "and says who signed"
is "$err" "" "without complaint"

# altered NAME FILE SED-PROGRAM WORDS: sums made to agree, as a forger would.
altered()
{
	rm -rf "$P/forged"
	cp -r "$P/out/C-1" "$P/forged"
	for forged in $P/forged/$2; do
		sed -i "$3" "$forged"
	done
	(cd "$P/forged" && sha256sum $(cut -c67- SHA256SUMS) >sums &&
		mv sums SHA256SUMS)
	check "$P/forged"
	is "$status" 1 "$1"
	like "$out" "$4" "is found"
}
altered "a plan that was altered" 'plans/*' 's/echo other/echo evil/' \
	'WRONG: plans'
altered "another digest in a statement" 'C-1/decisions/*.statement' \
	's/^plan_digest ./plan_digest 0/' 'WRONG: C-1/decisions'
altered "a signature of another" 'C-1/decisions/*.principal' \
	's/bob/carol/' 'WRONG: C-1/decisions'
altered "an entry that was altered" ledger.jsonl 's/"who":"bob"/"who":"rob"/' \
	'WRONG: entry [0-9]+ was altered'
sed -i 's/shop/shap/' "$P/out/C-1/C-1/change.json"
check "$P/out/C-1"
is "$status" 1 "any other file"
like "$out" 'WRONG: files' "by its sum"

exit_is 0 "a period" as bob sluice audit export --from today "$P/out/all" --json
out_is '.changes' 2 "has every change of it"
check "$P/out/all"
is "$status:$(printf '%s\n' "$out" | tail -1)" "0:all is well" \
	"and checks as well"
number=$(wc -l <"$P/out/all/ledger.jsonl")
is "$(tail -1 "$P/out/all/ledger.hashes" | cut -d' ' -f1)" "$number" \
	"without gaps"
head=$(sed -n 's/.* lock R-1 .*ledger=\([0-9a-f]*\)$/\1/p' \
	"$P/h/1/srv/shop/.sluice/journal")
ok "the head of then is in the journal of a host" \
	grep -q "^[0-9]* ${head:-none}\$" "$P/out/all/ledger.hashes"
exit_is 2 "a period that ends before it begins" as bob sluice audit export \
	--from tomorrow --to today "$P/out/never"
exit_is 2 "a change in a period" as bob sluice audit export --change "$C" \
	--from today "$P/out/never"
like "$(sluice audit ls --json | jq -r '.[]|select(.what == "audit.export")|.who')" \
	'^bob$' "who exported is in the ledger"
ok "which verifies" sluice audit verify

# What is asked of the ledger, each alone and together.
# kinds OPTION...: which acts there are among them.
kinds()
{
	sluice audit ls --json "$@" | jq -r '[.[].what]|unique|join(" ")'
}
is "$(kinds --what refused)" refused "refusals alone"
is "$(kinds --what 'change.app*' --who bob)" change.approve \
	"a pattern of one person"
is "$(sluice audit ls --json --object "shop 1" | jq -r '.[].object' | sort -u)" \
	"shop 1" "of one object"
first=$(sluice audit ls --json | jq -r '.[0].at')
is "$(sluice audit ls --json --until "$first")" "[]" "nothing before the first"
is "$(sluice audit ls --json --since 5d | jq length)" \
	"$(sluice audit ls --json | jq length)" "all of the last five days"
is "$(sluice audit ls --json --since +1h)" "[]" "nothing of what comes"
exit_is 2 "a period that ends before it begins" sluice audit ls --since 1h \
	--until 2000-01-01
exit_is 2 "a change and an object" sluice audit ls --change "$C" --object x
exit_is 1 "a change that is not there" sluice audit ls --change C-99 --json
engine_stop
STEP="echo third hunter2" conf
must "the engine starts with another configuration" engine_start
is "$(sluice audit ls --what config.load --json |
	jq -r 'last|.who + ": " + .reason')" "engine: lines that went: 1, that came: 1" \
	"which is an entry as well"
is "$(sluice audit ls --what config.load --json | jq -r 'last |
	.detail.added[0] | capture("run = \"(?<it>[^\"]*)").it')" \
	"echo third [redacted]" "without what is secret"
engine_stop
must "and with the same one again" engine_start
is "$(sluice audit ls --what config.load --json | jq length)" 2 "which is none"
engine_stop
done_testing
