# What a hostile or clumsy client does to the engine ends that client only.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

sandbox_conf <<END
site = "test"; timezone = "UTC";
hosts = ( { name = "h-1"; transport = "local"; path = "$T/h-1"; } );
services = ( { name = "shop"; root = "/srv/shop"; } );
environments = ( { name = "dev"; hosts = "*"; services = [ "shop" ]; } );
END
mkdir "$T/rel"
echo 1 >"$T/rel/v"
engine_start && sluice release add shop 1.0 "$T/rel" >/dev/null ||
	bail "no engine"
perl "$top_srcdir/tests/lib/protocol.pl" "$SLUICE_STATE/engine.sock"
status=$?
engine_stop
exit $status
