/* test_base.c - strings that grow, files, digests, errors, the clock. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"

static void
test_strbuf(void **state)
{
	struct strbuf sb;
	char *s;
	int i;

	(void)state;
	strbuf_init(&sb);
	assert_string_equal(sb.buf, "");
	for (i = 0; i < 10000; i++)
		strbuf_addf(&sb, "%d,", i % 10);
	assert_int_equal(sb.len, 20000);
	assert_int_equal(sb.buf[sb.len], '\0');
	strbuf_consume(&sb, 19998);
	assert_string_equal(sb.buf, "9,");
	strbuf_add(&sb, "a\0b", 3);
	assert_int_equal(sb.len, 5);
	memcpy(strbuf_reserve(&sb, 3), "xyz", 3);
	sb.len += 3;
	assert_memory_equal(sb.buf, "9,a\0bxyz", 8);
	strbuf_clear(&sb);
	assert_int_equal(sb.len, 0);
	strbuf_addc(&sb, 'q');
	s = strbuf_detach(&sb);
	assert_string_equal(s, "q");
	free(s);
	strbuf_finish(&sb);
}

static void
test_digest(void **state)
{
	/* FIPS 180-4 and the empty message. */
	static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e46"
				    "49b934ca495991b7852b855";
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396"
				  "177a9cb410ff61f20015ad";
	char hex[DIGEST_HEX_SIZE];
	struct digest *d = digest_create();

	(void)state;
	digest_hex("", 0, hex);
	assert_string_equal(hex, empty);
	digest_add(d, "a", 1);
	digest_add(d, "", 0);
	digest_add(d, "bc", 2);
	digest_finish_hex(d, hex);
	assert_string_equal(hex, abc);
	assert_true(digest_is_hex(abc));
	assert_false(digest_is_hex("BA7816BF"));
	assert_false(digest_is_hex(""));
	hex[0] = 'g';
	assert_false(digest_is_hex(hex));
}

static char directory[] = "/tmp/sluice-base-XXXXXX";

static char *
in_directory(const char *name)
{
	return path_join(directory, name);
}

