# Fewer bytes: what a host has is not sent to it again, and what is made on
# the host of an older release and a difference is exactly the new release.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"

SHOP='shared = [ "log" ];' sshd_conf 4 | sandbox_conf

# Two trees of 120 files; they differ in few of them, in each way that files
# can differ.
grow()
{
	mkdir -p "$1/bin" "$1/share/deep er/est" "$1/log" "$1/empty"
	n=0
	while test $n -lt 120; do
		n=$((n + 1))
		head -c 4096 /dev/urandom >"$1/share/deep er/est/f $n"
	done
	echo "echo 1" >"$1/bin/run"
	echo same >"$1/back\\slash"
	echo old >"$1/log/first"
	ln "$1/share/deep er/est/f 1" "$1/share/linked"
	ln -s ../share "$1/bin/link"
	chmod 755 "$1/bin/run"
	chmod 600 "$1/share/deep er/est/f 2"
	chmod 700 "$1/share"
	echo 1.0.0 >"$1/VERSION"
}
grow "$T/one"
cp -a "$T/one" "$T/two"
echo 2.0.0 >"$T/two/VERSION"
rm "$T/two/share/deep er/est/f 9"
echo other >"$T/two/share/deep er/est/f 10"
echo new >"$T/two/share/new"
chmod 755 "$T/two/share/deep er/est/f 11"
chmod 755 "$T/two/share"
for v in one two; do
	tar -cf "$T/$v.tar" -C "$T/$v" .
	# As hosts unpack it, without what is shared.
	mkdir "$T/$v.whole"
	(umask 022 && tar --no-same-permissions -o -xf "$T/$v.tar" \
		-C "$T/$v.whole")
	rm -r "$T/$v.whole/log"
done

# look DIR: names, kinds, modes, targets and times of all but what is shared.
look()
{
	(cd "$1" && find . ! -path './log*' ! -path . \
		! -type d -printf '%p %y %m %l %T@\n' -o \
		-type d ! -path . -printf '%p %y %m\n') | sed 's/\.[0-9]*$//' |
		LC_ALL=C sort
}

add()
{
	exit_is 0 "release $1" sluice release add shop "$1" "$2" --json
}

# of HOST FILTER: of its stage step.
of()
{
	sluice rollout steps "$ROLLOUT" --host "$1" --json |
		jq -r "[.[]|select(.step==\"stage\")][-1]|$2"
}

must "the engine starts" engine_start
add 1.0.0 "$T/one.tar"
ship 1.0.0
is "$status" 0 "the first release goes out"
whole=$(stat -c %s "$T/one.tar")
out_is .sent_bytes $((4 * whole)) "as a whole to each host"
out_is .saved_bytes 0 "and nothing is saved"

# Hosts live: one runs as it was, one wrote beside its files and changed a
# mode, one lost a file, one has another content.
srv=$T/srv
echo run >"$srv/h-002/shop/current/share/made at run time"
chmod 640 "$srv/h-002/shop/current/share/deep er/est/f 3"
rm "$srv/h-003/shop/current/share/deep er/est/f 4"
echo altered >"$srv/h-004/shop/current/share/deep er/est/f 5"
echo appended >>"$srv/h-001/shop/shared/log/first"

add 2.0.0 "$T/two.tar"
ship 2.0.0
is "$status" 0 "the second release goes out"
for host in 1 2 3 4; do
	is "$(look "$srv/h-00$host/shop/current/")" "$(look "$T/two.whole")" \
		"h-00$host has what the whole would have made"
	ok "h-00$host: byte by byte" diff -r -x log "$T/two.whole" \
		"$srv/h-00$host/shop/current/"
	is "$(readlink "$srv/h-00$host/shop/current/log")" ../../shared/log \
		"h-00$host: what is shared is a link"
done
is "$(find "$srv" -type f -links +1 | wc -l)" 16 \
	"hard links are those of the release itself"
ok "an unharmed base spares nearly all" \
	test "$(of h-001 .sent_bytes)" -lt $((whole / 10))
ok "so does one with files of its own" \
	test "$(of h-002 .sent_bytes)" -lt $((whole / 10))
ok "one that lacks a file gets the whole" \
	test "$(of h-003 .sent_bytes)" -gt "$whole"
ok "so does one that was altered" \
	test "$(of h-004 .sent_bytes)" -gt "$whole"
run sluice rollout show "$ROLLOUT" --json
saved=$(printf '%s\n' "$out" | jq .saved_bytes)
ok "the rollout says what was saved" test "$saved" -gt "$whole"
is "$(ls "$srv/h-001/shop/.sluice/incoming")" payload \
	"nothing is left of the difference"
is "$(find "$T/state/private/deltas" -type f | wc -l)" 1 \
	"the difference was made once"
run sluice rollout steps "$ROLLOUT" --host h-003 --json
out_is '[.[]|select(.step=="stage")]|length' 1 "in one step"

# The same bytes under another name.
add 2.0.1 "$T/two.tar"
ship 2.0.1
is "$status" 0 "the same again under another version"
ok "costs next to nothing" test "$(of h-001 .sent_bytes)" -lt 8192
is "$(look "$srv/h-001/shop/current/")" "$(look "$T/two.whole")" \
	"and is the same"

# A base that is no longer there.
rm -r "$srv/h-002/shop/releases/2.0.1-"*
add 1.0.1 "$T/one.tar"
ship 1.0.1
is "$status" 0 "a base that is gone"
is "$(look "$srv/h-002/shop/current/")" "$(look "$T/one.whole")" \
	"is no base"
exit_is 0 "the database is sound" sluice db check

# Single files.
head -c 3000000 /dev/urandom >"$T/server"
add 3.0.0 "$T/server"
ship 3.0.0
is "$status" 0 "a single file after a tree"
printf 'changed' | dd of="$T/server" bs=1 seek=1500000 conv=notrunc 2>/dev/null
add 3.1.0 "$T/server"
echo altered >"$srv/h-004/shop/current/server"
ship 3.1.0
is "$status" 0 "and another version of it"
for host in 1 2 3 4; do
	ok "h-00$host has it" cmp "$T/server" \
		"$srv/h-00$host/shop/current/server"
done
if command -v zstd >/dev/null; then
	ok "a patch is enough" test "$(of h-001 .sent_bytes)" -lt 100000
	ok "but for a base that was altered" \
		test "$(of h-004 .sent_bytes)" -gt 3000000
else
	skip "no zstd here" 2
fi
engine_stop
done_testing
