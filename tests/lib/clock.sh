# clock.sh - an engine whose wall clock a test moves on, so that it need not
# wait, nor be quicker than a time that ends. Wants tap.sh and sandbox.sh.
#
#	clock_engine_start	starts the engine and sets ENGINE_PID
#	clock_pass SECONDS	so much later it is from now on
#
# Where libfaketime is missing clock_pass waits; CLOCK_MOST SECONDS (5) is the
# longest that a test asks for then: `$(clock_time 600)` is 600 with the
# library and that without.
clock_lib=$(find /usr/lib /usr/local/lib -name libfaketime.so.1 2>/dev/null |
	head -n 1)
clock_now=0

clock_time()
{
	if test -n "$clock_lib"; then
		echo "$1"
	else
		echo "${CLOCK_MOST:-5}"
	fi
}

clock_set()
{
	printf '+%d\n' "$clock_now" >"$T/clock.new"
	chmod 644 "$T/clock.new"
	mv "$T/clock.new" "$T/clock"
}

clock_engine_start()
{
	test -n "$clock_lib" || {
		engine_start
		return
	}
	clock_set
	LD_PRELOAD=$clock_lib FAKETIME_TIMESTAMP_FILE=$T/clock \
		FAKETIME_NO_CACHE=1 NO_FAKE_STAT=1 \
		FAKETIME_DONT_FAKE_MONOTONIC=1 engine_start
}

clock_pass()
{
	if test -n "$clock_lib"; then
		clock_now=$((clock_now + $1))
		clock_set
	else
		clock_end=$(($(date +%s) + $1))
		wait_for "test \$(date +%s) -ge $clock_end" $(($1 + 5))
	fi
}
