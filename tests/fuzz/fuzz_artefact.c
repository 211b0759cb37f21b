/*
 * fuzz_artefact.c - archives of strangers: what is taken is whole and stays
 * inside, what is refused leaves nothing behind. replay_artefact.c alters
 * them as archives are altered.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "store/artefact.h"
#include "tests/fuzz/fuzz_artefact.h"

const char fuzz_corpus[] = "artefacts";
int fuzz_taken, fuzz_refused;

static const struct artefact_limits limits = {4 << 20, 500};

static bool
is_inside(const char *path)
{
	const char *p = path;

	if (*path == '\0' || *path == '/' || !text_is_utf8(path, strlen(path)))
		return false;
	while (*p != '\0') {
		size_t len = strcspn(p, "/");

		if (len == 0 || (len == 1 && p[0] == '.') ||
			(len == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += len;
		p += *p == '/';
	}
	return true;
}

static void
check_taken(const char *dir, const struct artefact *a)
{
	struct error e;
	int64_t files = 0;
	size_t i;

	MUST(artefact_verify(dir, a->release.payload_sha256, &e) == 0);
	MUST(a->release.unpacked_bytes <= limits.bytes);
	MUST(a->list_count <= (size_t)limits.entries);
	for (i = 0; i < a->list_count; i++) {
		const struct release_file *f = &a->list[i];

		MUST(is_inside(f->path));
		MUST(strncmp(f->path, "shared/", 7) != 0);
		MUST(f->link == NULL || f->link[0] != '/' ||
			strcmp(f->link, "/dev/null") == 0);
		MUST((f->mode & ~0777) == 0);
		files += f->sha256[0] != '\0';
	}
	MUST(files == a->release.files);
}

static void
forget(const char *dir, const struct artefact *a)
{
	char *path = artefact_path(dir, a->release.payload_sha256);
	char *manifest = artefact_manifest_path(dir, a->release.payload_sha256);

	MUST(path != NULL && manifest != NULL);
	unlink(path);
	unlink(manifest);
	free(path);
	free(manifest);
}

void
fuzz_artefact(const char *dir, const char *name, const void *data, size_t len)
{
	char *path = path_join(dir, "input");
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct artefact a;
	struct error e;

	MUST(fd != -1);
	MUST(file_write_all(fd, data, len, path, &e) == 0);
	if (artefact_ingest(dir, fd, name, NULL, &limits, &a, &e) == 0) {
		fuzz_taken++;
		check_taken(dir, &a);
		forget(dir, &a);
		artefact_finish(&a);
	} else {
		fuzz_refused++;
		MUST(e.code != ERROR_NONE && e.text[0] != '\0');
		MUST(strpbrk(e.text, "\x1b\n\r\t\x7f") == NULL);
	}
	close(fd);
	free(path);
}

/* libFuzzer's: a directory of its own, for as long as it runs. */
static const char *
own_dir(void)
{
	static char *dir;
	const char *tmp = getenv("TMPDIR");

	if (dir != NULL)
		return dir;
	dir = xasprintf("%s/sluice-fuzz-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	MUST(mkdtemp(dir) != NULL);
	return dir;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_artefact(own_dir(), "input.tar", data, size);
	return 0;
}
