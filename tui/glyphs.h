/* glyphs.h - the characters of the screen: ASCII, or a set from a file. */
#ifndef SLUICE_TUI_GLYPHS_H
#define SLUICE_TUI_GLYPHS_H

#include "base/base.h"

enum glyph_id {
#define GLYPH(id, group, name, ascii) GLYPH_##id,
#include "tui/glyphs.def"
#undef GLYPH
	GLYPH_COUNT
};

/* What lines of plots are made of. */
enum dots { DOTS_ASCII, DOTS_BLOCKS, DOTS_BRAILLE };

struct glyphs {
	char name[32];
	bool ascii; /* the canvas may hold ASCII only */
	enum dots dots;
	char text[GLYPH_COUNT][5];
};

/* The ASCII set, which needs no file. */
void glyphs_init(struct glyphs *g);

/*
 * "ascii", "utf8", another set's name, or "auto": utf8 where the locale's
 * encoding is UTF-8. On failure the set is what it was before.
 */
int glyphs_load(struct glyphs *g, const char *name, struct error *e);

/* The text of one glyph; one column wide. */
const char *glyph(const struct glyphs *g, enum glyph_id id);

/* Checks a set's file ("glyphs-utf8"): names that are known, one column each;
 * says each fault; returns how many. */
int glyphs_check(const char *file,
	void (*say)(const char *fault, void *arg), void *arg);

/* Whether the locale's encoding is UTF-8. */
bool glyphs_locale_is_utf8(void);

#endif
