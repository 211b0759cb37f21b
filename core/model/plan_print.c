/* plan_print.c - the canonical text of a plan. The only place that decides
 * how a plan looks; plan_parse.c compares with it. */
#include "model/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define BARE                                                                   \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"       \
	"._:/@%+,=~^*-"

/* Bytes of the character at s that may stand in the text as they are; 0: the
 * byte is escaped. What would fool a reader's eye is escaped too. */
static size_t
readable_length(const char *s, size_t len)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	struct strbuf shown;
	bool same;

	if (n == 1)
		return c >= 0x20 && c != 0x7f;
	if (n > len || !text_is_utf8(s, n))
		return 0;
	strbuf_init(&shown);
	text_add_printable(&shown, s, n);
	same = shown.len == n && memcmp(shown.buf, s, n) == 0;
	strbuf_finish(&shown);
	return same ? n : 0;
}

static void
add_quoted(struct strbuf *out, const char *s)
{
	size_t len = strlen(s);

	strbuf_addc(out, '"');
	while (len > 0) {
		size_t n = readable_length(s, len);

		if (*s == '"' || *s == '\\')
			strbuf_addf(out, "\\%c", *s);
		else if (*s == '\n')
			strbuf_adds(out, "\\n");
		else if (*s == '\t')
			strbuf_adds(out, "\\t");
		else if (n == 0)
			strbuf_addf(out, "\\x%02x", (unsigned char)*s);
		else
			strbuf_add(out, s, n);
		n = n == 0 ? 1 : n;
		s += n;
		len -= n;
	}
	strbuf_addc(out, '"');
}

static void
add_word(struct strbuf *out, const char *s)
{
	s = s == NULL ? "" : s;
	if (*s != '\0' && s[strspn(s, BARE)] == '\0')
		strbuf_adds(out, s);
	else
		add_quoted(out, s);
}

/* "KEY WORD\n", KEY with its indentation. */
static void
add_line(struct strbuf *out, const char *key, const char *word)
{
	strbuf_adds(out, key);
	strbuf_addc(out, ' ');
	add_word(out, word);
	strbuf_addc(out, '\n');
}

/* " KEY WORD" where there is one. */
static void
add_optional(struct strbuf *out, const char *key, const char *word)
{
	if (word == NULL)
		return;
	strbuf_addf(out, " %s ", key);
	add_word(out, word);
}

static void
add_pairs(struct strbuf *out, const char *key, const struct pairs *pairs)
{
	size_t i;

	for (i = 0; i < pairs->count; i++) {
		strbuf_adds(out, key);
		strbuf_addc(out, ' ');
		add_word(out, pairs->items[i].name);
		strbuf_addc(out, ' ');
		add_word(out, pairs->items[i].value);
		strbuf_addc(out, '\n');
	}
}

static const char *
yes_no(bool value)
{
	return value ? "yes" : "no";
}

static void
print_release(const struct plan *p, struct strbuf *out)
{
	size_t i;

	add_line(out, "service", p->service);
	add_line(out, "version", p->version);
	add_line(out, "environment", p->env);
	add_line(out, "release", p->release);
	strbuf_adds(out, "artefact ");
	add_word(out, p->sha256);
	strbuf_addf(out, " size %lld files %lld\n", (long long)p->size_bytes,
		(long long)p->files);
	strbuf_adds(out, "payload ");
	add_word(out, p->payload_sha256);
	strbuf_addf(out, " format %s size %lld unpacked %lld",
		payload_format_name(p->payload_format),
		(long long)p->payload_bytes, (long long)p->unpacked_bytes);
	add_optional(out, "name", p->payload_name);
	strbuf_addf(out, "\nkeep %d\numask %03o\n", p->keep,
		(unsigned)p->umask);
	for (i = 0; i < p->shared.count; i++)
		add_line(out, "shared", p->shared.items[i]);
	add_pairs(out, "var", &p->vars);
}

static void
print_strategy(const struct plan *p, struct strbuf *out)
{
	strbuf_adds(out, "strategy ");
	add_word(out, p->strategy);
	strbuf_addf(out, " %s\nstage_first %s\nbake_ms %lld\n",
		strategy_kind_name(p->strategy_kind), yes_no(p->stage_first),
		(long long)p->bake_ms);
	if (p->apart != NULL)
		add_line(out, "apart", p->apart);
	strbuf_addf(out,
		"budget hosts %d percent %d unreachable %d\n"
		"on_failure %s\n",
		p->budget.hosts, p->budget.percent, p->budget.unreachable,
		on_failure_name(p->on_failure));
	add_pairs(out, "rule", &p->rules);
}

