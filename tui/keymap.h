/* keymap.h - which keys do what: the rows of actions.def by key. */
#ifndef SLUICE_TUI_KEYMAP_H
#define SLUICE_TUI_KEYMAP_H

#include <time.h>

#include "base/base.h"

enum action_id {
#define ACTION(id, name, keys, label, place, tier, method, sentence)           \
	ACTION_##id,
#include "tui/actions.def"
#undef ACTION
	ACTION_COUNT
};

enum action_place {
	PLACE_ANYWHERE,
	PLACE_ROLLOUT,	/* a rollout is selected or open */
	PLACE_CHANGE,	/* a change is selected or open */
	PLACE_ITEM,	/* a change or a request is selected or open */
	PLACE_ITEM_OR_ROLLOUT,
	PLACE_CALENDAR, /* the calendar is shown */
	PLACE_PLANS,	/* where changes are planned: queue, calendar */
	PLACE_HOST,	/* a host of an open rollout is selected or open */
	PLACE_ROWS,	/* something can be selected */
	PLACE_PANES,	/* the view has panes */
	PLACE_LIST,	/* the view is a list */
	PLACE_PLOTS,	/* numbers over time are shown */
	PLACE_RELEASE,	/* a release is selected or open */
	PLACE_RELEASES, /* their list, and where they run */
	PLACE_LEDGER,	/* the ledger or an entry of it */
	PLACE_LINES,	/* lines that can be followed are shown */
	PLACE_SECTIONS, /* the list has sections */
	PLACE_COUNT
};

struct action {
	const char *name, *keys, *label;
	enum action_place place;
	int tier;
	const char *method, *sentence;
};

const struct action *action_get(enum action_id id);

/* The first action behind `after` that the key stands for, or ACTION_COUNT;
 * begin with -1. */
enum action_id keymap_find(uint32_t code, int after);

/* The first key of an action as it is shown: "p", "Enter", "^L". */
void keymap_first_key(enum action_id id, char *out, size_t size);

/* --- the person's own keys (keys.c) --- */

/* Whether this key has a meaning of the person's own in that view. */
bool keys_personal(uint32_t code, const char *view, enum action_id *ret);

/* The key they gave to an action everywhere, or NULL. */
const char *keys_name_of(enum action_id id);

/* All of the file, or with an error (its line and what is wrong) nothing. No
 * file: no keys. */
int keys_load(const char *path, struct error *e);

/* Where it is (owned). */
char *keys_path(void);

/* Whether it was written, made or removed since *seen, which is updated. */
bool keys_changed(const char *path, struct timespec *seen);

/* The code of a key's name, 0 if there is none of that name. */
uint32_t keymap_code(const char *name, size_t len);

#endif
