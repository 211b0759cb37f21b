/*
 * test_keys.c - the key fuzzer: random bytes in every view, in bursts, split
 * anywhere, with pauses as a slow link makes them. Nothing leaves the console
 * but what is taken back with one key: pause, take, mark, mute.
 *
 * KEYS=N bytes (100,000 in make check; make check-keys has 1,000,000).
 */
#include "tests/unit/console_test.h"

static uint64_t random_state = 88172645463325252u;

/* xorshift64 (Marsaglia, Xorshift RNGs, 2003). */
static uint32_t
random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16) % n;
}

static const char *const pieces[] = {"\033", "\033[", "\033[A", "\033[B",
	"\033OB", "\033[5~", "\033[1;5C", "\033[200~", "\033[201~",
	"\033[<0;12;9M", "\033[M !!", "\033[I", "\033]52;c;AAAA\007", "\r",
	"\t", " ", "y", "a", "x", "p", "r", "t", ":", "/", "?", "m",
	"\303\251", "\360\237\230\200", "\377\376", "1", "2", "3", "4", "5",
	"6", "9", "q", "prod\r"};

static size_t
random_bytes(unsigned char *out, size_t most)
{
	size_t n = 1 + random_below((uint32_t)most), i;

	if (random_below(3) == 0) {
		const char *piece =
			pieces[random_below((uint32_t)ARRAY_SIZE(pieces))];

		n = strlen(piece);
		memcpy(out, piece, n);
		/* Cut as a link may cut it. */
		if (random_below(3) == 0)
			n = 1 + random_below((uint32_t)n);
		return n;
	}
	for (i = 0; i < n; i++)
		out[i] = (unsigned char)random_below(256);
	return n;
}

static void
on_event(const struct input_event *ev, void *arg)
{
	(void)arg;
	if (t.console.wants_quit)
		return;
	console_key(&t.console, ev);
}

static void
to_a_view(int i)
{
	static const char *const ways[] = {"1", "2", "2jj\r", "2jj\rn\r\r",
		"2jjL", "3", "3j\r", "5", "6", "6\r", "9", "9\r",
		"?", "2m", ":"};

	press(ways[(size_t)i % ARRAY_SIZE(ways)]);
}

static void
feed_random(struct input *in)
{
	unsigned char bytes[64];
	size_t n = random_bytes(bytes, random_below(8) == 0 ? 40 : 3);

	input_feed(in, bytes, n, clock_mono_ms(&t.clock.clock), on_event, NULL);
	/* Less than what a person needs to read what is asked. */
	if (random_below(4) == 0) {
		wait_ms(random_below(220));
		input_tick(in, clock_mono_ms(&t.clock.clock), on_event, NULL);
	}
	if (random_below(40) == 0)
		console_resize(&t.console, 1 + (int)random_below(220),
			1 + (int)random_below(70));
	if (random_below(8) == 0)
		paint();
}

static bool
is_harmless(const char *sent)
{
	static const char *const may[] = {"rollout.pause ", "rollout.resume ",
		"change.take ", "change.untake ", "change.undo "};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(may); i++)
		if (strncmp(sent, may[i], strlen(may[i])) == 0)
			return true;
	return false;
}

static void
random_bytes_decide_nothing(void **state)
{
	const char *asked = getenv("KEYS");
	long left = asked != NULL ? strtol(asked, NULL, 10) : 100000, fed = 0;
	struct input in;
	char *sent, *save = NULL;

	(void)state;
	input_init(&in, 25, false);
	for (; left > 0; left -= 4, fed++) {
		if (fed % 300 == 0) {
			input_flush(&in);
			console_resize(&t.console, 80, 24);
			t.console.sheet.is_open = false;
			t.console.prompt = PROMPT_NONE;
			to_a_view((int)(fed / 300));
		}
		feed_random(&in);
		t.console.wants_quit = t.console.wants_suspend = false;
	}
	input_finish(&in);
	for (sent = strtok_r(t.sent.buf, ";", &save); sent != NULL;
		sent = strtok_r(NULL, ";", &save))
		if (!is_harmless(sent))
			fail_msg("'%s' was sent", sent);
}

/* What confirms must be alone: garbage in front of it makes it nothing. */
static void
a_stream_never_confirms(void **state)
{
	int i;

	(void)state;
	select_change("C-891");
	press("a");
	for (i = 0; i < 50; i++) {
		wait_ms(100);
		press("zy");
	}
	assert_sent("");
	wait_ms(300);
	press("y");
	assert_sent("change.start C-891;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(random_bytes_decide_nothing),
		TEST(a_stream_never_confirms),
	};
	const char *dir = getenv("TMPDIR");

	/* Keys may save a screen or a list: not among the sources. */
	if (chdir(dir != NULL ? dir : "/tmp") == -1)
		return 99;
	setlocale(LC_ALL, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
