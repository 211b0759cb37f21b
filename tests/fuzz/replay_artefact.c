/*
 * replay_artefact.c - archives of strangers, and each of them altered in many
 * ways by a generator with a fixed seed.
 *
 *	replay_artefact DIR [ROUNDS]
 *
 * Nothing crashes, what is taken is whole and stays inside, what is refused
 * leaves nothing behind.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "base/file.h"
#include "model/fleet.h"
#include "tests/fuzz/fuzz_artefact.h"

#define INPUT_MAX (1 << 20)

static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);

static uint32_t
next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16);
}

/* A few bytes changed, a piece doubled, swapped, cut out or cut off. */
static size_t
alter(unsigned char *data, size_t len)
{
	size_t at = next_random() % len, size = next_random() % 1024, i;

	if (size > len - at)
		size = len - at;
	switch (next_random() % 5) {
	case 0:
		return at + 1;
	case 1:
		memmove(data + at, data + at + size, len - at - size);
		return len - size;
	case 2:
		memmove(data + len - size, data + at, size);
		return len;
	case 3:
		memset(data + at, (int)next_random(), size % 64);
		return len;
	default:
		for (i = 0; i <= size % 8; i++)
			data[next_random() % len] ^=
				(unsigned char)(1u << next_random() % 8);
		return len;
	}
}

/* A header whose sum is right gets further. */
static void
mend_sums(unsigned char *data, size_t len)
{
	size_t at, i;

	for (at = 0; at + 512 <= len; at += 512) {
		unsigned sum = 8 * ' ';

		if (memcmp(data + at + 257, "ustar", 5) != 0)
			continue;
		for (i = 0; i < 512; i++)
			sum += i >= 148 && i < 156 ? 0 : data[at + i];
		snprintf((char *)data + at + 148, 8, "%06o", sum & 0777777);
		data[at + 155] = ' ';
	}
}

static void
replay(const char *dir, const char *file, int rounds)
{
	unsigned char *copy;
	char *data;
	size_t len;
	struct error e;

	if (file_read(file, INPUT_MAX, &data, &len, &e) == -1 || len == 0) {
		printf("Bail out! %s\n", file);
		exit(1);
	}
	fuzz_artefact(dir, "input", data, len);
	fuzz_artefact(dir, "input.tar", data, len);
	copy = xcalloc(1, len);
	while (rounds-- > 0) {
		size_t now = len;
		uint32_t times = 1 + next_random() % 4;

		memcpy(copy, data, len);
		while (times-- > 0 && now > 0)
			now = alter(copy, now);
		if (next_random() % 4 != 0)
			mend_sums(copy, now);
		fuzz_artefact(dir, "input.tar", copy, now);
	}
	free(copy);
	free(data);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
list_corpus(const char *corpus, struct strings *ret)
{
	DIR *d = opendir(corpus);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char *path = path_join(corpus, entry->d_name);

		if (entry->d_name[0] != '.')
			strings_add(ret, path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	if (ret->count > 0)
		qsort(ret->items, ret->count, sizeof(char *), compare);
}

int
main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = xasprintf(
		"%s/sluice-fuzz-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 150;
	struct strings files = {0};
	char *left;
	size_t i;

	if (argc < 2 || mkdtemp(dir) == NULL)
		return 2;
	list_corpus(argv[1], &files);
	printf("1..%zu\n", files.count);
	for (i = 0; i < files.count; i++) {
		replay(dir, files.items[i], rounds);
		printf("ok %zu - %s\n", i + 1,
			strrchr(files.items[i], '/') + 1);
	}
	printf("# %d taken, %d refused\n", fuzz_taken, fuzz_refused);
	left = path_join(dir, "input");
	unlink(left);
	free(left);
	left = path_join(dir, "artefacts");
	i = files.count > 0 && rmdir(left) == 0 && rmdir(dir) == 0;
	free(left);
	free(dir);
	strings_finish(&files);
	return i ? 0 : 1; /* nothing was left behind */
}
