#!/usr/bin/perl
# requests.pl SOCKET ROUNDS [SEED] <METHODS - requests that nobody would send,
# to a running engine: TAP on standard output.
#
# METHODS is what `sluice rpc --list` prints. Each request has arguments of the
# method with values that are hostile, of the wrong type, absurd, or plausible;
# some lines are altered byte by byte. Each is answered, or ends its own
# connection; the engine stays the same process.
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my ($path, $rounds, $seed) = @ARGV;
srand($seed // 20261128);
$SIG{PIPE} = 'IGNORE';
my $json = JSON::PP->new->canonical->utf8->allow_nonref;

# Not these: they end the engine, or run what they are told.
my %not = map { $_ => 1 } qw(hello engine.stop engine.backup host.run);
my %methods;
while (<STDIN>) {
	my ($name, @args) = split;
	next if !/^\S/ || $not{$name};
	$methods{$name} = [map { /^(\w+):(\w)(!?)$/ ? [$1, $2, $3] : () } @args];
}
my @names = sort keys %methods;

sub pick { $_[int rand @_] }
my @strings = ('', 'shop', '1.0', 'dev', 'C-1', 'R-1', 'F-1', 'h-1', '*',
	'name=h-*', 'alice', '+2h', 'tomorrow 08:00', '2026-11-24 08:00',
	'2026-11-24T08:00:00Z', 'hold', 'rollback', 'soft', 'all', 'approve',
	'../../etc/passwd', '/etc/shadow', '-rf', '--yes', '%s%n%n', '{host}',
	"a\nb", "\0", "\x1b[2J\x1b]0;x\a", "\x{202e}abc", "\x{1f680}" x 20,
	"\$(touch PWNED)", '`touch PWNED`', '; touch PWNED', "'\"", 'x' x 4096,
	'x' x 70000, 'C-99999999999999999999', 'R--1', 'C-0', '&|!()', '(' x 999,
	'FREQ=SECONDLY', 'FREQ=YEARLY;BYDAY=53MO;COUNT=99999999', 'x=1' . '&x=1' x 200,
	'ab' x 32, '9' x 400, 'SHA256:' . 'A' x 43, '1e309', 'nan', "\t", ' ');
my %of = (
	s => sub { $strings[rand() < 0.6 ? rand 22 : rand @strings] },
	i => sub { pick(0, 1, -1, 7, 1000, 2**31, -2**31, 2**53, '9' x 18) + 0 },
	b => sub { pick(JSON::PP::true, JSON::PP::false) },
	l => sub { [map { pick(@strings) } 1 .. pick(0, 1, 2, 50)] },
	o => sub { +{map { pick(@strings) => pick(@strings, 1, undef) }
		1 .. pick(0, 1, 3)} });

sub value {
	my ($type) = @_;
	return $of{$type}->() if rand() < 0.8 && $of{$type};
	return pick(map { $_->() } @of{qw(s i b l o)}, sub { undef },
		sub { 1.5e300 }, sub { [[[{}]]] });
}

sub request {
	my ($id) = @_;
	my $name = pick(@names);
	my %params = (request_id => "fuzz-$id");
	for (@{$methods{$name}}) {
		my ($arg, $type, $must) = @$_;
		$params{$arg} = value($type) if $must || rand() < 0.5;
	}
	$params{pick(@strings, 'uid', 'who')} = 1 if rand() < 0.05;
	delete $params{request_id} if rand() < 0.05;
	return $json->encode({jsonrpc => '2.0', id => $id, method => $name,
		params => \%params}) . "\n";
}

sub dial {
	my $s = IO::Socket::UNIX->new(Peer => $path) or return;
	syswrite $s, $json->encode({jsonrpc => '2.0', id => 0,
		method => 'hello', params => {protocol => 1}}) . "\n";
	${*$s}{rest} = '';
	return defined line_of($s) ? $s : undef;
}

# One line; undef when the connection ended, '' when nothing came.
sub line_of {
	my ($s) = @_;
	my $end = time + 30;
	while (index(${*$s}{rest}, "\n") < 0) {
		my $left = $end - time;
		return '' if $left <= 0;
		IO::Select->new($s)->can_read($left) or return '';
		sysread($s, ${*$s}{rest}, 65536, length ${*$s}{rest})
			or return undef;
	}
	(my $line, ${*$s}{rest}) = split /\n/, ${*$s}{rest}, 2;
	return $line;
}

sub put {
	my ($s, $bytes) = @_;
	for (my $at = 0; $at < length $bytes;) {
		my $n = syswrite $s, $bytes, length($bytes) - $at, $at;
		return if !defined $n;
		$at += $n;
	}
}

# Every text in a value, with what stands around it.
sub texts {
	my ($v) = @_;
	return map { texts($_) } @$v if ref $v eq 'ARRAY';
	return map { texts($_) } %$v if ref $v eq 'HASH';
	return defined $v && !ref $v ? $v : ();
}

my ($silent, $closed, $errors, $results, $ugly, $internal) = (0) x 6;
my $s = dial() or BAIL_OUT('no engine');
for my $id (1 .. $rounds) {
	my $line = request($id);
	put($s, $line);
	my $answer;
	while (defined($answer = line_of($s)) && $answer ne '') {
		my $m = $json->decode($answer);
		next if !exists $m->{id} || $m->{id} ne $id;
		if (my $e = $m->{error}) {
			$errors++;
			my @said = grep { /[\x00-\x1f\x7f]/ } texts($e);
			$ugly++, diag("$line -> $answer") if @said;
			$internal++, diag("$line -> $answer")
				if $e->{data}{message} !~ /\S/;
		} else {
			$results++;
		}
		last;
	}
	if (!defined $answer) {
		# No text has a NUL, and no line is longer than 1 MiB.
		$closed++ if $line !~ /\\u0000/ && length $line <= 1 << 20;
		$s = dial() or last;
	} elsif ($answer eq '') {
		$silent++;
		diag("no answer: " . substr $line, 0, 300);
		last if $silent > 3;
	}
}
diag("$results results, $errors errors, $closed connections ended");
is $silent, 0, "each of $rounds requests was answered";
is $closed, 0, 'no connection ended over one that was well formed';
is $ugly, 0, 'no error repeats a control byte';
is $internal, 0, 'each error says something';
cmp_ok $results, '>', $rounds / 60, 'some were taken';
cmp_ok $errors, '>', $rounds / 4, 'many were refused';

# Lines that were altered: an answer or the end of that connection.
my ($ended, $answered) = (0, 0);
for my $id (1 .. $rounds / 10) {
	my $line = request("m$id");
	next if length $line > 20000;
	for (1 .. 1 + rand 4) {
		my $at = rand length $line;
		substr($line, $at, int rand 3) =
			pick("\0", "\xff", '"', '{', '}', '\\', '[', ',', "\n",
				chr int rand 256, '');
	}
	my $c = dial() or last;
	put($c, "$line\n");
	shutdown $c, 1;
	my $got = line_of($c);
	defined $got ? $answered++ : $ended++;
}
diag("altered: $answered answered, $ended ended");
cmp_ok $ended, '>', 0, 'altered lines end connections';
$s = dial();
ok $s, 'the engine still answers';
done_testing;
