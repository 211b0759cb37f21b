/*
 * screen.h - the terminal: the only place that knows curses.
 *
 * Opens what it can (a chain of terminal types), paints the difference
 * between two canvases, and puts the terminal back on every way out: return,
 * exit and fatal signals.
 */
#ifndef SLUICE_TUI_SCREEN_H
#define SLUICE_TUI_SCREEN_H

#include "tui/canvas.h"
#include "tui/theme.h"

struct screen;

/*
 * Takes over the terminal on standard input and output. Fails where there is
 * none or where no terminal type works; then plain lines are what is left.
 */
struct screen *screen_open(struct error *e);

/* Gives the terminal back. */
void screen_close(struct screen *s);

/* What to say once about the terminal type that was taken, or "". */
const char *screen_remark(const struct screen *s);

enum theme_depth screen_depth(const struct screen *s);
bool screen_has_bracketed_paste(const struct screen *s);
void screen_size(const struct screen *s, int *ret_width, int *ret_height);

/* Asks the terminal how large it is now; true if that changed. */
bool screen_resized(struct screen *s);

/* Paints what differs from the last painting, under these overlays. */
void screen_paint(struct screen *s, const struct canvas *c,
	const struct theme *t, unsigned overlays);

/* Bytes as they are, after what was painted. */
void screen_raw(struct screen *s, const char *bytes, size_t len);

/* Text at y, x that opens url where the terminal knows how. */
void screen_link(struct screen *s, int y, int x, const char *url);

/* Everything anew with the next painting. */
void screen_invalidate(struct screen *s);

/* Bytes that the terminal has not taken yet. */
int screen_unsent(const struct screen *s);

/* Asks the terminal for clicks (DEC modes 1000 and 1006), or no more. */
void screen_mouse(struct screen *s, bool on);

/* Says in the window's title how much waits for the person. */
void screen_title(struct screen *s, size_t needs);

/* Back to the shell, and again. */
void screen_suspend(struct screen *s);
void screen_resume(struct screen *s);

/* Drops what was typed and not read. */
void screen_flush_input(struct screen *s);

#endif
