/* evidence.c - what evidence says, and whether it is what a rule asks for. */
#include "model/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

static const char *const format_names[EVIDENCE_FORMAT_COUNT] = {
	"junit", "sarif", "cyclonedx", "stated", "signoff"};

const char *
evidence_format_name(enum evidence_format f)
{
	assert((unsigned)f < EVIDENCE_FORMAT_COUNT);
	return format_names[f];
}

int
evidence_format_parse(const char *s)
{
	int i;

	for (i = 0; i < EVIDENCE_FORMAT_COUNT; i++)
		if (strcmp(format_names[i], s) == 0)
			return i;
	return -1;
}

void
evidence_finish(struct evidence *v)
{
	free(v->service);
	free(v->version);
	free(v->kind);
	free(v->role);
	free(v->file_name);
	free(v->result);
	free(v->added_by);
	free(v->text);
	memset(v, 0, sizeof(*v));
}

int64_t
evidence_made_at(const struct evidence *v)
{
	return v->stated_at > 0 && v->stated_at < v->added_at ? v->stated_at
							      : v->added_at;
}

static void
add_count(struct strbuf *out, int64_t n, const char *word)
{
	if (n > 0)
		strbuf_addf(out, "%s%lld %s", out->len ? ", " : "",
			(long long)n, word);
}

void
evidence_describe(const struct evidence *v, struct strbuf *out)
{
	struct strbuf words;

	strbuf_init(&words);
	add_count(&words, v->passed, "passed");
	add_count(&words, v->failed, "failed");
	add_count(&words, v->skipped, "skipped");
	add_count(&words, v->critical, "critical");
	add_count(&words, v->high, "high");
	add_count(&words, v->medium, "medium");
	add_count(&words, v->low, "low");
	add_count(&words, v->waived, "waived");
	strbuf_adds(out, words.buf);
	strbuf_finish(&words);
}

static bool
is_asked_for(const struct evidence_rule *rule, const struct evidence *v)
{
	return strcmp(rule->kind, v->kind) == 0 &&
	       (rule->role == NULL ||
		       (v->role != NULL && strcmp(rule->role, v->role) == 0));
}

static bool
is_young(const struct evidence_rule *rule, const struct evidence *v,
	int64_t now, struct strbuf *out)
{
	char age[TIME_TEXT_SIZE], most[TIME_TEXT_SIZE];
	int64_t age_ms = (now - evidence_made_at(v)) * 1000;

	if (rule->max_age_ms == 0 || age_ms <= rule->max_age_ms)
		return true;
	duration_format(age_ms, age);
	duration_format(rule->max_age_ms, most);
	strbuf_addf(out, "is %s old, at most %s is allowed", age, most);
	return false;
}

static bool
has_result(const struct evidence_rule *rule, const struct evidence *v,
	int64_t now, struct strbuf *out)
{
	char until[TIME_TEXT_SIZE];

	if (rule->result == NULL)
		return true;
	if (strcmp(v->result, rule->result) != 0) {
		strbuf_addf(out, "has the result '%s', '%s' is required",
			v->result, rule->result);
		return false;
	}
	if (v->waived_until == 0 || now < v->waived_until)
		return true;
	time_format_utc(v->waived_until, until);
	strbuf_addf(out, "rests on a waiver that ended at %s", until);
	return false;
}

bool
evidence_satisfies(const struct evidence_rule *rule,
	const struct evidence *list, size_t count, const char *sha256,
	int64_t now, struct strbuf *out)
{
	const struct evidence *newest = NULL;
	size_t i, others = 0;
	struct strbuf words;

	for (i = 0; i < count; i++) {
		if (!is_asked_for(rule, &list[i]))
			continue;
		if (strcmp(list[i].sha256, sha256) == 0)
			newest = &list[i];
		else
			others++;
	}
	if (newest == NULL) {
		strbuf_adds(out, others > 0
					 ? "is there for another artefact only"
					 : "is not there");
		return false;
	}
	if (!is_young(rule, newest, now, out) ||
		!has_result(rule, newest, now, out))
		return false;
	strbuf_init(&words);
	evidence_describe(newest, &words);
	strbuf_addf(out, "'%s', claimed by %s%s%s", newest->result,
		newest->added_by, words.len ? ": " : "", words.buf);
	strbuf_finish(&words);
	return true;
}
