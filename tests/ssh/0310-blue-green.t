# Blue-green on real hosts behind sshd, each with a small web server, and nginx
# as the router that sends traffic to one of two pools: a switch under load
# loses no request, whatever is killed; who is live is read back, so that a
# router that lies or only half obeys does not go unnoticed.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) ||
	skip_all "no nginx on this machine"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"
port=$(sshd_free_port)
front=$(sshd_free_port)

# web DIR SETTINGS: an nginx of its own, as whoever runs this.
as=
! is_root || as="user root;"
web()
{
	mkdir -p "$1/tmp"
	cat >"$1/nginx.conf" <<-END
		$as daemon on; pid $1/pid; error_log $1/error.log;
		worker_processes 1;
		events { worker_connections 256; }
		http {
		  access_log off; client_body_temp_path $1/tmp;
		  proxy_temp_path $1/tmp; fastcgi_temp_path $1/tmp;
		  uwsgi_temp_path $1/tmp; scgi_temp_path $1/tmp;
		  $2
		}
	END
	"$nginx" -e "$1/error.log" -c "$1/nginx.conf"
	at_exit "kill \$(cat $1/pid) 2>/dev/null"
}

# Hosts 1 and 2 are blue, 3 and 4 green; 5 and 6 route.
for i in 1 2 3 4; do
	web "$T/web$i" "server { listen 127.77.0.$i:$port;
		location / { root $T/srv/h-00$i/shop/current; }
		location /duo/ { alias $T/srv/h-00$i/duo/live/; } }" ||
		bail "nginx does not start"
done
pool()
{
	test "$1" = blue && set -- 1 2 || set -- 3 4
	echo "upstream pool { server 127.77.0.$1:$port; server 127.77.0.$2:$port; }"
}
for i in 5 6; do
	mkdir -p "$T/router$i"
	pool blue >"$T/router$i/pool.conf"
	echo none >"$T/router$i/colour"
	web "$T/router$i" "include $T/router$i/pool.conf;
		server { listen 127.77.0.$i:$front;
		location / { proxy_pass http://pool; } }" ||
		bail "nginx does not start"
done
# What an operator would write. The file "trouble" makes it misbehave.
cat >"$T/switch" <<END
#!/bin/sh
d=$T/router\${SLUICE_HOST#h-00}
case \$(cat \$d/trouble 2>/dev/null) in
lies) exit 0 ;;
fails) echo 'the router is on fire' >&2; exit 3 ;;
slow) touch $T/switching; while test ! -e $T/go; do sleep 0.05; done ;;
esac
case \$SLUICE_COLOUR in blue) a=1 b=2 ;; *) a=3 b=4 ;; esac
echo "upstream pool { server 127.77.0.\$a:$port; server 127.77.0.\$b:$port; }" \
	>\$d/pool.new && mv \$d/pool.new \$d/pool.conf &&
$nginx -e \$d/error.log -c \$d/nginx.conf -s reload &&
echo \$SLUICE_COLOUR >\$d/colour
END
cat >"$T/live" <<END
#!/bin/sh
cat $T/router\${SLUICE_HOST#h-00}/colour
END
chmod +x "$T/switch" "$T/live"

{
	echo 'timezone = "UTC";'
	sshd_conf_ssh
	echo 'hosts = ('
	for i in 1 2 3 4 5 6; do
		test $i = 1 || echo ,
		case $i in
		[12]) labels='role = "web"; colour = "blue";' ;;
		[34]) labels='role = "web"; colour = "green";' ;;
		*) labels='role = "lb";' ;;
		esac
		printf '{ name = "h-00%s"; address = "127.77.0.%s"; ' $i $i
		printf 'transport = "ssh"; labels = { %s }; }' "$labels"
	done
	cat <<-END
		);
		services = ( { name = "duo"; root = "$T/srv/{host}/duo"; health = ( { run = "test -s VERSION && test ! -e $T/ill"; } ); },
		  { name = "shop"; root = "$T/srv/{host}/shop";
		  health = ( { http = "http://{address}:$port/VERSION"; attempts = 20; interval = "100ms"; } ); } );
		strategies = (
		  { name = "pair"; kind = "blue-green"; on_failure = "rollback"; bake = "1s"; hold = "1s";
		    traffic = { routers = "role=lb"; switch = "$T/switch"; live = "$T/live"; attempts = 3; interval = "100ms"; }; },
		  { name = "slots"; kind = "blue-green"; on_failure = "rollback"; hold = "1h"; slots = { blue = "1"; green = "2"; }; },
		  { name = "held"; kind = "blue-green"; hold = "1h";
		    traffic = { routers = "role=lb"; switch = "$T/switch"; live = "$T/live"; attempts = 2; interval = "100ms"; }; } );
		environments = ( { name = "twins"; hosts = "role=web"; services = [ "duo" ]; strategy = "slots"; }, { name = "prod"; hosts = "role=web"; services = [ "shop" ]; strategy = "pair"; } );
	END
} | sandbox_conf

