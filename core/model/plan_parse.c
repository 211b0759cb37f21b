/*
 * plan_parse.c - a plan from its canonical text.
 *
 * The handlers take each line for what it says and leave order, repetition
 * and spelling to one comparison at the end: what plan_print makes of the
 * result must be the very bytes that were read.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "model/hostset.h"
#include "model/plan.h"
#include "model/plan_parser.h"

#define TEXT_MAX ((size_t)64 << 20)

/* ---- one handler a line ---- */

static int
kind_parse(const char *s)
{
	int i;

	for (i = 0; i < ROLLOUT_KIND_COUNT; i++)
		if (strcmp(rollout_kind_name((enum rollout_kind)i), s) == 0)
			return i;
	return -1;
}

static void
on_sluice(struct parser *p, struct line *l)
{
	(void)p;
	line_key(l, "plan");
	line_key(l, "1");
}

static void
on_kind(struct parser *p, struct line *l)
{
	p->plan->kind = (enum rollout_kind)line_name(l, kind_parse);
}

static void
on_service(struct parser *p, struct line *l)
{
	line_copy(l, &p->plan->service);
}

static void
on_version(struct parser *p, struct line *l)
{
	line_copy(l, &p->plan->version);
}

static void
on_environment(struct parser *p, struct line *l)
{
	line_copy(l, &p->plan->env);
}

static void
on_release(struct parser *p, struct line *l)
{
	const char *s = line_text(l);

	if (strlen(s) < sizeof(p->plan->release))
		memcpy(p->plan->release, s, strlen(s) + 1);
	else
		l->is_bad = true;
}

static void
on_artefact(struct parser *p, struct line *l)
{
	line_digest(l, p->plan->sha256);
	line_key(l, "size");
	p->plan->size_bytes = line_number(l, INT64_MAX);
	line_key(l, "files");
	p->plan->files = line_number(l, INT64_MAX);
}

static void
on_payload(struct parser *p, struct line *l)
{
	line_digest(l, p->plan->payload_sha256);
	line_key(l, "format");
	p->plan->payload_format =
		(enum payload_format)line_name(l, payload_format_parse);
	line_key(l, "size");
	p->plan->payload_bytes = line_number(l, INT64_MAX);
	line_key(l, "unpacked");
	p->plan->unpacked_bytes = line_number(l, INT64_MAX);
	line_optional(l, "name", &p->plan->payload_name);
}

static void
on_keep(struct parser *p, struct line *l)
{
	p->plan->keep = line_int(l);
}

static void
on_umask(struct parser *p, struct line *l)
{
	const char *s = line_text(l);

	if (strlen(s) != 3 || s[strspn(s, "01234567")] != '\0')
		l->is_bad = true;
	else
		p->plan->umask = (int)strtol(s, NULL, 8);
}

static void
on_shared(struct parser *p, struct line *l)
{
	if (p->plan->shared.count >= LIST_MAX)
		l->is_bad = true;
	else
		strings_add(&p->plan->shared, line_text(l));
}

static void
on_pair(struct pairs *pairs, struct line *l)
{
	const char *name = line_text(l);

	if (pairs->count >= LIST_MAX)
		l->is_bad = true;
	else
		pairs_set(pairs, name, line_text(l));
}

static void
on_var(struct parser *p, struct line *l)
{
	on_pair(&p->plan->vars, l);
}

static void
on_rule(struct parser *p, struct line *l)
{
	on_pair(&p->plan->rules, l);
}

static void
on_strategy(struct parser *p, struct line *l)
{
	line_copy(l, &p->plan->strategy);
	p->plan->strategy_kind =
		(enum strategy_kind)line_name(l, strategy_kind_parse);
}

static void
on_stage_first(struct parser *p, struct line *l)
{
	p->plan->stage_first = line_yes(l);
}

static void
on_bake(struct parser *p, struct line *l)
{
	plan_set_bake(p->plan, line_number(l, INT64_MAX));
}

static void
on_apart(struct parser *p, struct line *l)
{
	line_copy(l, &p->plan->apart);
}

