/* store_calendar.c - periods, overrides, stopped lines, and what the history
 * says about how long things take. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists in one column ---- */

static char *
join_dates(const struct period *p)
{
	struct strbuf sb;
	char *text;
	size_t i;

	strbuf_init(&sb);
	for (i = 0; i < p->exdate_count; i++)
		strbuf_addf(
			&sb, "%s%lld", i ? " " : "", (long long)p->exdates[i]);
	text = xstrdup(sb.buf == NULL ? "" : sb.buf);
	strbuf_finish(&sb);
	return text;
}

static void
split_dates(struct query *q, struct period *p)
{
	struct strings words = {0};
	size_t i;

	query_words(q, &words);
	for (i = 0; i < words.count; i++)
		period_add_exdate(p, strtoll(words.items[i], NULL, 10));
	strings_finish(&words);
}

/* ---- periods ---- */

/* A word of the row by its parser; -1: no version knows it. */
static int
read_word(struct query *q, int (*parse)(const char *s), const char *what,
	int *result, struct error *e)
{
	char *word = query_text(q);
	int value = word == NULL ? -1 : parse(word);

	if (value == -1)
		*result = store_unknown_word(e, what, word);
	free(word);
	return value < 0 ? 0 : value;
}

/* 1, or -1 with nothing to finish. */
static int
period_read(struct query *q, struct period *p, struct error *e)
{
	int result = 1;

	memset(p, 0, sizeof(*p));
	p->number = query_int(q);
	p->kind = (enum period_kind)read_word(
		q, period_kind_parse, "the kind", &result, e);
	p->name = query_text(q);
	query_words(q, &p->envs);
	query_words(q, &p->services);
	p->selector = query_text(q);
	p->zone = query_text(q);
	p->starts_local = query_int(q);
	p->days = query_int(q);
	p->exact_s = query_int(q);
	p->rrule = query_text(q);
	split_dates(q, p);
	p->severity = (enum period_severity)read_word(
		q, period_severity_parse, "the severity", &result, e);
	p->effect = (enum period_effect)read_word(
		q, period_effect_parse, "the effect", &result, e);
	p->uid = query_text(q);
	p->sequence = query_int(q);
	p->reason = query_text(q);
	p->author = query_text(q);
	p->author_uid = query_int(q);
	p->created_at = query_int(q);
	p->changed_at = query_int(q);
	p->ended_at = query_int(q);
	if (result == -1)
		period_finish(p);
	return result;
}

int
store_period_put(struct store *s, struct period *p, struct error *e)
{
	char *envs = store_words(&p->envs);
	char *services = store_words(&p->services);
	char *dates = join_dates(p);
	struct query q;
	int result;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_PERIOD_PUT);
	query_bind_int_or_null(&q, p->number);
	query_bind_text(&q, period_kind_name(p->kind));
	query_bind_text(&q, p->name);
	query_bind_text(&q, envs);
	query_bind_text(&q, services);
	query_bind_text(&q, p->selector);
	query_bind_text(&q, p->zone);
	query_bind_int(&q, p->starts_local);
	query_bind_int(&q, p->days);
	query_bind_int(&q, p->exact_s);
	query_bind_text(&q, p->rrule);
	query_bind_text(&q, dates);
	query_bind_text(&q, period_severity_name(p->severity));
	query_bind_text(&q, period_effect_name(p->effect));
	query_bind_text(&q, p->uid);
	query_bind_int(&q, p->sequence);
	query_bind_text(&q, p->reason);
	query_bind_text(&q, p->author);
	query_bind_int(&q, p->author_uid);
	query_bind_int(&q, p->created_at);
	query_bind_int(&q, p->changed_at);
	query_bind_int(&q, p->ended_at);
	result = query_run(&q, e);
	if (result == 0 && p->number == 0)
		p->number = sqlite3_last_insert_rowid(s->db);
	free(envs);
	free(services);
	free(dates);
	return result;
}

static int
period_find(struct query *q, struct period *ret, struct error *e)
{
	int got = query_next(q, e);

	if (got == 1)
		got = period_read(q, ret, e);
	query_end(q);
	return got;
}

int
store_period_find(struct store *s, int64_t number, struct period *ret,
	struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_PERIOD_FIND);
	query_bind_int(&q, number);
	return period_find(&q, ret, e);
}

int
store_period_find_uid(struct store *s, enum period_kind kind, const char *uid,
	struct period *ret, struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_PERIOD_FIND_UID);
	query_bind_text(&q, period_kind_name(kind));
	query_bind_text(&q, uid);
	return period_find(&q, ret, e);
}

