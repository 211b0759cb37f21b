/*
 * screen.c - the terminal: the only place that knows curses.
 *
 * Keys are read and parsed by input.c; curses only paints. The terminal is
 * put back by one string, made when it is opened and written with write(2)
 * and tcsetattr(3) alone, so that a signal handler may do it.
 */
#include "tui/screen.h"

#include <curses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "tui/color.h"
#include "tui/glyphs.h"
#include "tui/osc.h"

#define PAIRS_MAX 128
#define SYNC_FROM 3
#define SYNC_CELLS 256 /* a frame that changes more is a large one */

struct pair {
	int fg, bg;
};

struct screen {
	SCREEN *curses;
	char remark[128];
	bool bracketed_paste;
	bool mouse;
	bool has_title; /* ours stands in the window's title */
	size_t title_needs;
	struct pair pairs[PAIRS_MAX];
	int pair_count;
	struct canvas shown; /* what curses was given last */
	bool is_blank;	     /* shown means nothing: paint everything */
	struct style styles[STYLE_COUNT];
	bool hidden;
	unsigned frames;
};

/* What a signal handler needs; set while the screen is open. */
static struct termios saved_termios;
static char reset_text[256];
static volatile sig_atomic_t reset_len;

static const int fatal_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV,
	SIGBUS, SIGABRT, SIGFPE, SIGILL};

static void
restore_terminal(void)
{
	ssize_t put;

	if (reset_len == 0)
		return;
	put = write(STDOUT_FILENO, reset_text, (size_t)reset_len);
	(void)put;
	reset_len = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_termios);
}

static void
on_fatal_signal(int signo)
{
	restore_terminal();
	/* SA_RESETHAND: the second time is the default way to end. */
	raise(signo);
}

static void
catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_fatal_signal};
	size_t i;

	action.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
	for (i = 0; i < ARRAY_SIZE(fatal_signals); i++)
		sigaction(fatal_signals[i], &action, NULL);
}

/* --- which terminal --- */

static bool
name_has(const char *name, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strstr(name, *words) != NULL)
			return true;
	return false;
}

/* Types to try for a name that terminfo may not know, best first. */
static size_t
type_chain(const char *term, const char *chain[8])
{
	static const char *const modern[] = {"kitty", "ghostty", "alacritty",
		"foot", "wezterm", "rio", "contour", "xterm-", NULL};
	static const char *const multi[] = {"tmux", "screen", NULL};
	size_t n = 0;

	if (term != NULL && term[0] != '\0')
		chain[n++] = term;
	if (term != NULL && name_has(term, modern))
		chain[n++] = "xterm-256color";
	if (getenv("TMUX") != NULL || (term != NULL && name_has(term, multi))) {
		chain[n++] = "tmux-256color";
		chain[n++] = "screen-256color";
	}
	chain[n++] = "xterm";
	chain[n++] = "vt100";
	return n;
}

/* newterm keeps what it began for a type that it does not know. */
static bool
is_known(const char *type)
{
	int status;

	if (setupterm(type, STDOUT_FILENO, &status) != OK)
		return false;
	del_curterm(cur_term);
	return true;
}

static SCREEN *
open_curses(struct screen *s)
{
	const char *term = getenv("TERM");
	const char *chain[8];
	size_t n = type_chain(term, chain), i;

	for (i = 0; i < n; i++) {
		SCREEN *curses = is_known(chain[i])
					 ? newterm(chain[i], stdout, stdin)
					 : NULL;

		if (curses == NULL)
			continue;
		if (i > 0)
			snprintf(s->remark, sizeof(s->remark),
				"terminal type '%.40s' is unknown here; taken "
				"for %s",
				term != NULL ? term : "", chain[i]);
		return curses;
	}
	return NULL;
}

static void
add_reset(const char *text)
{
	size_t len = text != NULL && text != (char *)-1 ? strlen(text) : 0;
	size_t have = (size_t)reset_len;

	if (have + len > sizeof(reset_text))
		return;
	memcpy(reset_text + have, text, len);
	reset_len = (sig_atomic_t)(have + len);
}

static const char *
capability(const char *name)
{
	const char *text = tigetstr(name);

	return text == (const char *)-1 ? NULL : text;
}

static void
put_raw(const char *text)
{
	ssize_t put;

	if (text == NULL)
		return;
	put = write(STDOUT_FILENO, text, strlen(text));
	(void)put;
}

/* The end of everything: attributes off, cursor seen, the other screen,
 * no bracketed paste, a fresh line. */
static void
make_reset(const struct screen *s)
{
	reset_len = 0;
	if (s->bracketed_paste)
		add_reset("\033[?2004l");
	if (s->mouse)
		add_reset("\033[?1006l\033[?1000l");
	if (s->has_title)
		add_reset("\033]0;\007");
	add_reset(capability("sgr0"));
	add_reset(capability("cnorm"));
	if (capability("rmcup") != NULL)
		add_reset(capability("rmcup"));
	else
		add_reset("\r\n");
}

