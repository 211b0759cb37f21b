/* redact.c - hides secrets in output. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/redact.h"

struct redactor {
	pcre2_code **codes;
	size_t count;
};

struct redactor *
redactor_create(const struct strings *patterns)
{
	struct redactor *r = xcalloc(1, sizeof(*r));
	size_t i;

	r->codes = xcalloc(patterns->count, sizeof(*r->codes));
	for (i = 0; i < patterns->count; i++) {
		PCRE2_SIZE at;
		int error;
		pcre2_code *code = pcre2_compile((PCRE2_SPTR)patterns->items[i],
			PCRE2_ZERO_TERMINATED,
			PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &error, &at, NULL);

		if (code != NULL)
			r->codes[r->count++] = code;
	}
	return r;
}

void
redactor_destroy(struct redactor *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->count; i++)
		pcre2_code_free(r->codes[i]);
	free(r->codes);
	free(r);
}

static char *
replace_all(pcre2_code *code, const char *text, size_t len, size_t *ret_len)
{
	static const char word[] = "[redacted]";
	PCRE2_SIZE size = len + len / 2 + 256;
	int flags = PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_LITERAL |
		    PCRE2_SUBSTITUTE_OVERFLOW_LENGTH;
	char *out = xcalloc(size + 1, 1);
	int result = pcre2_substitute(code, (PCRE2_SPTR)text, len, 0, flags,
		NULL, NULL, (PCRE2_SPTR)word, sizeof(word) - 1,
		(PCRE2_UCHAR *)out, &size);

	if (result == PCRE2_ERROR_NOMEMORY) {
		out = xrealloc(out, size + 1, 1);
		result = pcre2_substitute(code, (PCRE2_SPTR)text, len, 0, flags,
			NULL, NULL, (PCRE2_SPTR)word, sizeof(word) - 1,
			(PCRE2_UCHAR *)out, &size);
	}
	/* A pattern that cannot be matched in bounded time hides everything:
	 * better nothing than a secret. */
	if (result < 0) {
		snprintf(out, 64,
			"[output withheld: a redact pattern "
			"failed]\n");
		size = strlen(out);
	}
	*ret_len = size;
	return out;
}

char *
redactor_apply(const struct redactor *r, const char *text, size_t len)
{
	char *now = xstrndup(text, len);
	size_t i;

	len = strlen(now);
	for (i = 0; i < r->count; i++) {
		char *next = replace_all(r->codes[i], now, len, &len);

		free(now);
		now = next;
		now[len] = '\0';
	}
	return now;
}
