/* test_delta.c - what may travel instead of a payload. */
#include "artefact_test.h"

#include "base/random.h"
#include "store/artefact_delta.h"

#define BIG (300 * 1024)

#define FOUND(t, call)                                                         \
	do {                                                                   \
		error_clear(&(t)->e);                                          \
		if ((call) != 1)                                               \
			fail_msg("%s", (t)->e.text);                           \
	} while (0)

static const struct artefact_limits large = {64 << 20, 1000};

static void
ingest_large(struct store_test *t, const char *path, const char *name,
	const struct strings *shared, struct artefact *a)
{
	int fd = open(path, O_RDONLY);

	assert_int_not_equal(fd, -1);
	WORKS(t, artefact_ingest(
			 t->dir, fd, name, shared, &large, a, &t->e));
	close(fd);
}

static char *
noise_text(void)
{
	char *text = xcalloc(1, 2 * BIG + 1);

	random_hex(text, BIG);
	return text;
}

struct releases {
	struct artefact from, to;
	char *big;
};

static const struct strings none;

/* Two releases: one large file in both, one that changes, one that goes, one
 * that comes, and one whose name needs quoting. */
static void
make_releases(struct store_test *t, struct releases *r,
	const struct strings *shared)
{
	char *path = place(t, "given.tar");

	r->big = noise_text();
	{
		const struct part from[] = {
			{"./", 'd', NULL},
			{"./deep/er/big", 'f', r->big},
			{"./log/state", 'f', "same"},
			{"./VERSION", 'f', "1"},
			{"./old", 'f', "goes"},
			{"./a\\b", 'f', "same"},
			{"./run", 'f', "hello\n"},
			{"./again", 'h', "./run"},
		};
		write_archive(path, ARCHIVE_FILTER_NONE,
			ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, from,
			ARRAY_SIZE(from));
	}
	ingest_large(t, path, "given.tar", shared, &r->from);
	{
		const struct part to[] = {
			{"./", 'd', NULL},
			{"./deep/er/big", 'f', r->big},
			{"./log/state", 'f', "same"},
			{"./VERSION", 'f', "2"},
			{"./new/file", 'f', "comes"},
			{"./a\\b", 'f', "same"},
			{"./run", 'f', "hello\n"},
			{"./again", 'h', "./run"},
			{"./link", 'l', "run"},
		};
		write_archive(path, ARCHIVE_FILTER_GZIP,
			ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, to, ARRAY_SIZE(to));
	}
	ingest_large(t, path, "given.tgz", shared, &r->to);
	free(path);
}

static void
finish_releases(struct releases *r)
{
	artefact_finish(&r->from);
	artefact_finish(&r->to);
	free(r->big);
}

/* "NAME|CONTENT\n" of each entry, links as "NAME>TARGET". */
static char *
list_delta(const struct delta *d)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	struct strbuf text;

	strbuf_init(&text);
	archive_read_support_filter_gzip(a);
	archive_read_support_format_tar(a);
	assert_int_equal(
		archive_read_open_filename(a, d->path, 65536), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		char buf[4096] = {0};

		strbuf_adds(&text, archive_entry_pathname(entry));
		if (archive_entry_hardlink(entry) != NULL)
			strbuf_addf(&text, ">%s",
				archive_entry_hardlink(entry));
		else if (archive_entry_filetype(entry) == AE_IFREG) {
			assert_true(archive_read_data(a, buf, 4095) >= 0);
			strbuf_addf(&text, "|%s", buf);
		}
		strbuf_addc(&text, '\n');
	}
	archive_read_free(a);
	return strbuf_detach(&text);
}

static void
test_files(void **state)
{
	struct store_test *t = *state;
	struct releases r;
	struct delta d, again;
	char *list;

	make_releases(t, &r, &none);
	FOUND(t, delta_get(t->dir, DELTA_FILES, r.from.release.payload_sha256,
			 r.to.release.payload_sha256, &none, &d, &t->e));
	assert_true(d.size_bytes < 4096);
	list = list_delta(&d);
	/* What is copied does not travel, but its directories do. */
	assert_null(strstr(list, "big"));
	assert_non_null(strstr(list, "tree/deep/er/\n"));
	assert_null(strstr(list, "tree/log/state"));
	assert_non_null(strstr(list, "tree/VERSION|2"));
	assert_non_null(strstr(list, "tree/new/file|comes"));
	/* What a shell would have to quote, or has two names, does. */
	assert_non_null(strstr(list, "tree/a\\b|same"));
	assert_non_null(strstr(list, "tree/run|hello"));
	assert_non_null(strstr(list, "tree/again>tree/run"));
	assert_non_null(strstr(list, "tree/link\n"));
	assert_null(strstr(list, "tree/old"));
	free(list);
	/* Made once. */
	FOUND(t, delta_get(t->dir, DELTA_FILES, r.from.release.payload_sha256,
			 r.to.release.payload_sha256, &none, &again, &t->e));
	assert_string_equal(d.path, again.path);
	assert_string_equal(d.sha256, again.sha256);
	delta_finish(&d);
	delta_finish(&again);
	finish_releases(&r);
}

