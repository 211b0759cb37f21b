# people.sh - several real users of this machine at one engine. They are
# system users that every Debian has, so that no user is ever made. Wants
# tap.sh and sandbox.sh; needs root and setpriv.
#
#	people_setup || skip_all "needs root and setpriv"
#	people_conf <<END
#	environments = ( ... );
#	END
#	as bob sluice queue
#
# Persons: alice (daemon; author, release-manager), bob (bin; approver and
# security), carol (sys; approver), dave (games; on-call), erin (man; viewer
# and product-owner), frank (mail; author). "bob2" is bob's second user
# (news), rita (lp) is nobody unless PEOPLE says so. uucp is nobody's. P is a directory that all of them reach.
people_user()
{
	case $1 in
	alice) echo daemon ;;
	bob) echo bin ;;
	bob2) echo news ;;
	carol) echo sys ;;
	dave) echo games ;;
	erin) echo man ;;
	frank) echo mail ;;
	rita) echo lp ;;
	stranger) echo uucp ;;
	*) echo "$1" ;;
	esac
}

people_setup()
{
	is_root && command -v setpriv >/dev/null || return 1
	P=$(mktemp -d /tmp/people.XXXXXX) || return 1
	at_exit "rm -rf '$P'"
	chmod 755 "$P"
	cp "$SLUICE" "$P/sluice"
	LOGIN=
	SLUICE_STATE=$P/state
	SLUICE_CONFIG=$P/sluice.conf
	export SLUICE_STATE SLUICE_CONFIG
}

people_all='{ user = "daemon"; person = "alice"; roles = [ "author", "release-manager" ]; },
	{ user = "bin"; person = "bob"; roles = [ "approver", "security" ]; },
	{ user = "news"; person = "bob"; roles = [ "approver", "security" ]; },
	{ user = "sys"; person = "carol"; roles = [ "approver" ]; },
	{ user = "games"; person = "dave"; roles = [ "on-call" ]; },
	{ user = "man"; person = "erin"; roles = [ "viewer", "product-owner" ]; },
	{ user = "mail"; person = "frank"; roles = [ "author" ]; },
	{ user = "root"; roles = [ "admin", "operator", "viewer", "approver" ]; }'

# people_conf: the rest of the configuration on standard input; $PEOPLE may
# replace who they are.
people_conf()
{
	{
		cat <<-END
			allow_local = true;
			people = ( ${PEOPLE:-$people_all} );
			roles = (
			{ name = "viewer"; may = [ "view" ]; },
			{ name = "product-owner"; may = [ "view" ]; },
			{ name = "author"; may = [ "view", "logs", "release", "plan" ]; },
			{ name = "approver"; may = [ "view", "logs", "approve" ]; },
			{ name = "security"; may = [ "view", "logs", "approve", "audit" ]; },
			{ name = "operator"; may = [ "view", "logs", "operate", "stop" ]; },
			{ name = "on-call"; may = [ "view", "logs", "approve", "operate", "stop", "break-glass" ]; },
			{ name = "release-manager"; may = [ "view", "logs", "release", "plan", "approve", "operate", "stop", "calendar", "override", "break-glass", "audit" ]; },
			{ name = "admin"; may = [ "view", "logs", "stop", "audit", "admin" ]; } );
			hosts = ( { name = "h-[1-2]"; transport = "local"; path = "$P/h/[1-2]"; labels = { role = "web"; }; } );
		END
		cat
	} >"$SLUICE_CONFIG.new"
	chmod 644 "$SLUICE_CONFIG.new"
	mv "$SLUICE_CONFIG.new" "$SLUICE_CONFIG"
}

# as PERSON sluice ARGUMENT...: the same command as that user; with LOGIN set
# the user of that number logged in and became it.
as()
{
	as_user=$(people_user "$1")
	shift 2
	set -- setpriv --reuid "$as_user" --regid "$(id -g "$as_user")" \
		--clear-groups env -i PATH="$PATH" HOME=/nonexistent \
		LC_ALL="$LC_ALL" SLUICE_STATE="$SLUICE_STATE" \
		SLUICE_CONFIG="$SLUICE_CONFIG" "$P/sluice" "$@"
	test -z "$LOGIN" || set -- sh -c \
		'echo "$0" >/proc/self/loginuid; exec "$@"' "$LOGIN" "$@"
	"$@" </dev/null
}

# digest_of ID: what an approval has to name.
digest_of()
{
	sluice change show "$1" --json | jq -r .plan_digest
}

# yes PERSON ID: approves what it is now; sets status, out, err.
yes_by()
{
	run as "$1" sluice approve "$2" --digest "$(digest_of "$2")" --json
}

change_state()
{
	sluice change show "$1" --json | jq -r .state
}

# new_change PERSON VERSION ENV [OPTION]...: sets C.
new_change()
{
	new_who=$1
	shift
	run as "$new_who" sluice change new shop "$@" --json
	C=$(id_of)
	test "$status" = 0 || printf '%s\n%s\n' "$out" "$err" | diag
}