static void
on_budget(struct parser *p, struct line *l)
{
	line_key(l, "hosts");
	p->plan->budget.hosts = line_int(l);
	line_key(l, "percent");
	p->plan->budget.percent = line_int(l);
	line_key(l, "unreachable");
	p->plan->budget.unreachable = line_int(l);
}

static void
on_on_failure(struct parser *p, struct line *l)
{
	p->plan->on_failure = (enum on_failure)line_name(l, on_failure_parse);
}

static void
on_step(struct parser *p, struct line *l)
{
	struct step *s;

	p->step = line_name(l, step_kind_parse);
	s = &p->plan->steps[p->step];
	line_key(l, "timeout_ms");
	s->timeout_ms = line_number(l, INT64_MAX);
	line_key(l, "idempotent");
	s->idempotent = line_yes(l);
	line_key(l, "reversible");
	s->reversible = line_yes(l);
}

static void
on_run(struct parser *p, struct line *l)
{
	if (p->step < 0)
		l->is_bad = true;
	else
		line_copy(l, &p->plan->steps[p->step].run);
}

static void
on_health(struct parser *p, struct line *l)
{
	struct plan *plan = p->plan;
	struct health *h;

	if (plan->health_count >= LIST_MAX) {
		l->is_bad = true;
		return;
	}
	ARRAY_GROW(plan->health, plan->health_count, p->health_capacity);
	h = &plan->health[plan->health_count++];
	memset(h, 0, sizeof(*h));
	h->kind = (enum health_kind)line_name(l, health_kind_parse);
	line_key(l, "expect");
	h->expect = line_int(l);
	line_key(l, "interval_ms");
	h->interval_ms = line_number(l, INT64_MAX);
	line_key(l, "attempts");
	h->attempts = line_int(l);
	line_key(l, "timeout_ms");
	h->timeout_ms = line_number(l, INT64_MAX);
}

static void
on_target(struct parser *p, struct line *l)
{
	if (p->plan->health_count == 0)
		l->is_bad = true;
	else
		line_copy(l,
			&p->plan->health[p->plan->health_count - 1].target);
}

static void
on_wave(struct parser *p, struct line *l)
{
	if (line_int(l) != p->plan->waves + 1)
		l->is_bad = true;
	line_key(l, "hosts");
	if (line_number(l, HOSTSET_MAX) == 0)
		l->is_bad = true;
	p->plan->waves++;
	if (l->at < l->count) {
		line_key(l, "name");
		strings_add(&p->plan->wave_names, line_text(l));
		if (p->plan->wave_names.count != (size_t)p->plan->waves)
			l->is_bad = true;
	}
}

static void
on_host(struct parser *p, struct line *l)
{
	struct plan *plan = p->plan;
	struct plan_host *h;

	if (plan->waves == 0 || plan->host_count >= HOSTSET_MAX) {
		l->is_bad = true;
		return;
	}
	ARRAY_GROW(plan->hosts, plan->host_count, p->host_capacity);
	h = &plan->hosts[plan->host_count++];
	memset(h, 0, sizeof(*h));
	h->wave = plan->waves;
	line_copy(l, &h->host.name);
	line_key(l, "transport");
	h->host.transport =
		(enum transport_kind)line_name(l, transport_kind_parse);
	line_optional(l, "address", &h->host.address);
	line_key(l, "port");
	h->host.port = (int)line_number(l, 65535);
	line_optional(l, "user", &h->host.user);
	line_optional(l, "path", &h->host.path);
}

static struct plan_host *
last_host(struct parser *p, struct line *l)
{
	if (p->plan->host_count > 0)
		return &p->plan->hosts[p->plan->host_count - 1];
	l->is_bad = true;
	return NULL;
}

static void
on_root(struct parser *p, struct line *l)
{
	struct plan_host *h = last_host(p, l);

	if (h != NULL)
		line_copy(l, &h->root);
}

static void
on_label(struct parser *p, struct line *l)
{
	struct plan_host *h = last_host(p, l);

	if (h != NULL)
		on_pair(&h->host.labels, l);
}

static void
on_left_out(struct parser *p, struct line *l)
{
	const char *name = line_text(l);

	if (p->plan->left_out.count >= HOSTSET_MAX)
		l->is_bad = true;
	else
		pairs_set(&p->plan->left_out, name, line_text(l));
}

