/*
 * canvas.h - a screenful of cells: one character and one style role each.
 *
 * Views paint on a canvas and never on a terminal, so a test compares what
 * they paint as text. Nothing outside the canvas is ever touched, and no
 * control byte gets in: what is not printable becomes '?'.
 */
#ifndef SLUICE_TUI_CANVAS_H
#define SLUICE_TUI_CANVAS_H

#include "base/base.h"

#include "tui/theme.h"

#define CELL_REVERSE 1u /* the selected cell of a grid */
#define CELL_BOLD 2u

struct cell {
	char text[5];  /* UTF-8, NUL-terminated */
	uint8_t width; /* columns; 0: right half of the cell before */
	uint8_t role;  /* enum style_role */
	uint8_t attrs; /* CELL_... added to the role's own */
};

struct rect {
	int y, x, h, w;
};

struct canvas {
	int width, height;
	struct cell *cells;
	bool ascii; /* other characters become '?' */
	int cursor_y, cursor_x;
};

void canvas_init(struct canvas *c, int width, int height, bool ascii);
void canvas_finish(struct canvas *c);

/* Blanks with the role of plain text; the cursor goes to 0,0. */
void canvas_clear(struct canvas *c);

/* The cell, or NULL outside. */
struct cell *canvas_at(const struct canvas *c, int y, int x);

/*
 * Puts text at y, x, at most max columns of it (never half a character), the
 * last of them a sign where more than blanks is cut off; returns the columns
 * used.
 */
int canvas_put(struct canvas *c, int y, int x, int max, enum style_role role,
	const char *text);
int canvas_putf(struct canvas *c, int y, int x, int max, enum style_role role,
	const char *fmt, ...) SLUICE_PRINTF(6, 7);

/* As canvas_put, and blanks up to max columns. */
void canvas_put_padded(struct canvas *c, int y, int x, int max,
	enum style_role role, const char *text);

/* Right-aligned in max columns. */
void canvas_put_right(struct canvas *c, int y, int x, int max,
	enum style_role role, const char *text);

/* A name cut in the middle where it is wider than max: "web-eu~0231". */
int canvas_put_name(struct canvas *c, int y, int x, int max,
	enum style_role role, const char *text);

/* A text whose front is cut where it is wider than max: "~.approved". */
int canvas_put_end(struct canvas *c, int y, int x, int max,
	enum style_role role, const char *text);

/* One glyph over n columns. */
void canvas_fill(struct canvas *c, int y, int x, int n, enum style_role role,
	const char *glyph);

/* Another role for what stands in n columns already. */
void canvas_restyle(
	struct canvas *c, int y, int x, int n, enum style_role role);

/* Blanks a rectangle. */
void canvas_blank(struct canvas *c, struct rect r, enum style_role role);

/* What stands on another canvas, at y, x of this one. */
void canvas_blit(struct canvas *c, int y, int x, const struct canvas *from);

/* Where the hardware cursor stands: on what has the focus. */
void canvas_cursor(struct canvas *c, int y, int x);

/* Columns of text on this canvas. */
int canvas_width_of(const struct canvas *c, const char *text);

/* One row as text without trailing blanks. */
void canvas_row_text(const struct canvas *c, int y, struct strbuf *out);

#endif
