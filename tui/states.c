/* states.c - how the words for states look. */
#include "tui/states.h"

#include <string.h>

static const struct state_look looks[] = {
#define STATE(word, shown, role, glyph, rank)                                  \
	{word, shown, STYLE_##role, GLYPH_##glyph, rank},
#include "tui/states.def"
#undef STATE
};

static const struct {
	const char *kind, *word;
	enum style_role role;
} kinds[] = {{"production", "PROD", STYLE_ENV_PROD}, {"dr", "DR", STYLE_ENV_DR},
	{"staging", "STG", STYLE_ENV_STAGING}, {"test", "TEST", STYLE_ENV_TEST},
	{"dev", "DEV", STYLE_ENV_DEV}};

struct state_look
state_look(const char *word)
{
	struct state_look unknown = {
		word, word, STYLE_STATE_UNKNOWN, GLYPH_HOST_UNKNOWN, 7};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(looks); i++)
		if (strcmp(looks[i].word, word) == 0)
			return looks[i];
	return unknown;
}

struct state_look
rollout_host_look(const struct rollout_host *h)
{
	if (h->busy && strcmp(h->state, "failed") != 0)
		return state_look("busy");
	return state_look(h->state);
}

enum style_role
env_role(const char *kind)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].role;
	return STYLE_ENV_OTHER;
}

bool
env_is_production(const char *kind)
{
	return strcmp(kind, "production") == 0 || strcmp(kind, "dr") == 0;
}

const char *
env_word(const char *kind, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].word;
	return name;
}

void
env_text(const char *kind, const char *name, struct strbuf *out)
{
	const char *word = env_word(kind, name);

	strbuf_adds(out, word);
	if (strcmp(word, name) != 0 &&
		strncmp(kind, name, strlen(name)) != 0)
		strbuf_addf(out, " %s", name);
}

static const struct risk_look risk_looks[] = {
	{"critical", "CRITICAL", "CRIT", STYLE_RISK_CRITICAL},
	{"high", "HIGH", "HIGH", STYLE_RISK_HIGH},
	{"medium", "MEDIUM", "MED", STYLE_RISK_MEDIUM},
	{"low", "low", "low", STYLE_RISK_LOW}};

struct risk_look
risk_look(const char *band)
{
	struct risk_look unknown = {band, band, band, STYLE_RISK_MEDIUM};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(risk_looks); i++)
		if (strcmp(risk_looks[i].band, band) == 0)
			return risk_looks[i];
	return unknown;
}
