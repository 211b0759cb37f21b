/* test_artefact.c - artefacts come in whole, hostile ones not at all. */
#include "store_test.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "store/artefact.h"
#include "store/artefact_private.h"

/* ---- archives made for the occasion ---- */

struct part {
	const char *path;
	char kind; /* f d l h p c b */
	const char *content; /* or the target */
};

static struct archive *
writer(const char *path, int filter, int format)
{
	struct archive *a = archive_write_new();

	assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
	assert_true(archive_write_add_filter(a, filter) >= ARCHIVE_WARN);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	return a;
}

static void
write_part(struct archive *a, const struct part *p)
{
	struct archive_entry *entry = archive_entry_new();
	size_t len = p->kind == 'f' ? strlen(p->content) : 0;

	archive_entry_set_pathname(entry, p->path);
	archive_entry_set_perm(entry, 04755);
	archive_entry_set_size(entry, (la_int64_t)len);
	archive_entry_set_filetype(entry, p->kind == 'd'   ? AE_IFDIR
					  : p->kind == 'l' ? AE_IFLNK
					  : p->kind == 'p' ? AE_IFIFO
					  : p->kind == 'c' ? AE_IFCHR
					  : p->kind == 'b' ? AE_IFBLK
							   : AE_IFREG);
	if (p->kind == 'l')
		archive_entry_set_symlink(entry, p->content);
	if (p->kind == 'h')
		archive_entry_set_hardlink(entry, p->content);
	assert_true(archive_write_header(a, entry) >= ARCHIVE_WARN);
	if (len > 0)
		assert_int_equal(archive_write_data(a, p->content, len), len);
	archive_entry_free(entry);
}

static void
write_archive(const char *path, int filter, int format,
	const struct part *parts, size_t count)
{
	struct archive *a = writer(path, filter, format);
	size_t i;

	for (i = 0; i < count; i++)
		write_part(a, &parts[i]);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

/* A header by hand, for what no writer makes. */
static void
write_header(FILE *f, const char *name, char type, const char *link,
	size_t size)
{
	unsigned char block[512] = {0};
	unsigned sum = 0, i;

	snprintf((char *)block, 100, "%s", name);
	snprintf((char *)block + 100, 8, "%07o", 0644);
	snprintf((char *)block + 108, 8, "%07o", 0);
	snprintf((char *)block + 116, 8, "%07o", 0);
	snprintf((char *)block + 124, 12, "%011zo", size);
	snprintf((char *)block + 136, 12, "%011o", 0);
	memset(block + 148, ' ', 8);
	block[156] = (unsigned char)type;
	snprintf((char *)block + 157, 100, "%s", link);
	memcpy(block + 257, "ustar\0" "00", 8);
	for (i = 0; i < 512; i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
	fwrite(block, 512, 1, f);
}

static void
write_zeros(FILE *f, size_t len)
{
	while (len-- > 0)
		fputc(0, f);
}

/* ---- ingest with the usual limits ---- */

static const struct artefact_limits usual = {1 << 20, 1000};

static int
ingest_as(struct store_test *t, const char *path, const char *name,
	const struct strings *shared, struct artefact *a)
{
	int fd = open(path, O_RDONLY), result;

	assert_int_not_equal(fd, -1);
	error_clear(&t->e);
	result = artefact_ingest(t->dir, fd, name, shared, &usual, a, &t->e);
	close(fd);
	return result;
}

static char *
place(struct store_test *t, const char *name)
{
	return path_join(t->dir, name);
}

static int
stored_files(struct store_test *t)
{
	char *path = place(t, "artefacts");
	DIR *dir = opendir(path);
	int count = 0;

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		closedir(dir);
	free(path);
	return count < 2 ? 0 : count - 2;
}

static char *
manifest_of(struct store_test *t, const struct artefact *a)
{
	char *path = artefact_manifest_path(t->dir, a->release.payload_sha256);
	char *text = NULL;
	size_t len;

	assert_non_null(path);
	WORKS(t, file_read(path, 1 << 20, &text, &len, &t->e));
	free(path);
	return text;
}

/* ---- what is taken ---- */

static const struct part good[] = {
	{"./", 'd', NULL},
	{"./bin/", 'd', NULL},
	{"./bin/run", 'f', "hello\n"},
	{"./bin/again", 'h', "./bin/run"},
	{"./bin/link", 'l', "run"},
	{"./lib", 'l', "bin"},
	{"./na\xc3\xafve \\name", 'f', ""},
	{"./bin/up", 'l', "../na\xc3\xafve"},
	{"./log/old", 'f', "noise"},
};
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
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
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

/* ---- what is refused ---- */

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
		{{{"l", 'l', "/etc"}}, 1, "'l' is a link that leaves"},
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
		CASE(test_hostile_entries),
		CASE(test_hostile_by_hand),
		CASE(test_shared_and_empty),
		CASE(test_truncated),
		CASE(test_bombs),
		CASE(test_sparse),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
