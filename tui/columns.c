/* columns.c - the columns of each kind of list (console.md section 3.2). */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/units.h"
#include "tui/states.h"
#include "tui/view.h"

#define TEXT_COLUMN(name, type, member)                                        \
	static void name(const struct record *r,                               \
		const struct list_context *ctx, struct strbuf *out)            \
	{                                                                      \
		(void)ctx;                                                     \
		strbuf_adds(                                                   \
			out, ((const struct type *)(const void *)r)->member);  \
	}

#define NUMBER_COLUMN(name, type, member)                                      \
	static void name(const struct record *r,                               \
		const struct list_context *ctx, struct strbuf *out)            \
	{                                                                      \
		int64_t n = ((const struct type *)(const void *)r)->member;    \
		(void)ctx;                                                     \
		if (n >= 0)                                                    \
			strbuf_addf(out, "%lld", (long long)n);                \
	}

static void
id_text(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	(void)ctx;
	strbuf_adds(out, r->id);
}

/* "14:05:09" today, else "23 Nov 14:05". */
static void
clock_column(int64_t at, const struct list_context *ctx, struct strbuf *out)
{
	time_t t = (time_t)at, now = (time_t)ctx->now;
	struct tm tm, today;
	char text[32];

	if (at <= 0)
		return;
	if (ctx->sorting) {
		strbuf_addf(out, "%lld", (long long)at);
		return;
	}
	if (ctx->relative) {
		view_ago(ctx->now - at, out);
		return;
	}
	if (ctx->utc) {
		gmtime_r(&t, &tm);
		gmtime_r(&now, &today);
	} else {
		localtime_r(&t, &tm);
		localtime_r(&now, &today);
	}
	if (tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday)
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	else if (tm.tm_year == today.tm_year)
		strftime(text, sizeof(text), "%d %b %H:%M", &tm);
	else
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	strbuf_adds(out, text);
}

#define TIME_COLUMN(name, type, member)                                        \
	static void name(const struct record *r,                               \
		const struct list_context *ctx, struct strbuf *out)            \
	{                                                                      \
		clock_column(((const struct type *)(const void *)r)->member,   \
			ctx, out);                                             \
	}

TEXT_COLUMN(rollout_service, world_rollout, service)
TEXT_COLUMN(rollout_version, world_rollout, version)
TEXT_COLUMN(rollout_author, world_rollout, author)
TEXT_COLUMN(rollout_strategy, world_rollout, strategy)
TEXT_COLUMN(rollout_change, world_rollout, change)
TIME_COLUMN(rollout_started, world_rollout, started_at)
TEXT_COLUMN(change_service, world_change, service)
TEXT_COLUMN(change_version, world_change, version)
TEXT_COLUMN(change_author, world_change, author)
TEXT_COLUMN(change_waiting, world_change, waiting_for)
TEXT_COLUMN(change_strategy, world_change, strategy)
TIME_COLUMN(change_scheduled, world_change, scheduled_at)
TEXT_COLUMN(release_service, world_release, service)
TEXT_COLUMN(release_version, world_release, version)
TEXT_COLUMN(release_by, world_release, created_by)
TEXT_COLUMN(release_notes, world_release, notes)
TEXT_COLUMN(release_sha, world_release, sha256)
TIME_COLUMN(release_created, world_release, created_at)
NUMBER_COLUMN(release_files, world_release, files)
TEXT_COLUMN(host_expected, world_host, expected_version)
TEXT_COLUMN(host_address, world_host, address)
TEXT_COLUMN(host_transport, world_host, transport)
TIME_COLUMN(host_seen, world_host, last_seen_at)
TEXT_COLUMN(entry_who, world_entry, who)
TEXT_COLUMN(entry_what, world_entry, what)
TEXT_COLUMN(entry_object, world_entry, object)
TEXT_COLUMN(entry_reason, world_entry, reason)
TEXT_COLUMN(entry_hash, world_entry, hash)
TIME_COLUMN(entry_at, world_entry, at)

static void
rollout_state(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	(void)ctx;
	strbuf_adds(out,
		state_look(
			((const struct world_rollout *)(const void *)r)->state)
			.shown);
}

static enum style_role
rollout_role(const struct record *r)
{
	return state_look(
		((const struct world_rollout *)(const void *)r)->state)
		.role;
}

static void
rollout_env(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_rollout *w = (const void *)r;

	(void)ctx;
	env_text(w->env_kind, w->env, out);
}

static enum style_role
rollout_env_role(const struct record *r)
{
	return env_role(
		((const struct world_rollout *)(const void *)r)->env_kind);
}

static int64_t
percent_of(const struct world_rollout *r)
{
	return r->hosts_total > 0 && r->hosts_done >= 0
		       ? r->hosts_done * 100 / r->hosts_total
		       : 0;
}

