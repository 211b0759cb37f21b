# Which configuration, state directory and socket are meant; whom the client
# believes. The engine is a responder, so that every place can be tried.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

cd "$T" || exit 99
unset SLUICE_CONFIG SLUICE_STATE
printf 'engine.status {"pid":1,"version":"%s"}\n' here >"$T/answers"

# responder SOCKET: answers there until the test ends.
responder()
{
	mkdir -p "$(dirname "$1")"
	perl "$top_srcdir/tests/lib/responder.pl" "$1" "$T/answers" \
		"$T/requests" &
	RESPONDER=$!
	wait_for "test -S '$1'" 10
}

responder_stop()
{
	kill "$RESPONDER"
	wait "$RESPONDER" 2>/dev/null
	rm -f "$1"
}

# found DESCRIPTION SOCKET ARGUMENT...
found()
{
	found_name=$1
	found_socket=$2
	shift 2
	responder "$found_socket"
	exit_is 0 "$found_name" "$@"
	out_is .version here "$found_name: that one answers"
	responder_stop "$found_socket"
}
conf()
{
	printf '%s\n' "$1" >"$2"
	chmod 600 "$2"
}
ask="sluice engine status --json"
# shellcheck disable=SC2086
{
found "the user's own state directory" "$XDG_STATE_HOME/sluice/engine.sock" \
	$ask
found "--state" "$T/a/engine.sock" $ask --state "$T/a"
found "--state, relative" "$T/b/engine.sock" $ask --state b
SLUICE_STATE=$T/c
export SLUICE_STATE
found "SLUICE_STATE" "$T/c/engine.sock" $ask
found "--state before SLUICE_STATE" "$T/a/engine.sock" $ask --state "$T/a"
unset SLUICE_STATE
conf "state = \"$T/d\";" sluice.conf
found "state of ./sluice.conf" "$T/d/engine.sock" $ask
conf "state = \"e\";" sluice.conf
found "relative to the configuration" "$T/e/engine.sock" $ask
conf "state = \"$T/d\"; socket = \"$T/f/s\";" sluice.conf
found "socket of the configuration" "$T/f/s" $ask
conf "state = \"$T/g\";" other.conf
found "--config before ./sluice.conf" "$T/g/engine.sock" $ask \
	--config other.conf
SLUICE_CONFIG=$T/other.conf
export SLUICE_CONFIG
found "SLUICE_CONFIG before ./sluice.conf" "$T/g/engine.sock" $ask
unset SLUICE_CONFIG
rm sluice.conf
mkdir -p "$XDG_CONFIG_HOME/sluice"
conf "state = \"$T/h\";" "$XDG_CONFIG_HOME/sluice/sluice.conf"
found "the user's own configuration" "$T/h/engine.sock" $ask
}

exit_is 2 "a configuration that is not there" $ask --config "$T/nowhere"
like "$out" 'nowhere' "is named"
conf 'state = "x"' bad.conf
echo ' ;; {' >>bad.conf
exit_is 2 "one that cannot be read" $ask --config bad.conf
like "$out" 'bad\.conf:2: ' "has file and line"
chmod 662 other.conf
exit_is 2 "one that others can write" $ask --config other.conf
like "$out" 'can be written by others' "says so"
like "$out" 'chmod go-w' "and how to mend it"

long=$(printf '%0120d' 7)
exit_is 2 "a path too long for a socket" $ask --state "$T/$long"
like "$out" 'socket is [0-9]+ bytes long, at most 107' "says so"
like "$(printf '%s\n' "$out" | jq -r .error.hint)" 'shorter' "and what to do"

# With people, clients start nothing.
conf "state = \"$T/p\"; people = ( { user = \"nobody\"; roles = [ \"admin\" ]; } );" \
	people.conf
exit_is 69 "with people no engine is started" \
	sluice change ls --config people.conf --json
like "$out" 'systemctl start sluice' "the line that starts one is said"
ok "and nothing was made" test ! -e "$T/p"

# Not even when asked to, unless a state directory is named for it.
shared_refused()
{
	shared_name=$1
	shift
	for shared_verb in start run; do
		exit_is 3 "$shared_name: engine $shared_verb is refused" \
			"$@" engine $shared_verb --json
		out_is .error.code denied "with its code"
		like "$out" 'systemctl start sluice' "and what starts the right one"
	done
	exit_is 69 "$shared_name: another command starts none" \
		"$@" change ls --json
	like "$out" 'systemctl start sluice' "and says what does"
}
conf 'people = ( { user = "nobody"; roles = [ "admin" ]; } );' own.conf
shared_refused "people and no state" sluice --config own.conf
if is_root && unshare -m true 2>/dev/null; then
	mkdir -p "$T/etc/sluice" "$T/theirs"
	cp /etc/passwd /etc/group "$T/etc"
	conf 'timezone = "UTC";' "$T/etc/sluice/sluice.conf"
	rm "$XDG_CONFIG_HOME/sluice/sluice.conf"
	on_bastion()
	{
		unshare -m sh -c 'mount --bind "$0" /etc && exec "$@"' \
			"$T/etc" "$SLUICE" "$@"
	}
	shared_refused "the system's configuration" on_bastion
	like "$out" "'/run/sluice/engine\\.sock'" "and looked in the system's place"
	chown nobody "$T/theirs"
	conf "state = \"$T/theirs\";" own.conf
	shared_refused "a state directory of another user" \
		sluice --config own.conf
else
	skip 17 "a system's configuration needs root and a name space"
fi
ok "nothing was made there" test ! -e "$XDG_STATE_HOME/sluice/private"

# Somebody else's answer is not believed.
if is_root && command -v setpriv >/dev/null; then
	# Where a stranger gets to, and may make a socket; the directory stays
	# root's.
	open=$(mktemp -d /tmp/open.XXXXXX) || bail "no directory"
	at_exit "rm -rf '$open'"
	cp "$top_srcdir/tests/lib/responder.pl" "$T/answers" "$open/"
	chmod -R a+rX "$open"
	chmod 777 "$open"
	conf "state = \"$open\";" x.conf
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		perl "$open/responder.pl" "$open/engine.sock" "$open/answers" \
		"$open/requests" &
	other=$!
	wait_for "test -S '$open/engine.sock'" 10
	exit_is 69 "a stranger's socket" $ask --config x.conf
	like "$out" 'user id 65534' "is named and not used"
	ok "nothing was asked there" test ! -s "$open/requests"
	kill $other
else
	skip 3 "another user's socket needs root"
fi
done_testing
