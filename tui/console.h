/*
 * console.h - the console without a terminal: keys and events in, requests
 * and a painted canvas out. A test drives it with a virtual clock and
 * compares what it paints as text; app.c gives it a terminal and an engine.
 *
 * A console is a stack of places. A place is a view of something ("the
 * rollout R-57") with its cursor, filter and scroll position. Views are
 * const tables (view.h); keys become actions through actions.def; whether an
 * action is possible, what it asks and what it sends is in console_act.c.
 */
#ifndef SLUICE_TUI_CONSOLE_H
#define SLUICE_TUI_CONSOLE_H

#include <time.h>

#include "base/clock.h"
#include "tui/calendar.h"
#include "tui/canary.h"
#include "tui/canvas.h"
#include "tui/choices.h"
#include "tui/client.h"
#include "tui/filter.h"
#include "tui/glyphs.h"
#include "tui/input.h"
#include "tui/keymap.h"
#include "tui/memory.h"
#include "tui/notice.h"
#include "tui/widget_field.h"
#include "tui/widget_grid.h"
#include "tui/widget_list.h"
#include "tui/widget_sheet.h"
#include "tui/widget_text.h"
#include "tui/world.h"

#define PLACES_MAX 12
#define UNLOCK_MS (15 * 60 * 1000)
#define TOPICS_MAX 3
#define SECTIONS_MAX 16
#define LINKS_MAX 16
#define SPLIT_MAX 30 /* lines that a pane gets more or less */

struct view;
struct console;

/* What the console needs from outside. */
struct console_io {
	/* As client_request. */
	void (*request)(void *arg, const char *method, json_t *params,
		client_answer answer, void *answer_arg);

	/* Throws away keys that were typed but not read yet. */
	void (*flush_input)(void *arg);

	/* The same with a descriptor that goes along (borrowed). */
	void (*request_fd)(void *arg, const char *method, json_t *params,
		int fd, client_answer answer, void *answer_arg);

	/* As sign_statement: the person may be asked on the terminal. */
	int (*sign)(void *arg, const json_t *statement, const char *verb,
		const char *digest, const char *key, char **ret_signature,
		struct error *e);
};

enum pane { PANE_HOSTS, PANE_CANARY, PANE_LOG, PANE_COUNT };

struct place {
	const struct view *view;
	char *object; /* id of what is shown; owned, may be NULL */
	char *host;   /* a host in the rollout; owned, may be NULL */
	struct list list;
	int64_t opened_at_ms;
	uint64_t listed_version; /* of the world when rows were made */
	int section;
	char filter_text[FIELD_MAX + 8];
	struct filter filter;
	bool problems_only;
	char sorted_by[24]; /* title of a column, or "" as it comes */
	bool reversed, wide;
	char columns[160]; /* titles of the columns shown, or "" */
	enum pane pane;
	int tab; /* of a detail */
	int metric; /* of the canary, from 0 */
	bool numbers; /* in place of the plots */
	int64_t at; /* of the calendar: the day of the cursor, its begin */
	int slot;   /* ... and the second of that day */
	bool slot_again; /* the second time the clocks show it */
	int item;	 /* which of what is listed below */
	char layer[64];	 /* the environment that is shown, "": all */
	char moving[32]; /* the change that is picked up, or "" */
	bool zoomed;
	int split; /* rows or columns more or less than usual */
	size_t counts[SECTIONS_MAX]; /* rows of each section */
	struct grid grid;
	struct pager pager;
	char log_host[64]; /* whose lines the pager has, "": of all hosts */
	bool log_all; /* whether the pager has all lines, or problems only */
	struct choices choices; /* of the menu and the help */
	char seen[96]; /* of a host: what its transcript was read for */
};

enum prompt_kind {
	PROMPT_NONE,
	PROMPT_FILTER,
	PROMPT_PALETTE,
	PROMPT_QUIT,
	PROMPT_RESUME
};

enum link_state {
	LINK_STATE_READING, /* no snapshot yet */
	LINK_STATE_LIVE,
	LINK_STATE_LOST
};

/* What moves by itself: everything, by ten seconds at most, nothing (words
 * instead of countdowns, and a frame when something has happened). */
enum motion { MOTION_FULL, MOTION_SLOW, MOTION_NONE };

struct env_lock {
	char env[64];
	int64_t unlocked_until_ms; /* monotonic */
};

struct kept {
	void *object;
	void (*destroy)(void *object);
};

/* A whole answer about one object; see console_docs.c. */
#define DOCS_MAX 24

struct doc {
	char *key; /* method and arguments; owned */
	json_t *answer;
	char *problem;	  /* why the last one was not had */
	uint64_t version; /* of the object when it was asked for */
	uint64_t used;
	bool asked;
};

struct draft {
	char *key; /* action and object; owned */
	char *text;
	struct draft *next;
};

struct topic {
	char name[80]; /* "rollout:" and an id */
	int64_t seq;
	bool wanted, active;
};

struct console {
	struct clock *clock;
	const struct console_io *io;
	void *io_arg;
	struct world *world;
	struct theme theme;
	struct glyphs glyphs;
	enum theme_depth depth;

