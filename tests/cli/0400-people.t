# A shared machine: who may do what is the kernel's word, with real users.
# Makes and removes users, so it runs as root with CI=true or
# SLUICE_TEST_USERS=1 only.
. "$top_srcdir/tests/lib/tap.sh"
is_root || skip_all "needs root"
test "$CI" = true || test -n "$SLUICE_TEST_USERS" ||
	skip_all "makes users: CI=true or SLUICE_TEST_USERS=1"
command -v useradd >/dev/null && command -v setpriv >/dev/null ||
	skip_all "no useradd or setpriv here"
n=$$
engine=sle$n alice=sla$n bob=slb$n eve=slx$n oncall=slg$n
# Done last of all: a user who has processes cannot be removed.
at_exit "groupdel $oncall 2>/dev/null"
for u in $engine $alice $bob $eve; do
	at_exit "userdel $u 2>/dev/null"
done
TMPDIR=/tmp
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"
chmod 755 "$T"
groupadd --system $oncall || bail "no group $oncall"
for u in $engine $alice $bob $eve; do
	useradd --system --no-create-home --shell /bin/sh "$u" ||
		bail "no user $u"
done
# as USER COMMAND...: with nothing of root left but the environment.
as()
{
	as_user=$1
	shift
	setpriv --reuid="$as_user" --regid="$as_user" --clear-groups \
		--inh-caps=-all env HOME="$T" "$@" </dev/null
}
as $eve test -x "$SLUICE" || skip_all "others cannot read the build tree"
mkdir "$SLUICE_STATE" "$T/h"
chown $engine: "$SLUICE_STATE" "$T/h"
chmod 755 "$SLUICE_STATE"
sandbox_conf <<END
allow_local = true;
people = (
  { user = "$alice"; person = "Alice A."; roles = [ "author" ]; },
  { user = "$bob"; roles = [ "operator" ]; },
  { group = "$oncall"; roles = [ "on-call" ]; },
  { user = "root"; roles = [ "release-manager", "admin" ]; }
);
hosts = ( { name = "h-[1-2]"; transport = "local"; path = "$T/h/[1-2]"; labels = { role = "web"; }; } );
services = ( { name = "shop"; root = "/shop"; } );
environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; },
  { name = "strict"; hosts = "role=web"; services = [ "shop" ]; policy = { approvals = 1; grace = "0"; }; } );
END
chmod 644 "$SLUICE_CONFIG"
tree "$T/one" 3
chmod -R go+rX "$T/one"

exit_is 69 "nobody's command starts an engine" as $alice "$SLUICE" host ls
like "$err" 'systemctl start sluice' "it says what does"
not_ok "not root's either" "$SLUICE" host ls
as $engine "$SLUICED" --config "$SLUICE_CONFIG" --state "$SLUICE_STATE" \
	>"$T/engine.out" 2>&1 &
ENGINE_PID=$!
at_exit "kill -9 $ENGINE_PID 2>/dev/null"
must "the engine serves as a user of its own" \
	wait_for "'$SLUICE' engine status >/dev/null 2>&1" 20

is "$(stat -c '%a %U' "$SLUICE_STATE/engine.sock")" "666 $engine" \
	"the socket is for everybody"
is "$(stat -c '%a %U' "$SLUICE_STATE/private")" "700 $engine" \
	"what is private is not"
not_ok "others do not read the database" \
	as $alice cat "$SLUICE_STATE/private/sluice.db"

exit_is 0 "alice is known" as $alice "$SLUICE" rpc hello \
	'{"protocol": 1, "client": "t", "version": "1"}'
out_is .person "Alice A." "as a person"
out_is .user "$alice" "by the kernel's name"
exit_is 0 "an author adds a release" \
	as $alice "$SLUICE" release add shop 1.0 "$T/one"
exit_is 0 "and plans" as $alice "$SLUICE" change new shop 1.0 prod -m x --json
change=$(id_of)
exit_is 3 "and does not start" as $alice "$SLUICE" start "$change" --json
out_is .error.code denied "denied"
like "$out" operate "naming what is missing"
for words in "host run name=h-1 -- true" "host trust h-1" \
	"host adopt h-1 -m x" "host exclude h-1 -m x" "config reload" \
	"engine stop --yes" "db check"; do
	# shellcheck disable=SC2086
	exit_is 3 "an author may not: $words" as $alice "$SLUICE" $words
done
for words in "release add shop 9.9 $T/one" "host trust h-1" \
	"host adopt h-1 -m x" "config reload" "engine stop --yes"; do
	# shellcheck disable=SC2086
	exit_is 3 "an operator may not: $words" as $bob "$SLUICE" $words
done
exit_is 0 "an operator starts it" as $bob "$SLUICE" start "$change" --wait
exit_is 0 "and runs a command" as $bob "$SLUICE" host run name=h-1 -- 'id -un'
is "$out" "h-1: $engine" "which runs as the engine's user"
chown root "$T/h/2/shop/.sluice"
exit_is 1 "a root that the login user may not use" \
	as $bob "$SLUICE" host check --json
