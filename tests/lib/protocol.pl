#!/usr/bin/perl
# protocol.pl SOCKET - what a hostile or clumsy client does to an engine, and
# what it gets: TAP on standard output.
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my $path = shift;
my $json = JSON::PP->new->canonical;
my $next_id = 1;

sub dial { IO::Socket::UNIX->new(Peer => $path) or die "no engine: $!" }

# One line from the engine, or undef when it closed or said nothing in time.
sub line_of {
	my ($s, $seconds) = @_;
	my $end = time + ($seconds // 10);
	my $line = ${*$s}{rest} // '';
	while ($line !~ /\n/) {
		my $left = $end - time;
		return undef if $left <= 0;
		IO::Select->new($s)->can_read($left) or return undef;
		sysread($s, my $more, 65536) or return undef;
		$line .= $more;
	}
	my ($one, $rest) = split /\n/, $line, 2;
	${*$s}{rest} = $rest;
	return $json->decode($one);
}

sub ask {
	my ($s, $method, $params) = @_;
	my $id = $next_id++;
	syswrite $s, $json->encode({jsonrpc => '2.0', id => $id,
		method => $method, params => $params // {}}) . "\n";
	while (my $m = line_of($s)) {
		return $m if defined $m->{id} && $m->{id} == $id;
	}
	return undef;
}

sub hello { ask($_[0], 'hello', {protocol => 1, client => 'test'}) }
sub code_of { $_[0]{error}{data}{code} // 'none' }

# Whether the engine ends this connection.
sub is_closed {
	my ($s, $seconds) = @_;
	my $end = time + $seconds;
	while ((my $left = $end - time) > 0) {
		IO::Select->new($s)->can_read($left) or next;
		my $got = sysread($s, my $more, 1 << 20);
		return 1 if !$got;
	}
	return 0;
}

my $s = dial();
is code_of(ask($s, 'engine.status')), 'protocol', 'hello must be first';
is code_of(ask($s, 'hello', {protocol => 99})), 'protocol',
	'another protocol is refused';
my $who = hello($s)->{result};
is $who->{uid}, $<, 'the kernel says who it is';
is hello($s)->{result}{uid}, $<, 'hello again is harmless';
is code_of(ask($s, 'hello', {protocol => 1, uid => 0})), 'usage',
	'a name in the message is refused';
is code_of(ask($s, 'no.such')), 'usage', 'an unknown method';
is code_of(ask($s, 'host.show', {})), 'usage', 'a missing argument';
is code_of(ask($s, 'host.ls', {what => 1})), 'usage', 'an unknown argument';
is code_of(ask($s, 'host.ls', {limit => 'x'})), 'usage', 'a wrong type';
is code_of(ask($s, 'change.ls', {after => '1;drop'})), 'usage', 'a bad cursor';

# The same request is the same act.
my %new = (service => 'shop', version => '1.0', env => 'dev');
is code_of(ask($s, 'change.new', {%new})), 'usage', 'an act needs a request_id';
my $first = ask($s, 'change.new', {%new, request_id => 'r-1'})->{result};
my $again = ask($s, 'change.new', {%new, request_id => 'r-1'})->{result};
is $again->{id}, $first->{id}, 'sent twice, it is one act';
is code_of(ask($s, 'change.new',
	{%new, text => 'else', request_id => 'r-1'})), 'changed',
	'the same id with other content is an error';
my $other = dial();
hello($other);
is ask($other, 'change.new', {%new, request_id => 'r-1'})->{result}{id},
	$first->{id}, 'also over another connection';

for my $bad (
	['not JSON', "hello\n"],
	['an array', "[1,2]\n"],
	['no method', "{\"id\":1}\n"],
	['no id', "{\"method\":\"hello\"}\n"],
	['positional parameters', "{\"id\":1,\"method\":\"hello\",\"params\":[1]}\n"],
	['a key twice', "{\"id\":1,\"id\":2,\"method\":\"hello\"}\n"],
	['bytes that are not UTF-8', "{\"id\":1,\"method\":\"\xff\xfe\"}\n"],
	['a NUL', "{\"id\":1,\0\"method\":\"hello\"}\n"],
	['deep nesting', ('[' x 100000) . "\n"],
	['more than 1 MiB', 'x' x (2 << 20)]) {
	my $c = dial();
	local $SIG{PIPE} = 'IGNORE';
	$c->blocking(0);
	my ($what, $bytes) = @$bad;
	for (my $at = 0; $at < length $bytes;) {
		IO::Select->new($c)->can_write(5) or last;
		my $put = syswrite($c, $bytes, length($bytes) - $at, $at);
		last if !defined $put;
		$at += $put;
	}
	ok is_closed($c, 10), "$what ends the connection";
}
is ask($s, 'engine.status')->{result}{pid}, $who->{pid},
	'... and only that one';

# A reader that does not read is cut off and slows nobody.
my $slow = dial();
hello($slow);
{
	local $SIG{PIPE} = 'IGNORE';
	$slow->blocking(0);
	my $flood = $json->encode({jsonrpc => '2.0', id => 7,
		method => 'config.show'}) . "\n";
	my $end = time + 20;
	while (time < $end) {
		my $put = syswrite $slow, $flood x 100;
		last if !defined $put && $!{EPIPE};
		IO::Select->new($slow)->can_write(0.2);
	}
}
ok is_closed($slow, 10), 'a slow reader is cut off';
my $before = time;
ask($s, 'engine.status');
cmp_ok time - $before, '<', 5, '... and the others are answered';

# Connections are bounded, and so is the time before hello.
my @crowd = map { dial() } 1 .. 80;
my $refused = grep { is_closed($_, 0.02) } @crowd;
cmp_ok $refused, '>=', 10, 'no more than 64 connections of one user';
is ask($s, 'engine.status')->{result}{pid}, $who->{pid},
	'those who were there stay';
ok is_closed((grep { !is_closed($_, 0.01) } @crowd)[0], 20),
	'who says nothing is not kept';
@crowd = ();

# A subscriber sees each event once, in order, and what it missed.
my $ear = dial();
hello($ear);
my $start = ask($ear, 'subscribe', {topics => ['world']})->{result};
ok exists $start->{snapshot}{world}{changes}, 'a snapshot comes first';
my $seq = $start->{seq}{world};
ask($s, 'change.new', {%new, request_id => "e-$_"}) for 1 .. 5;
my ($gaps, $seen) = (0, 0);
while ((my $m = line_of($ear, 2))) {
	next if ($m->{method} // '') ne 'event';
	$gaps++ if $m->{params}{seq} != ++$seq;
	$seen++;
}
is $gaps, 0, 'events have no gaps';
cmp_ok $seen, '>=', 5, 'and none is missing';
close $ear;
ask($s, 'change.new', {%new, request_id => 'e-6'});
my $back = dial();
hello($back);
my $later = ask($back, 'subscribe',
	{topics => ['world'], since_seq => {world => $seq}})->{result};
ok !exists $later->{snapshot}{world}, 'who comes back gets no snapshot';
is line_of($back, 5)->{params}{seq}, $seq + 1, 'but what it missed';
is code_of(ask($s, 'subscribe', {topics => ['nonsense']})), 'usage',
	'an unknown topic';
done_testing;
