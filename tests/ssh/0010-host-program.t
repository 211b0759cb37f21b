# The program that runs on hosts, under every shell that is here, with its own
# tools: artefacts, lease, switch, steps, and what hostile values do to it.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/ssh/lib_program.sh"
program_setup

# An archive with what archives may bring along.
A=1.0-aaaaaaaaaaaa B=1.1-bbbbbbbbbbbb
make_archives()
{
	for v in one two three; do
		mkdir -p "$tap_tmp/$v/bin" "$tap_tmp/$v/log"
		echo "echo $v" >"$tap_tmp/$v/bin/say"
		chmod 4775 "$tap_tmp/$v/bin/say"
		echo "a b" >"$tap_tmp/$v/name with spaces"
		ln "$tap_tmp/$v/name with spaces" "$tap_tmp/$v/linked"
		echo old >"$tap_tmp/$v/log/inside"
		tar -cf "$tap_tmp/$v.tar" -C "$tap_tmp/$v" .
		(cd "$tap_tmp/$v" && find . -type f ! -path './log/*' \
			-exec sha256sum {} +) >"$tap_tmp/$v.tar.manifest"
		gzip -c "$tap_tmp/$v.tar" >"$tap_tmp/$v.tar.gz"
		cp "$tap_tmp/$v.tar.manifest" "$tap_tmp/$v.tar.gz.manifest"
	done
	# Large enough for openssl to be asked for its digest.
	head -c 5000000 /dev/urandom >"$tap_tmp/big"
	big_line="$(sha256sum <"$tap_tmp/big" | cut -c1-64)  ./payload.bin"
}

test_artefacts()
{
	begin
	ask probe
	ask lock head=abcd
	ask_stage $A "$tap_tmp/one.tar" tar shared=log shared=data/up
	ask_stage $A "$tap_tmp/one.tar" tar shared=log
	ask verify release=$A
	ask_stage $B "$tap_tmp/two.tar.gz" tar.gz
	ask_stage f-1 "$tap_tmp/two.tar.gz" file name=my.bin
	ask probe
	ask_stage f-2 "$tap_tmp/big" file mode=640 "line=$big_line"
	ask verify release=f-2
	talk
	is "$(outcome_of 1)" "done" "$shell: probe"
	is "$(datum 1 root_exists)" 0 "$shell: nothing is there yet"
	is "$(outcome_of 2)" "done" "$shell: lock"
	is "$(datum 2 lease_rollout)" R-1 "$shell: the lease is ours"
	is "$(stat -c %a "$ROOT/.sluice")" 700 "$shell: .sluice is private"
	is "$(stat -c %a "$ROOT/releases")" 755 "$shell: releases are not"
	is "$(outcome_of 3)" "done" "$shell: stage"
	is "$(datum 3 already)" 0 "$shell: it was not there"
	is "$(outcome_of 4) $(datum 4 already)" "done 1" "$shell: now it is"
	is "$(outcome_of 5)" "done" "$shell: verify"
	is "$(outcome_of 6)" "done" "$shell: a compressed archive"
	is "$(outcome_of 7)" "done" "$shell: a single file"
	ok "$shell: is what was sent" cmp "$ROOT/releases/f-1/my.bin" \
		"$tap_tmp/two.tar.gz"
	is "$(part_of 8 | grep -c " d release ")" 3 "$shell: three releases"
	is "$(outcome_of 9)" "done" "$shell: a large file"
	is "$(stat -c %a "$ROOT/releases/f-2/payload.bin")" 640 \
		"$shell: has the mode that was asked for"
	is "$(outcome_of 10)" "done" "$shell: and is whole by its one line"
	is "$(stat -c %a "$ROOT/releases/$A/bin/say")" 755 \
		"$shell: set-uid and group write are dropped"
	is "$(readlink "$ROOT/releases/$A/log")" ../../shared/log \
		"$shell: shared lies over what the archive has"
	is "$(readlink "$ROOT/releases/$A/data/up")" ../../../shared/data/up \
		"$shell: also below a directory"
	ok "$shell: and leads there" test -d "$ROOT/releases/$A/data/up"
	is "$(cat "$ROOT/releases/$B/log/inside")" old \
		"$shell: what is not shared stays"
	like "$(cat "$ROOT/.sluice/journal")" "staged R-1 $A" \
		"$shell: the journal has it"
	is "$(find "$ROOT/.sluice/incoming" -type f -size +0)" "" \
		"$shell: nothing is left in incoming"
}