static const struct {
	const char *key;
	int indent;
	void (*handle)(struct parser *p, struct line *l);
} handlers[] = {
	{"sluice", 0, on_sluice},
	{"kind", 0, on_kind},
	{"service", 0, on_service},
	{"version", 0, on_version},
	{"environment", 0, on_environment},
	{"release", 0, on_release},
	{"artefact", 0, on_artefact},
	{"payload", 0, on_payload},
	{"keep", 0, on_keep},
	{"umask", 0, on_umask},
	{"shared", 0, on_shared},
	{"var", 0, on_var},
	{"strategy", 0, on_strategy},
	{"stage_first", 0, on_stage_first},
	{"bake_ms", 0, on_bake},
	{"apart", 0, on_apart},
	{"budget", 0, on_budget},
	{"on_failure", 0, on_on_failure},
	{"rule", 0, on_rule},
	{"step", 0, on_step},
	{"run", 2, on_run},
	{"health", 0, on_health},
	{"target", 2, on_target},
	{"traffic", 0, plan_parse_traffic},
	{"switch", 2, plan_parse_switch},
	{"live", 2, plan_parse_live},
	{"slot", 2, plan_parse_slot},
	{"fast_track", 0, plan_parse_fast_track},
	{"analysis", 0, plan_parse_analysis},
	{"metric", 0, plan_parse_metric},
	{"measures", 2, plan_parse_measures},
	{"query", 2, plan_parse_query},
	{"gate", 0, plan_parse_gate},
	{"role", 2, plan_parse_role},
	{"command", 2, plan_parse_command},
	{"on", 2, plan_parse_on},
	{"shortest_ms", 0, plan_parse_shortest},
	{"wave", 0, on_wave},
	{"host", 2, on_host},
	{"root", 4, on_root},
	{"label", 4, on_label},
	{"left_out", 0, on_left_out},
};

static bool
handle_line(struct parser *p, const char *s, const char *end)
{
	struct line *l = &p->line;
	const char *key;
	size_t i;
	bool ok = false;

	if (!line_read(l, s, end)) {
		line_finish(l);
		return false;
	}
	key = line_text(l);
	for (i = 0; i < ARRAY_SIZE(handlers); i++) {
		if (handlers[i].indent != l->indent ||
			strcmp(handlers[i].key, key) != 0)
			continue;
		handlers[i].handle(p, l);
		ok = !l->is_bad && l->at == l->count;
		break;
	}
	line_finish(l);
	return ok;
}

/* Whether plan_print makes the very same bytes of what was understood. */
static bool
is_canonical(const struct plan *p, const char *text, size_t len)
{
	struct strbuf again;
	bool same;

	strbuf_init(&again);
	plan_print(p, &again);
	same = again.len == len && memcmp(again.buf, text, len) == 0;
	strbuf_finish(&again);
	return same;
}

static int
parse_lines(struct parser *p, const char *text, size_t len, struct error *e)
{
	const char *end = text + len;
	int number = 0;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		number++;
		if (stop == NULL || !handle_line(p, text, stop))
			return error_set(e, ERROR_CORRUPT,
				"line %d is not a line of a plan", number);
		text = stop + 1;
	}
	return 0;
}

int
plan_parse(const char *text, size_t len, struct plan *ret, struct error *e)
{
	struct plan plan;
	struct parser p = {.plan = &plan, .step = -1};

	if (len > TEXT_MAX || memchr(text, '\0', len) != NULL)
		return error_set(e, ERROR_CORRUPT, "this is not a plan");
	memset(&plan, 0, sizeof(plan));
	if (parse_lines(&p, text, len, e) == -1)
		goto fail;
	if (plan.host_count == 0 ||
		(plan.wave_names.count != 0 &&
			plan.wave_names.count != (size_t)plan.waves) ||
		!is_canonical(&plan, text, len)) {
		error_set(e, ERROR_CORRUPT,
			"this is not the canonical text of a plan");
		goto fail;
	}
	*ret = plan;
	return 0;
fail:
	plan_finish(&plan);
	return -1;
}
