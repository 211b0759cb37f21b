# A Prometheus that is down, slow, answers many series, text or an error; an
# address without the number: each is a failure to sample with its reason,
# counted and shown, and never a pass.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

# What it answers depends on the query; it prints its port.
perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 99)
		or die;
	print $s->sockport, "\n";
	close STDOUT;
	my $one = q({"metric":{},"value":[1,"%s"]});
	my $ok = q({"status":"success","data":{"resultType":"vector","result":[%s]}});
	my %says = (
		many => sprintf($ok, join ",", ($one) x 3),
		text => sprintf($ok, sprintf $one, "lots"),
		nan => sprintf($ok, sprintf $one, "NaN"),
		none => sprintf($ok, ""),
		error => q({"status":"error","error":"parse error"}),
		matrix => q({"status":"success","data":{"resultType":"matrix","result":[]}}),
		junk => "<html>",
		good => sprintf($ok, sprintf $one, "5"));
	$SIG{CHLD} = "IGNORE";
	while (my $c = $s->accept) {
		if (fork) { close $c; next }
		my $q = <$c>;
		while (<$c>) { last if /^\r?\n/ }
		my ($what) = $q =~ /query=(\w+)/;
		sleep 30 if $what eq "slow";
		my $a = $says{$what} // "";
		print $c "HTTP/1.0 200 OK\r\nContent-Length: ",
			length $a, "\r\n\r\n$a";
		exit;
	}' >"$T/port" &
SERVER=$!
at_exit "kill $SERVER 2>/dev/null"
must "a server answers" wait_for "test -s $T/port" 10
port=$(cat "$T/port")

{
	cat <<-END
		hosts = ( { name = "h-[1-3]"; transport = "local"; path = "$T/h/[1-3]"; labels = { role = "web"; }; } );
		strategies = ( { name = "canary"; kind = "canary"; waves = ( 1, "100%" ); bake = "1s"; on_failure = "rollback";
			analysis = { interval = "1s"; min_samples = 3; within = "12s"; }; } );
		environments = ( { name = "prod"; hosts = "role=web"; services = [ "shop" ]; strategy = "canary"; } );
		services = ( { name = "shop"; root = "/srv/shop"; metrics = (
		{ name = "late"; run = "exec sleep 30"; worse = "higher"; timeout = "500ms"; },
		{ name = "down"; prometheus = "http://127.0.0.1:1"; query = "up"; worse = "higher"; timeout = "1s"; }
	END
	for query in many text nan none error matrix junk slow good; do
		printf ', { name = "%s"; prometheus = "http://127.0.0.1:%s"; ' \
			$query "$port"
		limit=5s
		test $query != slow || limit=700ms
		printf 'query = "%s"; worse = "higher"; timeout = "%s"; }' \
			$query $limit
	done
	echo '); } );'
} | sandbox_conf
ulimit -Sn 256
must "the engine starts" engine_start
engine_pid
is "$(awk '/^Max open files/ { print ($4 == $5) }' "/proc/$ENGINE_PID/limits")" \
	1 "it may ask as many hosts at once as the system lets it"
mkdir "$T/r1" "$T/r2"
echo 1 >"$T/r1/f"
echo 2 >"$T/r2/f"
must "a release" sluice release add shop 1.0 "$T/r1"
must "another" sluice release add shop 2.0 "$T/r2"
run sluice change new shop 1.0 prod --strategy all --json
must "the first goes everywhere" sluice start "$(id_of)" --wait
run sluice change new shop 2.0 prod --json
CHANGE=$(id_of)
must "the second starts" sluice start "$CHANGE"
state_is()
{
	test "$(sluice rollout show "$CHANGE" --json | jq -r .state)" = "$1"
}
must "without numbers it is held" wait_for "state_is paused" 60
is "$(cat "$T"/h/?/srv/shop/current/f | tr '\n' ' ')" "2 1 1 " \
	"and goes no further"
run sluice analysis show "$CHANGE" --json
shown=$out
is "$(printf '%s\n' "$shown" | jq -r '[.metrics[] |
	select(.verdict == "nodata") | .name] | join(" ")')" \
	"late down many text nan none error matrix junk slow" "none of them passes"
ok "failures are counted on both sides" test "$(printf '%s\n' "$shown" |
	jq '[.metrics[] | select(.verdict == "nodata") |
	select(.failures_canary > 0 and .failures_baseline > 0)] | length')" = 10
says()
{
	like "$(printf '%s\n' "$shown" | jq -r --arg n "$1" \
		'.metrics[] | select(.name == $n) | .last_failure')" "$2" "$1"
}
says many 'answers 3 series, expected one'
says none 'answers 0 series'
says text 'is not a number'
says nan 'is not a number'
says error 'the server says: parse error'
says matrix 'answers a matrix, expected one number'
says junk 'is not JSON'
says down '.'
says late '.'
says slow '.'
is "$(printf '%s\n' "$shown" | jq '.metrics[] | select(.name == "good") |
	.samples_canary > 2')" true "what can be measured is"
done_testing