	struct place places[PLACES_MAX];
	struct place beside; /* what is selected in a list; view_beside.c */
	char beside_next[64];
	int64_t beside_since_ms;
	bool look_again; /* a frame soon, though nothing has changed */
	struct notices notices;
	size_t depth_places; /* at least 1 */
	int last_digit, digit;

	struct sheet sheet;
	struct env_lock locks[8];
	struct draft *drafts;
	struct doc docs[DOCS_MAX];
	uint64_t docs_used;
	struct kept *kept;
	size_t kept_count, kept_capacity;

	enum prompt_kind prompt;
	struct field_input field;
	struct palette palette;
	struct memory memory;
	bool theme_chosen; /* by the person; kept for the next time */
	bool glyphs_chosen;
	bool theme_fixed;  /* by the command line or NO_COLOR */
	bool touched;	   /* a key was pressed */
	bool settled; /* the first frames are out: there is time for more */
	int64_t other_key_ms; /* when one that confirms nothing was */

	char message[512];
	enum style_role message_role;
	int64_t message_until_ms; /* monotonic; 0: until a key */
	char announced[64];	  /* the rollout it says something is to
				     happen to, or "" */
	enum action_id announced_by;

	enum link_state link;
	int64_t lost_at_ms; /* monotonic */
	char lost_why[160];
	char engine_started[64];
	char user[64];
	bool single_user;
	char engine_zone[64]; /* in which the engine reads times */
	bool zone_chosen; /* by the person: not that one */
	char person[64]; /* who that is, as decisions name them */
	bool may_operate, may_stop; /* what the engine will not refuse */
	json_t *permissions;	    /* owned; NULL: it does not say */
	struct {
		char id[24];	  /* an answer of ours that u takes back */
		int64_t until_ms; /* monotonic */
	} undo;
	bool message_counts; /* the message ends with the time to undo */
	bool needs_asked, needs_again; /* queue.ls is on its way; has changed */
	bool needs_known;
	char *known_needs; /* ids when it was read last, " C-1  C-2 "; owned */
	struct calendar calendar; /* what is painted of it */
	const json_t *calendar_of[10]; /* the answers it was made of */
	uint64_t calendar_changes;
	const char *calendar_problem;
	uint64_t calendar_version; /* grows when windows, freezes, lines do */
	uint64_t chain_asked; /* how often the ledger was to be checked */
	struct canary canary; /* of the open rollout */
	int64_t canary_moments; /* that were there when it was asked */
	uint64_t canary_generation;
	bool canary_asked; /* ... and the answer is on its way */
	char *plan_seen; /* the plan that the open sheet was made of */
	struct topic topics[TOPICS_MAX];
	uint64_t generation; /* answers of an older one are dropped */

	int width, height;
	bool dirty; /* paint at once: a key did something */
	bool stale; /* paint with the next frame: the model changed */
	bool utc;   /* times in UTC instead of the local zone */
	bool relative; /* times as how long ago */
	char *home_zone; /* $TZ at the start; owned, NULL: none */
	bool wants_quit, wants_redraw, wants_suspend;
	int64_t log_read_ms;	  /* when lines were taken from the log last */
	bool log_waits;		  /* there are newer ones */
	int tour; /* its step, from 1; 0: there is none (tour.h) */
	struct strbuf raw; /* for the terminal as it is, after the frame */
	struct link {
		int y, x;
		char url[256];
	} links[LINKS_MAX]; /* of the painted screen */
	size_t link_count;
	bool in_screen;		  /* GNU screen is between us and it */
	int fps;		  /* 0: as the link suggests */
	bool slow_link;		  /* countdowns step by ten seconds */
	enum motion motion;
	int64_t painted_minute, painted_step;
	struct timespec keys_seen; /* of the person's keys: its last writing */
	bool mouse; /* clicks are asked for */
	int body_y, body_x; /* what lists count their rows from */
	int64_t themes_seen_ms; /* when files were looked at last */
	enum action_id menu_run; /* chosen in the menu or help */
};

/* io is borrowed. The theme is the built-in one, the glyphs are ASCII. */
void console_init(struct console *c, struct clock *clock,
	const struct console_io *io, void *io_arg);
void console_finish(struct console *c);

void console_load_keys(struct console *c);

/* The theme and glyphs by name; on failure a message is shown instead. */
void console_set_theme(struct console *c, const char *name);
void console_set_glyphs(struct console *c, const char *name);
void console_set_borders(struct console *c);

/* Events of the terminal. */
void console_key(struct console *c, const struct input_event *ev);
void console_resize(struct console *c, int width, int height);

/* What is due by now: messages that fade, the minute, countdowns. */
void console_tick(struct console *c);

/* Whether something on the screen runs by itself, so ticks are needed. */
bool console_is_counting(const struct console *c);

/* Events of the engine. hello is borrowed. */
void console_link_up(struct console *c, const json_t *hello);
void console_link_down(struct console *c, const struct error *why);
void console_event(
	struct console *c, const char *topic, int64_t seq, const json_t *data);

/* Paints everything; the canvas has the console's size. */
void console_paint(struct console *c, struct canvas *canvas);

