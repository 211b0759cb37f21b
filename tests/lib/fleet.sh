# fleet.sh - releases and changes in few words, and a reader that watches
# what hosts serve. Wants tap.sh and sandbox.sh.

# release_of VERSION DIR: makes the tree a release of "shop": writes DIR/VERSION.
release_of()
{
	mkdir -p "$2"
	echo "$1" >"$2/VERSION"
	run sluice release add shop "$1" "$2" --json
	test "$status" = 0 || {
		printf '%s\n%s\n' "$out" "$err" | diag
		return 1
	}
}

# change_of VERSION [OPTION]...: a change of "shop" to "prod"; sets CHANGE.
change_of()
{
	change_version=$1
	shift
	run sluice change new shop "$change_version" prod --json -m test "$@"
	CHANGE=$(printf '%s\n' "$out" | jq -r .id)
	test "$status" = 0 || {
		printf '%s\n%s\n' "$out" "$err" | diag
		return 1
	}
}

# start_change [OPTION]...: starts $CHANGE without waiting; sets ROLLOUT.
start_change()
{
	run sluice start "$CHANGE" --json "$@"
	test "$status" = 0 || {
		printf '%s\n%s\n' "$out" "$err" | diag
		return 1
	}
	ROLLOUT=$(printf '%s\n' "$out" | jq -r .id)
}

# ship VERSION [OPTION]...: change, start, wait; sets CHANGE, status, out, err.
ship()
{
	change_of "$@" || return 1
	run sluice start "$CHANGE" --wait --json
	ROLLOUT=$(sluice rollout ls --json |
		jq -r --arg c "$CHANGE" '[.[]|select(.change==$c)][-1].id')
}

rollout_state()
{
	sluice rollout show "${1:-$ROLLOUT}" --json | jq -r .state
}

# rollout_hosts FILTER: jq over the array of the rollout's hosts.
rollout_hosts()
{
	sluice rollout hosts "$ROLLOUT" --json | jq -r "$1"
}

# rollout_is STATE SECONDS: waits for it.
rollout_is()
{
	wait_for 'test "$(rollout_state)" = "'"$1"'"' "$2" || {
		sluice rollout show "$ROLLOUT" --json | diag
		sluice rollout hosts "$ROLLOUT" 2>&1 | head -20 | diag
		engine_log | tail -n 20 | diag
		return 1
	}
}

# versions: what the hosts below $T/srv serve now, counted: "3 1.0.0, 17 2.0.0".
versions()
{
	for versions_file in "$T"/srv/*/shop/current/VERSION; do
		cat "$versions_file" 2>&1
	done | sort | uniq -c | awk '{ printf "%s%s %s", s, $1, $2; s = ", " }'
}

# reader_start: reads current/VERSION of every host below $T/srv again and
# again; reader_stop sets READS and BAD_READS (each with its error).
reader_start()
{
	rm -f "$T/reader.stop"
	perl -e '
		my ($dir) = @ARGV;
		my ($reads, $bad) = (0, 0);
		my @hosts = glob "$dir/srv/*/shop";
		until (-e "$dir/reader.stop") {
			for my $host (@hosts) {
				my $file;
				if (!open $file, "<", "$host/current/VERSION") {
					print "bad $host: $!\n" if $bad++ < 20;
					next;
				}
				my $line = <$file> // "";
				$reads++;
				$line =~ /^\d+\.\d+\.\d+\n$/ and next;
				print "bad $host: read: $line\n" if $bad++ < 20;
			}
			select undef, undef, undef, 0.002;
		}
		print "reads $reads bad $bad\n";
	' "$T" >"$T/reader.out" 2>&1 &
	READER_PID=$!
	at_exit "kill $READER_PID 2>/dev/null"
}

reader_stop()
{
	: >"$T/reader.stop"
	pid_gone "$READER_PID" 10
	READS=$(sed -n 's/^reads \([0-9]*\) .*/\1/p' "$T/reader.out")
	BAD_READS=$(grep '^bad ' "$T/reader.out")
}
