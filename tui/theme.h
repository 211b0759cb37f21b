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

#define COLOR_NONE (-1)      /* the terminal's own */
#define COLOR_RGB 0x1000000 /* this bit and 0xrrggbb: exactly that */

struct style {
	int fg, bg;	/* 0-255, COLOR_RGB and more, or COLOR_NONE */
	unsigned attrs; /* STYLE_... */
};

enum theme_depth {
	THEME_MONO,
	THEME_16,
	THEME_256,
	THEME_DIRECT, /* any colour */
	THEME_DEPTH_COUNT
};

#define OVERLAYS_MAX 12
#define THEME_FILES_MAX 24

/* What may be true of a screen beside the kind of its environment. */
#define OVERLAY_STALE 1u
#define OVERLAY_LOCKED 2u
#define OVERLAY_UNLOCKED 4u

/* A few roles that look otherwise while something is true. */
struct overlay {
	char name[32];
	char kinds[96];	 /* of environments, with blanks between; "": any */
	unsigned states; /* OVERLAY_...; one of them must be true; 0: none */
	char header_text[32];
	struct style styles[STYLE_COUNT];
	bool has[STYLE_COUNT];
};

/* A file that the look was read from, to see whether it changed. */
struct theme_file {
	char path[512];
	int64_t changed_ns, size;
};

enum theme_selection { SELECTION_AUTO, SELECTION_BAR, SELECTION_MARKER };

struct theme {
	char name[64];
	enum theme_depth depth;
	struct style styles[STYLE_COUNT];

	/* All there are; later ones lie over earlier ones. */
	struct overlay overlays[OVERLAYS_MAX];
	size_t overlay_count;

	char glyphs[32]; /* the set it asks for, or "auto" */
	char border[12]; /* none line ascii heavy */
	enum theme_selection selection;
	struct theme_file files[THEME_FILES_MAX];
	size_t file_count;

	char warning[256]; /* what was odd in the files, or "" */
};

/*
 * Loads the theme with its ancestors and all overlays. On failure the theme
 * is what it was before, and the error names file and line.
 */
int theme_load(struct theme *t, const char *name, enum theme_depth depth,
	struct error *e);

/* The looks of styles.def alone, which need no file. */
void theme_init(struct theme *t);

/* The overlays, as bits, for an environment's kind and OVERLAY_... states. */
unsigned theme_overlays(
	const struct theme *t, const char *kind, unsigned states);

/* The look of a role under these overlays. */
struct style theme_style(
	const struct theme *t, enum style_role role, unsigned overlays);

/* Whether a file that it was read from is another now; and that this is
 * known, so that it is not said twice. */
bool theme_is_outdated(const struct theme *t);
void theme_take_note(struct theme *t);

/* Checks one theme, overlay or set of glyphs against what shipped ones must
 * be (theme_check.c); says each fault; returns how many. */
int theme_check(const char *name,
	void (*say)(const char *fault, void *arg), void *arg);

/*
 * The path of NAME.cfg in the first folder that has it (owned), or NULL.
 * A name with a slash or a leading dot is never found.
 */
char *theme_find(const char *name);

typedef void (*theme_sink)(const char *name, const char *title, void *arg);

/* Adds a file to those that are watched. */
void theme_watch(struct theme *t, const char *path);

/*
 * Every file by name ("overlay-prod"), in order, once each.
 */
void theme_list_files(theme_sink sink, void *arg);

/*
 * Every theme by name, in order, once each: "dark" and "Dark (default on dark
 * terminals)". Overlays, glyph sets and what others inherit are not themes.
 */
void theme_list(theme_sink sink, void *arg);

/* "group.name" of a role. */
void theme_role_name(enum style_role role, char *out, size_t size);

#endif
