# Hostile values in every field of every request to the program on hosts, under
# every shell that is here, with its own tools: they arrive as they are or are
# refused; nothing is run, nothing lies outside the root, the program goes on.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/ssh/lib_program.sh"
program_setup
A=1.0-aaaaaaaaaaaa
BAIT=$tap_tmp/bait
mkdir "$BAIT" "$tap_tmp/one"
echo x >"$tap_tmp/one/file"
tar -cf "$tap_tmp/one.tar" -C "$tap_tmp/one" .
(cd "$tap_tmp/one" && sha256sum file) >"$tap_tmp/one.tar.manifest"

# requests FIRST OP USUAL FIELD...: requests of that op, each with one field
# that is hostile, and a probe; prints the number of the last.
requests()
{
	perl -e '
		my ($file, $bait, $payload, $root, $n, $op, $usual, @fields) =
			@ARGV;
		my @values = (
			"; touch $bait/P1; \$(touch $bait/P2) `touch $bait/P3`"
				. " \x27; touch $bait/P4; \x27 \"; touch "
				. "$bait/P5; \" & touch $bait/P6 | >$bait/P7",
			"a\ntouch $bait/P8\n\nprobe 9999\n\n",
			"x[\$(touch $bait/P9)]+\$((y[\$(touch $bait/PA)]))",
			"../../../../../../../..$bait/PB", "$bait/PC",
			"--to-command=touch $bait/PD", "* ~root %s%n \\ -rf",
			"Gr\xc3\xb6\xc3\x9fe\e[2J\xff\x01",
			"-1", "");
		open my $data, "<", $payload or die;
		my $bytes = do { local $/; <$data> };
		open my $out, ">>", $file or die;
		for my $field (@fields, "") {
			for my $value ($field eq "" ? "" : @values) {
				my %r = (now => time, root => $root,
					engine => "E-1", epoch => 3,
					rollout => "R-1", reason => "r",
					map({ split /=/, $_, 2 } split " ",
						$usual));
				my $this = $field eq "" ? "probe" : $op;
				$r{$_} =~ s/N$/$n/ for keys %r;
				$r{$field} = $field eq "env" ? "V=$value"
					: $value if $field ne "";
				print $out "$this ", ++$n, "\n";
				for (sort keys %r) {
					my $v = $r{$_};
					print $out $v =~ /\n/
						? "$_:" . length($v) . "\n$v"
						: "$_=$v\n";
				}
				print $out "\n";
				next if $this ne "stage";
				print $out "w whole $r{sha256} \nc ",
					length $bytes, "\n$bytes", "e\n";
			}
		}
		print "$n\n";' "$talk_file" "$BAIT" "$tap_tmp/one.tar" "$ROOT" "$@"
}

# checked NAME USUAL FIELD...: of fields that the pusher checks before it sends
# them: whatever comes of it, nothing is run.
checked()
{
	op_name=$1
	rm -rf "$ROOT/.sluice/lock"*
	begin
	last=$(requests 0 "$@")
	talk
	tried=$((tried + last))
}

# free NAME USUAL FIELD...: of fields that may hold anything.
free()
{
	checked "$@"
	is "$(outcome_of $last)" "done" "$shell: $op_name goes on"
	is "$(printf '%s\n' "$replies" | grep -ac "^$S r ")" $last \
		"$shell: $op_name answers each of $last"
}

size=$(wc -c <"$tap_tmp/one.tar") sum=$(sha256sum <"$tap_tmp/one.tar")
STAGE="release=$A.N bytes=$size need=9 inodes=9 sha256=${sum%% *} format=tar"
STAGE="$STAGE name=n umask=022"
STEP="release=$A attempt=N step=s run=true timeout_cs=500"
for name in $SHELLS; do
	use_shell "$name"
	tried=0
	rm -rf "$ROOT"
	begin
	ask lock head=abcd
	ask_stage $A "$tap_tmp/one.tar" tar
	talk
	is "$(outcome_of 2)" "done" "$shell: a release is there"
	free lock "head=h" reason head
	checked lock "head=h" engine rollout
	checked stage "$STAGE" release format name mode umask shared
	free step "$STEP" cwd env
	checked step "$STEP" release step
	free exec "run=true timeout_cs=500" cwd env
	checked switch "release=$A attempt=N" release
	checked verify "release=$A" release
	free clean "keep=5 protect=$A" protect
	free unlock "note=n" note
	for number in now epoch attempt keep lines timeout_cs bytes foreign; do
		begin
		ask step "release=$A" "attempt=1" "run=true" step=s \
			"$number=x[\$(touch $BAIT/N$number)]"
		ask probe
		talk
		is "$(outcome_of 1)$(outcome_of 2)" "" \
			"$shell: $number that is no number ends the talk"
	done
	is "$(ls "$BAIT")" "" "$shell: of $tried requests none ran anything"
	is "$(find "$tap_tmp" -path "$tap_tmp/bb" -prune -o -name 'P[0-9A-F]' \
		-print)" "" "$shell: and nothing lies outside"
done
done_testing
