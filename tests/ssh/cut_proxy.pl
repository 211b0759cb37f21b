#!/usr/bin/perl
# cut_proxy.pl HOST PORT BYTES - forwards connections to HOST:PORT and cuts
# the first one after so many bytes in both directions together; prints the
# port that it listens on. Later connections pass.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

$| = 1;
my ($host, $port, $left) = @ARGV;
my $listen = IO::Socket::INET->new(
	LocalAddr => "127.0.0.1", LocalPort => 0, Listen => 16) or die;
my $select = IO::Select->new($listen);
my (%peer, %counted, $seen);
print $listen->sockport, "\n";

sub cut {
	my ($s) = @_;
	my $other = delete $peer{$s} or return;
	delete $peer{$other};
	$select->remove($s, $other);
	close $s;
	close $other;
}

while (my @ready = $select->can_read) {
	for my $s (@ready) {
		if ($s == $listen) {
			my $in = $listen->accept or next;
			my $out = IO::Socket::INET->new(
				PeerAddr => $host, PeerPort => $port);
			if (!$out) { close $in; next }
			$peer{$in} = $out;
			$peer{$out} = $in;
			$counted{$in} = $counted{$out} = 1 if !$seen++;
			$select->add($in, $out);
			next;
		}
		next if !$peer{$s};
		my $n = sysread $s, my $data, 4096;
		if (!$n) { cut($s); next }
		if ($counted{$s}) {
			$data = substr $data, 0, $left if $n > $left;
			$left -= length $data;
		}
		my $at = 0;
		while ($at < length $data) {
			my $put = syswrite $peer{$s}, $data, length($data) - $at,
				$at;
			last if !defined $put;
			$at += $put;
		}
		cut($s) if $counted{$s} && $left <= 0;
	}
}
