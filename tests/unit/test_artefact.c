/* test_artefact.c - artefacts come in whole. */
#include "artefact_test.h"

static const char hello_sha256[] =
	"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

static void
check_good(struct store_test *t, const struct artefact *a)
{
	static const char wanted[] =
		"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be"
		"03  ./bin/run\n"
		"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be"
		"03  ./bin/again\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
		"55  ./na\xc3\xafve \\name\n";
	char *manifest = manifest_of(t, a);

	assert_int_equal(a->release.files, 4);
	assert_int_equal(a->list_count, 8);
	assert_string_equal(a->list[0].path, "bin");
	assert_int_equal(a->list[1].mode, 0755);
	assert_string_equal(a->list[1].sha256, hello_sha256);
	assert_string_equal(a->list[2].sha256, hello_sha256);
	assert_string_equal(a->list[3].link, "run");
	assert_int_equal(a->release.unpacked_bytes, 17);
	assert_string_equal(manifest, wanted);
	WORKS(t, artefact_verify(t->dir, a->release.payload_sha256, &t->e));
	free(manifest);
}

static void
test_kinds_of_tar(void **state)
{
	static const struct {
		int filter, format;
		enum payload_format payload;
		bool same_bytes;
	} kinds[] = {
		{ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_USTAR, PAYLOAD_TAR,
			true},
		{ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_GNUTAR, PAYLOAD_TAR,
			true},
		{ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE,
			PAYLOAD_TAR, true},
		{ARCHIVE_FILTER_GZIP, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE,
			PAYLOAD_TAR_GZ, true},
		{ARCHIVE_FILTER_XZ, ARCHIVE_FORMAT_TAR_USTAR, PAYLOAD_TAR_GZ,
			false},
		{ARCHIVE_FILTER_ZSTD, ARCHIVE_FORMAT_TAR_USTAR, PAYLOAD_TAR_GZ,
			false},
	};
	struct store_test *t = *state;
	struct strings shared = {0};
	char *path = place(t, "in");
	size_t i;

	strings_add(&shared, "log");
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct artefact a, again;

		write_archive(path, kinds[i].filter, kinds[i].format, good,
			ARRAY_SIZE(good));
		WORKS(t, ingest_as(t, path, "shop", &shared, &a));
		assert_int_equal(a.release.format, kinds[i].payload);
		assert_int_equal(strcmp(a.release.sha256,
					 a.release.payload_sha256) == 0,
			kinds[i].same_bytes);
		check_good(t, &a);
		/* The same bytes give the same payload. */
		WORKS(t, ingest_as(t, path, "shop", &shared, &again));
		assert_string_equal(again.release.payload_sha256,
			a.release.payload_sha256);
		artefact_finish(&again);
		artefact_finish(&a);
	}
	strings_finish(&shared);
	free(path);
}

