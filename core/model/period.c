/* period.c - windows, freezes and holidays: names, lives, scopes. */
#include "model/period.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "base/units.h"

static const char *const kind_names[PERIOD_KIND_COUNT] = {
	"window", "freeze", "holiday"};

static const char *const severity_names[SEVERITY_COUNT] = {"hard", "soft"};

static const char *const effect_names[EFFECT_COUNT] = {
	"finish", "finish-wave", "hold", "rollback", "abort"};

const char *
period_kind_name(enum period_kind k)
{
	assert((unsigned)k < PERIOD_KIND_COUNT);
	return kind_names[k];
}

const char *
period_severity_name(enum period_severity s)
{
	assert((unsigned)s < SEVERITY_COUNT);
	return severity_names[s];
}

const char *
period_effect_name(enum period_effect f)
{
	assert((unsigned)f < EFFECT_COUNT);
	return effect_names[f];
}

int
period_kind_parse(const char *s)
{
	return text_index(kind_names, PERIOD_KIND_COUNT, s);
}

int
period_severity_parse(const char *s)
{
	return text_index(severity_names, SEVERITY_COUNT, s);
}

int
period_effect_parse(const char *s)
{
	return text_index(effect_names, EFFECT_COUNT, s);
}

void
period_finish(struct period *p)
{
	free(p->name);
	strings_finish(&p->envs);
	strings_finish(&p->services);
	free(p->selector);
	free(p->zone);
	free(p->rrule);
	free(p->exdates);
	free(p->uid);
	free(p->reason);
	free(p->author);
	memset(p, 0, sizeof(*p));
}

void
period_copy(struct period *to, const struct period *from)
{
	size_t i;

	*to = *from;
	to->name = xstrdup_or_null(from->name);
	memset(&to->envs, 0, sizeof(to->envs));
	memset(&to->services, 0, sizeof(to->services));
	strings_copy(&to->envs, &from->envs);
	strings_copy(&to->services, &from->services);
	to->selector = xstrdup_or_null(from->selector);
	to->zone = xstrdup_or_null(from->zone);
	to->rrule = xstrdup_or_null(from->rrule);
	to->exdates = NULL;
	to->exdate_count = 0;
	for (i = 0; i < from->exdate_count; i++)
		period_add_exdate(to, from->exdates[i]);
	to->uid = xstrdup_or_null(from->uid);
	to->reason = xstrdup_or_null(from->reason);
	to->author = xstrdup_or_null(from->author);
}

void
period_take_times(struct period *to, const struct period *from)
{
	size_t i;

	str_replace(&to->zone, from->zone);
	str_replace(&to->rrule, from->rrule);
	to->starts_local = from->starts_local;
	to->days = from->days;
	to->exact_s = from->exact_s;
	to->exdate_count = 0;
	for (i = 0; i < from->exdate_count; i++)
		period_add_exdate(to, from->exdates[i]);
}

void
period_add_exdate(struct period *p, int64_t local)
{
	p->exdates = xrealloc(
		p->exdates, p->exdate_count + 1, sizeof(*p->exdates));
	p->exdates[p->exdate_count++] = local;
}

char *
period_id(const struct period *p)
{
	if (p->number == 0)
		return xasprintf("%s/%s",
			p->envs.count > 0 ? p->envs.items[0] : "", p->name);
	return xasprintf("%c-%lld", "WFH"[p->kind], (long long)p->number);
}

bool
period_is_about(const struct period *p, const char *env, const char *service)
{
	return (p->envs.count == 0 || strings_has(&p->envs, env)) &&
	       (service == NULL || p->services.count == 0 ||
		       strings_has(&p->services, service));
}

static bool
is_same_text(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool
are_same(const struct strings *a, const struct strings *b)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (!strings_has(b, a->items[i]))
			return false;
	return a->count == b->count;
}

bool
period_is_same(const struct period *a, const struct period *b)
{
	return a->kind == b->kind && is_same_text(a->name, b->name) &&
	       are_same(&a->envs, &b->envs) &&
	       are_same(&a->services, &b->services) &&
	       is_same_text(a->selector, b->selector) &&
	       is_same_text(a->zone, b->zone) &&
	       a->starts_local == b->starts_local && a->days == b->days &&
	       a->exact_s == b->exact_s && is_same_text(a->rrule, b->rrule) &&
	       a->exdate_count == b->exdate_count &&
	       (a->exdate_count == 0 ||
		       memcmp(a->exdates, b->exdates,
			       a->exdate_count * sizeof(*a->exdates)) == 0) &&
	       a->severity == b->severity && a->effect == b->effect;
}

int
period_duration_parse(struct period *p, const char *text, struct error *e)
{
	size_t digits = strspn(text, "0123456789");
	int64_t ms;

	if (duration_parse(text, &ms, e) == -1)
		return -1;
	p->days = 0;
	p->exact_s = (ms + 999) / 1000;
	if (digits > 0 && strcmp(text + digits, "d") == 0) {
		p->days = strtol(text, NULL, 10);
		p->exact_s = 0;
	}
	return 0;
}