test_damage()
{
	begin
	ask_stage $A.x "$tap_tmp/one.tar" tar
	sed -i "s/^sha256=.*/sha256=$(printf %064d 7)/" "$talk_file"
	talk
	is "$(outcome_of 1)" "failed corrupt" "$shell: another digest"
	not_ok "$shell: is not unpacked" test -e "$ROOT/releases/$A.x"

	echo changed >"$ROOT/releases/$A/linked"
	begin
	ask verify release=$A
	ask verify release=none
	ask_stage $A "$tap_tmp/one.tar" tar shared=log shared=data/up
	ask verify release=$A
	talk
	is "$(outcome_of 1)" "failed corrupt" "$shell: a changed file is seen"
	like "$(datum 1 message)" linked "$shell: and named"
	is "$(outcome_of 2)" "failed not_found" "$shell: a missing release"
	is "$(outcome_of 3) $(datum 3 already)" "done 0" "$shell: staged anew"
	is "$(outcome_of 4)" "done" "$shell: and whole"

	begin
	ask_stage $A.y "$tap_tmp/one.tar" tar need=999999999999999
	ask probe
	talk
	is "$(outcome_of 1)" "refused no_space" "$shell: no room"
	like "$(datum 1 message)" "MiB short on file system '/" \
		"$shell: says how much and where"
	is "$(outcome_of 2)" "done" "$shell: the frame was not lost"
	head -c 2000 /dev/urandom >"$tap_tmp/noise.tar"
	begin
	ask_stage $A.z "$tap_tmp/noise.tar" tar
	talk
	like "$(outcome_of 1)" "^failed" "$shell: no archive at all"
	is "$(ls -A "$ROOT/releases" | grep -c "$A.z")" 0 \
		"$shell: leaves nothing"
}

# A difference of two trees that hosts have in all ways: see `grow` in the
# program. What is in "keep" is copied, "bin" has a mode of its own.
make_difference()
{
	for v in base next; do
		mkdir -p "$tap_tmp/$v/keep/a b"
		for n in 1 2 3; do
			echo "$n" >"$tap_tmp/$v/keep/a b/f $n"
		done
		echo bin >"$tap_tmp/$v/keep/bin"
		echo $v >"$tap_tmp/$v/name"
		tar -cf "$tap_tmp/$v.tar" -C "$tap_tmp/$v" .
		(cd "$tap_tmp/$v" && find . -type f -exec sha256sum {} +) \
			>"$tap_tmp/$v.tar.manifest"
	done
	diff_dir=$tap_tmp/difference
	mkdir -p "$diff_dir/mode" "$diff_dir/tree/keep/a b"
	cp "$tap_tmp/next/name" "$diff_dir/tree"
	grep ' ./name' "$tap_tmp/base.tar.manifest" >"$diff_dir/drop"
	grep ' ./name' "$tap_tmp/next.tar.manifest" >"$diff_dir/lines"
	printf 'keep/bin\0' >"$diff_dir/mode/775"
	diff_sum=$(LC_ALL=C sort "$tap_tmp/next.tar.manifest" | sha256sum)
	echo "${diff_sum%% *} 666" >"$diff_dir/digest"
	tar -czf "$tap_tmp/difference.tgz" -C "$diff_dir" .
	gzip -c "$tap_tmp/next.tar" >"$tap_tmp/next.tgz"
	head -c 200 "$tap_tmp/difference.tgz" >"$tap_tmp/other"
	echo x >>"$tap_tmp/other"
}

test_ways()
{
	begin
	ask_stage w-0 "$tap_tmp/base.tar" tar
	ask_stage_in w-1 "$tap_tmp/next.tar" tar
	way files "$tap_tmp/difference.tgz" w-0
	ask_stage_in w-2 "$tap_tmp/next.tar" tar
	way gzip "$tap_tmp/next.tgz"
	ask_stage_in w-3 "$tap_tmp/next.tar" tar
	way files "$tap_tmp/difference.tgz" none
	way patch "$tap_tmp/difference.tgz" w-0
	way gzip "$tap_tmp/other"
	way files "$tap_tmp/other" w-0
	way whole "$tap_tmp/next.tar"
	talk
	is "$(outcome_of 2) $(datum 2 way)" "done files" \
		"$shell: a release out of an older one"
	ok "$shell: as it should be" \
		diff -r "$tap_tmp/next" "$ROOT/releases/w-1"
	is "$(cd "$ROOT/releases/w-1/keep" && stat -c %a bin "a b/f 1" |
		tr '\n' ' ')" "755 644 " "$shell: with its modes under the umask"
	is "$(outcome_of 3) $(datum 3 way)" "done gzip" "$shell: packed"
	ok "$shell: comes out" diff -r "$tap_tmp/next" "$ROOT/releases/w-2"
	is "$(part_of 4 | grep -c "^$S w 4")" 4 "$shell: four doubts"
	is "$(outcome_of 4) $(datum 4 way)" "done whole" \
		"$shell: end in the whole"
	ok "$shell: which is right" diff -r "$tap_tmp/next" "$ROOT/releases/w-3"

	# Whatever stands in the base's place: no link, no pipe, no other text.
	for doubt in 'ln -sf name "f 1"' 'mkfifo "f 1"' 'echo 4 >"f 1"' ':'; do
		(cd "$ROOT/releases/w-0/keep/a b" && rm -f "f 1" && eval "$doubt")
		begin
		ask_stage_in w-5 "$tap_tmp/next.tar" tar
		way files "$tap_tmp/difference.tgz" w-0
		way whole "$tap_tmp/next.tar"
		ask verify release=w-5
		talk
		is "$(datum 1 way) $(outcome_of 2)" "whole done" \
			"$shell: base with $doubt"
		rm -r "$ROOT/releases/w-5"
	done
	echo 1 >"$ROOT/releases/w-0/keep/a b/f 1"
}

