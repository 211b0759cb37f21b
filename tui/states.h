/* states.h - how the words for states look. */
#ifndef SLUICE_TUI_STATES_H
#define SLUICE_TUI_STATES_H

#include "tui/glyphs.h"
#include "tui/theme.h"
#include "tui/world.h"

struct state_look {
	const char *word;  /* as the engine says it */
	const char *shown; /* as the screen says it */
	enum style_role role;
	enum glyph_id glyph;
	int rank;
};

/* Never NULL: a word nobody knows looks unknown and is shown as it is. */
struct state_look state_look(const char *word);

/* The look of a host in a rollout; a step in flight is "busy". */
struct state_look rollout_host_look(const struct rollout_host *h);

/* The role and the word of an environment: by its kind, never its name. */
enum style_role env_role(const char *kind);
/* A band of risk: in full, short, and how it looks. */
struct risk_look {
	const char *band, *shown, *brief;
	enum style_role role;
};
struct risk_look risk_look(const char *band);

bool env_is_production(const char *kind);

/* "PROD", "STG", or the name for kinds without a short word. */
const char *env_word(const char *kind, const char *name);

/* That word, and the name where it says more: "PROD europe". */
void env_text(const char *kind, const char *name, struct strbuf *out);

#endif
