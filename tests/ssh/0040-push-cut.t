# A link that is cut after any number of bytes: what was asked for is asked
# again until there is an answer, and has happened once.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/ssh/lib_push.sh"
test -x "$DRIVE" || bail "tests/ssh/push_drive is not built"
sshd_setup || skip_all "no sshd on this machine"
sshd_start || bail "sshd does not start"
key=$(cut -d' ' -f1,2 "$SSHD_DIR/host_ed25519.pub")
head -c 100000 /dev/urandom >"$T/file"

# again ARGS...: one job until it has an outcome that says something.
again()
{
	again_tries=0
	while test $again_tries -lt 10; do
		again_tries=$((again_tries + 1))
		push_begin "\"ssh\":{\"keys\":[\"$SSHD_KEY\"],\
\"known_hosts\":[\"$T/kh\"],\"connect_timeout_ms\":5000}"
		push "$@"
		push_run
		outcome=$(result 1 .outcome)
		case $outcome in
		lost) lost=$((lost + 1)) ;;
		unreachable)
			unreachable=$((unreachable + 1))
			test "$(result 1 .error.code)" = unreachable ||
				fail "$(result 1 .error.message)"
			;;
		*) break ;;
		esac
	done
}

lost=0 unreachable=0 bytes=500 n=0
while test $bytes -lt 150000; do
	n=$((n + 1))
	perl "$top_srcdir/tests/ssh/cut_proxy.pl" \
		"$(sshd_address 1)" "$SSHD_PORT" $bytes >"$T/port" &
	proxy=$!
	wait_for 'test -s "$T/port"' 10
	port=$(cat "$T/port")
	echo "[127.0.0.1]:$port $key" >"$T/kh"
	push_host h "\"transport\":\"ssh\",\"address\":\"127.0.0.1\",\
\"port\":$port,\"user\":\"$SSHD_USER\""
	PUSH_ROOT=$T/srv/$n
	RELEASE=1.0-aaaaaaaaaaaa
	if test $bytes -lt 30000; then
		# The cut falls into the login, the program or the step.
		mkdir -p "$PUSH_ROOT/releases/$RELEASE"
		again h step "$(step_args s 1 9000 \
			'echo ran >>$SLUICE_ROOT/ran; exit 5')"
		is "$outcome $(result 1 .data.exit) $(grep -c . \
			"$PUSH_ROOT/ran")" "failed 5 1" \
			"cut after $bytes bytes: the step ran once"
	else
		again h stage "$(stage_args $RELEASE "$T/file" file)"
		is "$outcome" "done" "cut after $bytes bytes: staged"
		ok "what arrived is whole" cmp "$T/file" \
			"$PUSH_ROOT/releases/$RELEASE/payload.bin"
	fi
	kill $proxy
	wait $proxy 2>/dev/null
	rm -f "$T/port"
	bytes=$((bytes + bytes / 4 + 137))
done
ok "some were cut before anything was sent" test "$unreachable" -gt 1
ok "some in the middle" test "$lost" -gt 1
done_testing
