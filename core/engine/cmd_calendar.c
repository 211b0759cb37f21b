/* cmd_calendar.c - what is planned against which windows and freezes, and the
 * next time that is free. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/zone.h"
#include "engine/calendar_rows.h"
#include "engine/cmd.h"
#include "engine/schedule.h"
#include "wire/json.h"

#define DEFAULT_RANGE_S ((int64_t)31 * SCHEDULE_DAY_S)

/* ---- calendar.ls ---- */

static int
arg_kinds(const struct request *rq, unsigned *ret, struct error *e)
{
	struct strings kinds;
	int result = 0;
	size_t i;

	arg_strings(rq, "kinds", &kinds);
	*ret = kinds.count == 0 ? (1u << ROW_KIND_COUNT) - 1 : 0;
	for (i = 0; i < kinds.count && result == 0; i++) {
		int kind = row_kind_parse(kinds.items[i]);

		if (kind < 0)
			result = error_set(e, ERROR_USAGE,
				"no kind of row '%.40s', expected window, "
				"freeze, holiday, hold, rollout or change",
				kinds.items[i]);
		else
			*ret |= 1u << kind;
	}
	strings_finish(&kinds);
	return result;
}

static int
arg_env(struct request *rq, const char **ret, struct error *e)
{
	*ret = arg_string(rq, "env");
	if (*ret != NULL &&
		settings_environment(rq->en->settings, *ret) == NULL)
		return no_environment(rq->en->settings, *ret, e);
	return 0;
}

/* The month or week that `from` lies in, by the clocks of the zone. */
static int
set_span(struct calendar_query *q, const char *span, struct error *e)
{
	int64_t day = zone_local(q->from) / SCHEDULE_DAY_S, first;
	char text[TIME_TEXT_SIZE];

	if (strcmp(span, "week") == 0) {
		first = day - (day + 3) % 7;
		q->from = zone_resolve(first * SCHEDULE_DAY_S);
		q->to = zone_resolve((first + 7) * SCHEDULE_DAY_S);
		return 0;
	}
	if (strcmp(span, "month") != 0)
		return error_set(e, ERROR_USAGE,
			"'span' is '%.40s', expected month or week", span);
	time_format_utc(day * SCHEDULE_DAY_S, text);
	first = day - (strtol(text + 8, NULL, 10) - 1);
	time_format_utc((first + 31) * SCHEDULE_DAY_S, text);
	day = first + 31 - (strtol(text + 8, NULL, 10) - 1);
	q->from = zone_resolve(first * SCHEDULE_DAY_S);
	q->to = zone_resolve(day * SCHEDULE_DAY_S);
	return 0;
}

static int
arg_span(struct request *rq, struct calendar_query *q, struct error *e)
{
	const char *span = arg_string(rq, "span");
	int64_t to = q->to;
	struct zone_scope scope;
	int result = 0;

	q->to = q->from + DEFAULT_RANGE_S;
	if (span != NULL) {
		zone_enter(&scope, q->zone);
		result = set_span(q, span, e);
		zone_leave(&scope);
	}
	if (arg_string(rq, "to") != NULL)
		q->to = to;
	return result;
}

static int
arg_query(struct request *rq, struct calendar_query *q, struct error *e)
{
	struct engine *en = rq->en;

	if (arg_env(rq, &q->env, e) == -1 ||
		arg_kinds(rq, &q->kinds, e) == -1 ||
		arg_time(rq, "from", &q->from, e) == -1 ||
		arg_time(rq, "to", &q->to, e) == -1)
		return -1;
	q->zone = en->settings->timezone;
	if (arg_string(rq, "from") == NULL &&
		time_parse("today", q->zone, engine_now(en), &q->from, e) == -1)
		return -1;
	if (arg_span(rq, q, e) == -1)
		return -1;
	if (q->to <= q->from)
		return error_set(e, ERROR_INVALID,
			"the range ends before it begins");
	if (q->to - q->from > CALENDAR_RANGE_MOST_S)
		return error_set(e, ERROR_LIMIT,
			"the range is longer than ten years");
	return 0;
}

