/* test_pack.c - directories as normalised archives. */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/digest.h"
#include "base/file.h"
#include "tui/pack.h"

static char dir[64];

static void
write_file(const char *name, const char *text, mode_t mode)
{
	char *path = path_join(dir, name);
	struct error e;

	assert_int_equal(
		file_write_atomic(path, text, strlen(text), 0600, &e), 0);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static void
make_dir(const char *name)
{
	char *path = path_join(dir, name);

	assert_int_equal(mkdir(path, 0755), 0);
	free(path);
}

static int
setup(void **state)
{
	struct timespec old[2] = {{1000000000, 0}, {1000000000, 0}};

	(void)state;
	memcpy(dir, "/tmp/pack.XXXXXX", sizeof("/tmp/pack.XXXXXX"));
	if (mkdtemp(dir) == NULL)
		return -1;
	make_dir("b");
	make_dir("a");
	make_dir("empty");
	write_file("b/run", "#!/bin/sh\n", 04755);
	write_file("b/caf\u00e9", "x", 0644);
	write_file("a/z", "zz", 0600);
	if (chdir(dir) == -1 || symlink("b/run", "link") == -1)
		return -1;
	return utimensat(AT_FDCWD, "a/z", old, 0);
}

static int
teardown(void **state)
{
	(void)state;
	unlink("b/run");
	unlink("b/caf\u00e9");
	unlink("a/z");
	unlink("link");
	unlink("pipe");
	unlink("\xff");
	rmdir("a");
	rmdir("b");
	rmdir("empty");
	return chdir("/") == -1 ? -1 : rmdir(dir);
}

static void
digest_of(int fd, char hex[DIGEST_HEX_SIZE])
{
	struct digest *d = digest_create();
	char buffer[4096];
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		digest_add(d, buffer, (size_t)got);
	digest_finish_hex(d, hex);
	close(fd);
}

/* "name mode" of each entry, in order; no owner and no time. */
static void
test_content(void **state)
{
	static const char *const expected[] = {"a/ 755", "a/z 600", "b/ 755",
		"b/caf\u00e9 644", "b/run 755", "empty/ 755", "link 777"};
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	struct error e;
	int fd = pack_directory(dir, &e);
	size_t n = 0;

	(void)state;
	assert_true(fd >= 0);
	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_fd(a, fd, 4096), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		char *line = xasprintf("%s %o", archive_entry_pathname(entry),
			(unsigned)archive_entry_perm(entry));

		assert_true(n < ARRAY_SIZE(expected));
		assert_string_equal(line, expected[n++]);
		assert_int_equal(archive_entry_uid(entry), 0);
		assert_int_equal(archive_entry_gid(entry), 0);
		assert_int_equal(archive_entry_mtime(entry), 0);
		free(line);
	}
	assert_int_equal(n, ARRAY_SIZE(expected));
	archive_read_free(a);
	close(fd);
}

static void
test_same_bytes(void **state)
{
	char first[DIGEST_HEX_SIZE], second[DIGEST_HEX_SIZE];
	struct timespec times[2] = {{1500000000, 0}, {1500000000, 0}};
	struct error e;

	(void)state;
	digest_of(pack_directory(dir, &e), first);
	assert_int_equal(utimensat(AT_FDCWD, "b/run", times, 0), 0);
	setlocale(LC_CTYPE, "C");
	digest_of(pack_directory(dir, &e), second);
	setlocale(LC_CTYPE, "C.UTF-8");
	assert_string_equal(first, second);
	write_file("a/z", "zy", 0600);
	digest_of(pack_directory(dir, &e), second);
	assert_string_not_equal(first, second);
}

static void
test_refuses(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(pack_directory("/nonexistent/dir", &e), -1);
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(pack_directory(dir, &e), -1);
	assert_non_null(strstr(e.text, "'pipe' is neither"));
	unlink("pipe");
	close(open("\xff", O_CREAT | O_WRONLY, 0600));
	assert_int_equal(pack_directory(dir, &e), -1);
	assert_non_null(strstr(e.text, "not UTF-8"));
	unlink("\xff");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_refuses),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pack", tests, setup, teardown);
}
