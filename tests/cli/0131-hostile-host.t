# A host every word of which is hostile - its user, its link, the names of its
# releases, what steps, health checks and commands print: no control byte of
# it reaches a terminal, a log, JSON or the console.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/fleet.sh"
RUN=$top_builddir/tests/lib/pty_run
test -x "$RUN" || bail "tests/lib/pty_run is not built"

# Asks the terminal who it is, writes its clipboard and title, changes its
# character set, rings; in C0, in C1 and cut off.
EVIL=$(printf '\033[>0c\033]52;c;RVZJTA==\007\033]0;EVIL\033\\\033(0\016\033P+q\033\\\302\233>0c\233>0c\007\342\200\256EVIL\033[')
mkdir "$T/tools"
printf '%s\n' "$EVIL" >"$T/evil"
printf '#!/bin/sh\ncat %s\n' "$T/evil" >"$T/tools/id"
printf '#!/bin/sh\ncat %s; cat %s >&2; exit 3\n' "$T/evil" "$T/evil" \
	>"$T/tools/evil"
chmod 755 "$T/tools/id" "$T/tools/evil"
PATH=$T/tools:$PATH
export PATH
sandbox_conf <<END
site = "test"; timezone = "UTC";
hosts = ( { name = "h-1"; transport = "local"; path = "$T/srv/h-1"; } );
services = ( { name = "shop"; root = "/shop";
	steps = { before_switch = { run = "evil || true"; };
		after_switch = { run = "evil"; }; }; } );
environments = ( { name = "prod"; hosts = "*"; services = [ "shop" ];
	protect = "none"; } );
END
must "the engine starts" engine_start
ok "a release" release_of 1.0.0 "$T/one"
mkdir -p "$T/srv/h-1/shop/releases/$EVIL"
ln -s "$EVIL" "$T/srv/h-1/shop/current"
exit_is 0 "it is asked" sluice host check --json
like "$out" '"current_target": ".*EVIL' "its link is told as text"
ship 1.0.0
is "$status" 1 "its step fails"

# What a hostile host would make a terminal do, in any byte order.
is_clean()
{
	perl -e '
		local $/;
		my ($name, $strict) = @ARGV;
		open my $f, "<", $name or die;
		my $said = <$f>;
		$said =~ s/\r\e\[K//g; # progress of our own
		$said =~ s/\e\]0;((\(\d+!\) )?sluice)?\a//g; # our title
		my @bad = grep { $said =~ $_->[1] } (
			["a question", qr/\e\[>|\x9b>/], ["OSC", qr/\e\]/],
			["DCS", qr/\eP/], ["a bell", qr/\a/],
			["bidi", qr/\xe2\x80\xae/]);
		push @bad, ["C1"] if $said =~ /\xc2[\x80-\x9f]/;
		push @bad, ["ESC"] if $strict && $said =~ /\e/;
		utf8::decode(my $copy = $said) or push @bad, ["not UTF-8"];
		print join(", ", map { $_->[0] } @bad), "\n" if @bad;
		exit(@bad > 0);' "$@"
}

while read -r command; do
	# shellcheck disable=SC2086
	"$RUN" -s 200x50 -o "$T/shown" exit -- "$SLUICE" $command \
		>"$tap_tmp/pty" 2>&1
	ok "on a terminal: $command" is_clean "$T/shown" strict
	ok "which says something" test -s "$T/shown"
done <<END
host check
host check --json
host show h-1
host show h-1 --json
host ls
host run h-1 -- evil
host run h-1 --json -- evil
rollout show $ROLLOUT
rollout hosts $ROLLOUT
rollout hosts $ROLLOUT --json
rollout steps $ROLLOUT --json
rollout log $ROLLOUT
rollout log $ROLLOUT --json
watch $ROLLOUT --plain --exit
audit ls
audit ls --json
change diff $CHANGE
engine status --json
rpc host.check
END
run sluice rollout log "$ROLLOUT"
like "$out" 'EVIL' "the words themselves are there"

TERM=xterm "$RUN" -s 120x40 -o "$T/shown" wait "Home" quiet 600 key 2 wait "R-1" \
	quiet 600 key '\r' wait "HOSTS" quiet 600 key L wait EVIL quiet 300 \
	key q quiet 300 key 5 quiet 600 key '\r' quiet 300 key 6 quiet 300 \
	key 7 quiet 300 key 8 quiet 300 key q key q key q exit -- \
	"$SLUICE" >"$tap_tmp/pty" 2>&1 || diag <"$tap_tmp/pty"
like "$(tr -d '\033' <"$T/shown" | tr '\r' '\n')" 'EVIL' \
	"the console shows what it printed"
ok "the console obeys none of it" is_clean "$T/shown"

find "$SLUICE_STATE" -name '*.log' >"$T/logs"
while read -r log; do
	ok "the log ${log##*/}" is_clean "$log" strict
done <"$T/logs"
exit_is 0 "the ledger verifies" sluice audit verify
engine_stop
done_testing