static void
test_files(void **state)
{
	char *path = in_directory("f"), *data;
	struct error e;
	struct stat st;
	size_t len;

	(void)state;
	assert_int_equal(file_write_atomic(path, "one\0two", 7, 0640, &e), 0);
	assert_int_equal(file_read(path, 100, &data, &len, &e), 0);
	assert_int_equal(len, 7);
	assert_memory_equal(data, "one\0two", 8);
	free(data);
	assert_int_equal(file_read(path, 6, &data, &len, &e), -1);
	assert_non_null(strstr(e.text, "larger than 6 bytes"));
	assert_int_equal(file_write_atomic(path, "x", 1, 0600, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(file_read(path, 6, &data, &len, &e), -1);
	assert_non_null(strstr(e.text, path));
	assert_int_equal(
		file_write_atomic("/nowhere/x", "x", 1, 0600, &e), -1);
	assert_int_equal(e.code, ERROR_IO);
	free(path);
}

/* A write that fails leaves the old file and nothing beside it. */
static void
test_write_keeps(void **state)
{
	char *path = in_directory("d");
	struct error e;

	(void)state;
	assert_int_equal(dir_make(path, 0700, &e), 0);
	assert_int_equal(file_write_atomic(path, "x", 1, 0600, &e), -1);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(mkdir(directory, 0700), 0);
	free(path);
}

static void
test_directories(void **state)
{
	char *path = in_directory("a/b/c"), *parent = in_directory("a/b");
	char *top = in_directory("a"), *file = in_directory("file");
	char *below = in_directory("file/x");
	struct error e;

	(void)state;
	assert_int_equal(dir_make(path, 0700, &e), 0);
	assert_int_equal(dir_make(path, 0700, &e), 0);
	assert_true(file_exists(path));
	assert_int_equal(file_write_atomic(file, "", 0, 0600, &e), 0);
	assert_int_equal(dir_make(below, 0700, &e), -1);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(parent), 0);
	assert_int_equal(rmdir(top), 0);
	free(path);
	free(parent);
	free(top);
	free(file);
	free(below);
}

static void
is_path(char *got, const char *expected)
{
	assert_string_equal(got, expected);
	free(got);
}

static void
test_paths(void **state)
{
	(void)state;
	is_path(path_join("/a", "b"), "/a/b");
	is_path(path_join("/a//", "b"), "/a/b");
	is_path(path_join("/", "b"), "/b");
	is_path(path_absolute("/a//b/./c/"), "/a/b/c");
	is_path(path_absolute("/"), "/");
	is_path(path_absolute("/a/../b"), "/a/../b");
	assert_int_equal(setenv("HOME", "/somewhere", 1), 0);
	is_path(path_expand_home("~/k"), "/somewhere/k");
	is_path(path_expand_home("~k"), "~k");
	is_path(path_expand_home("/k"), "/k");
}

static void
test_errors(void **state)
{
	struct error e;
	int i;

	(void)state;
	assert_int_equal(error_set(&e, ERROR_DENIED, "no '%s'", "x"), -1);
	error_hint(&e, "ask %s", "alice");
	error_prefix(&e, "host '%s'", "h");
	assert_string_equal(e.text, "host 'h': no 'x'");
	assert_string_equal(e.hint, "ask alice");
	assert_int_equal(error_code_exit(e.code), 3);
	error_set_errno(&e, ENOSPC, "cannot write");
	assert_int_equal(e.code, ERROR_NO_SPACE);
	assert_string_equal(e.hint, "");
	error_set(&e, ERROR_USAGE, "no '%s'", "a\033[2J\nb\xff\xe2\x80\xae");
	assert_null(strpbrk(e.text, "\033\n\xff"));
	assert_true(text_is_utf8(e.text, strlen(e.text)));
	error_hint(&e, "ask '%s'", "\a\u061c");
	assert_string_equal(e.hint, "ask '\ufffd\ufffd'");
	assert_int_equal(error_set(NULL, ERROR_IO, "nobody listens"), -1);
	for (i = 1; i < ERROR_COUNT; i++)
		assert_int_equal(error_code_from_name(error_code_name(
					 (enum error_code)i)),
			i);
	assert_int_equal(error_code_from_name("nobody"), ERROR_INTERNAL);
}

/* A text that is too long is cut, never overrun. */
static void
test_long_error(void **state)
{
	char text[5000];
	struct error e;
	int i;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&e, ERROR_IO, "%s", text);
	for (i = 0; i < 10; i++)
		error_prefix(&e, "%s", text);
	error_hint(&e, "%s", text);
	assert_true(strlen(e.text) < sizeof(e.text));
	assert_true(strlen(e.hint) < sizeof(e.hint));
}

static void
test_clock(void **state)
{
	struct clock_virtual c;
	int64_t before = clock_mono_ms(clock_real());

	(void)state;
	clock_virtual_init(&c, 1000);
	assert_int_equal(clock_wall_ms(&c.clock), 1000);
	clock_virtual_advance(&c, 500);
	assert_int_equal(clock_wall_ms(&c.clock), 1500);
	assert_true(clock_mono_ms(clock_real()) >= before);
}

static void
test_random(void **state)
{
	char a[UUID_TEXT_SIZE], b[UUID_TEXT_SIZE], hex[17];

	(void)state;
	random_uuid(a);
	random_uuid(b);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), 36);
	assert_int_equal(a[14], '4');
	assert_non_null(strchr("89ab", a[19]));
	random_hex(hex, 8);
	assert_int_equal(strspn(hex, "0123456789abcdef"), 16);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strbuf),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_write_keeps),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_long_error),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_random),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (mkdtemp(directory) == NULL)
		return 99;
	failed = cmocka_run_group_tests_name("base", tests, NULL, NULL);
	rmdir(directory);
	return failed;
}
