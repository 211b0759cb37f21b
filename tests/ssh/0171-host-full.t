# A host whose file system is too small for a release: refused before anything
# is written, with the file system and what is missing; 'current' is unchanged.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"
is_root || skip_all "mounting a small file system needs root"
mkdir -p "$T/srv/h-1" "$T/srv/h-2"
at_exit "umount -l '$T/srv/h-2' 2>/dev/null"
mount -t tmpfs -o size=4m sluice-test "$T/srv/h-2" 2>/dev/null ||
	skip_all "no tmpfs can be mounted here"

sandbox_conf <<-END
	site = "test"; timezone = "UTC";
	hosts = ( { name = "h-[1-2]"; transport = "local"; path = "$T/srv/h-[1-2]"; } );
	services = ( { name = "shop"; root = "/shop"; } );
	environments = ( { name = "prod"; hosts = "*"; services = [ "shop" ];
	  protect = "none"; } );
END
must "the engine starts" engine_start
ok "a release" release_of 1.0.0 "$T/one"
ship 1.0.0
is "$status" 0 "it is shipped"
before=$(readlink "$T/srv/h-2/shop/current")

mkdir -p "$T/big"
dd if=/dev/urandom of="$T/big/data" bs=1M count=6 2>/dev/null
ok "a release that is too large for a host" release_of 2.0.0 "$T/big"
change_of 2.0.0
start_change
ok "the rollout is held" rollout_is paused 30
why=$(rollout_hosts '.[]|select(.host == "h-2").error|tostring')
like "$why" "[0-9]+ MiB short on file system '$T/srv/h-2'" \
	"the file system and the shortfall are named"
is "$(readlink "$T/srv/h-2/shop/current")" "$before" "current is unchanged"
mount -o remount,size=40m "$T/srv/h-2"
exit_is 0 "with room it is tried again" sluice retry "$ROLLOUT" --json
ok "and succeeds" rollout_is succeeded 30
engine_stop
done_testing
