/* store_release.c - releases, their files, and plans. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

static int
release_read(struct query *q, struct release *r, int64_t *ret_id,
	struct error *e)
{
	char *format;
	int found;

	memset(r, 0, sizeof(*r));
	*ret_id = query_int(q);
	r->service = query_text(q);
	r->version = query_text(q);
	query_hash(q, r->sha256);
	r->size_bytes = query_int(q);
	r->files = query_int(q);
	r->file_name = query_text(q);
	format = query_text(q);
	query_hash(q, r->payload_sha256);
	r->payload_bytes = query_int(q);
	r->unpacked_bytes = query_int(q);
	r->notes = query_text(q);
	r->commit = query_text(q);
	r->committed_at = query_int(q);
	r->created_at = query_int(q);
	r->created_by = query_text(q);
	r->quarantine = query_text(q);
	r->signed_by = query_text(q);
	query_words(q, &r->needs);
	found = payload_format_parse(format);
	if (found == -1) {
		store_unknown_word(e, "the payload format", format);
		release_finish(r);
	} else {
		r->format = (enum payload_format)found;
	}
	free(format);
	return found == -1 ? -1 : 1;
}

static int
add_row(struct store *s, const struct release *r, struct error *e)
{
	char *needs = store_words(&r->needs);
	struct query q;
	int result;

	query_begin(&q, s, STATEMENT_RELEASE_ADD);
	query_bind_text(&q, r->service);
	query_bind_text(&q, r->version);
	query_bind_text(&q, r->sha256);
	query_bind_int(&q, r->size_bytes);
	query_bind_int(&q, r->files);
	query_bind_text(&q, r->file_name);
	query_bind_text(&q, payload_format_name(r->format));
	query_bind_text(&q, r->payload_sha256);
	query_bind_int(&q, r->payload_bytes);
	query_bind_int(&q, r->unpacked_bytes);
	query_bind_text(&q, r->notes);
	query_bind_text(&q, r->commit);
	query_bind_int(&q, r->committed_at);
	query_bind_int(&q, r->created_at);
	query_bind_text(&q, r->created_by);
	query_bind_text(&q, r->quarantine);
	query_bind_text(&q, r->signed_by);
	query_bind_text(&q, needs);
	result = query_run(&q, e);
	free(needs);
	return result;
}

static int
add_file(struct store *s, int64_t release, int64_t number,
	const struct release_file *f, struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_RELEASE_FILE_ADD);
	query_bind_int(&q, release);
	query_bind_int(&q, number);
	query_bind_text(&q, f->path);
	query_bind_text(&q, f->link);
	query_bind_int(&q, f->mode);
	query_bind_int(&q, f->size_bytes);
	query_bind_text(&q, f->sha256);
	return query_run(&q, e);
}

int
store_release_add(struct store *s, const struct release *r,
	const struct release_file *files, size_t count, struct error *e)
{
	struct release known;
	int64_t id;
	size_t i;
	int got;

	store_assert_writing(s);
	got = store_release_find(s, r->service, r->version, &known, e);
	if (got == -1)
		return -1;
	if (got == 1) {
		bool same = strcmp(known.sha256, r->sha256) == 0;

		if (!same)
			error_set(e, ERROR_EXISTS,
				"'%s %s' is another artefact (%.12s)",
				r->service, r->version, known.sha256);
		release_finish(&known);
		return same ? 0
			    : error_hint(e, "a version names one artefact for "
					    "ever: choose another version");
	}
	if (add_row(s, r, e) == -1)
		return -1;
	id = sqlite3_last_insert_rowid(s->db);
	for (i = 0; i < count; i++)
		if (add_file(s, id, (int64_t)i + 1, &files[i], e) == -1)
			return -1;
	return 0;
}

int
store_release_find(struct store *s, const char *service, const char *version,
	struct release *ret, struct error *e)
{
	struct query q;
	int64_t id;
	int got;

	query_begin(&q, s, STATEMENT_RELEASE_FIND);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	got = query_next(&q, e);
	if (got == 1)
		got = release_read(&q, ret, &id, e);
	query_end(&q);
	return got;
}

int
store_release_each(struct store *s, const char *service, int64_t after,
	int (*fn)(const struct release *r, int64_t cursor, void *arg),
	void *arg, struct error *e)
{
	struct query q;
	struct release r;
	int64_t id;
	int got;

	query_begin(&q, s, STATEMENT_RELEASE_EACH);
	query_bind_int(&q, after);
	query_bind_text(&q, service);
	while ((got = query_next(&q, e)) == 1) {
		got = release_read(&q, &r, &id, e);
		if (got == -1)
			break;
		got = fn(&r, id, arg);
		release_finish(&r);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_release_files(struct store *s, const char *service, const char *version,
	int64_t after,
	int (*fn)(const struct release_file *f, int64_t cursor, void *arg),
	void *arg, struct error *e)
{
	struct query q;
	struct release_file f;
	int64_t number;
	int got;

	query_begin(&q, s, STATEMENT_RELEASE_FILES);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	query_bind_int(&q, after);
	while ((got = query_next(&q, e)) == 1) {
		number = query_int(&q);
		f.path = query_text(&q);
		f.link = query_text(&q);
		f.mode = (int)query_int(&q);
		f.size_bytes = query_int(&q);
		query_hash(&q, f.sha256);
		got = fn(&f, number, arg);
		free(f.path);
		free(f.link);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

/* ---- what they need of others ---- */

