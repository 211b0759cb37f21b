/*
 * theme.h - what each style role looks like: palette words of a libconfig
 * file resolved to the colours that this terminal has.
 *
 * Themes are looked for by name in the person's folder, the installed one
 * and the source tree's. A role that a theme does not name comes from the
 * theme it inherits, then from styles.def.
 */
#ifndef SLUICE_TUI_THEME_H
#define SLUICE_TUI_THEME_H

#include "base/base.h"

enum style_role {
#define STYLE(id, group, name, look) STYLE_##id,
#include "tui/styles.def"
#undef STYLE
	STYLE_COUNT
};

#define STYLE_BOLD 1u
#define STYLE_DIM 2u
#define STYLE_ITALIC 4u
#define STYLE_UNDERLINE 8u
#define STYLE_REVERSE 16u

#define COLOR_NONE (-1) /* the terminal's own */

struct style {
	int fg, bg;	/* 0-255, or COLOR_NONE */
	unsigned attrs; /* STYLE_... */
};

enum theme_depth { THEME_MONO, THEME_16, THEME_256, THEME_DEPTH_COUNT };

struct theme {
	char name[64];
	enum theme_depth depth;
	struct style styles[STYLE_COUNT];

	/* The overlay for screens whose object is in production. */
	struct style overlay[STYLE_COUNT];
	bool has_overlay[STYLE_COUNT];
	char overlay_text[32];

	char warning[256]; /* what was odd in the files, or "" */
};

/*
 * Loads the theme with its ancestors and the overlay for production. On
 * failure the theme is what it was before.
 */
int theme_load(struct theme *t, const char *name, enum theme_depth depth,
	struct error *e);

/* The looks of styles.def alone, which need no file. */
void theme_init(struct theme *t);

/* The look of a role; in_production lays the overlay over it. */
struct style theme_style(
	const struct theme *t, enum style_role role, bool in_production);

/*
 * The path of NAME.cfg in the first folder that has it (owned), or NULL.
 * A name with a slash or a leading dot is never found.
 */
char *theme_find(const char *name);

/*
 * Every theme by name, in order, once each: "dark" and "Dark (default on dark
 * terminals)". Overlays, glyph sets and what others inherit are not themes.
 */
typedef void (*theme_sink)(const char *name, const char *title, void *arg);
void theme_list(theme_sink sink, void *arg);

/* The index of the nearest of the 256 colours to 0xrrggbb. */
int theme_nearest(unsigned rgb);

/* "group.name" of a role. */
void theme_role_name(enum style_role role, char *out, size_t size);

#endif
