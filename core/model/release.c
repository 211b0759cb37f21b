/* release.c - service, version, artefact. */
#include "model/release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const format_names[PAYLOAD_FORMAT_COUNT] = {
	"tar", "tar.gz", "file"};

const char *
payload_format_name(enum payload_format f)
{
	assert((unsigned)f < PAYLOAD_FORMAT_COUNT);
	return format_names[f];
}

int
payload_format_parse(const char *s)
{
	int i;

	for (i = 0; i < PAYLOAD_FORMAT_COUNT; i++)
		if (strcmp(format_names[i], s) == 0)
			return i;
	return -1;
}

void
release_dir(
	const char *version, const char *sha256, char out[RELEASE_DIR_SIZE])
{
	snprintf(out, RELEASE_DIR_SIZE, "%.64s-%.12s", version, sha256);
}

void
release_finish(struct release *r)
{
	free(r->service);
	free(r->version);
	free(r->file_name);
	free(r->notes);
	free(r->commit);
	free(r->created_by);
	free(r->quarantine);
	free(r->signed_by);
	strings_finish(&r->needs);
	memset(r, 0, sizeof(*r));
}

bool
release_need_parse(const char *text, struct release_need *ret)
{
	const char *equals = strchr(text, '=');
	size_t len = equals == NULL ? 0 : (size_t)(equals - text);

	if (len == 0 || len >= sizeof(ret->service) ||
		!text_is_version(equals + 1))
		return false;
	memcpy(ret->service, text, len);
	ret->service[len] = '\0';
	ret->version = equals + 1;
	return true;
}
