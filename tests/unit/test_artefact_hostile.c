/* test_artefact_hostile.c - what could do harm on a host is not taken. */
#include "artefact_test.h"

static void
refuse(struct store_test *t, const char *name, enum error_code code,
	const char *words)
{
	char *path = place(t, "in");
	struct artefact a;

	assert_int_equal(ingest_as(t, path, name, NULL, &a), -1);
	if (t->e.code != code || strstr(t->e.text, words) == NULL)
		fail_msg("'%s' is not in '%s' (%s)", words, t->e.text,
			error_code_name(t->e.code));
	assert_int_equal(stored_files(t), 0);
	free(path);
}

static void
test_hostile_entries(void **state)
{
	static const struct {
		struct part parts[3];
		size_t count;
		const char *words;
	} cases[] = {
		{{{"/etc/passwd", 'f', "x"}}, 1, "'/etc/passwd' has an abs"},
		{{{"../x", 'f', "x"}}, 1, "'../x' leaves"},
		{{{"a/../../x", 'f', "x"}}, 1, "leaves"},
		{{{"a/..", 'd', NULL}}, 1, "leaves"},
		{{{"a\nb", 'f', "x"}}, 1, "control"},
		{{{"a\x1b[2Jb", 'f', "x"}}, 1, "control"},
		{{{"a\xc2\x9b" "b", 'f', "x"}}, 1, "control"},
		{{{"l", 'l', "/etc"}}, 1, "link to '/etc', which leaves"},
		{{{"l", 'l', "/dev/null/x"}}, 1, "leaves the release"},
		{{{"l", 'l', "/dev/../etc"}}, 1, "leaves the release"},
		{{{"l", 'l', "../x"}}, 1, "leaves"},
		{{{"a/l", 'l', "../../x"}}, 1, "leaves"},
		{{{"s", 'l', "."}, {"l", 'l', "s/.."}}, 2, "climbs"},
		{{{"s", 'l', "d"}, {"s/x", 'f', "x"}}, 2, "behind a symbolic"},
		{{{"s/x", 'f', "x"}, {"s", 'l', "d"}}, 2, "behind a symbolic"},
		{{{"s", 'l', "d"}, {"s", 'f', "x"}, {"s/y", 'f', "y"}}, 3,
			"behind a symbolic"},
		{{{"s", 'l', "d"}, {"s", 'd', NULL}}, 2, "twice"},
		{{{"s", 'f', "d"}, {"s/x", 'f', "x"}}, 2, "behind a file"},
		{{{"h", 'h', "/etc/passwd"}}, 1, "absolute"},
		{{{"h", 'h', "../x"}}, 1, "leaves"},
		{{{"h", 'h', "x"}}, 1, "hard link"},
		{{{"l", 'l', "x"}, {"h", 'h', "l"}}, 2, "hard link"},
		{{{"p", 'p', NULL}}, 1, "'p' is a fifo"},
		{{{"c", 'c', NULL}}, 1, "'c' is a device"},
		{{{"b", 'b', NULL}}, 1, "'b' is a device"},
	};
	struct store_test *t = *state;
	char *path = place(t, "in");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		write_archive(path, ARCHIVE_FILTER_GZIP,
			ARCHIVE_FORMAT_TAR_USTAR, cases[i].parts,
			cases[i].count);
		refuse(t, "x", ERROR_HOSTILE_ARCHIVE, cases[i].words);
	}
	free(path);
}

static void
test_hostile_by_hand(void **state)
{
	struct store_test *t = *state;
	char *path = place(t, "in");
	FILE *f = fopen(path, "w");

	write_header(f, "a\xff\xfe", '0', "", 0);
	write_zeros(f, 1024);
	fclose(f);
	refuse(t, "x", ERROR_HOSTILE_ARCHIVE, "UTF-8");
	f = fopen(path, "w");
	write_header(f, "a", '0', "", 0);
	write_zeros(f, 1024);
	write_header(f, "hidden", '0', "", 0);
	write_zeros(f, 1024);
	fclose(f);
	refuse(t, "x", ERROR_HOSTILE_ARCHIVE, "behind the end");
	f = fopen(path, "w");
	write_header(f, "a", '0', "", 0);
	fclose(f);
	refuse(t, "x", ERROR_HOSTILE_ARCHIVE, "end is missing");
	f = fopen(path, "w");
	write_header(f, "a", '0', "", 5000);
	write_zeros(f, 1000);
	fclose(f);
	refuse(t, "x", ERROR_HOSTILE_ARCHIVE, "runcated");
	f = fopen(path, "w");
	write_header(f, "a", '0', "", 0);
	write_header(f, "big", '0', "", (size_t)5 << 30);
	write_zeros(f, 1024);
	fclose(f);
	refuse(t, "x", ERROR_HOSTILE_ARCHIVE, "'big' makes");
	free(path);
}