static void
rollout_percent(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	(void)ctx;
	strbuf_addf(out, "%lld%%", (long long)percent_of((const void *)r));
}

static void
rollout_done(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_rollout *w = (const void *)r;

	(void)ctx;
	strbuf_addf(out, "%lld/%lld", (long long)w->hosts_done,
		(long long)w->hosts_total);
}

static int64_t
bad_hosts(const struct record *r)
{
	const struct world_rollout *w = (const void *)r;

	return (w->hosts_failed > 0 ? w->hosts_failed : 0) +
	       (w->hosts_unreachable > 0 ? w->hosts_unreachable : 0);
}

static void
rollout_failed(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	(void)ctx;
	strbuf_addf(out, "X %lld", (long long)bad_hosts(r));
}

static enum style_role
rollout_failed_role(const struct record *r)
{
	return bad_hosts(r) > 0 ? STYLE_STATE_FAILED : STYLE_UI_DIM;
}

static void
rollout_eta(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_rollout *w = (const void *)r;

	if (ctx->sorting)
		strbuf_addf(out, "%lld", (long long)w->eta_ms);
	else if (rollout_is_live(w))
		view_eta(w->eta_ms, out);
}

static void
rollout_why(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_rollout *w = (const void *)r;

	(void)ctx;
	if (strcmp(w->kind, "rollback") == 0)
		strbuf_addf(out, "rollback of %s ", w->undoes);
	strbuf_adds(out, w->reason[0] != '\0' ? w->reason : w->phase);
}

static const struct column rollout_columns[] = {
	{"ID", 1, 8, 8, false, CUT_END, id_text, NULL},
	{"STATE", 1, 9, 11, false, CUT_END, rollout_state, rollout_role},
	{"SERVICE", 1, 8, 20, false, CUT_MIDDLE, rollout_service, NULL},
	{"VERSION", 2, 10, 16, false, CUT_MIDDLE, rollout_version, NULL},
	{"ENV", 1, 9, 18, false, CUT_END, rollout_env, rollout_env_role},
	{"FAIL", 1, 4, 6, false, CUT_END, rollout_failed, rollout_failed_role},
	{"DONE%", 2, 5, 5, true, CUT_END, rollout_percent, NULL},
	{"HOSTS", 3, 9, 11, true, CUT_END, rollout_done, NULL},
	{"ETA", 4, 6, 8, true, CUT_END, rollout_eta, NULL},
	{"WHY / WHERE", 5, 30, 80, false, CUT_END, rollout_why, NULL},
	{"BY", 6, 8, 16, false, CUT_MIDDLE, rollout_author, NULL},
	{"STARTED", 7, 12, 12, false, CUT_END, rollout_started, NULL},
	{"STRATEGY", 8, 8, 12, false, CUT_MIDDLE, rollout_strategy, NULL},
	{"CHANGE", 9, 6, 8, false, CUT_END, rollout_change, NULL},
};

static void
change_state(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	(void)ctx;
	strbuf_adds(out,
		state_look(
			((const struct world_change *)(const void *)r)->state)
			.shown);
}

static enum style_role
change_role(const struct record *r)
{
	return state_look(((const struct world_change *)(const void *)r)->state)
		.role;
}

static void
change_env(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_change *w = (const void *)r;

	(void)ctx;
	env_text(w->env_kind, w->env, out);
}

static enum style_role
change_env_role(const struct record *r)
{
	return env_role(
		((const struct world_change *)(const void *)r)->env_kind);
}

static void
change_oks(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_change *w = (const void *)r;

	(void)ctx;
	if (w->approvals_required > 0)
		strbuf_addf(out, "%lld/%lld", (long long)w->approvals_given,
			(long long)w->approvals_required);
}

static const struct column change_columns[] = {
	{"ID", 1, 8, 8, false, CUT_END, id_text, NULL},
	{"STATE", 1, 11, 11, false, CUT_END, change_state, change_role},
	{"SERVICE", 1, 8, 20, false, CUT_MIDDLE, change_service, NULL},
	{"VERSION", 1, 8, 16, false, CUT_MIDDLE, change_version, NULL},
	{"ENV", 1, 9, 18, false, CUT_END, change_env, change_env_role},
	{"OK", 2, 3, 5, false, CUT_END, change_oks, NULL},
	{"RISK", 2, 7, 8, false, CUT_END, column_risk, column_risk_role},
	{"SLA", 2, 6, 6, true, CUT_END, column_answer_by, NULL},
	{"WAITING FOR", 3, 9, 60, false, CUT_END, change_waiting, NULL},
	{"BY", 4, 6, 16, false, CUT_MIDDLE, change_author, NULL},
	{"SCHEDULED", 5, 12, 12, false, CUT_END, change_scheduled, NULL},
	{"STRATEGY", 6, 8, 12, false, CUT_MIDDLE, change_strategy, NULL},
};

