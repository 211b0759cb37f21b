/*
 * fuzz_known_hosts.c - known_hosts files of strangers: read, compared, and
 * rewritten with a key, which is the only one of its name then. The first
 * line is the name that is asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "base/known_hosts.h"
#include "base/mem.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_corpus[] = "known_hosts";

static unsigned char ours[] = "\0\0\0\13ssh-ed25519\0\0\0\40"
			      "0123456789abcdef0123456789abcdef";

static void
check_line(const char *line, const char *name)
{
	char print[HOSTKEY_FINGERPRINT_SIZE], *text;
	struct known_key k, again;

	if (!known_key_parse(line, &k))
		return;
	MUST(k.hosts[0] != '\0' && k.type[0] != '\0');
	known_hosts_match(k.hosts, name);
	hostkey_fingerprint(k.blob, k.blob_len, print);
	MUST(strncmp(print, "SHA256:", 7) == 0 && strlen(print) == 50);
	text = hostkey_text(k.blob, k.blob_len);
	if (text != NULL) {
		MUST(known_key_parse_public(text, &again));
		MUST(known_key_is(&again, k.blob, k.blob_len));
		MUST(strcmp(again.type, k.type) == 0);
		known_key_finish(&again);
	}
	free(text);
	known_key_finish(&k);
}

/* How many lines are for this very name, and whether ours is one. */
static int
lines_of(const char *file, const char *name, bool *ret_ours)
{
	int count = 0;

	*ret_ours = false;
	while (*file != '\0') {
		size_t len = strcspn(file, "\n");
		char *line = xstrndup(file, len);
		struct known_key k;

		if (known_key_parse(line, &k)) {
			if (k.marker == KNOWN_PLAIN &&
				strcasecmp(k.hosts, name) == 0) {
				count++;
				*ret_ours =
					*ret_ours || known_key_is(&k, ours,
							     sizeof(ours) - 1);
			}
			known_key_finish(&k);
		}
		free(line);
		file += len + (file[len] == '\n');
	}
	return count;
}

static void
check_put(const char *file, const char *name)
{
	struct known_key key = {.blob = ours, .blob_len = sizeof(ours) - 1};
	struct strbuf once, twice, replaced;
	bool has_ours;

	strbuf_init(&once);
	strbuf_init(&twice);
	strbuf_init(&replaced);
	known_hosts_put(file, name, &key, 1, &once, &replaced);
	MUST(lines_of(once.buf, name, &has_ours) == 1 && has_ours);
	strbuf_clear(&replaced);
	known_hosts_put(once.buf, name, &key, 1, &twice, &replaced);
	MUST(replaced.len == 0);
	MUST(strcmp(once.buf, twice.buf) == 0);
	strbuf_finish(&once);
	strbuf_finish(&twice);
	strbuf_finish(&replaced);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *file, *at;
	size_t len = strcspn(text, "\n");
	char *address = xstrndup(text, len), *name;

	/* An address is what the configuration lets through. */
	address[strspn(address, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-")] =
		'\0';
	name = known_hosts_name(
		*address == '\0' ? "h" : address, size % 2 == 0 ? 22 : 2222);
	file = text + len + (text[len] == '\n');
	for (at = file; *at != '\0';) {
		size_t n = strcspn(at, "\n");
		char *line = xstrndup(at, n);

		check_line(line, name);
		free(line);
		at += n + (at[n] == '\n');
	}
	check_put(file, name);
	free(name);
	free(address);
	free(text);
	return 0;
}
