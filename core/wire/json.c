/* json.c - short ways to read and build JSON values. */
#include "wire/json.h"

#include <string.h>

#include "base/text.h"
#include "base/units.h"

const char *
json_get_string(const json_t *o, const char *key, const char *or_else)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? or_else : s;
}

int64_t
json_get_int(const json_t *o, const char *key, int64_t or_else)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? json_integer_value(v) : or_else;
}

bool
json_get_bool(const json_t *o, const char *key, bool or_else)
{
	const json_t *v = json_object_get(o, key);

	return json_is_boolean(v) ? json_is_true(v) : or_else;
}

json_t *
json_text(const char *s)
{
	struct strbuf safe;
	json_t *v;

	if (s == NULL)
		return json_null();
	v = json_string(s);
	if (v != NULL)
		return v;
	strbuf_init(&safe);
	text_add_output(&safe, s, strlen(s));
	v = json_string(safe.buf);
	strbuf_finish(&safe);
	return v;
}

json_t *
json_time(int64_t at)
{
	char text[TIME_TEXT_SIZE];

	if (at == 0)
		return json_null();
	time_format_utc(at, text);
	return json_string(text);
}

json_t *
json_seconds(int64_t ms)
{
	if (ms < 0)
		return json_null();
	if (ms % 1000 == 0)
		return json_integer(ms / 1000);
	return json_real((double)ms / 1000);
}

json_t *
json_from_error(const struct error *e)
{
	return json_pack("{s:s, s:o, s:o}", "code", error_code_name(e->code),
		"message", json_text(e->text), "hint", json_text(e->hint));
}

void
json_to_error(const json_t *o, struct error *e)
{
	error_set(e, error_code_from_name(json_get_string(o, "code", "")), "%s",
		json_get_string(o, "message", "the engine gave no reason"));
	error_hint(e, "%s", json_get_string(o, "hint", ""));
}