/* tar itself finds in a payload what the manifest says. */
static void
test_tar_agrees(void **state)
{
	struct store_test *t = *state;
	char *path = place(t, "in"), *payload, *manifest, *command[4];
	struct artefact a;
	int status;
	pid_t pid;

	write_archive(path, ARCHIVE_FILTER_ZSTD, ARCHIVE_FORMAT_TAR_USTAR, good,
		ARRAY_SIZE(good));
	WORKS(t, ingest_as(t, path, "in.tar.zst", NULL, &a));
	payload = artefact_path(t->dir, a.release.payload_sha256);
	manifest = artefact_manifest_path(t->dir, a.release.payload_sha256);
	command[0] = xstrdup("sh");
	command[1] = xstrdup("-c");
	command[2] = xasprintf("mkdir %s/out && cd %s/out && "
			       "tar -xzf %s && sha256sum --quiet -c %s",
		t->dir, t->dir, payload, manifest);
	command[3] = NULL;
	pid = fork();
	if (pid == 0) {
		execvp("sh", command);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	artefact_finish(&a);
	free(command[0]);
	free(command[1]);
	free(command[2]);
	free(payload);
	free(manifest);
	free(path);
}

static void
test_later_entry_wins(void **state)
{
	static const struct part parts[] = {
		{"a", 'f', "old"}, {"h", 'h', "a"}, {"./a", 'f', "hello\n"}};
	struct store_test *t = *state;
	char *path = place(t, "in");
	struct artefact a;

	write_archive(path, ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_USTAR,
		parts, ARRAY_SIZE(parts));
	WORKS(t, ingest_as(t, path, "x", NULL, &a));
	assert_int_equal(a.list_count, 2);
	assert_string_equal(a.list[0].path, "h");
	assert_string_equal(a.list[1].sha256, hello_sha256);
	assert_string_not_equal(a.list[0].sha256, hello_sha256);
	artefact_finish(&a);
	free(path);
}

static void
test_single_file(void **state)
{
	struct store_test *t = *state;
	char *path = place(t, "in"), *manifest;
	struct artefact a;

	write_text(path, "hello\n");
	chmod(path, 0755);
	WORKS(t, ingest_as(t, path, "shop.jar", NULL, &a));
	assert_int_equal(a.release.format, PAYLOAD_FILE);
	assert_int_equal(a.release.files, 1);
	assert_string_equal(a.release.sha256, hello_sha256);
	assert_string_equal(a.release.payload_sha256, hello_sha256);
	assert_string_equal(a.release.file_name, "shop.jar");
	assert_int_equal(a.list[0].mode, 0755);
	manifest = manifest_of(t, &a);
	assert_non_null(strstr(manifest, "  ./shop.jar\n"));
	free(manifest);
	artefact_finish(&a);
	assert_int_equal(ingest_as(t, path, "shop.tar.gz", NULL, &a), -1);
	assert_int_equal(ingest_as(t, path, "a\nb", NULL, &a), -1);
	assert_int_equal(ingest_as(t, path, "..", NULL, &a), -1);
	assert_int_equal(ingest_as(t, path, "shared", NULL, &a), -1);
	assert_int_equal(stored_files(t), 2);
	free(path);
}

/* Packed, but no tar: it is a file as it is. Also other kinds of archives. */
static void
test_other_archives_are_files(void **state)
{
	static const struct part one = {"x", 'f', "hello\n"};
	struct store_test *t = *state;
	char *path = place(t, "in");
	struct artefact a;
	FILE *f;

	write_archive(path, ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_ZIP, &one, 1);
	WORKS(t, ingest_as(t, path, "x.zip", NULL, &a));
	assert_int_equal(a.release.format, PAYLOAD_FILE);
	artefact_finish(&a);
	write_archive(path, ARCHIVE_FILTER_XZ, ARCHIVE_FORMAT_RAW, &one, 1);
	WORKS(t, ingest_as(t, path, "x.xz", NULL, &a));
	assert_int_equal(a.release.format, PAYLOAD_FILE);
	WORKS(t, artefact_verify(t->dir, a.release.sha256, &t->e));
	artefact_finish(&a);
	f = fopen(path, "w");
	write_zeros(f, 4096);
	fputs("disk image", f);
	fclose(f);
	WORKS(t, ingest_as(t, path, "x.img", NULL, &a));
	assert_int_equal(a.release.format, PAYLOAD_FILE);
	assert_int_equal(a.release.size_bytes, 4106);
	artefact_finish(&a);
	free(path);
}

/* Two services share different paths of one payload: neither may be checked
 * on the host. */
static void
test_manifest_of_two_services(void **state)
{
	static const struct part parts[] = {{"a", 'f', "1"}, {"b/x", 'f', "2"},
		{"c", 'f', "3"}, {"d", 'f', "4"}};
	struct store_test *t = *state;
	struct strings b = {0}, d = {0};
	char *path = place(t, "in"), *manifest;
	struct artefact a;

	strings_add(&b, "b/");
	strings_add(&d, "d");
	write_archive(path, ARCHIVE_FILTER_NONE, ARCHIVE_FORMAT_TAR_USTAR,
		parts, ARRAY_SIZE(parts));
	WORKS(t, ingest_as(t, path, "x", &b, &a));
	artefact_finish(&a);
	WORKS(t, ingest_as(t, path, "x", &d, &a));
	manifest = manifest_of(t, &a);
	assert_non_null(strstr(manifest, "./a\n"));
	assert_non_null(strstr(manifest, "./c\n"));
	assert_null(strstr(manifest, "./b/x\n"));
	assert_null(strstr(manifest, "./d\n"));
	artefact_finish(&a);
	free(manifest);
	strings_finish(&b);
	strings_finish(&d);
	free(path);
}

static void
test_rot_is_found(void **state)
{
	struct store_test *t = *state;
	char *path = place(t, "in"), *stored;
	struct artefact a;

	write_text(path, "hello\n");
	WORKS(t, ingest_as(t, path, "x", NULL, &a));
	stored = artefact_path(t->dir, a.release.payload_sha256);
	unlink(stored);
	write_text(stored, "hellO\n");
	assert_int_equal(
		artefact_verify(t->dir, a.release.payload_sha256, &t->e), -1);
	assert_int_equal(t->e.code, ERROR_CORRUPT);
	/* Given again, it is whole again. */
	artefact_finish(&a);
	WORKS(t, ingest_as(t, path, "x", NULL, &a));
	WORKS(t, artefact_verify(t->dir, a.release.payload_sha256, &t->e));
	artefact_finish(&a);
	assert_null(artefact_path(t->dir, "../../etc/passwd"));
	free(stored);
	free(path);
}

/* A hole of 600 KiB counts and is digested as zeros. */
static void
test_sparse(void **state)
{
	static const char content[] = "end";
	struct store_test *t = *state;
	char *path = place(t, "in"), hex[DIGEST_HEX_SIZE];
	char *whole = xcalloc(1, 600 * 1024 + 3);
	struct archive *w = writer(path, ARCHIVE_FILTER_NONE,
		ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE);
	struct archive_entry *entry = archive_entry_new();
	struct artefact a;

	memcpy(whole + 600 * 1024, content, 3);
	archive_entry_set_pathname(entry, "sparse");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, 600 * 1024 + 3);
	archive_entry_sparse_add_entry(entry, 600 * 1024, 3);
	archive_write_header(w, entry);
	archive_write_data(w, whole, 600 * 1024 + 3);
	archive_write_close(w);
	archive_write_free(w);
	archive_entry_free(entry);
	WORKS(t, ingest_as(t, path, "x", NULL, &a));
	assert_true(a.release.payload_bytes < 20 * 1024);
	digest_hex(whole, 600 * 1024 + 3, hex);
	assert_string_equal(a.list[0].sha256, hex);
	assert_int_equal(a.release.unpacked_bytes, 600 * 1024 + 3);
	artefact_finish(&a);
	free(whole);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, store_test_begin, store_test_end)
		CASE(test_kinds_of_tar),
		CASE(test_tar_agrees),
		CASE(test_later_entry_wins),
		CASE(test_single_file),
		CASE(test_other_archives_are_files),
		CASE(test_manifest_of_two_services),
		CASE(test_rot_is_found),
		CASE(test_sparse),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