static void
set_modes(struct screen *s)
{
	raw();
	noecho();
	nonl();
	keypad(stdscr, FALSE);
	leaveok(stdscr, FALSE);
	scrollok(stdscr, FALSE);
	idlok(stdscr, FALSE);
	if (has_colors()) {
		start_color();
		use_default_colors();
	}
	if (s->bracketed_paste)
		put_raw("\033[?2004h");
}

struct screen *
screen_open(struct error *e)
{
	struct screen *s = xcalloc(1, sizeof(*s));
	static bool registered;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
		tcgetattr(STDIN_FILENO, &saved_termios) < 0) {
		free(s);
		error_set(e, ERROR_USAGE, "there is no terminal");
		return NULL;
	}
	s->curses = open_curses(s);
	if (s->curses == NULL) {
		free(s);
		error_set(e, ERROR_USAGE, "no terminal type works here");
		return NULL;
	}
	/* "BE" stands for bracketed paste in extended descriptions. */
	s->bracketed_paste = capability("BE") != NULL;
	make_reset(s);
	catch_signals();
	if (!registered)
		atexit(restore_terminal);
	registered = true;
	set_modes(s);
	s->is_blank = true;
	return s;
}

void
screen_close(struct screen *s)
{
	if (s == NULL)
		return;
	if (!s->hidden)
		endwin();
	restore_terminal();
	delscreen(s->curses);
	canvas_finish(&s->shown);
	free(s);
}

const char *
screen_remark(const struct screen *s)
{
	return s->remark;
}

bool
screen_has_bracketed_paste(const struct screen *s)
{
	return s->bracketed_paste;
}

enum theme_depth
screen_depth(const struct screen *s)
{
	(void)s;
	if (!has_colors() || COLORS < 8)
		return THEME_MONO;
	/* Descriptions that say so take 0xrrggbb as the number of a colour. */
	if (tigetflag("RGB") > 0 && COLORS >= 1 << 24)
		return THEME_DIRECT;
	return COLORS >= 256 ? THEME_256 : THEME_16;
}

void
screen_size(const struct screen *s, int *ret_width, int *ret_height)
{
	(void)s;
	*ret_width = COLS;
	*ret_height = LINES;
}

bool
screen_resized(struct screen *s)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 ||
		size.ws_row == 0)
		return false;
	if (size.ws_col == COLS && size.ws_row == LINES)
		return false;
	resizeterm(size.ws_row, size.ws_col);
	s->is_blank = true;
	return true;
}

void
screen_invalidate(struct screen *s)
{
	s->is_blank = true;
	clearok(curscr, TRUE);
}

int
screen_unsent(const struct screen *s)
{
	int bytes = 0;

	(void)s;
	if (ioctl(STDOUT_FILENO, TIOCOUTQ, &bytes) < 0)
		return 0;
	return bytes;
}

/* --- painting --- */

/* The colour pair of two colours; 0 where there are none to have. */
static int
pair_of(struct screen *s, int fg, int bg)
{
	int i;

	if ((fg == COLOR_NONE && bg == COLOR_NONE) || !has_colors())
		return 0;
	for (i = 0; i < s->pair_count; i++)
		if (s->pairs[i].fg == fg && s->pairs[i].bg == bg)
			return i + 1;
	if (s->pair_count == PAIRS_MAX || s->pair_count + 1 >= COLOR_PAIRS)
		return 0;
	if (init_extended_pair(s->pair_count + 1, fg, bg) == ERR)
		return 0;
	s->pairs[s->pair_count++] = (struct pair){fg, bg};
	return s->pair_count;
}

static attr_t
curses_attrs(unsigned attrs)
{
	attr_t a = A_NORMAL;

	if (attrs & STYLE_BOLD)
		a |= A_BOLD;
	if (attrs & STYLE_DIM)
		a |= A_DIM;
	if (attrs & STYLE_ITALIC)
		a |= A_ITALIC;
	if (attrs & STYLE_UNDERLINE)
		a |= A_UNDERLINE;
	if (attrs & STYLE_REVERSE)
		a |= A_REVERSE;
	return a;
}

/* The number of a colour on a terminal that takes any: the first eight
 * numbers are its own there, so the darkest blues are a shade lighter. */
static int
direct_color(int color)
{
	int rgb;

	if (color == COLOR_NONE || (color >= 0 && color < 8))
		return color;
	rgb = color & COLOR_RGB ? color & 0xffffff : (int)color_of_256(color);
	return rgb < 8 ? 8 : rgb;
}

/* On eight colours the bright ones are bold. */
static struct style
fold_bright(struct style st)
{
	if (COLORS >= 1 << 24) {
		st.fg = direct_color(st.fg);
		st.bg = direct_color(st.bg);
	}
	if (COLORS >= 16)
		return st;
	if (st.fg >= 8 && st.fg < 16) {
		st.fg -= 8;
		st.attrs |= STYLE_BOLD;
	}
	if (st.bg >= 8 && st.bg < 16)
		st.bg -= 8;
	if (st.fg >= COLORS)
		st.fg = COLOR_NONE;
	if (st.bg >= COLORS)
		st.bg = COLOR_NONE;
	return st;
}

