# The main job: a tar of thousands of real files reaches 20 real hosts, is
# switched under a reader that never sees an error, and goes back.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"

hosts=20
SHOP='keep = 3; health = ( { run = "test -s VERSION"; timeout = "10s"; } );' \
	PROD='strategy = "quarter";' \
	MORE='strategies = ( { name = "quarter"; kind = "rolling"; batch = "25%"; } );' \
	sshd_conf $hosts | sandbox_conf

# Real files of this system, small enough that 20 copies fit; file names with
# a line break cannot be listed one a line and are left out.
mkdir "$T/real"
find /usr/share /usr/lib /usr/include -xdev -type f -size -6k -readable \
	! -name '*
*' 2>/dev/null | LC_ALL=C sort | head -n 2600 >"$T/list"
echo 2.0.0 >"$T/real/VERSION"
tar -C / -cf - -T "$T/list" 2>/dev/null | tar -C "$T/real" -xf -
tar -C "$T/real" -czf "$T/real.tar.gz" .
files=$(find "$T/real" -type f | wc -l)
ok "the artefact has $files files" test "$files" -ge 2500

must "the engine starts" engine_start
ok "the first release" release_of 1.0.0 "$T/small"
exit_is 0 "a tar.gz of real files" \
	sluice release add shop 2.0.0 "$T/real.tar.gz" --json
out_is .files "$files" "all of its files are counted"
sha=$(sha256sum "$T/real.tar.gz" | cut -d' ' -f1)
out_is .sha256 "$sha" "it is known by the digest of the bytes given"

ship 1.0.0
is "$status" 0 "the first release is on its way and done"
is "$(versions)" "$hosts 1.0.0" "every host serves it"

reader_start
before=$(date +%s)
ship 2.0.0
note "2,600 files to $hosts hosts: $(($(date +%s) - before)) s"
is "$status" 0 "so is the second"
is "$(versions)" "$hosts 2.0.0" "every host serves the second"
short=$(printf %.12s "$sha")
is "$(readlink "$T/srv/h-001/shop/current")" "releases/2.0.0-$short" \
	"current leads to the release by version and digest"
out_is '[.state,.hosts_done,.hosts_failed]|join(" ")' "succeeded $hosts 0" \
	"the rollout says so"

differing=
for host in "$T"/srv/h-001 "$T"/srv/h-011 "$T"/srv/h-020; do
	diff -r "$T/real" "$host/shop/current/" >"$T/diff" 2>&1 ||
		differing="$differing ${host##*/}"
done
is "$differing" "" "what arrived is what was given, byte by byte"
is "$(find "$T/srv" -type f -links +1 | wc -l)" 0 \
	"no release shares a file with another"
few=
for host in "$T"/srv/*; do
	test "$(find "$host/shop/current/" -type f | wc -l)" = "$files" ||
		few="$few ${host##*/}"
done
is "$few" "" "each host has every file"

exit_is 0 "back again" sluice rollback "$CHANGE" -m "the reader's test" --json
ROLLOUT=$(printf '%s\n' "$out" | jq -r .id)
exit_is 0 "watched to its end" sluice watch "$ROLLOUT" --plain --exit
is "$(sluice rollout show "$ROLLOUT" --json | jq -r '.kind + " " + .state')" \
	"rollback succeeded" "it is a rollout of its own"
is "$(versions)" "$hosts 1.0.0" "every host serves the first again"
is "$(sluice change show "$CHANGE" --json | jq -r .state)" rolled_back \
	"the change is rolled back"

reader_stop
is "$BAD_READS" "" "a reader saw the old or the new release, never an error"
ok "in $READS reads" test "${READS:-0}" -gt 100

exit_is 0 "the ledger verifies" sluice audit verify
run sluice audit ls --json
ok "and has entries" test "$(printf '%s\n' "$out" | jq length)" -ge 5
exit_is 0 "a backup is written" sluice backup "$T/backup"
ok "and there" test -s "$T/backup"
exit_is 0 "the database is sound" sluice db check
engine_stop
is "$(sandbox_pids sluiced)$(sandbox_pids sluice-push)" "" "nothing runs on"
done_testing
