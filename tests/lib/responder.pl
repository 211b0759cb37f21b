#!/usr/bin/perl
# responder.pl SOCKET ANSWERS LOG - a socket that answers as an engine might.
#
# ANSWERS holds lines "METHOD JSON": the result of each call of that method,
# one line after the other, the last one again and again. JSON "close" ends
# the connection instead, {"error":...} is an error's data, {"raw":"..."} is
# sent as it is. "@hello" and other methods that are not listed get {}. After
# an answer with "then", its events are sent. LOG gets every request.
use strict;
use warnings;
use IO::Socket::UNIX;
use JSON::PP;

my ($path, $answers, $log) = @ARGV;
my $json = JSON::PP->new->canonical->utf8;
my %answers;
open my $in, '<', $answers or die "$answers: $!";
while (<$in>) {
	chomp;
	my ($method, $text) = split ' ', $_, 2;
	push @{$answers{$method}}, $text if defined $text;
}
open my $out, '>>', $log or die "$log: $!";
$out->autoflush;
my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 5) or die $!;
$SIG{PIPE} = 'IGNORE';

sub answer {
	my ($c, $line) = @_;
	my $m = $json->decode($line);
	print $out $json->encode($m), "\n";
	my $list = $answers{$m->{method}} // ['{}'];
	my $text = @$list > 1 ? shift @$list : $list->[0];
	return 0 if $text eq 'close';
	my $a = $json->decode($text);
	my %reply = (jsonrpc => '2.0', id => $m->{id});
	if (ref $a eq 'HASH' && exists $a->{raw}) {
		syswrite $c, $a->{raw};
		return 1;
	}
	my $then = ref $a eq 'HASH' ? delete $a->{then} : undef;
	if (ref $a eq 'HASH' && exists $a->{error}) {
		$reply{error} = {code => -32000, message => 'refused',
			data => $a->{error}};
	} else {
		$reply{result} = $a;
	}
	syswrite $c, $json->encode(\%reply) . "\n";
	my $seq = 0;
	for my $event (@{$then // []}) {
		$event->{seq} = ++$seq;
		syswrite $c, $json->encode({jsonrpc => '2.0',
			method => 'event', params => $event}) . "\n";
	}
	return 1;
}

while (my $c = $listen->accept) {
	my $buffer = '';
	CONNECTION: while (sysread $c, $buffer, 65536, length $buffer) {
		while ($buffer =~ s/^(.*)\n//) {
			answer($c, $1) or last CONNECTION;
		}
	}
	close $c;
}
