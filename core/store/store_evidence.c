/* store_evidence.c - what is shown about releases. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

void
evidences_finish(struct evidences *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		evidence_finish(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static int
put_file(struct store *s, const char *sha256, const char *data, size_t len,
	struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_EVIDENCE_FILE_PUT);
	query_bind_text(&q, sha256);
	query_bind_blob(&q, data, len);
	return query_run(&q, e);
}

static void
bind_counts(struct query *q, const struct evidence *v)
{
	query_bind_int(q, v->passed);
	query_bind_int(q, v->failed);
	query_bind_int(q, v->skipped);
	query_bind_int(q, v->critical);
	query_bind_int(q, v->high);
	query_bind_int(q, v->medium);
	query_bind_int(q, v->low);
	query_bind_int(q, v->waived);
	query_bind_int(q, v->waived_until);
}

int
store_evidence_add(struct store *s, struct evidence *v, const char *data,
	size_t len, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	if (data != NULL && put_file(s, v->file_sha256, data, len, e) == -1)
		return -1;
	query_begin(&q, s, STATEMENT_EVIDENCE_ADD);
	query_bind_text(&q, v->service);
	query_bind_text(&q, v->version);
	query_bind_text(&q, v->sha256);
	query_bind_text(&q, v->kind);
	query_bind_text(&q, evidence_format_name(v->format));
	query_bind_text(&q, v->role);
	query_bind_text(&q, v->file_name);
	query_bind_text(&q, v->file_sha256);
	query_bind_int(&q, v->size_bytes);
	query_bind_text(&q, v->result);
	bind_counts(&q, v);
	query_bind_int(&q, v->stated_at);
	query_bind_text(&q, v->added_by);
	query_bind_int(&q, v->added_uid);
	query_bind_int(&q, v->added_at);
	query_bind_text(&q, v->text);
	if (query_run(&q, e) == -1)
		return -1;
	v->id = sqlite3_last_insert_rowid(s->db);
	return 0;
}

static void
read_counts(struct query *q, struct evidence *v)
{
	v->passed = query_int(q);
	v->failed = query_int(q);
	v->skipped = query_int(q);
	v->critical = query_int(q);
	v->high = query_int(q);
	v->medium = query_int(q);
	v->low = query_int(q);
	v->waived = query_int(q);
	v->waived_until = query_int(q);
}

/* 1, or -1 with nothing to finish. */
static int
evidence_read_row(struct query *q, struct evidence *v, struct error *e)
{
	char *format;
	int found;

	memset(v, 0, sizeof(*v));
	v->id = query_int(q);
	v->service = query_text(q);
	v->version = query_text(q);
	query_hash(q, v->sha256);
	v->kind = query_text(q);
	format = query_text(q);
	v->role = query_text(q);
	v->file_name = query_text(q);
	query_hash(q, v->file_sha256);
	v->size_bytes = query_int(q);
	v->result = query_text(q);
	read_counts(q, v);
	v->stated_at = query_int(q);
	v->added_by = query_text(q);
	v->added_uid = query_int(q);
	v->added_at = query_int(q);
	v->text = query_text(q);
	found = format == NULL ? -1 : evidence_format_parse(format);
	v->format = (enum evidence_format)found;
	if (found == -1) {
		store_unknown_word(e, "the format of evidence", format);
		evidence_finish(v);
	}
	free(format);
	return found == -1 ? -1 : 1;
}

int
store_evidence(struct store *s, const char *service, const char *version,
	struct evidences *ret, struct error *e)
{
	struct evidence v;
	struct query q;
	int got;

	memset(ret, 0, sizeof(*ret));
	query_begin(&q, s, STATEMENT_EVIDENCE_EACH);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	while ((got = query_next(&q, e)) == 1) {
		got = evidence_read_row(&q, &v, e);
		if (got == -1)
			break;
		ARRAY_GROW(ret->items, ret->count, ret->capacity);
		ret->items[ret->count++] = v;
	}
	query_end(&q);
	if (got == -1)
		evidences_finish(ret);
	return got;
}

int
store_evidence_file(struct store *s, const char *sha256, char **ret_data,
	size_t *ret_len, struct error *e)
{
	const char *bytes;
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_EVIDENCE_FILE_FIND);
	query_bind_text(&q, sha256);
	got = query_next(&q, e);
	if (got == 1) {
		bytes = query_bytes(&q, ret_len);
		*ret_data = xstrndup(bytes, *ret_len);
	}
	query_end(&q);
	return got;
}
