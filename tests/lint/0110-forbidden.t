#!/usr/bin/perl
# Functions and words that the sources must not have.
use strict;
use warnings;
use Test::More;
use Source;

my @c = source_files(qr/\.(c|h|def)$/, qw(core transports tui tests));
my $functions = qr/\b(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|system|popen|
	initscr|init_color|alloca|strtok|tmpnam|mktemp|tempnam|
	asctime|ctime|localtime|gmtime)\s*\(/x;
my (@calls, @typedefs, @slashes, @purpose);
for my $file (@c) {
	my $n = 0;
	for (source_code($file)) {
		$n++;
		push @calls, "$file:$n: $_" if /$functions/;
		push @typedefs, "$file:$n: $_" if /^\s*typedef\s+struct\b/;
	}
	my ($first) = source_lines($file);
	push @purpose, $file if ($first // '') !~ m{^/\*};
}
none(\@calls, 'no forbidden function is called');
none(\@typedefs, 'no struct hides behind a typedef');
none(\@purpose, 'each file opens with its purpose');

# Everything that is text, this file's own patterns aside.
my @all = grep { $_ ne 'tests/lint/0110-forbidden.t' } (
	source_files(qr/./, qw(core transports tui themes tests)),
	source_files(qr/./, qw(README bootstrap configure.ac Makefile.am)));
@all = grep { -T source_root() . "/$_" && !m{\.(o|a|log)$|/fuzz/} } @all;
my (@words, @paths, @space);
for my $file (@all) {
	my $n = 0;
	for (source_lines($file)) {
		$n++;
		push @words, "$file:$n: $_"
			if /\b(TODO|FIXME|XXX|HACK)\b/ ||
			/\bnot (yet )?implemented\b|\bplaceholder text\b|lorem ipsum/i;
		push @paths, "$file:$n: $_"
			if m{(?<![\w.])/(work|tmp/h\d|tmp/hub)/} ||
			m{/home/(?!sluice\b)[a-z]+/(?!\.)};
		push @space, "$file:$n"
			if /[ \t]+$/ && $file =~ /\.(c|h|def|am|ac|t|sh|pm)$/;
	}
}
none(\@words, 'nothing is left for later in the text');
none(\@paths, 'no path of one machine');
none(\@space, 'no white space at the end of a line');
done_testing;