test_switch()
{
	begin
	ask switch release=none attempt=1
	ask switch release=$A attempt=1
	ask switch release=$A attempt=1
	ask switch release=$B attempt=1
	ask probe
	talk
	is "$(outcome_of 1)" "refused not_found" "$shell: no such release"
	is "$(outcome_of 2) $(datum 2 previous_kind)" "done none" \
		"$shell: the first switch"
	is "$(outcome_of 3) $(datum 3 already)" "done 1" "$shell: once more"
	is "$(datum 4 previous)" $A "$shell: the previous release"
	is "$(datum 5 current)" $B "$shell: probe sees it"
	is "$(readlink "$ROOT/current")" releases/$B "$shell: so does a reader"

	rm "$ROOT/current"
	mkdir "$tap_tmp/elsewhere it is"
	ln -s "$tap_tmp/elsewhere it is" "$ROOT/current"
	begin
	ask probe
	ask switch release=$A attempt=2
	ask switch "release=$tap_tmp/elsewhere it is" foreign=1 attempt=3
	talk
	is "$(datum 1 current_kind)" foreign "$shell: a link of somebody else"
	is "$(datum 2 previous)" "$tap_tmp/elsewhere it is" \
		"$shell: is the way back"
	is "$(outcome_of 3)" "done" "$shell: and can be gone"
	is "$(readlink "$ROOT/current")" "$tap_tmp/elsewhere it is" \
		"$shell: is gone"
	rmdir "$tap_tmp/elsewhere it is"

	rm "$ROOT/current"
	mkdir "$ROOT/current"
	begin
	ask switch release=$A attempt=4
	talk
	is "$(outcome_of 1)" "refused exists" "$shell: current is a directory"
	like "$(datum 1 message)" "mv current" "$shell: and how to convert it"
	ok "$shell: it is untouched" test -d "$ROOT/current"
	rmdir "$ROOT/current"
}

test_commands()
{
	begin
	ask switch release=$A attempt=5
	cmd='printf "[%s][%s]\n" "$A" "$B"; pwd; ls; cat; echo "$SLUICE_PREVIOUS|$SLUICE_RELEASE|$SLUICE_STEP"; exit 7'
	ask step step=one attempt=1 release=$B timeout_cs=500 \
		"env=A=x'y\"z;\$(id)" "env=B=two
lines" "env=SLUICE_STEP=one" \
		"run=$cmd"
	ask step step=one attempt=1 release=$B timeout_cs=500 "run=$cmd"
	ask step step=two attempt=1 release=$B timeout_cs=500 \
		'run=kill -KILL $$'
	ask step step=three attempt=1 release=$B timeout_cs=50 \
		'run=sleep 61 & sleep 61'
	ask exec timeout_cs=50 'run=sleep 62'
	ask exec timeout_cs=500 'run=exit 3'
	ask exec timeout_cs=500 cwd=/nowhere run=true
	ask step step=four attempt=1 release=none timeout_cs=500 run=true
	ask step step=one attempt=1 release=$B timeout_cs=500 run=true
	talk
	is "$(outcome_of 2) $(datum 2 rc)" "failed failed 7" \
		"$shell: a step that fails"
	like "$(part_of 2)" "^\\[x'y\"z;\\\$\\(id\\)\\]\\[two\$" \
		"$shell: values arrive as they are"
	like "$(part_of 2)" "^lines\\]\$" "$shell: with their lines"
	like "$(part_of 2)" "^$ROOT/releases/$B\$" "$shell: in its release"
	like "$(part_of 2)" \
		"^$ROOT/releases/$A\\|$ROOT/releases/$B\\|one\$" \
		"$shell: with absolute paths"
	is "$(outcome_of 3) $(datum 3 rc) $(datum 3 replayed)" \
		"failed failed 7 1" "$shell: the same step is not run twice"
	is "$(outcome_of 4) $(datum 4 rc)" "failed failed 137" \
		"$shell: killed is not exit 0"
	is "$(outcome_of 5) $(datum 5 timed_out)" "failed timeout 1" \
		"$shell: a time-out"
	is "$(outcome_of 6) $(datum 6 timed_out)" "failed timeout 1" \
		"$shell: of a command as well"
	is "$(outcome_of 7) $(datum 7 rc)" "failed failed 3" \
		"$shell: a command that fails"
	is "$(outcome_of 8)" "failed not_found" "$shell: no such directory"
	is "$(outcome_of 9)" "refused not_found" "$shell: no such release"
	is "$(outcome_of 10)" "refused exists" \
		"$shell: another command under the same key"
	is "$(pgrep -fc '^sleep 6[12]$')" 0 "$shell: nothing of them is left"
	is "$(ls -A "$tap_tmp/tmp" | grep -c .)" 0 \
		"$shell: nor in the temporary directory"
}

