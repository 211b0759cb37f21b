# The login uid stays through su and sudo: it can only forbid. And policies
# that nobody can satisfy are said beforehand.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"

people_conf <<END
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = (
	{ name = "prod"; hosts = "name=h-2"; services = [ "shop" ]; protect = "none";
	  policy = { approvals = 2; grace = "0"; }; },
	{ name = "never"; hosts = "name=h-1"; services = [ "shop" ];
	  policy = { approvals = 9; roles = [ "product-owner" ]; }; } );
END
exit_is 0 "config check" sluice config check
like "$out$err" "'never' needs 9 approvals and 4 people could give one" \
	"too few people are warned of"
like "$out$err" "needs an approval by a 'product-owner'" \
	"so is a role that nobody has who may approve"
mkdir "$P/one"
echo 1 >"$P/one/file"
must "the engine starts" engine_start
as alice sluice release add shop 1 "$P/one" >/dev/null

# login_as PERSON PERSON sluice ...: the first logged in and became the second.
login_as()
{
	LOGIN=$(id -u "$(people_user "$1")")
	shift
	as_status=0
	as "$@" || as_status=$?
	LOGIN=
	return $as_status
}
seen=$(sh -c 'echo 2 >/proc/self/loginuid; cat /proc/self/loginuid' 2>/dev/null)
test "$seen" = 2 || {
	skip 1 "this kernel keeps no login uid, or lets nobody set it"
	engine_stop
	done_testing
}

new_change alice 1 prod
D=$(digest_of "$C")
refuses denied "alice as bob" \
	login_as alice bob sluice approve "$C" --digest "$D"
like "$out" "this login is that of somebody who wrote $C" "and told so"
exit_is 0 "bob as himself" \
	login_as bob bob sluice approve "$C" --digest "$D" --json
refuses denied "bob as carol" \
	login_as bob carol sluice approve "$C" --digest "$D"
refuses denied "a login grants nothing" \
	login_as carol erin sluice approve "$C" --digest "$D"
exit_is 0 "carol as herself" \
	login_as carol carol sluice approve "$C" --digest "$D" --json
out_is .state approved "two people"

# Who wrote it through another's account wrote it too.
run login_as dave alice sluice change new shop 1 prod --json
C=$(id_of)
refuses denied "dave wrote it as alice" \
	login_as dave dave sluice approve "$C" --digest "$(digest_of "$C")"
engine_stop
done_testing
