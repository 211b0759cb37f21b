#!/usr/bin/perl
# cut_hosts.pl SSHD-PORT PLAN LOG - links to many hosts, each cut once.
#
# PLAN has lines "ADDRESS up|down BYTES TIMES": so many connections to ADDRESS
# are cut as soon as BYTES have passed towards the host (up) or from it
# (down); then links hold. Listens on one port of every address, prints it, and
# passes on to SSHD-PORT of the same address. LOG gets a line for each cut.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

$| = 1;
my ($port, $plan, $log) = @ARGV;
my (%cut, %link);
open my $in, '<', $plan or die "$plan: $!";
while (<$in>) {
	my ($address, $way, $bytes, $times) = split;
	$cut{$address} = {way => $way, bytes => $bytes, times => $times};
}
open my $out, '>>', $log or die "$log: $!";
$out->autoflush;
my $listen = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 0,
	Listen => 128, ReuseAddr => 1) or die $!;
my $select = IO::Select->new($listen);
$SIG{PIPE} = 'IGNORE';
print $listen->sockport, "\n";

sub end_link {
	my ($s) = @_;
	my $l = delete $link{$s} or return;
	delete $link{$l->{peer}};
	$select->remove($s, $l->{peer});
	close $_ for $s, $l->{peer};
}

sub pass_on {
	my ($s, $l) = @_;
	my $n = sysread $s, my $data, 16384;
	return end_link($s) if !$n;
	my $c = $cut{$l->{address}};
	my $counts = $c && $c->{times} > 0 && $c->{way} eq $l->{way};
	my $left = $counts ? $c->{bytes} - $l->{passed} : $n;
	$data = substr $data, 0, $left if $left < $n;
	$l->{passed} += length $data;
	for (my $at = 0; $at < length $data;) {
		my $put = syswrite $l->{peer}, $data, length($data) - $at, $at;
		return end_link($s) if !defined $put;
		$at += $put;
	}
	return if !$counts || $l->{passed} < $c->{bytes};
	$c->{times}--;
	print $out "$l->{address} $c->{way} $c->{bytes}\n";
	end_link($s);
}

while (my @ready = $select->can_read) {
	for my $s (@ready) {
		if ($s != $listen) {
			pass_on($s, $link{$s}) if $link{$s};
			next;
		}
		my $c = $listen->accept or next;
		my $address = $c->sockhost;
		my $h = IO::Socket::INET->new(PeerAddr => $address,
			PeerPort => $port);
		if (!$h) { close $c; next }
		$link{$c} = {peer => $h, way => 'up', address => $address,
			passed => 0};
		$link{$h} = {peer => $c, way => 'down', address => $address,
			passed => 0};
		$select->add($c, $h);
	}
}