test_flood()
{
	begin
	ask step step=flood attempt=1 release=$A timeout_cs=6000 \
		'run=dd if=/dev/zero bs=1000000 count=100 2>/dev/null | tr "\0" x; sleep 0.5; echo; echo the end'
	talk
	is "$(outcome_of 1)" "done" "$shell: a flood of 100 MB"
	like "$(part_of 1 | tail -c 400)" "^the end\$" "$shell: its end is there"
	# What is written while the file is cut short is not counted.
	ok "$shell: most of it was counted" \
		test "$(datum 1 output_bytes)" -gt 30000000
	ok "$shell: it was not kept" \
		test "$(du -sk "$ROOT/.sluice" | cut -f1)" -lt 40000
	ok "$shell: nor sent" test "$(wc -c <"$tap_tmp/replies")" -lt 20000000
}

test_owners()
{
	begin
	ENGINE=E-2
	ask lock
	ENGINE=E-1 EPOCH=2
	ask lock
	ENGINE=E-2 EPOCH=1
	ask adopt
	ask lock
	ENGINE=E-1 EPOCH=9
	ask lock
	ask adopt
	EPOCH=10
	ask lock
	ask unlock note=x
	EPOCH=3
	talk
	is "$(outcome_of 1)" "refused foreign_engine" "$shell: another engine"
	is "$(outcome_of 2)" "refused foreign_engine" "$shell: an older epoch"
	is "$(outcome_of 3)" "done" "$shell: adopt"
	is "$(outcome_of 4)" "done" "$shell: it is the other engine's now"
	is "$(outcome_of 5)" "refused foreign_engine" "$shell: no longer ours"
	is "$(outcome_of 6)" "done" "$shell: taken back"
	is "$(outcome_of 7)" "done" "$shell: a later epoch"
	is "$(outcome_of 8)" "done" "$shell: unlock"
	rm "$ROOT/.sluice/engine"
}

test_clean()
{
	begin
	ask_stage c-1 "$tap_tmp/one.tar" file
	ask_stage c-2 "$tap_tmp/two.tar" file
	ask switch release=c-1 attempt=11
	ask switch release=c-2 attempt=12
	ask switch release=$A attempt=13
	talk
	touch -d 2020-01-01 "$ROOT/.sluice/manifests/c-1.info"
	touch -d 2020-01-02 "$ROOT/.sluice/manifests/f-1.info"
	begin
	ask clean keep=1 protect=$B
	ask journal lines=1000
	talk
	is "$(outcome_of 1)" "done" "$shell: clean"
	ok "$shell: current stays" test -d "$ROOT/releases/$A"
	ok "$shell: the one before stays" test -d "$ROOT/releases/c-2"
	ok "$shell: a protected one stays" test -d "$ROOT/releases/$B"
	not_ok "$shell: others go" test -e "$ROOT/releases/c-1"
	like "$(part_of 1)" "d removed c-1" "$shell: and are named"
	like "$(part_of 2)" "clean R-1" "$shell: the journal can be read"
}

make_archives
make_difference
for name in $SHELLS; do
	use_shell $name
	rm -rf "$ROOT"
	test_artefacts
	test_damage
	test_ways
	test_switch
	test_commands
	test_flood
	test_owners
	test_clean
done
done_testing