int
store_period_each(struct store *s, bool with_ended,
	int (*fn)(const struct period *p, void *arg), void *arg,
	struct error *e)
{
	struct period p;
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_PERIOD_EACH);
	query_bind_int(&q, with_ended);
	while ((got = query_next(&q, e)) == 1) {
		got = period_read(&q, &p, e);
		if (got == -1)
			break;
		got = fn(&p, arg);
		period_finish(&p);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

/* ---- overrides ---- */

int
store_override_put(struct store *s, const char *freeze,
	struct change_id change, const char *author, int64_t uid,
	const char *reason, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_OVERRIDE_PUT);
	query_bind_text(&q, freeze);
	query_bind_int(&q, change.number);
	query_bind_text(&q, author);
	query_bind_int(&q, uid);
	query_bind_text(&q, reason);
	query_bind_int(&q, clock_wall_ms(s->clock) / 1000);
	return query_run(&q, e);
}

static int
has_row(struct query *q, struct error *e)
{
	int got = query_next(q, e);

	query_end(q);
	return got;
}

int
store_override_each(struct store *s, const char *freeze,
	int (*fn)(const char *freeze, struct change_id change,
		const char *author, const char *reason, int64_t at, void *arg),
	void *arg, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_OVERRIDE_EACH);
	query_bind_text(&q, freeze);
	while ((got = query_next(&q, e)) == 1) {
		char *id = query_text(&q);
		struct change_id change = {query_int(&q)};
		char *author = query_text(&q), *reason = query_text(&q);

		got = fn(id, change, author, reason, query_int(&q), arg);
		free(id);
		free(author);
		free(reason);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

/* ---- stopped lines ---- */

int
store_line_put(struct store *s, const struct line_stop *l, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_LINE_PUT);
	query_bind_text(&q, l->env);
	query_bind_text(&q, l->author);
	query_bind_int(&q, l->author_uid);
	query_bind_text(&q, l->reason);
	query_bind_int(&q, l->stopped_at);
	return query_run(&q, e);
}

int
store_line_drop(struct store *s, const char *env, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_LINE_DROP);
	query_bind_text(&q, env);
	return query_run(&q, e);
}

int
store_line_past_each(struct store *s, const char *env, int64_t from,
	int64_t to, int (*fn)(const struct line_past *l, void *arg), void *arg,
	struct error *e)
{
	struct line_past l;
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_LINE_PAST);
	query_bind_text(&q, env);
	query_bind_int(&q, from);
	query_bind_int(&q, to);
	while ((got = query_next(&q, e)) == 1) {
		l.stopped_at = query_int(&q);
		l.opened_at = query_int(&q);
		l.author = query_text(&q);
		l.reason = query_text(&q);
		got = fn(&l, arg);
		free(l.author);
		free(l.reason);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_line_each(struct store *s,
	int (*fn)(const struct line_stop *l, void *arg), void *arg,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_LINE_EACH);
	while ((got = query_next(&q, e)) == 1) {
		struct line_stop l;

		l.env = query_text(&q);
		l.author = query_text(&q);
		l.author_uid = query_int(&q);
		l.reason = query_text(&q);
		l.stopped_at = query_int(&q);
		got = fn(&l, arg);
		free(l.env);
		free(l.author);
		free(l.reason);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

/* ---- what there was, and what there will be ---- */

int
store_history_each(struct store *s, const char *service, const char *env,
	enum rollout_kind kind,
	int (*fn)(const struct history_row *r, void *arg), void *arg,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_HISTORY_EACH);
	query_bind_text(&q, service);
	query_bind_text(&q, env);
	query_bind_text(&q, rollout_kind_name(kind));
	while ((got = query_next(&q, e)) == 1) {
		struct history_row r = {.active_s = query_int(&q)};

		r.staging_s = query_int(&q);
		r.waves = (int)query_int(&q);
		r.hosts = (int)query_int(&q);
		got = fn(&r, arg);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_ledger_about(struct store *s, const char *object, const char *what,
	int64_t *ret_count, int64_t *ret_at, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_LEDGER_ABOUT);
	query_bind_text(&q, object);
	query_bind_text(&q, what);
	got = query_next(&q, e);
	if (got == 1) {
		*ret_count = query_int(&q);
		*ret_at = query_int(&q);
	}
	query_end(&q);
	return got == 1 ? 0 : -1;
}

int
store_wait_is_open(struct store *s, const char *object, const char *cause,
	struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_WAIT_IS_OPEN);
	query_bind_text(&q, object);
	query_bind_text(&q, cause);
	return has_row(&q, e);
}

int
store_wait_end_start(
	struct store *s, const char *object, int64_t at, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_WAIT_END_START);
	query_bind_int(&q, at);
	query_bind_text(&q, object);
	return query_run(&q, e);
}
