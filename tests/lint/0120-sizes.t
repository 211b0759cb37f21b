#!/usr/bin/perl
# How long functions and files are: none over 80 and 600 lines.
use strict;
use warnings;
use Test::More;
use Source;

my (@files, @functions, @wide, @lengths);
for my $file (source_files(qr/\.(c|h)$/, qw(core transports tui tests))) {
	my @lines = source_lines($file);
	push @files, "$file: " . @lines . ' lines' if @lines > 600;
	my ($start, $name);
	for my $i (0 .. $#lines) {
		(my $shown = $lines[$i]) =~
			s/([^\t]*)\t/$1 . ' ' x (8 - length($1) % 8)/ge;
		utf8::decode($shown);
		push @wide, sprintf '%s:%d', $file, $i + 1
			if length $shown > 80;
		$name = $1 if $lines[$i] =~ /^(\w+)\(/;
		if ($lines[$i] eq '{') {
			$start = $i;
		} elsif ($lines[$i] eq '}' && defined $start) {
			my $length = $i - $start - 1;
			push @lengths, $length;
			push @functions, "$file: $name has $length lines"
				if $length > 80;
			undef $start;
		}
	}
}
@lengths = sort { $a <=> $b } @lengths;
my $median = $lengths[@lengths / 2];
my $nine = $lengths[@lengths * 0.9];
note(sprintf '%d functions, median %d lines, nine in ten at most %d',
	scalar @lengths, $median, $nine);
none(\@functions, 'no function over 80 lines');
none(\@files, 'no file over 600 lines');
none(\@wide, 'no line over 80 columns');
cmp_ok($median, '<=', 15, 'half of the functions have at most 15 lines');
cmp_ok($nine, '<=', 40, 'nine in ten have at most 40');
done_testing;