void
cmd_calendar_ls(struct request *rq)
{
	struct calendar_query q;
	struct page page;
	struct error e;
	json_t *rows;
	char *next;

	/* Its cursor is not a number: `after` is read here. */
	json_t *after = json_incref(json_object_get(rq->args, "after"));

	json_object_del(rq->args, "after");
	if (page_init(rq, &page, &e) == -1 || arg_query(rq, &q, &e) == -1 ||
		calendar_rows(rq->en, &q, json_string_value(after), page.limit,
			&rows, &next, &e) == -1) {
		request_fail(rq, &e);
	} else {
		request_done(rq,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:s}", "items",
				rows, "next", json_text(next), "from",
				json_time(q.from), "to", json_time(q.to),
				"now", json_time(engine_now(rq->en)), "zone",
				q.zone));
		free(next);
	}
	json_decref(page.items);
	json_decref(after);
}

/* ---- windows ---- */

static bool
is_window_of(const struct period *p, const char *env)
{
	return p->kind == PERIOD_WINDOW && period_is_about(p, env, NULL);
}

void
cmd_window_ls(struct request *rq)
{
	size_t i, count = schedule_count(rq->en);
	const char *env;
	struct page page;
	struct error e;

	if (page_init(rq, &page, &e) == -1 || arg_env(rq, &env, &e) == -1) {
		json_decref(page.items);
		request_fail(rq, &e);
		return;
	}
	for (i = (size_t)(page.after + 1); i < count; i++) {
		const struct period *p = schedule_at(rq->en, i)->period;

		if (env == NULL ? p->kind != PERIOD_WINDOW
				: !is_window_of(p, env))
			continue;
		if (page_add(&page, period_json(rq->en, p), (int64_t)i) != 0)
			break;
	}
	request_done(rq, page_finish(&page));
}

static int
arg_need(struct request *rq, const char *env, struct need *ret,
	struct error *e)
{
	const char *text = arg_string(rq, "for");
	int64_t ms;

	memset(ret, 0, sizeof(*ret));
	if (text == NULL) {
		ms = settings_environment(rq->en->settings, env)->estimate_ms;
	} else if (duration_parse(text, &ms, e) == -1) {
		return -1;
	}
	ret->forward_s = (ms + 999) / 1000;
	if (ret->forward_s < 1)
		return error_set(e, ERROR_INVALID, "'for' is no time at all");
	return 0;
}

static int
no_slot(const char *env, const struct need *need, struct error *e)
{
	char took[TIME_TEXT_SIZE];

	duration_format(need->forward_s * 1000, took);
	error_set(e, ERROR_NOT_FOUND,
		"nothing is free in '%s' for %s in the next 90 days", env,
		took);
	return error_hint(
		e, "see what closes it: sluice calendar %s --to +90d", env);
}

void
cmd_window_next(struct request *rq)
{
	struct slot slot;
	struct scope s = {.service = arg_string(rq, "service")};
	struct need need;
	struct error e;

	if (arg_env(rq, &s.env, &e) == -1 ||
		(s.service != NULL && settings_service(rq->en->settings,
					      s.service) == NULL &&
			no_service(rq->en->settings, s.service, &e) == -1) ||
		arg_need(rq, s.env, &need, &e) == -1 ||
		(!schedule_next_slot(rq->en, &s, &need, &slot) &&
			no_slot(s.env, &need, &e) == -1)) {
		request_fail(rq, &e);
		return;
	}
	request_done(rq,
		json_pack("{s:s, s:o, s:o, s:o, s:I, s:o}", "env", s.env,
			"service", json_text(s.service), "starts_at",
			json_time(slot.start), "closes_at",
			json_time(slot.closes_at), "for_s",
			(json_int_t)need.forward_s, "closed_by",
			json_text(slot.closer == NULL ? NULL
						      : slot.closer->name)));
}