/* The shortest digits that read back as the same number. */
static void
add_real(struct strbuf *out, double value)
{
	char text[32];
	int digits;

	for (digits = 15; digits < 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	snprintf(text, sizeof(text), "%.*g", digits, value);
	strbuf_adds(out, text);
}

static void
print_metric(const struct metric *m, struct strbuf *out)
{
	strbuf_adds(out, "metric ");
	add_word(out, m->name);
	strbuf_addf(out, " %s worse %s tolerance ",
		metric_source_name(m->source), analysis_worse_name(m->worse));
	add_real(out, m->tolerance);
	strbuf_addf(out, " critical %s weight ", yes_no(m->is_critical));
	add_real(out, m->weight);
	strbuf_addf(out, " min_samples %d counter %s timeout_ms %lld\n",
		m->min_samples, yes_no(m->is_counter),
		(long long)m->timeout_ms);
	add_line(out, "  measures", m->target);
	if (m->query != NULL)
		add_line(out, "  query", m->query);
}

static void
print_analysis(const struct plan *p, struct strbuf *out)
{
	const struct analysis_rules *a = &p->analysis;
	size_t i;

	if (a->interval_ms == 0)
		return;
	strbuf_addf(out, "analysis interval_ms %lld min_samples %d confidence ",
		(long long)a->interval_ms, a->min_samples);
	add_real(out, a->confidence);
	strbuf_addf(out, " pass %d marginal %d hosts %d\n", a->pass,
		a->marginal, a->hosts);
	for (i = 0; i < p->metric_count; i++)
		print_metric(&p->metrics[i], out);
}

static void
print_gate(const struct gate *g, struct strbuf *out)
{
	size_t i;

	strbuf_addf(out, "gate %s after ", gate_kind_name(g->kind));
	if (g->after == 0)
		strbuf_adds(out, "each");
	else
		strbuf_addf(out, "%d", g->after);
	strbuf_addf(out, " for_ms %lld within_ms %lld otherwise %s\n",
		(long long)g->for_ms, (long long)g->within_ms,
		gate_outcome_name(g->otherwise));
	for (i = 0; i < g->roles.count; i++)
		add_line(out, "  role", g->roles.items[i]);
	if (g->run == NULL)
		return;
	strbuf_adds(out, "  command ");
	add_word(out, g->run);
	strbuf_addf(out, " attempts %d interval_ms %lld timeout_ms %lld\n",
		g->attempts, (long long)g->interval_ms,
		(long long)g->timeout_ms);
	if (g->on != NULL)
		add_line(out, "  on", g->on);
}

static void
print_traffic(const struct traffic *t, struct strbuf *out)
{
	int colour;

	strbuf_addf(out,
		"traffic %s hold_ms %lld attempts %d interval_ms %lld "
		"timeout_ms %lld\n",
		traffic_form_name(t), (long long)t->hold_ms, t->attempts,
		(long long)t->interval_ms, (long long)t->timeout_ms);
	if (t->order.run != NULL)
		add_line(out, "  switch", t->order.run);
	if (t->live_run != NULL)
		add_line(out, "  live", t->live_run);
	for (colour = 0; colour < COLOUR_COUNT; colour++) {
		if (t->slots[colour] == NULL)
			continue;
		strbuf_addf(out, "  slot %s ",
			colour_name((enum colour)colour));
		add_word(out, t->slots[colour]);
		strbuf_addc(out, '\n');
	}
}

/* How the rollout earns its way from wave to wave. */
static void
print_gates(const struct plan *p, struct strbuf *out)
{
	int64_t shortest = plan_shortest_ms(p);
	size_t i;

	if (p->strategy_kind == STRATEGY_BLUE_GREEN)
		print_traffic(&p->traffic, out);
	if (p->fast_track_ms > 0)
		strbuf_addf(out, "fast_track within_ms %lld\n",
			(long long)p->fast_track_ms);
	print_analysis(p, out);
	for (i = 0; i < p->gate_count; i++)
		print_gate(&p->gates[i], out);
	if (p->gate_count > 0)
		strbuf_addf(out, "shortest_ms %lld\n", (long long)shortest);
}

static void
print_work(const struct plan *p, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < STEP_KIND_COUNT; i++) {
		const struct step *s = &p->steps[i];

		if (s->run == NULL)
			continue;
		strbuf_addf(out,
			"step %s timeout_ms %lld idempotent %s "
			"reversible %s\n",
			step_kind_name((enum step_kind)i),
			(long long)s->timeout_ms, yes_no(s->idempotent),
			yes_no(s->reversible));
		add_line(out, "  run", s->run);
	}
	for (i = 0; i < p->health_count; i++) {
		const struct health *h = &p->health[i];

		strbuf_addf(out,
			"health %s expect %d interval_ms %lld attempts %d "
			"timeout_ms %lld\n",
			health_kind_name(h->kind), h->expect,
			(long long)h->interval_ms, h->attempts,
			(long long)h->timeout_ms);
		add_line(out, "  target", h->target);
	}
}

static void
print_host(const struct plan_host *h, struct strbuf *out)
{
	strbuf_adds(out, "  host ");
	add_word(out, h->host.name);
	strbuf_addf(
		out, " transport %s", transport_kind_name(h->host.transport));
	add_optional(out, "address", h->host.address);
	strbuf_addf(out, " port %d", h->host.port);
	add_optional(out, "user", h->host.user);
	add_optional(out, "path", h->host.path);
	strbuf_addc(out, '\n');
	add_line(out, "    root", h->root);
	add_pairs(out, "    label", &h->host.labels);
}

static void
print_hosts(const struct plan *p, struct strbuf *out)
{
	size_t i = 0, end;
	int wave;

	for (wave = 1; wave <= p->waves; wave++) {
		for (end = i; end < p->host_count; end++)
			if (p->hosts[end].wave != wave)
				break;
		strbuf_addf(out, "wave %d hosts %zu", wave, end - i);
		if (p->wave_names.count > 0)
			add_optional(out, "name",
				p->wave_names.items[wave - 1]);
		strbuf_addc(out, '\n');
		for (; i < end; i++)
			print_host(&p->hosts[i], out);
	}
}

void
plan_print(const struct plan *p, struct strbuf *out)
{
	strbuf_addf(out, "sluice plan 1\nkind %s\n",
		rollout_kind_name(p->kind));
	print_release(p, out);
	print_strategy(p, out);
	print_work(p, out);
	print_gates(p, out);
	print_hosts(p, out);
	add_pairs(out, "left_out", &p->left_out);
}