static void
release_size(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_release *w = (const void *)r;
	char text[TIME_TEXT_SIZE];

	if (w->size_bytes < 0)
		return;
	if (ctx->sorting) {
		strbuf_addf(out, "%lld", (long long)w->size_bytes);
		return;
	}
	size_format(w->size_bytes, text);
	strbuf_adds(out, text);
}

static void
release_flag(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_release *w = (const void *)r;

	(void)ctx;
	strbuf_adds(out, !w->quarantined ? "ok"
			 : strncmp(w->refused, "taken back", 10) == 0
				 ? "TAKEN BACK"
				 : "QUARANTINED");
}

static enum style_role
release_flag_role(const struct record *r)
{
	return ((const struct world_release *)(const void *)r)->quarantined
		       ? STYLE_STATE_FAILED
		       : STYLE_STATE_OK;
}

static const struct column release_columns[] = {
	{"SERVICE", 1, 10, 20, false, CUT_MIDDLE, release_service, NULL},
	{"VERSION", 1, 10, 20, false, CUT_MIDDLE, release_version, NULL},
	{"STATE", 1, 11, 11, false, CUT_END, release_flag, release_flag_role},
	{"SIZE", 2, 10, 10, true, CUT_END, release_size, NULL},
	{"FILES", 3, 6, 6, true, CUT_END, release_files, NULL},
	{"ADDED", 3, 12, 12, false, CUT_END, release_created, NULL},
	{"BY", 4, 8, 16, false, CUT_MIDDLE, release_by, NULL},
	{"NOTES", 5, 10, 40, false, CUT_END, release_notes, NULL},
	{"SHA256", 6, 12, 64, false, CUT_END, release_sha, NULL},
};

static void
host_version(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_host *h = (const void *)r;

	(void)ctx;
	strbuf_adds(out, h->version[0] != '\0' ? h->version : h->runs);
}

static void
host_state(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_host *h = (const void *)r;

	(void)ctx;
	strbuf_adds(out, h->state[0] != '\0' ? h->state : "-");
}

static enum style_role
host_role(const struct record *r)
{
	const struct world_host *h = (const void *)r;

	return h->state[0] != '\0' ? state_look(h->state).role : STYLE_UI_DIM;
}

static void
host_envs(const struct record *r, const struct list_context *ctx,
	struct strbuf *out)
{
	const struct world_host *h = (const void *)r;

	(void)ctx;
	strbuf_adds(out, h->envs[0] != '\0' ? h->envs : h->env);
}

static const struct column host_columns[] = {
	{"HOST", 1, 14, 30, false, CUT_MIDDLE, id_text, NULL},
	{"STATE", 1, 10, 12, false, CUT_MIDDLE, host_state, host_role},
	{"VERSION", 2, 12, 30, false, CUT_MIDDLE, host_version, NULL},
	{"EXPECTED", 2, 12, 16, false, CUT_MIDDLE, host_expected, NULL},
	{"ENV", 3, 10, 16, false, CUT_MIDDLE, host_envs, NULL},
	{"LAST SEEN", 3, 12, 12, false, CUT_END, host_seen, NULL},
	{"TRANSPORT", 5, 9, 9, false, CUT_END, host_transport, NULL},
	{"ADDRESS", 6, 14, 30, false, CUT_MIDDLE, host_address, NULL},
};

static const struct column entry_columns[] = {
	{"TIME", 1, 12, 12, false, CUT_END, entry_at, NULL},
	{"WHO", 1, 6, 10, false, CUT_MIDDLE, entry_who, NULL},
	{"WHAT", 1, 17, 20, false, CUT_FRONT, entry_what, NULL},
	{"OBJECT", 2, 14, 24, false, CUT_MIDDLE, entry_object, NULL},
	{"REASON", 3, 14, 80, false, CUT_END, entry_reason, NULL},
	{"HASH", 8, 24, 64, false, CUT_END, entry_hash, NULL},
};

static const struct table tables[WORLD_LIST_COUNT] = {
	[WORLD_ROLLOUTS] = {rollout_columns, ARRAY_SIZE(rollout_columns)},
	[WORLD_CHANGES] = {change_columns, ARRAY_SIZE(change_columns)},
	[WORLD_RELEASES] = {release_columns, ARRAY_SIZE(release_columns)},
	[WORLD_HOSTS] = {host_columns, ARRAY_SIZE(host_columns)},
	[WORLD_LEDGER] = {entry_columns, ARRAY_SIZE(entry_columns)},
};

const struct table *
view_table_of(int kind)
{
	return kind == WORLD_REQUESTS ? &request_table : &tables[kind];
}