int
store_release_needs_each(struct store *s,
	int (*fn)(const char *service, const char *version,
		struct strings *needs, void *arg),
	void *arg, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_RELEASE_NEEDS);
	while ((got = query_next(&q, e)) == 1) {
		char *service = query_text(&q), *version = query_text(&q);
		struct strings needs = {0};

		query_words(&q, &needs);
		got = fn(service, version, &needs, arg);
		free(service);
		free(version);
		strings_finish(&needs);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_release_is_newer(struct store *s, const char *service,
	const char *version, const char *other, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_RELEASE_NEWER);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	query_bind_text(&q, other);
	got = query_next(&q, e);
	query_end(&q);
	return got;
}

int
store_release_spread(struct store *s, const char *service,
	const char *version, const char *env, int *ret_hosts, int *ret_with,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_RELEASE_SPREAD);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	query_bind_text(&q, env);
	got = query_next(&q, e);
	if (got == 1) {
		*ret_hosts = (int)query_int(&q);
		*ret_with = (int)query_int(&q);
	}
	query_end(&q);
	return got == 1 ? 0 : -1;
}

int
store_release_sign(struct store *s, const char *service, const char *version,
	const char *principal, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_RELEASE_SIGN);
	query_bind_text(&q, principal);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	return query_run(&q, e);
}

int
store_release_quarantine(struct store *s, const char *service,
	const char *version, const char *reason, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_RELEASE_QUARANTINE);
	query_bind_text(&q, reason);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	if (query_run(&q, e) == -1)
		return -1;
	if (sqlite3_changes(s->db) == 0)
		return error_set(e, ERROR_NOT_FOUND, "no release '%s %s'",
			service, version);
	return 0;
}

int
store_plan_put(struct store *s, const char *digest, const char *text,
	size_t len, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_PLAN_PUT);
	query_bind_text(&q, digest);
	query_bind_text_len(&q, text, len);
	return query_run(&q, e);
}

int
store_plan_find(struct store *s, const char *digest, char **ret_text,
	size_t *ret_len, struct error *e)
{
	struct query q;
	const char *text;
	int got;

	query_begin(&q, s, STATEMENT_PLAN_FIND);
	query_bind_text(&q, digest);
	got = query_next(&q, e);
	if (got == 1) {
		text = query_bytes(&q, ret_len);
		*ret_text = xstrndup(text, *ret_len);
	}
	query_end(&q);
	return got;
}

int
store_release_unused_each(struct store *s, int64_t before,
	int (*fn)(const char *payload_sha256, void *arg), void *arg,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_RELEASE_UNUSED);
	query_bind_int(&q, before);
	while ((got = query_next(&q, e)) == 1) {
		char *sha256 = query_text(&q);
		int stop = fn(sha256, arg);

		free(sha256);
		if (stop != 0)
			break;
	}
	query_end(&q);
	return got == -1 ? -1 : 0;
}
