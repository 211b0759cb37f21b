#!/usr/bin/perl
# post_server.pl PORT_FILE LOG STATUS_FILE - an HTTP server on loopback for
# tests. What is posted goes to LOG, a line "PATH BODY" each; STATUS_FILE
# holds what it answers ("200"; "silent": nothing at all).
use strict;
use warnings;
use IO::Socket::INET;

my ($port_file, $log, $status_file) = @ARGV;
my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16,
	ReuseAddr => 1) or die "listen: $!";
open my $out, '>>', $log or die "$log: $!";
$out->autoflush;
open my $p, '>', "$port_file.new" or die $!;
print $p $listen->sockport, "\n";
close $p;
rename "$port_file.new", $port_file;
my @kept;	# connections that get no answer
while (my $c = $listen->accept) {
	my ($path, $length) = ('', 0);
	while (my $line = <$c>) {
		$path = $1 if $line =~ m{^POST (\S+)};
		$length = $1 if $line =~ /^Content-Length: (\d+)/i;
		last if $line =~ /^\r?\n$/;
	}
	my $body = '';
	read $c, $body, $length if $length;
	chomp $body;
	print $out "$path $body\n";
	open my $s, '<', $status_file or die "$status_file: $!";
	chomp(my $status = <$s>);
	if ($status eq 'silent') {
		push @kept, $c;
		next;
	}
	print $c "HTTP/1.1 $status x\r\nContent-Length: 0\r\n" .
		"Connection: close\r\n\r\n";
	close $c;
}
