/* test_input.c - bytes to keys: sequences whole and split, pastes, bursts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/input.h"

#define KEYS_MAX 256

static struct {
	uint32_t codes[KEYS_MAX];
	bool bursts[KEYS_MAX];
	size_t count, paste_length;
	char paste[64];
} got;

static void
sink(const struct input_event *ev, void *arg)
{
	(void)arg;
	assert_true(got.count < KEYS_MAX);
	got.bursts[got.count] = ev->burst;
	got.codes[got.count++] = ev->code;
	if (ev->code == INPUT_PASTE) {
		got.paste_length = ev->length;
		strncpy(got.paste, ev->text, sizeof(got.paste) - 1);
	}
}

static struct input in;

static int
fresh(void **state)
{
	(void)state;
	memset(&got, 0, sizeof(got));
	input_init(&in, 100, false);
	return 0;
}

static int
done(void **state)
{
	(void)state;
	input_finish(&in);
	return 0;
}

static void
feed(const char *bytes, int64_t at)
{
	input_feed(&in, (const unsigned char *)bytes, strlen(bytes), at, sink,
		NULL);
}

static void
assert_keys(size_t count, const uint32_t *codes)
{
	size_t i;

	assert_int_equal(got.count, count);
	for (i = 0; i < count; i++)
		assert_int_equal(got.codes[i], codes[i]);
}

#define ASSERT_KEYS(...)                                                       \
	assert_keys(sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),      \
		(const uint32_t[]){__VA_ARGS__})

static void
keys_of_one_read(void **state)
{
	(void)state;
	feed("j\033[A\033OB\033[5~\033[H\xc3\xa9\r\t", 0);
	ASSERT_KEYS('j', INPUT_UP, INPUT_DOWN, INPUT_PAGE_UP, INPUT_HOME, 0xe9,
		INPUT_ENTER, INPUT_TAB);
}

static void
unknown_sequences_are_nothing(void **state)
{
	(void)state;
	feed("\033[99~\033[1;5x\033[?1;2cq", 0);
	ASSERT_KEYS('q');
}

static void
a_sequence_split_within_the_delay(void **state)
{
	(void)state;
	feed("\033", 0);
	assert_int_equal(input_wait(&in, 40), 60);
	feed("[", 50);
	feed("B", 90);
	ASSERT_KEYS(INPUT_DOWN);
}

static void
a_sequence_split_after_the_delay_is_joined(void **state)
{
	(void)state;
	feed("\033", 0);
	input_tick(&in, 100, sink, NULL);
	ASSERT_KEYS(INPUT_ESC);
	feed("O", 150);
	feed("B", 300);
	ASSERT_KEYS(INPUT_ESC, INPUT_DOWN);
}

static void
a_bracket_long_after_esc_is_a_bracket(void **state)
{
	(void)state;
	feed("\033", 0);
	input_tick(&in, 100, sink, NULL);
	feed("[", 1000);
	ASSERT_KEYS(INPUT_ESC, '[');
}

static void
a_lone_bracket_after_esc_comes_in_the_end(void **state)
{
	(void)state;
	feed("\033", 0);
	input_tick(&in, 100, sink, NULL);
	feed("[", 200);
	assert_int_equal(got.count, 1);
	assert_true(input_wait(&in, 200) > 0);
	input_tick(&in, 800, sink, NULL);
	ASSERT_KEYS(INPUT_ESC, '[');
}

static void
a_bracketed_paste_is_one_event(void **state)
{
	(void)state;
	feed("\033[200~rm -rf /\ryx\033[20", 0);
	assert_int_equal(got.count, 0);
	feed("1~j", 10);
	ASSERT_KEYS(INPUT_PASTE, 'j');
	assert_int_equal(got.paste_length, 11);
	assert_string_equal(got.paste, "rm -rf /\ryx");
}

static void
many_bytes_at_once_are_taken_for_a_paste(void **state)
{
	(void)state;
	in.guess_paste = true;
	feed("yyyyxxxx", 0);
	ASSERT_KEYS(INPUT_PASTE);
	feed("jjjjjjjjkk", 10);
	assert_int_equal(got.count, 11);
	assert_int_equal(got.codes[10], 'k');
}

static void
a_key_behind_a_movement_is_marked(void **state)
{
	(void)state;
	feed("xjx", 0);
	assert_false(got.bursts[0]);
	assert_true(got.bursts[2]);
	feed("x", 10);
	assert_false(got.bursts[3]);
}

/* The end of a paste got lost: keys are heard again after a while. */
static void
a_paste_without_an_end_ends(void **state)
{
	(void)state;
	feed("\033[200~ab", 0);
	assert_int_equal(got.count, 0);
	assert_true(input_wait(&in, 100) > 0);
	input_tick(&in, 3000, sink, NULL);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.codes[0], INPUT_PASTE);
	feed("x", 3100);
	assert_int_equal(got.codes[1], 'x');
}

/* Any bytes in any pieces: nothing is read twice or out of bounds. */
static void
garbage_never_hurts(void **state)
{
	unsigned seed = 1;
	int round, k;

	(void)state;
	for (round = 0; round < 20000; round++) {
		unsigned char bytes[16];
		size_t len;

		seed = seed * 1103515245u + 12345u;
		len = 1 + (seed >> 16) % sizeof(bytes);
		for (k = 0; k < (int)len; k++) {
			seed = seed * 1103515245u + 12345u;
			bytes[k] = seed >> 29 == 0 ? 0x1b
				   : seed >> 29 == 1
					   ? '['
					   : (unsigned char)(seed >> 16);
		}
		got.count = 0;
		input_feed(&in, bytes, len, round * 37, sink, NULL);
		input_tick(&in, round * 37 + 200, sink, NULL);
		assert_true(in.pending_len <= sizeof(in.pending));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_of_one_read),
		TEST(unknown_sequences_are_nothing),
		TEST(a_sequence_split_within_the_delay),
		TEST(a_sequence_split_after_the_delay_is_joined),
		TEST(a_bracket_long_after_esc_is_a_bracket),
		TEST(a_lone_bracket_after_esc_comes_in_the_end),
		TEST(a_bracketed_paste_is_one_event),
		TEST(many_bytes_at_once_are_taken_for_a_paste),
		TEST(a_key_behind_a_movement_is_marked),
		TEST(a_paste_without_an_end_ends),
		TEST(garbage_never_hurts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
