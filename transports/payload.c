/* payload.c - files of the store in memory, mapped once however many hosts
 * they go to. */
#include "transports/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

/* "SHA256  " before the path of a line. */
#define DIGEST_PREFIX 66

struct mapping {
	struct payload payload; /* first: what callers hold */
	char *key;
	void *map;           /* of the file, or NULL */
	struct strbuf owned; /* text of our own instead */
	size_t references;
	UT_hash_handle hh;
};

static struct mapping *mappings;

static struct mapping *
mapping_add(const char *key)
{
	struct mapping *m = xcalloc(1, sizeof(*m));

	m->key = xstrdup(key);
	m->references = 1;
	m->payload.data = "";
	strbuf_init(&m->owned);
	HASH_ADD_KEYPTR(hh, mappings, m->key, strlen(m->key), m);
	return m;
}

static struct mapping *
mapping_find(const char *key)
{
	struct mapping *m;

	HASH_FIND_STR(mappings, key, m);
	if (m != NULL)
		m->references++;
	return m;
}

static int
map_file(const char *path, uint64_t size_bytes, void **ret_map,
	struct error *e)
{
	struct stat st;
	void *map = NULL;
	int fd, result = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(e, errno, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0) {
		error_set_errno(e, errno, "cannot read '%s'", path);
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != size_bytes) {
		error_set(e, ERROR_CORRUPT,
			"'%s' of the artefact store has %lld bytes, not %llu",
			path, (long long)st.st_size,
			(unsigned long long)size_bytes);
		goto out;
	}
	if (size_bytes > 0)
		map = mmap(NULL, (size_t)size_bytes, PROT_READ, MAP_SHARED, fd,
			0);
	if (map == MAP_FAILED) {
		error_set_errno(e, errno, "cannot map '%s'", path);
		goto out;
	}
	*ret_map = map;
	result = 0;
out:
	close(fd);
	return result;
}

struct payload *
payload_get(const char *path, uint64_t size_bytes, struct error *e)
{
	char *key = xasprintf("%llu %s", (unsigned long long)size_bytes, path);
	struct mapping *m = mapping_find(key);
	void *map = NULL;

	if (m == NULL && map_file(path, size_bytes, &map, e) == 0) {
		m = mapping_add(key);
		m->map = map;
		m->payload.size_bytes = size_bytes;
		if (map != NULL)
			m->payload.data = map;
	}
	free(key);
	return m == NULL ? NULL : &m->payload;
}

static bool
is_below(const char *path, size_t len, const char *dir)
{
	size_t n = strlen(dir);

	if (len >= 2 && path[0] == '.' && path[1] == '/') {
		path += 2;
		len -= 2;
	}
	return len >= n && memcmp(path, dir, n) == 0 &&
		(len == n || path[n] == '/');
}

static void
add_unshared(struct strbuf *out, const struct payload *from,
	const char *const *shared, size_t shared_count)
{
	const char *at = from->data, *end = at + from->size_bytes;

	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((eol == NULL ? end : eol) - at), i;
		size_t skip = DIGEST_PREFIX + (*at == '\\');

		for (i = 0; i < shared_count; i++)
			if (len > skip &&
				is_below(at + skip, len - skip, shared[i]))
				break;
		if (i == shared_count) {
			strbuf_add(out, at, len);
			strbuf_addc(out, '\n');
		}
		at += len + 1;
	}
}

struct payload *
payload_get_manifest(const char *path, uint64_t size_bytes,
	const char *const *shared, size_t shared_count, struct error *e)
{
	struct payload *file = payload_get(path, size_bytes, e);
	struct mapping *m;
	struct strbuf key;
	size_t i;

	if (file == NULL || shared_count == 0)
		return file;
	strbuf_init(&key);
	strbuf_addf(&key, "without %s", path);
	for (i = 0; i < shared_count; i++)
		strbuf_addf(&key, "\n%s", shared[i]);
	m = mapping_find(key.buf);
	if (m == NULL) {
		m = mapping_add(key.buf);
		add_unshared(&m->owned, file, shared, shared_count);
		m->payload.data = m->owned.buf;
		m->payload.size_bytes = m->owned.len;
	}
	strbuf_finish(&key);
	payload_put(file);
	return &m->payload;
}

void
payload_put(struct payload *p)
{
	struct mapping *m = (struct mapping *)p;

	if (m == NULL || --m->references > 0)
		return;
	HASH_DEL(mappings, m);
	if (m->map != NULL)
		munmap(m->map, (size_t)m->payload.size_bytes);
	strbuf_finish(&m->owned);
	free(m->key);
	free(m);
}
