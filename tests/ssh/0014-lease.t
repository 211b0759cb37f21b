# Twenty rollouts of two engines want one host at the same moment: one has its
# lease, the others are told who that is; a dead holder's is free at once; an
# older epoch has nothing. Under every shell, with flock and without.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/ssh/lib_program.sh"
program_setup

# contend N ENGINE: asks for the lease, and holds what it got until its input
# ends, which is when the file is gone.
contend()
{
	begin
	talk_file=$tap_tmp/talk.$1
	cp "$tap_tmp/talk" "$talk_file"
	ENGINE=$2 ROLLOUT=R-$1 ask lock head=abcd
	converse "$tap_tmp/replies.$1" wanting "$talk_file" &
}
wanting()
{
	cat "$1"
	while test -e "$tap_tmp/hold"; do sleep 1; done
}
answers()
{
	cat "$tap_tmp"/replies.* 2>/dev/null | grep -ac "^$S r 1 "
}
had()
{
	grep -al "^$S r 1 done" "$tap_tmp"/replies.*
}

test_race()
{
	rm -rf "$ROOT" "$tap_tmp"/replies.*
	mkdir -p "$ROOT/.sluice"
	echo "E-1 3" >"$ROOT/.sluice/engine"
	: >"$tap_tmp/hold"
	n=0
	while test $n -lt 20; do
		n=$((n + 1))
		contend $n E-$((n % 2 + 1))
	done
	ok "$1: all are answered" wait_for 'test "$(answers)" -eq 20' 60
	is "$(had | wc -l)" 1 "$1: one has the lease"
	winner=$(had)
	is "$(grep -a -A 1 "lease_engine" "$winner" | tail -n 1)" E-1 \
		"$1: of the engine that the host belongs to"
	is "$(cat "$tap_tmp"/replies.* | grep -ac "r 1 refused busy")" 9 \
		"$1: nine are told that it is held"
	is "$(cat "$tap_tmp"/replies.* |
		grep -ac "r 1 refused foreign_engine")" 10 \
		"$1: ten that it is not theirs"
	is "$(cat "$tap_tmp"/replies.* | grep -ac "is held by R-${winner##*.} ")" \
		9 "$1: by whom"

	# Killed with all that it started, as by the kernel.
	read -r _ _ _ holder _ <"$ROOT/.sluice/lease"
	kill -9 "$holder"
	begin
	ROLLOUT=R-99
	ask lock head=abcd
	EPOCH=2
	ask lock head=abcd
	EPOCH=3
	talk
	ROLLOUT=R-1
	is "$(outcome_of 1)" "done" "$1: a dead holder's lease is free"
	is "$(outcome_of 2)" "refused foreign_engine" \
		"$1: an older epoch has none"
	rm "$tap_tmp/hold"
	wait
}

# The same tools without flock.
without_flock()
{
	mkdir "$tap_tmp/bin"
	for tool in dd mkdir mv rm cat stat readlink sleep sync date tail tar \
		gzip sha256sum setsid id; do
		ln -s "$(command -v $tool)" "$tap_tmp/bin/$tool"
	done
}

without_flock
for sh in $SHELLS; do
	use_shell "$sh"
	test_race "$sh"
done
use_shell dash
TOOLS=$tap_tmp/bin
test_race "dash without flock"
done_testing
