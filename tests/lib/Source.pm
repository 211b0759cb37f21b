package Source;

# Source.pm - the source files of the tree, for the tests in tests/lint.

use strict;
use warnings;
use Exporter 'import';
use File::Find;

our @EXPORT = qw(source_root source_files source_lines source_code none);

# What the build makes is not judged; git ignores it.
my %generated;
if (open my $ignore, '<', source_root() . '/.gitignore') {
	m{^/(\S*[^/\s])$} and $generated{$1} = 1 for <$ignore>;
}

sub source_root {
	return $ENV{top_srcdir} // '.';
}

# Paths from the top, sorted, below the given directories, that match.
sub source_files {
	my ($match, @dirs) = @_;
	my $root = source_root();
	my @found;
	my @there = grep { -e "$root/$_" } @dirs;
	return () if !@there;
	find({ no_chdir => 1, wanted => sub {
		my $path = substr $_, length($root) + 1;
		push @found, $path
			if -f $_ && $path =~ $match && !$generated{$path} &&
			$path !~ m{(^|/)\.};
	} }, map { "$root/$_" } @there);
	return sort @found;
}

sub source_lines {
	my ($path) = @_;
	open my $f, '<', source_root() . "/$path" or die "$path: $!\n";
	chomp(my @lines = <$f>);
	return @lines;
}

# The text of a C file with comments and the inside of strings blanked, line
# by line as it was.
sub source_code {
	my $text = join "\n", source_lines(@_);
	$text =~ s{(/\*.*?\*/)|//[^\n]*|("(?:[^"\\\n]|\\.)*")|('(?:[^'\\\n]|\\.)*')}
		{ my $all = $&; if (defined $2) { '""' } elsif (defined $3) { "' '" }
		  else { $all =~ s/[^\n]//g; $all } }gse;
	return split /\n/, $text, -1;
}

# One test: nothing was found. Everything found is shown.
sub none {
	my ($found, $what) = @_;
	Test::More::is(scalar @$found, 0, $what) or
		Test::More::diag(map { "$_\n" } @$found);
}

1;