# load_start [PORT PATH HOST...]: requests to both routers, or those hosts, as
# fast as they go, counted by answer.
load_start()
{
	test $# -gt 0 || set -- "$front" /VERSION 5 6
	rm -f "$T/load.stop"
	perl -MIO::Socket::INET -e '
		my ($stop, $port, $path, @hosts) = @ARGV;
		my %got;
		until (-e $stop) {
			for my $n (@hosts) {
				my $s = IO::Socket::INET->new(
					PeerAddr => "127.77.0.$n",
					PeerPort => $port, Timeout => 5);
				$got{$s ? "no answer" : "refused"}++, next
					unless $s && print $s
					"GET $path HTTP/1.0\r\n\r\n";
				local $/;
				my $a = <$s> // "";
				my ($status) = $a =~ m{^HTTP/1.. (\d+)};
				my ($version) = $a =~ m{\r\n\r\n(\S+)\s*$};
				$got{($status // "cut") eq "200" && $version
					? $version : $status // "cut"}++;
			}
		}
		print "$_ $got{$_}\n" for sort keys %got;
	' "$T/load.stop" "$@" >"$T/load.out" 2>&1 &
	LOAD_PID=$!
	at_exit "kill $LOAD_PID 2>/dev/null"
}

# load_stop: which answers came, without their numbers.
load_stop()
{
	: >"$T/load.stop"
	pid_gone "$LOAD_PID" 20
	diag <"$T/load.out"
	LOAD=$(cut -d' ' -f1 "$T/load.out" | tr '\n' ' ')
}

trouble()
{
	rm -f "$T"/router?/trouble
	test $# = 0 || echo "$2" >"$T/router$1/trouble"
}

serves()
{
	cat "$T/router5/colour" "$T/router6/colour" | tr '\n' ' '
}

blue_green()
{
	sluice rollout show "$ROLLOUT" --json |
		jq -r '.blue_green | [.live // "-", .from // "-", .phase] | join(" ")'
}

must "the engine starts" engine_start
for v in 1.0 2.0 3.0 4.0 5.0; do
	must "release $v" release_of $v "$T/r$v"
done
ship 1.0
is "$status" 0 "the first one goes to blue"
is "$(serves)" "blue blue " "and blue goes live"

load_start
ship 2.0
load_stop
is "$status" 0 "the second one goes to green"
is "$LOAD" "1.0 2.0 " "and no request was lost on the way"
is "$(serves)" "green green " "green is live"
is "$(blue_green)" "green blue switched" "as the routers say themselves"
is "$(cat "$T/srv/h-001/shop/current/VERSION")" 1.0 "blue stays as it was"

load_start
run sluice rollback "$ROLLOUT" -m "second thoughts" --json
ROLLOUT=$(id_of)
rollout_is succeeded 20
load_stop
is "$(serves)" "blue blue " "one command leads back"
is "$LOAD" "1.0 2.0 " "and no request is lost there either"

trouble 6 lies
ship 3.0
is "$status" 4 "a router that says yes and does nothing"
like "$(sluice change show "$CHANGE" --json | jq -r .reason)" \
	'told to make green live, and says that blue is' "is found out"
is "$(serves)" "blue blue " "and traffic is where it was"

trouble 6 fails
change_of 4.0 --strategy held
start_change
rollout_is paused 30
run sluice rollout show "$ROLLOUT" --json
out_is .pause_cause traffic "half a switch is held"
reason_has()
{
	sluice rollout show "$ROLLOUT" --json | jq -r .reason | grep -q "$1"
}
must "and says so" wait_for "reason_has \
	'goes both ways, green is live on 1 of 2: .*h-006 .*exit status 3'" 10
is "$(blue_green)" "- blue ordered" "nobody claims to know who is live"
trouble
must "a person has the other tried again" sluice retry "$ROLLOUT"
rollout_is waiting 30
is "$(serves)" "green green " "then both have switched"
like "$(sluice rollout show "$ROLLOUT" --json | jq -r .reason)" \
	'blue stands ready' "the old colour is held"
exit_is 3 "nobody deploys over it meanwhile" \
	sluice start "$(sluice change new shop 5.0 prod --json | jq -r .id)"
echo blue >"$T/router5/colour"
engine_kill9
must "the engine is killed and comes back" engine_start
rollout_is paused 30
like "$(sluice rollout show "$ROLLOUT" --json | jq -r .reason)" \
	'h-005 says that blue is live, and green was ordered' \
	"it asks again who is live, and notices who turned away"
exit_is 0 "a person orders it again" sluice resume "$ROLLOUT"
rollout_is waiting 30
must "and ends the hold" sluice advance "$ROLLOUT"
rollout_is succeeded 20

trouble 5 slow
load_start
change_of 5.0
start_change
wait_for 'test -e "$T/switching"' 30
engine_kill9
must "killed in the middle of a switch" engine_start
touch "$T/go"
rollout_is succeeded 40
load_stop
is "$LOAD" "4.0 5.0 " "it ends well and no request was lost"
is "$(sluice rollout steps "$ROLLOUT" --json |
	jq '[.[]|select(.step == "traffic")]|length')" 2 \
	"each router was told once"

# Slots: each host has both colours, and a link says which is live.
for v in 1.0 2.0; do
	sluice release add duo $v "$T/r$v" --quiet || bail "no release"
done
# twins VERSION STATE: it is live on every host, and what was live is held.
twins()
{
	CHANGE=$(sluice change new duo "$1" twins --json | jq -r .id)
	start_change
	rollout_is "$2" 30
}
links()
{
	readlink "$T"/srv/h-00[1-4]/duo/live | sort -u | tr '\n' ' '
}
must "where nothing was live before nothing is held" twins 1.0 succeeded
is "$(links)" "slots/blue " "the first slot is live on every host"
load_start "$port" /duo/VERSION 1 2 3 4
must "the second slot" twins 2.0 waiting
is "$(links)" "slots/green " "takes over"
kept_is()
{
	sluice rollout show "$ROLLOUT" --json | jq -e --arg k "$1" \
		'.blue_green.kept | "\(.hosts) \(.down)" == $k' >/dev/null
}
ok "what was live is asked how it is" wait_for 'kept_is "4 0"' 20
run sluice rollback "$ROLLOUT" -m "no" --json
BACK=$(id_of)
wait_for 'test "$(rollout_state "$BACK")" = succeeded' 20
load_stop
is "$(links)" "slots/blue " "one command leads back"
is "$LOAD" "1.0 2.0 " "and no request is lost there or back"

# A way back to what is dead is none.
must "once more" twins 2.0 waiting
touch "$T/ill"
engine_kill9
must "an engine that was killed asks again" engine_start
must "and a person is asked" rollout_is paused 30
like "$(sluice rollout show "$ROLLOUT" --json | jq -r .reason)" \
	'blue is down: 4 of 4 hosts' "what was live died"
like "$(sluice rollout show "$ROLLOUT")" \
	'colours +green is live; blue is down: 4 of 4' "and told with the colours"
rm "$T/ill"
must "when it is well again" sluice resume "$ROLLOUT" --quiet
must "the hold goes on" rollout_is waiting 20
must "until a person ends it" sluice advance "$ROLLOUT" --quiet
must "and all is well" rollout_is succeeded 20
done_testing
