/*
 * record.h - objects of the engine as the console keeps them: C structs that
 * are read from JSON, shown and filtered by one table of fields each.
 *
 * Every text is made printable when it is read, so that nothing a host, a
 * file or a person wrote reaches the canvas as a control byte.
 */
#ifndef SLUICE_TUI_RECORD_H
#define SLUICE_TUI_RECORD_H

#include <jansson.h>
#include <uthash.h>

#include "base/base.h"

enum field_type {
	FIELD_TEXT,    /* char *, never NULL after reading */
	FIELD_INT,     /* int64_t; -1 where it is null or missing */
	FIELD_TIME,    /* int64_t unix seconds; 0 where null or missing */
	FIELD_SECONDS, /* int64_t ms, from seconds with a fraction; -1 */
	FIELD_BOOL,    /* bool */
	FIELD_HOSTS,   /* char *: "web-1 web-2" of [{host, error}] */
	FIELD_RUNS,    /* char *: "shop 1.4.2 prod" of host.deployments */
	FIELD_WORDS,   /* char *: "a b" of a list of strings */
	FIELD_SAYINGS, /* char *: "a; b" of a list of sentences, or of
			  objects with a text */
	FIELD_PERSONS, /* char *: "a b" of [{person}] */
	FIELD_ANSWERS, /* char *: "bob yes, carol no" of decisions */
	FIELD_JSON,    /* json_t *, a reference; NULL: null or missing */
	FIELD_LABELS,  /* char *: "role=web zone=eu1" of an object */
	FIELD_TYPE_COUNT
};

struct field {
	const char *key;    /* in JSON */
	const char *filter; /* in "key:value", or NULL */
	const char *label;  /* on pages of facts, or NULL */
	enum field_type type;
	size_t offset;
};

/* The head of every record. */
struct record {
	char *id; /* owned */
	int64_t order;
	uint64_t version; /* grows each time it is read again */
	UT_hash_handle hh;
};

struct record_type {
	const char *noun;
	size_t size;
	const struct field *fields;
	size_t field_count;

	/* The id of an object (printable, owned), or NULL if it has none. */
	char *(*id)(const json_t *o);

	/* Where it stands in the list; greater is later. */
	int64_t (*order)(const json_t *o, size_t arrival);
};

/* Records of one type, by id and in their order. */
struct collection {
	const struct record_type *type;
	struct record **items;
	size_t count, capacity, arrivals;
	struct record *by_id;
	uint64_t version; /* grows with each change */
};

void collection_init(struct collection *c, const struct record_type *type);
void collection_finish(struct collection *c);
void collection_clear(struct collection *c);

/* Adds or replaces; NULL if the object has no id. Borrowed until changed. */
struct record *collection_put(struct collection *c, const json_t *o);

/* Every object of an array. */
void collection_put_all(struct collection *c, const json_t *array);

struct record *collection_find(const struct collection *c, const char *id);

/* The value of a field as a person reads it. */
void record_field_text(
	const void *record, const struct field *f, struct strbuf *out);

/* Text of a JSON string made printable (owned); "" for anything else. */
char *record_text(const json_t *o, const char *key);

/* Unix seconds of an RFC 3339 string, 0 where there is none. */
int64_t record_time(const json_t *o, const char *key);

#endif
