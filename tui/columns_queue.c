/* columns_queue.c - columns of what waits: risk, how long there is still to
 * answer, and those of requests, which line up with the changes. */
#include <stdio.h>
#include <string.h>

#include "tui/states.h"
#include "tui/view.h"

#define HURRY_S 600

void
column_risk(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_change *ch = (const void *)r;

	(void)ctx;
	if (ch->risk >= 0)
		strbuf_addf(out, "%2lld %s", (long long)ch->risk,
			risk_look(ch->risk_band).brief);
}

enum style_role
column_risk_role(const struct record *r)
{
	return risk_look(
		((const struct world_change *)(const void *)r)->risk_band)
		.role;
}

/* "3h40", "0h08!": what is left to answer. */
static void
left_text(int64_t by, const char *state, const struct list_context *ctx,
	struct strbuf *out)
{
	int64_t left = by - ctx->now;

	if (by <= 0 || strcmp(state, "submitted") != 0)
		return;
	if (left <= 0)
		strbuf_adds(out, "late!");
	else if (left >= 86400)
		strbuf_addf(out, "%lldd%02lldh", (long long)(left / 86400),
			(long long)(left % 86400 / 3600));
	else
		strbuf_addf(out, "%lldh%02lld%s", (long long)(left / 3600),
			(long long)(left % 3600 / 60),
			left < HURRY_S ? "!" : "");
}

void
column_answer_by(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_change *ch = (const void *)r;

	left_text(ch->answer_by, ch->state, ctx, out);
}

static void
request_id(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	(void)ctx;
	strbuf_adds(out, r->id);
}

static void
request_state(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	(void)ctx;
	strbuf_adds(out,
		state_look(
			((const struct world_request *)(const void *)r)->state)
			.shown);
}

static enum style_role
request_role(const struct record *r)
{
	return state_look(
		((const struct world_request *)(const void *)r)->state)
		.role;
}

static void
request_what(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	(void)ctx;
	strbuf_adds(out, ((const struct world_request *)(const void *)r)->what);
}

static void
request_oks(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_request *q = (const void *)r;

	(void)ctx;
	strbuf_addf(out, "%lld/%lld", (long long)q->approvals_given,
		(long long)q->approvals_required);
}

static void
request_left(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_request *q = (const void *)r;

	left_text(q->answer_by, q->state, ctx, out);
}

static void
request_author(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	(void)ctx;
	strbuf_adds(
		out, ((const struct world_request *)(const void *)r)->author);
}

static const struct column request_columns[] = {
	{"ID", 1, 8, 8, false, CUT_END, request_id, NULL},
	{"STATE", 1, 11, 11, false, CUT_END, request_state, request_role},
	{"WHAT", 1, 17, 80, false, CUT_END, request_what, NULL},
	{"OK", 2, 3, 5, false, CUT_END, request_oks, NULL},
	{"SLA", 2, 6, 6, true, CUT_END, request_left, NULL},
	{"BY", 4, 6, 16, false, CUT_MIDDLE, request_author, NULL},
};

const struct table request_table = {
	request_columns, ARRAY_SIZE(request_columns)};
