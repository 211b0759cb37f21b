# Steps that fail, hang, flood, print escape sequences, are killed or leave
# something running: each ends in a clear message, and nothing of it reaches
# a terminal as it came.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/fleet.sh"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"

# Each service runs the script of its name, which the release brings along.
names='fails hangs floods escapes killed orphans missing noexec'
mkdir "$T/one"
cat >"$T/one/fails" <<'END'
echo "cannot reach the database" >&2
exit 7
END
cat >"$T/one/hangs" <<END
trap '' TERM HUP INT
sh -c 'echo \$\$ >$T/hanging; exec sleep 600'
sleep 600
END
cat >"$T/one/floods" <<'END'
yes 'a line of a flood that nobody wants to keep in full' | head -c 100000000
echo the end of the flood
END
cat >"$T/one/escapes" <<'END'
printf 'before \033[2J\033]0;title\007 \233 \202\377 \000 \033P+q\033\\ after\n'
printf '\033[31mred\033[0m \r overwritten \b\b\b\n'
printf 'password=hunter2 rest\n'
END
cat >"$T/one/killed" <<'END'
echo dying
kill -9 $$
END
cat >"$T/one/orphans" <<END
sleep 600 & echo \$! >$T/orphan
echo started
END
{
	echo 'site = "test"; timezone = "UTC";'
	echo 'redact = [ "password=[^ ]+" ];'
	sshd_conf_ssh
	sshd_conf_hosts 1
	comma=
	echo 'services = ('
	for name in $names; do
		printf '%s { name = "%s"; root = "%s/srv/{host}/%s";\n' \
			"$comma" "$name" "$T" "$name"
		run="sh ./$name"
		test $name != noexec || run="./VERSION"
		printf '  steps = { after_switch = { run = "%s"; timeout = "%s"; }; }; }\n' \
			"$run" "$(test $name = hangs && echo 2s || echo 60s)"
		comma=,
	done
	echo ');'
	echo 'environments = ( { name = "prod"; hosts = "role=web";'
	echo '  protect = "none"; services = ['
	echo "$names" | sed 's/ /", "/g; s/^/"/; s/$/"/'
	echo '] ; } );'
} | sandbox_conf
must "the engine starts" engine_start
echo 1.0.0 >"$T/one/VERSION"
echo 0 >"$T/hanging"

for name in $names; do
	run sluice release add $name 1.0.0 "$T/one" --json
	run sluice change new $name 1.0.0 prod --json -m test
	id=$(printf '%s\n' "$out" | jq -r .id)
	run sluice start "$id" --wait --json
	eval "status_$name=$status change_$name=$id"
done

# about NAME: sets ROLLOUT and error.
about()
{
	eval "CHANGE=\$change_$1 status=\$status_$1"
	ROLLOUT=$(sluice rollout show "$CHANGE" --json | jq -r .id)
	error=$(rollout_hosts '.[0].error|tostring')
	log=$(sluice rollout log "$ROLLOUT")
}

about fails
is "$status" 1 "fails: the rollout did not succeed"
like "$error" 'after_switch.*7' "fails: the step and its exit status are named"
like "$log" 'cannot reach the database' "fails: what it said is kept"

about hangs
is "$status" 1 "hangs: the rollout did not succeed"
like "$error" 'stopped after|[Tt]ime' "hangs: the time-out is named"
ok "hangs: all of it was killed" pid_gone "$(cat "$T/hanging")" 10

about floods
is "$status" 0 "floods: 100 MB of output do no harm"
like "$log" 'the end of the flood' "floods: the last lines are kept"
ok "floods: and not many more" test "$(printf '%s' "$log" | wc -c)" -lt 200000
for pid in $ENGINE_PID $(pusher_pids); do
	size=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")
	limit=131072
	test -z "$SANITIZER" || limit=1048576
	ok "floods: $(cat "/proc/$pid/comm") stayed small" test "$size" -lt $limit
done

about escapes
is "$status" 0 "escapes: the rollout succeeded"
like "$log" 'before.*after' "escapes: the words are there"
for how in "rollout log $ROLLOUT" "rollout log $ROLLOUT --json" \
	"rollout steps $ROLLOUT" "watch $ROLLOUT --plain --exit"; do
	# shellcheck disable=SC2086
	sluice $how >"$T/shown" 2>&1
	is "$(LC_ALL=C tr -d '\n\t\040-\176\200-\377' <"$T/shown" | wc -c)" 0 \
		"escapes: no control byte in '${how% R-*}'"
	ok "escapes: and valid UTF-8" iconv -f UTF-8 -t UTF-8 "$T/shown"
done
unlike "$log" 'hunter2' "escapes: what redact matches is blanked"
engine_files=$(grep -rlaF hunter2 "$SLUICE_STATE" 2>/dev/null |
	grep -v '/artefacts/\|/store/\|/objects/')
is "$engine_files" "" "escapes: before it is stored"

about killed
is "$status" 1 "killed: the rollout did not succeed"
like "$error" '[Ss]ignal|[Kk]illed|KILL' "killed: by a signal, it says"

about orphans
is "$status" 0 "orphans: something left in the background holds nobody up"
kill "$(cat "$T/orphan")" 2>/dev/null

about missing
is "$status" 1 "missing: the rollout did not succeed"
like "$error" '127|2|not found' "missing: says so"

about noexec
is "$status" 1 "noexec: the rollout did not succeed"
like "$error" '126|127' "noexec: with the shell's status"

is "$(pgrep -f "$T/srv" | wc -l)" 0 "no step runs on"
about fails
exit_is 0 "fails: the host can be left out" sluice exclude "$ROLLOUT" \
	--host h-001 -m "repaired by hand"
like "$(rollout_hosts '.[0].state')" excluded "fails: and is"
exit_is 0 "the ledger verifies" sluice audit verify
engine_stop
done_testing
