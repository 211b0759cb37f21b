/* record.c - objects of the engine as the console keeps them. */
#include "tui/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "wire/json.h"

#define TEXT_SHOWN_MAX 4096 /* of one field; more is never on a screen */

char *
record_text(const json_t *o, const char *key)
{
	const char *s = json_get_string(o, key, "");
	struct strbuf out;
	size_t len = strlen(s);

	strbuf_init(&out);
	text_add_printable(
		&out, s, len < TEXT_SHOWN_MAX ? len : TEXT_SHOWN_MAX);
	return strbuf_detach(&out);
}

int64_t
record_time(const json_t *o, const char *key)
{
	const char *s = json_get_string(o, key, NULL);
	int64_t at;

	if (s == NULL || time_parse(s, NULL, 0, &at, NULL) < 0)
		return 0;
	return at;
}

static void
add_word(struct strbuf *out, const char *word)
{
	if (out->len > 0)
		strbuf_addc(out, ' ');
	text_add_printable(out, word, strlen(word));
}

static char *
words_of(const json_t *array, const char *key)
{
	struct strbuf out;
	const json_t *item;
	size_t i;

	strbuf_init(&out);
	json_array_foreach(array, i, item)
	{
		const char *s = key != NULL ? json_get_string(item, key, NULL)
					    : json_string_value(item);

		if (s != NULL)
			add_word(&out, s);
	}
	return strbuf_detach(&out);
}

/* "shop 1.4.2 prod, pay 2.0 prod" */
static char *
runs_of(const json_t *array)
{
	static const char *const keys[] = {"service", "version", "env"};
	struct strbuf out;
	const json_t *item;
	size_t i, k;

	strbuf_init(&out);
	json_array_foreach(array, i, item)
	{
		if (out.len > 0)
			strbuf_addc(&out, ',');
		for (k = 0; k < ARRAY_SIZE(keys); k++)
			add_word(&out, json_get_string(item, keys[k], "-"));
	}
	return strbuf_detach(&out);
}

/* "a; b", each whole. */
static char *
sayings_of(const json_t *array)
{
	struct strbuf out;
	const json_t *item;
	size_t i;

	strbuf_init(&out);
	json_array_foreach(array, i, item)
	{
		const char *s = json_is_object(item)
					? json_get_string(item, "text", "")
					: json_string_value(item);

		if (s == NULL || *s == '\0')
			continue;
		strbuf_adds(&out, out.len > 0 ? "; " : "");
		text_add_printable(&out, s, strlen(s));
	}
	return strbuf_detach(&out);
}

/* Yes and no as they stand: "bob yes, carol no (grace)". */
static char *
answers_of(const json_t *array)
{
	struct strbuf out;
	const json_t *item;
	size_t i;

	strbuf_init(&out);
	json_array_foreach(array, i, item)
	{
		const char *verb = json_get_string(item, "verb", "");
		const char *state = json_get_string(item, "state", "");
		const char *who = json_get_string(item, "person", "?");

		if ((strcmp(verb, "approve") != 0 &&
			    strcmp(verb, "reject") != 0) ||
			(strcmp(state, "counts") != 0 &&
				strcmp(state, "grace") != 0))
			continue;
		strbuf_adds(&out, out.len > 0 ? ", " : "");
		text_add_printable(&out, who, strlen(who));
		strbuf_adds(&out, verb[0] == 'a' ? " yes" : " no");
	}
	return strbuf_detach(&out);
}

static int64_t
seconds_ms(const json_t *v)
{
	if (!json_is_number(v))
		return -1;
	return (int64_t)(json_number_value(v) * 1000.0);
}

static bool
is_text(enum field_type type)
{
	return type == FIELD_TEXT || type == FIELD_HOSTS ||
	       type == FIELD_RUNS || type == FIELD_WORDS ||
	       type == FIELD_SAYINGS || type == FIELD_PERSONS ||
	       type == FIELD_ANSWERS || type == FIELD_LABELS;
}

/* "role=web zone=eu1" */
static char *
labels_of(const json_t *o)
{
	struct strbuf out;
	const char *name;
	json_t *value;

	strbuf_init(&out);
	json_object_foreach((json_t *)(uintptr_t)o, name, value)
	{
		const char *s = json_string_value(value);

		add_word(&out, name);
		strbuf_addc(&out, '=');
		text_add_printable(
			&out, s != NULL ? s : "", s != NULL ? strlen(s) : 0);
	}
	return strbuf_detach(&out);
}

static char *
text_of(const struct field *f, const json_t *o)
{
	const json_t *v = json_object_get(o, f->key);

	if (f->type == FIELD_HOSTS)
		return words_of(v, "host");
	if (f->type == FIELD_PERSONS)
		return words_of(v, "person");
	if (f->type == FIELD_RUNS)
		return runs_of(v);
	if (f->type == FIELD_LABELS)
		return labels_of(v);
	if (f->type == FIELD_SAYINGS && json_is_array(v))
		return sayings_of(v);
	if (f->type == FIELD_ANSWERS)
		return answers_of(v);
	if (f->type == FIELD_WORDS && json_is_array(v))
		return words_of(v, NULL);
	return record_text(o, f->key);
}