is "$(printf '%s\n' "$out" | jq -r '.[].problems[]')" "permission: '$engine' \
may not read and write '$T/h/2/shop/.sluice'; on the host: chown -R $engine \
'$T/h/2/shop'" "is what host check says, of that host only"
chown $engine: "$T/h/2/shop/.sluice"
mv "$T/h/2/shop" "$T/h/2/kept"
chown root "$T/h/2"
run as $bob "$SLUICE" host check name=h-2 --json
like "$out" "permission: '$engine' may not make '$T/h/2/shop' in '$T/h/2'" \
	"or may not make"
unlike "$out" 'is behind' "which does not mean that nothing runs there"
chown $engine: "$T/h/2"
mv "$T/h/2/kept" "$T/h/2/shop"
exit_is 0 "in order it is fine" as $bob "$SLUICE" host check

exit_is 3 "a stranger does not even look" as $eve "$SLUICE" host ls --json
out_is .error.code denied "denied"
exit_is 3 "whatever the environment says" as $eve env SUDO_USER=$alice \
	USER=$alice LOGNAME=$alice SUDO_UID="$(id -u $alice)" "$SLUICE" host ls
for words in "" --plain; do
	# shellcheck disable=SC2086
	exit_is 3 "nor in a console: sluice $words" \
		as $eve timeout 20 "$SLUICE" $words
	like "$err" "'$eve' is not among the people" "which says why"
	like "$err" 'hint: ask an administrator' "and what to do"
done
exit_is 3 "or the request" as $eve "$SLUICE" rpc host.ls '{}'

run "$SLUICE" rpc hello '{"protocol": 1, "client": "t", "version": "1"}'
out_is '[.permissions[]|select(.=="admin")]|length' 1 "root may what roles say"
out_is '[.permissions[]|select(.=="approve" or .=="override" or .=="break-glass")]|length' \
	0 "but never approves, overrides or breaks the glass"
exit_is 0 "the engine's own user may back up" \
	as $engine "$SLUICE" backup "$SLUICE_STATE/b.tar"
exit_is 3 "a stranger may not" as $eve "$SLUICE" backup /tmp/b$n.tar
rm -f /tmp/b$n.tar

# A group makes somebody of her, for as long as she is in it.
run as $alice "$SLUICE" change new shop 1.0 strict --json
C=$(id_of)
digest=$(printf '%s\n' "$out" | jq -r .plan_digest)
exit_is 3 "a stranger does not approve" \
	as $eve "$SLUICE" approve "$C" --digest "$digest" --json
usermod -a -G $oncall $eve
exit_is 0 "in the group she does" \
	as $eve "$SLUICE" approve "$C" --digest "$digest" --json
out_is '.state + " by " + .decisions[-1].person' "approved by $eve" \
	"by the name of the user"
usermod -G '' $eve
exit_is 3 "out of it what she said starts nothing any more" \
	as $bob "$SLUICE" start "$C" --json
out_is .error.code not_approved "it is not approved"
run sluice change show "$C" --json
like "$out" "'$eve' is not among the people any more" "and it says why"
exit_is 3 "nor what she says now" \
	as $eve "$SLUICE" approve "$C" --digest "$digest" --json

# Somebody else's socket in a directory of root's.
mkdir -m 1777 "$T/pub"
as $eve perl -MIO::Socket::UNIX -e '
	my $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die;
	chmod 0666, $ARGV[0];
	$s->accept while 1;' "$T/pub/engine.sock" &
at_exit "kill $! 2>/dev/null"
wait_for "test -S '$T/pub/engine.sock'" 10
{
	echo "socket = \"$T/pub/engine.sock\";"
	cat "$SLUICE_CONFIG"
} >"$T/fake.conf"
exit_is 69 "a client does not talk to a stranger's engine" \
	as $alice "$SLUICE" --config "$T/fake.conf" host ls
like "$err" 'neither you, root nor' "and says who answered"

exit_is 0 "the administrator stops it" "$SLUICE" engine stop
ok "it is gone" pid_gone $ENGINE_PID 20

# Restored by root, it is still the engine's.
mkdir "$T/state2"
chown $engine: "$T/state2"
chmod 711 "$T/state2"
exit_is 0 "root restores" "$SLUICE" --state "$T/state2" restore "$SLUICE_STATE/b.tar"
is "$(stat -c '%a %U' "$T/state2/private/sluice.db")" "600 $engine" \
	"what is restored is the engine's"
if command -v sqlite3 >/dev/null; then
	is "$(sqlite3 "$T/state2/private/sluice.db" "select who, uid from ledger
		where what = 'engine.restore'")" "root|0" \
		"and the ledger has who restored it"
else
	skip 1 "no sqlite3 here"
fi
done_testing
