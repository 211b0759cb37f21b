#!/usr/bin/perl
# Each layer includes only what it may: the table of the architecture.
use strict;
use warnings;
use Test::More;
use Source;

my %may = (
	'core/base' => [qw(base)],
	'core/model' => [qw(base model)],
	'core/wire' => [qw(base model wire)],
	'core/store' => [qw(base model store)],
	'core/engine' => [qw(base model wire store engine)],
	'transports' => [qw(base model wire transports)],
	'tui' => [qw(base model wire tui)],
);

for my $layer (sort keys %may) {
	my %allowed = map { $_ => 1 } @{$may{$layer}};
	my @bad;
	my @files = source_files(qr/\.(c|h|def)$/, $layer);
	for my $file (@files) {
		for (source_lines($file)) {
			next if !/^\s*#\s*include\s+"([^"]+)"/;
			next if $1 !~ m{^(?:core/)?([^/]+)/};
			# The table of methods is the contract: data only.
			next if $file eq 'tui/methods.c' &&
				/"engine\/methods\.def"/;
			push @bad, "$file: $_" if !$allowed{$1};
		}
	}
	ok(scalar @files, "$layer has sources");
	none(\@bad, "$layer includes only: @{$may{$layer}}");
}

# A library's header, and the files that may include it.
my @libraries = (
	[qr/n?curses(w?\/.*)?\.h|term\.h/, qr{^tui/screen\.c$}],
	[qr/sqlite3\.h/, qr{^core/store/}],
	[qr/libssh2.*\.h/, qr{^transports/ssh_[a-z0-9_]+\.[ch]$}],
	[qr/curl\/.*\.h/, qr{^core/engine/}],
	[qr/archive(_entry)?\.h/, qr{^(core/(store|engine)/|tui/pack\.c$)}],
	[qr/libical\/.*\.h/, qr{^core/model/(recur|ics)[a-z_]*\.[ch]$}],
	[qr/jansson\.h/, qr{^(core/(wire|engine)|transports|tui)/}],
	[qr/uv\.h/, qr{^(core/(base|wire|engine)|transports|tui)/}],
);
for my $library (@libraries) {
	my ($header, $where) = @$library;
	my @bad;
	for my $file (source_files(qr/\.(c|h)$/, qw(core transports tui))) {
		next if $file =~ $where;
		push @bad, map { "$file: $_" }
			grep { /^\s*#\s*include\s+<$header>/ }
			source_lines($file);
	}
	none(\@bad, "$header only in $where");
}

# Pure rules: no file, no clock, no environment.
my $acts = qr/\b(open|openat|fopen|read|write|printf|fprintf|puts|time|
	clock_gettime|gettimeofday|clock_now_\w+|getenv|socket|fork|exit)\s*\(/x;
my @acts;
for my $file (source_files(qr/\.c$/, 'core/model')) {
	my $n = 0;
	for (source_code($file)) {
		$n++;
		push @acts, "$file:$n: $_" if /$acts/;
	}
}
none(\@acts, 'the model does no I/O and asks no clock');
done_testing;