static void
keep_json(json_t **slot, const json_t *v)
{
	json_decref(*slot);
	*slot = v == NULL || json_is_null(v)
			? NULL
			: json_incref((json_t *)(uintptr_t)v);
}

static void
read_field(const struct field *f, const json_t *o, void *record)
{
	char *at = (char *)record + f->offset;
	const json_t *v = json_object_get(o, f->key);

	if (is_text(f->type)) {
		char **slot = (char **)(void *)at;

		free(*slot);
		*slot = text_of(f, o);
	} else if (f->type == FIELD_JSON) {
		keep_json((json_t **)(void *)at, v);
	} else if (f->type == FIELD_BOOL) {
		*(bool *)(void *)at = json_is_true(v);
	} else if (f->type == FIELD_TIME) {
		*(int64_t *)(void *)at = record_time(o, f->key);
	} else if (f->type == FIELD_SECONDS) {
		*(int64_t *)(void *)at = seconds_ms(v);
	} else {
		*(int64_t *)(void *)at = json_get_int(o, f->key, -1);
	}
}

void
record_field_text(const void *record, const struct field *f, struct strbuf *out)
{
	const char *at = (const char *)record + f->offset;
	char text[TIME_TEXT_SIZE];
	int64_t n;

	if (is_text(f->type)) {
		strbuf_adds(out, *(char *const *)(const void *)at);
		return;
	}
	if (f->type == FIELD_JSON)
		return;
	if (f->type == FIELD_BOOL) {
		strbuf_adds(
			out, *(const bool *)(const void *)at ? "yes" : "no");
		return;
	}
	n = *(const int64_t *)(const void *)at;
	if (n < 0 || (f->type == FIELD_TIME && n == 0))
		return;
	if (f->type == FIELD_TIME)
		time_format_utc(n, text);
	else if (f->type == FIELD_SECONDS)
		duration_format(n, text);
	if (f->type == FIELD_INT)
		strbuf_addf(out, "%lld", (long long)n);
	else
		strbuf_adds(out, text);
}

void
collection_init(struct collection *c, const struct record_type *type)
{
	memset(c, 0, sizeof(*c));
	c->type = type;
}

static void
record_destroy(const struct collection *c, struct record *r)
{
	size_t i;

	for (i = 0; i < c->type->field_count; i++) {
		const struct field *f = &c->type->fields[i];
		void *at = (char *)r + f->offset;

		if (is_text(f->type))
			free(*(char **)at);
		else if (f->type == FIELD_JSON)
			json_decref(*(json_t **)at);
	}
	free(r->id);
	free(r);
}

void
collection_clear(struct collection *c)
{
	size_t i;

	HASH_CLEAR(hh, c->by_id);
	for (i = 0; i < c->count; i++)
		record_destroy(c, c->items[i]);
	c->count = 0;
	c->arrivals = 0;
	c->version++;
}

void
collection_finish(struct collection *c)
{
	collection_clear(c);
	free(c->items);
	memset(c, 0, sizeof(*c));
}

struct record *
collection_find(const struct collection *c, const char *id)
{
	struct record *r = NULL;

	if (id != NULL)
		HASH_FIND_STR(c->by_id, id, r);
	return r;
}

/* Keeps the order; what comes in order is put last at once. */
static void
insert_ordered(struct collection *c, struct record *r)
{
	size_t low = 0, high = c->count;

	ARRAY_GROW(c->items, c->count, c->capacity);
	while (low < high) {
		size_t mid = high == c->count ? c->count - 1
					      : low + (high - low) / 2;

		if (c->items[mid]->order <= r->order)
			low = mid + 1;
		else
			high = mid;
	}
	memmove(c->items + low + 1, c->items + low,
		(c->count - low) * sizeof(*c->items));
	c->items[low] = r;
	c->count++;
}

struct record *
collection_put(struct collection *c, const json_t *o)
{
	char *id = json_is_object(o) ? c->type->id(o) : NULL;
	struct record *r;
	size_t i;

	if (id == NULL)
		return NULL;
	HASH_FIND_STR(c->by_id, id, r);
	if (r == NULL) {
		r = xcalloc(1, c->type->size);
		r->id = id;
		r->order = c->type->order(o, c->arrivals++);
		HASH_ADD_KEYPTR(hh, c->by_id, r->id, strlen(r->id), r);
		insert_ordered(c, r);
	} else {
		free(id);
	}
	for (i = 0; i < c->type->field_count; i++)
		read_field(&c->type->fields[i], o, r);
	r->version = ++c->version;
	return r;
}

void
collection_put_all(struct collection *c, const json_t *array)
{
	const json_t *o;
	size_t i;

	json_array_foreach(array, i, o) collection_put(c, o);
}