/* The overlays of the theme for what is on the screen: by the kind of its
 * environment, and by the state of link and lock. */
unsigned console_overlays(struct console *c);

/* --- for views and actions --- */

struct place *console_place(struct console *c);
void console_place_finish(struct place *p);

/* The place under the menu or the help, or the place itself. */
struct place *console_subject(struct console *c);
void console_go(struct console *c, const struct view *v, const char *object,
	const char *host);
void console_back(struct console *c);
void console_root(struct console *c, const struct view *v);

/* Bytes for the terminal as they are: a sequence that is made by osc.c. */
void console_send_raw(struct console *c, const char *bytes);

/* What stands at y, x of the screen that is being painted opens a url. */
void console_link(struct console *c, int y, int x, const char *url);

/* A line above the footer; errors stay until a key. */
void console_say(struct console *c, enum style_role role, const char *fmt, ...)
	SLUICE_PRINTF(3, 4);

/* Rebuilds the rows of the place if the world changed. */
void console_refresh(struct console *c);
void console_refresh_place(struct console *c, struct place *p);
void console_invalidate(struct console *c);

/* "14:05" in the chosen zone, or with the day where it is not today. */
void console_time(const struct console *c, int64_t at, struct strbuf *out);

/* "UTC", "CET": what a time on the screen is in; summer time has a word of its
 * own. */
const char *console_zone_word(const struct console *c, int64_t at);

int64_t console_now_ms(const struct console *c);

/* What waits for an answer is destroyed with the console, since no answer
 * comes after that. Dropped when the answer is here. */
void console_keep(struct console *c, void *object, void (*destroy)(void *));
void console_drop(struct console *c, void *object);

/* A time zone by name, "local" or "utc"; false if there is none. */
bool console_set_zone(struct console *c, const char *name);

/* Shows times in the zone of the configuration, unless the person chose. */
void console_follow_zone(struct console *c);

/* --- console_run.c --- */

/* Shows only what matches; a bad expression keeps the last good result. */
void console_filter(struct console *c, const char *text);
void console_prompt_key(struct console *c, const struct input_event *ev);

/* --- console_palette.c --- */
void console_palette_open(struct console *c);
void console_palette_key(struct console *c, const struct input_event *ev);
void console_palette_type(struct console *c, const char *text);
void console_palette_paint(struct console *c, struct canvas *canvas);
void console_palette_finish(struct palette *p);

/* One line of the palette, the menu or the help at y. */
void choice_paint(struct console *c, struct canvas *canvas, int y,
	struct rect r, const struct choice *ch, bool selected);

/* --- console_data.c --- */

void console_load(struct console *c, enum world_list list);
void console_load_plan(struct console *c, const char *change);

/* Asks what waits for who looks; while that is on its way, once more after
 * it. */
void console_load_needs(struct console *c);
void console_open_rollout(struct console *c, const char *id);
void console_open_host(struct console *c, const char *id, const char *host);
void console_subscribe(struct console *c);
void console_resync(struct console *c);

/* --- console_proof.c --- */

/* The change that is selected, with all that proves it, into a new
 * directory. */
void console_prove(struct console *c, const char *dir);

/* --- console_docs.c --- */

/*
 * The engine's answer to a READ method, NULL until it is here (borrowed
 * until the next call). Asked for once, and again where version, that of the
 * object it is about, is another one. ret_problem (may be NULL): why there is
 * none, or NULL. params is taken.
 */
const json_t *console_doc(struct console *c, const char *method,
	json_t *params, uint64_t version, const char **ret_problem);

/* All are asked for again when they are looked at. */
void console_docs_stale(struct console *c);
void console_docs_finish(struct console *c);

/* --- console_act.c --- */

struct target {
	const struct world_rollout *rollout;
	const struct world_change *change;
	const struct world_request *request;
	const struct rollout_host *host;
	const struct calendar_row *row; /* of the calendar */
	const struct world_release *release;
};

/* The id of the change or request, or "". */
const char *console_target_id(const struct target *t);

struct target console_target(struct console *c);

/* NULL if the action is possible now, else why not. */
const char *console_reason(struct console *c, enum action_id id);

/* Whether it has anything to do with what is selected. */
bool console_applies(struct console *c, enum action_id id);

void console_run_action(struct console *c, enum action_id id, bool burst);

/* One with an effect: unlocks, asks or sends. */
void console_start_action(struct console *c, enum action_id id, bool burst);
void console_sheet_key(struct console *c, const struct input_event *ev);

/* Takes back a message about what was to happen once it has happened. */
void console_forget_announced(struct console *c);

/* "LOCKED", "UNLOCKED 14m", or "" where nothing is locked. */
void console_lock_text(struct console *c, char *out, size_t size);
void console_lock(struct console *c);

/* For 15 minutes, in the environment of what is selected. */
void console_unlock(struct console *c);

/* The place, and beside it on the largest screens the views. */
void console_paint_place(
	struct console *c, struct canvas *canvas, const struct rect *body);

/* --- console_paint.c --- */
void console_paint_footer(struct console *c, struct canvas *canvas, int y);

#endif