static void
test_shared_and_empty(void **state)
{
	static const struct part shared[] = {{"shared/x", 'f', "x"}};
	static const struct part root[] = {{"./", 'd', NULL}};
	struct store_test *t = *state;
	char *path = place(t, "in");

	write_archive(path, ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_USTAR,
		shared, 1);
	refuse(t, "x", ERROR_INVALID, "'shared' at its top");
	write_archive(path, ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_USTAR,
		root, 1);
	refuse(t, "x", ERROR_INVALID, "empty");
	write_archive(path, ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_USTAR,
		root, 0);
	refuse(t, "x", ERROR_INVALID, "empty");
	write_archive(path, ARCHIVE_FILTER_GZIP, ARCHIVE_FORMAT_TAR_USTAR,
		root, 0);
	refuse(t, "x.tgz", ERROR_INVALID, "empty");
	write_text(path, "");
	refuse(t, "x", ERROR_INVALID, "empty");
	free(path);
}

/* Cut at any place, an archive with such a name is never taken. */
static void
test_truncated(void **state)
{
	static const int filters[] = {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP,
		ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD};
	struct store_test *t = *state;
	char *path = place(t, "in");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(filters); i++) {
		struct artefact a;
		struct stat st;
		off_t len;

		write_archive(path, filters[i], ARCHIVE_FORMAT_TAR_USTAR, good,
			ARRAY_SIZE(good));
		assert_int_equal(stat(path, &st), 0);
		/* The plain one ends in several blocks of zeros. */
		len = filters[i] == ARCHIVE_FILTER_NONE ? 5 * 1024 : st.st_size;
		while (len > 0) {
			len -= filters[i] == ARCHIVE_FILTER_NONE ? 512 : 1;
			assert_int_equal(truncate(path, len), 0);
			if (ingest_as(t, path, "x.tar", NULL, &a) != -1)
				fail_msg("filter %d, %lld bytes taken",
					filters[i], (long long)len);
		}
	}
	assert_int_equal(stored_files(t), 0);
	free(path);
}

static void
test_bombs(void **state)
{
	static char zeros[1 << 16];
	struct store_test *t = *state;
	char *path = place(t, "in");
	struct archive *a = writer(
		path, ARCHIVE_FILTER_XZ, ARCHIVE_FORMAT_TAR_USTAR);
	struct archive_entry *entry = archive_entry_new();
	int i;

	archive_entry_set_pathname(entry, "bomb");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, (la_int64_t)64 << 20);
	archive_write_header(a, entry);
	for (i = 0; i < 1024; i++)
		archive_write_data(a, zeros, sizeof(zeros));
	archive_write_close(a);
	archive_write_free(a);
	archive_entry_free(entry);
	refuse(t, "x", ERROR_HOSTILE_ARCHIVE, "'bomb' makes");
	a = writer(path, ARCHIVE_FILTER_GZIP, ARCHIVE_FORMAT_TAR_USTAR);
	for (i = 0; i < 1001; i++) {
		char name[16];
		struct part p = {name, 'f', ""};

		snprintf(name, sizeof(name), "%d", i);
		write_part(a, &p);
	}
	archive_write_close(a);
	archive_write_free(a);
	refuse(t, "x", ERROR_HOSTILE_ARCHIVE, "more than 1000 entries");
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, store_test_begin, store_test_end)
		CASE(test_hostile_entries),
		CASE(test_hostile_by_hand),
		CASE(test_shared_and_empty),
		CASE(test_truncated),
		CASE(test_bombs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
