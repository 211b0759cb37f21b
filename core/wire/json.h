/* json.h - short ways to read and build JSON values (jansson). */
#ifndef SLUICE_WIRE_JSON_H
#define SLUICE_WIRE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"

/* The member, or the default where it is missing or of another type.
 * Strings are borrowed from the object. */
const char *json_get_string(
	const json_t *o, const char *key, const char *or_else);
int64_t json_get_int(const json_t *o, const char *key, int64_t or_else);
bool json_get_bool(const json_t *o, const char *key, bool or_else);

/* A string value, or null where s is NULL. New reference. Bytes that are not
 * UTF-8 become U+FFFD. */
json_t *json_text(const char *s);

/* RFC 3339 UTC, or null where at is 0. New reference. */
json_t *json_time(int64_t at);

/* Seconds with a fraction from milliseconds, or null where ms < 0. */
json_t *json_seconds(int64_t ms);

/* {"code", "message", "hint"} and back. */
json_t *json_from_error(const struct error *e);
void json_to_error(const json_t *o, struct error *e);

#endif
