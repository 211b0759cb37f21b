package Summary;

# Summary.pm - prove's own report, closed by the counts; a script finds them
# as "N passed, N failed" in the file $SLUICE_TEST_SUMMARY. A test program
# that ends badly without a failed test of its own counts as one failure.

use strict;
use warnings;
use parent 'TAP::Formatter::File';

sub summary {
	my ($self, $aggregate, $interrupted) = @_;
	$self->SUPER::summary($aggregate, $interrupted);

	my ($passed, $failed, $skipped) = (0, 0, 0);
	for my $parser ($aggregate->parsers) {
		my @failed = $parser->failed;
		my @skipped = $parser->skipped;
		my $bad = @failed;
		$bad = 1 if !$bad && $parser->has_problems;
		$failed += $bad;
		$passed += $parser->passed - @skipped;
		$skipped += @skipped + ($parser->skip_all ? 1 : 0);
	}
	$failed ||= 1 if $interrupted || !$aggregate->parsers;
	print "Passed $passed, failed $failed, skipped $skipped\n";

	my $file = $ENV{SLUICE_TEST_SUMMARY} or return;
	open my $out, '>', $file or die "$file: $!\n";
	print $out "$passed passed, $failed failed\n";
	close $out or die "$file: $!\n";
}

1;