/* Files below shared paths are links on the base: they are not copied. */
static void
test_shared(void **state)
{
	struct store_test *t = *state;
	struct strings shared = {0};
	struct releases r;
	struct delta d;
	char *list;

	strings_add(&shared, "log");
	make_releases(t, &r, &shared);
	FOUND(t, delta_get(t->dir, DELTA_FILES, r.from.release.payload_sha256,
			 r.to.release.payload_sha256, &shared, &d, &t->e));
	list = list_delta(&d);
	assert_non_null(strstr(list, "tree/log/state|same"));
	free(list);
	delta_finish(&d);
	strings_finish(&shared);
	finish_releases(&r);
}

static void
test_not_worth_it(void **state)
{
	struct store_test *t = *state;
	struct releases r, s;
	struct delta d;
	struct error e;

	make_releases(t, &r, &none);
	make_releases(t, &s, &none);
	assert_int_equal(delta_get(t->dir, DELTA_FILES,
				 r.from.release.payload_sha256,
				 s.to.release.payload_sha256, &none, &d, &e),
		0);
	assert_int_equal(delta_get(t->dir, DELTA_GZIP, NULL,
				 r.to.release.payload_sha256, &none, &d, &e),
		0);
	finish_releases(&r);
	finish_releases(&s);
}

static void
ingest_text(struct store_test *t, const char *text, struct artefact *a)
{
	char *path = place(t, "given");

	write_text(path, text);
	ingest_large(t, path, "server", &none, a);
	free(path);
}

static void
test_patch(void **state)
{
	struct store_test *t = *state;
	char *text = noise_text();
	struct artefact from, to;
	struct delta d;

	ingest_text(t, text, &from);
	text[BIG] = 'x';
	ingest_text(t, text, &to);
	FOUND(t, delta_get(t->dir, DELTA_PATCH, from.release.payload_sha256,
			 to.release.payload_sha256, &none, &d, &t->e));
	assert_true(d.size_bytes < 4096);
	delta_finish(&d);
	artefact_finish(&from);
	artefact_finish(&to);
	free(text);
}

static void
test_gzip(void **state)
{
	struct store_test *t = *state;
	char *text = noise_text(); /* hexadecimal: half of it is for nothing */
	struct artefact a;
	struct delta d;

	ingest_text(t, text, &a);
	FOUND(t, delta_get(t->dir, DELTA_GZIP, NULL, a.release.payload_sha256,
			 &none, &d, &t->e));
	assert_true(d.size_bytes < 2 * BIG * 7 / 10);
	delta_finish(&d);
	artefact_finish(&a);
	free(text);
}

static void
test_lost_payload(void **state)
{
	struct store_test *t = *state;
	char other[DIGEST_HEX_SIZE];
	struct delta d;
	struct error e;

	digest_hex("x", 1, other);
	assert_int_equal(delta_get(t->dir, DELTA_GZIP, NULL, other, &none, &d,
				 &e),
		-1);
	assert_int_equal(
		delta_get(t->dir, DELTA_FILES, other, other, &none, &d, &e),
		-1);
}

static void
test_sweep(void **state)
{
	struct store_test *t = *state;
	struct timespec old[2] = {{0}, {0}};
	struct releases r;
	struct delta d;

	make_releases(t, &r, &none);
	FOUND(t, delta_get(t->dir, DELTA_FILES, r.from.release.payload_sha256,
			 r.to.release.payload_sha256, &none, &d, &t->e));
	delta_sweep(t->dir, 7);
	assert_true(file_exists(d.path));
	assert_int_equal(utimensat(AT_FDCWD, d.path, old, 0), 0);
	delta_sweep(t->dir, 7);
	assert_false(file_exists(d.path));
	delta_finish(&d);
	finish_releases(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, store_test_begin, store_test_end)
		CASE(test_files),
		CASE(test_shared),
		CASE(test_not_worth_it),
		CASE(test_patch),
		CASE(test_gzip),
		CASE(test_lost_payload),
		CASE(test_sweep),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
