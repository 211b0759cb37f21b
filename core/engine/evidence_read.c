/* evidence_read.c - which format a file of evidence has, and what all of them
 * share. */
#include "engine/evidence_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "wire/json.h"

void
evidence_count(struct evidence *v, const char *severity)
{
	if (strcmp(severity, "critical") == 0)
		v->critical++;
	else if (strcmp(severity, "high") == 0)
		v->high++;
	else if (strcmp(severity, "medium") == 0)
		v->medium++;
	else
		v->low++;
}

void
evidence_waive(struct evidence *v, int64_t until)
{
	v->waived++;
	if (until != 0 && (v->waived_until == 0 || until < v->waived_until))
		v->waived_until = until;
}

void
evidence_judge(struct evidence *v)
{
	str_replace(&v->result, v->critical + v->high > 0 ? "fail" : "pass");
}

/* RFC 3339 with or without fractions of a second and a zone. */
int64_t
evidence_time(const char *text)
{
	char plain[48];
	struct error e;
	size_t len, dot;
	int64_t at;

	if (text == NULL || (len = strlen(text)) < 10 || len > 40 ||
		!isdigit((unsigned char)*text))
		return 0;
	dot = strcspn(text, ".");
	if (dot == 19 && text[dot] == '.') {
		const char *zone = text + dot + 1;

		zone += strspn(zone, "0123456789");
		snprintf(plain, sizeof(plain), "%.19s%.6s", text,
			*zone == '\0' ? "Z" : zone);
	} else {
		snprintf(plain, sizeof(plain), "%.25s%s", text,
			len == 10   ? "T00:00:00Z"
			: len == 19 ? "Z"
				    : "");
	}
	return time_parse(plain, NULL, 0, &at, &e) == 0 && at > 0 ? at : 0;
}

void
evidence_name_digest(const char *text, char ret[DIGEST_HEX_SIZE])
{
	size_t i;

	if (text == NULL || strlen(text) != DIGEST_HEX_SIZE - 1)
		return;
	for (i = 0; i < DIGEST_HEX_SIZE - 1; i++)
		if (!isxdigit((unsigned char)text[i]))
			return;
	for (i = 0; i < DIGEST_HEX_SIZE; i++)
		ret[i] = (char)tolower((unsigned char)text[i]);
}

/* ---- a file that states its result ---- */

static int
take_stated(struct evidence *v, const char *word, size_t len, struct error *e)
{
	v->format = EVIDENCE_STATED;
	if ((len == 4 && memcmp(word, "pass", 4) == 0) ||
		(len == 4 && memcmp(word, "fail", 4) == 0)) {
		free(v->result);
		v->result = xstrndup(word, len);
		return 0;
	}
	return error_set(e, ERROR_INVALID,
		"it states the result '%.*s', expected pass or fail",
		(int)(len > 40 ? 40 : len), word);
}

static int
read_stated_json(const json_t *o, struct evidence *v,
	char named_sha256[DIGEST_HEX_SIZE], struct error *e)
{
	const char *result = json_get_string(o, "result", NULL);

	v->format = EVIDENCE_STATED;
	v->stated_at = evidence_time(json_get_string(o, "at", NULL));
	evidence_name_digest(
		json_get_string(o, "artefact_sha256", NULL), named_sha256);
	if (result == NULL) {
		str_replace(&v->result, "none");
		return 0;
	}
	return take_stated(v, result, strlen(result), e);
}

static int
read_stated_text(const char *data, struct evidence *v, struct error *e)
{
	const char *word = data;
	size_t len;

	v->format = EVIDENCE_STATED;
	if (strncmp(data, "result:", 7) != 0) {
		str_replace(&v->result, "none");
		return 0;
	}
	word += 7;
	word += strspn(word, " \t");
	len = strcspn(word, " \t\r\n");
	return take_stated(v, word, len, e);
}

/* ---- which it is ---- */

static int
read_json(const char *kind, const char *data, size_t len, int64_t now,
	struct evidence *v, char named_sha256[DIGEST_HEX_SIZE],
	struct error *e)
{
	json_error_t where;
	json_t *o = json_loadb(data, len, JSON_REJECT_DUPLICATES, &where);
	int result;

	if (o == NULL)
		return error_set(e, ERROR_INVALID,
			"it is not valid JSON: line %d: %.100s", where.line,
			where.text);
	if (strcmp(kind, "cyclonedx") == 0 ||
		(strcmp(kind, "sarif") != 0 &&
			json_object_get(o, "bomFormat") != NULL))
		result = evidence_read_cyclonedx(o, now, v, named_sha256, e);
	else if (strcmp(kind, "sarif") == 0 ||
		 json_object_get(o, "runs") != NULL)
		result = evidence_read_sarif(o, now, v, named_sha256, e);
	else
		result = read_stated_json(o, v, named_sha256, e);
	json_decref(o);
	return result;
}

int
evidence_read(const char *kind, const char *data, size_t len, int64_t now,
	struct evidence *v, char named_sha256[DIGEST_HEX_SIZE],
	struct error *e)
{
	const char *first = data + strspn(data, " \t\r\n");
	bool is_json = *first == '{' || strcmp(kind, "sarif") == 0 ||
		       strcmp(kind, "cyclonedx") == 0;

	named_sha256[0] = '\0';
	if (len == 0)
		return error_set(e, ERROR_INVALID, "it is empty");
	if (memchr(data, '\0', len) != NULL || !text_is_utf8(data, len))
		return error_set(
			e, ERROR_INVALID, "it is not a text in UTF-8");
	if (*first == '<' || strcmp(kind, "junit") == 0)
		return evidence_read_junit(data, len, v, named_sha256, e);
	if (is_json)
		return read_json(kind, data, len, now, v, named_sha256, e);
	return read_stated_text(first, v, e);
}