static void
put_cell(struct screen *s, int y, int x, const struct cell *cell,
	struct style st)
{
	wchar_t wide[8];
	cchar_t out;
	attr_t attrs;

	st = fold_bright(st);
	attrs = curses_attrs(st.attrs);
	if (cell->attrs & CELL_REVERSE)
		attrs ^= A_REVERSE;
	if (cell->attrs & CELL_BOLD)
		attrs |= A_BOLD;
	if (mbstowcs(wide, cell->text, ARRAY_SIZE(wide)) == (size_t)-1) {
		wide[0] = L'?';
		wide[1] = L'\0';
	}
	if (setcchar(&out, wide, attrs, 0, (int[]){pair_of(s, st.fg, st.bg)}) ==
		ERR)
		return;
	mvadd_wch(y, x, &out);
}

static bool
same_cell(const struct cell *a, const struct cell *b)
{
	return a->role == b->role && a->attrs == b->attrs &&
	       a->width == b->width && strcmp(a->text, b->text) == 0;
}

/* Remembers the looks; a change of any paints everything anew. */
static void
take_styles(struct screen *s, const struct theme *t, unsigned overlays)
{
	size_t i;

	for (i = 0; i < STYLE_COUNT; i++) {
		struct style st =
			theme_style(t, (enum style_role)i, overlays);

		if (memcmp(&st, &s->styles[i], sizeof(st)) != 0)
			s->is_blank = true;
		s->styles[i] = st;
	}
}

static void
keep_shown(struct screen *s, const struct canvas *c)
{
	size_t n = (size_t)c->width * (size_t)c->height;

	if (s->shown.cells == NULL || s->shown.width != c->width ||
		s->shown.height != c->height) {
		canvas_finish(&s->shown);
		canvas_init(&s->shown, c->width, c->height, c->ascii);
		s->is_blank = true;
	}
	(void)n;
}

void
screen_paint(struct screen *s, const struct canvas *c, const struct theme *t,
	unsigned overlays)
{
	size_t n = (size_t)c->width * (size_t)c->height, i, changed = 0;

	if (s->hidden)
		return;
	keep_shown(s, c);
	take_styles(s, t, overlays);
	for (i = 0; i < n; i++) {
		const struct cell *cell = &c->cells[i];

		if (cell->width == 0 ||
			(!s->is_blank && same_cell(cell, &s->shown.cells[i])))
			continue;
		put_cell(s, (int)(i / (size_t)c->width),
			(int)(i % (size_t)c->width), cell,
			s->styles[cell->role]);
		changed++;
	}
	memcpy(s->shown.cells, c->cells, n * sizeof(*c->cells));
	s->is_blank = false;
	move(c->cursor_y, c->cursor_x);
	/* A large frame is shown at once where the terminal knows how (DEC
	 * mode 2026; others ignore it); the first come onto an empty screen
	 * and need no care. */
	if (++s->frames > SYNC_FROM && changed > SYNC_CELLS && COLORS >= 256) {
		put_raw("\033[?2026h");
		refresh();
		put_raw("\033[?2026l");
	} else {
		refresh();
	}
}

void
screen_raw(struct screen *s, const char *bytes, size_t len)
{
	if (s->hidden)
		return;
	fflush(stdout);
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes, len);

		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

void
screen_link(struct screen *s, int y, int x, const char *url)
{
	struct strbuf out;

	if (COLORS < 8)
		return;
	strbuf_init(&out);
	strbuf_addf(&out, "\0337\033[%d;%dH\033[4m", y + 1, x + 1);
	osc_link(&out, url, url);
	strbuf_adds(&out, "\033[24m\0338");
	screen_raw(s, out.buf, out.len);
	strbuf_finish(&out);
}

/* --- leaving for a while --- */

void
screen_suspend(struct screen *s)
{
	if (s->bracketed_paste)
		put_raw("\033[?2004l");
	if (s->mouse)
		put_raw("\033[?1006l\033[?1000l");
	endwin();
	s->hidden = true;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_termios);
}

void
screen_resume(struct screen *s)
{
	s->hidden = false;
	reset_prog_mode();
	make_reset(s);
	if (s->bracketed_paste)
		put_raw("\033[?2004h");
	if (s->mouse)
		put_raw("\033[?1000h\033[?1006h");
	clearok(curscr, TRUE);
	s->is_blank = true;
	refresh();
}

void
screen_flush_input(struct screen *s)
{
	(void)s;
	tcflush(STDIN_FILENO, TCIFLUSH);
}

void
screen_mouse(struct screen *s, bool on)
{
	if (s->mouse == on)
		return;
	s->mouse = on;
	make_reset(s);
	put_raw(on ? "\033[?1000h\033[?1006h" : "\033[?1006l\033[?1000l");
}

void
screen_title(struct screen *s, size_t needs)
{
	char text[64];

	if (!osc_has_title(getenv("TERM")) ||
		(s->has_title && s->title_needs == needs))
		return;
	osc_title(text, sizeof(text), needs);
	s->has_title = true;
	s->title_needs = needs;
	make_reset(s);
	put_raw(text);
}
