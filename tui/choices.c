/* choices.c - what a person could do now, as lines to choose from. */
#include "tui/choices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tui/view.h"

#define OBJECTS_SHOWN 8 /* of each kind; more typing says which */

enum rank {
	RANK_EXACT,
	RANK_PREFIX,
	RANK_WORD,
	RANK_PART,
	RANK_SENTENCE,
	RANK_FUZZY
};

static bool
starts_word(const char *text, const char *typed)
{
	size_t len = strlen(typed);

	while (*text != '\0') {
		if (strncasecmp(text, typed, len) == 0)
			return true;
		text += strcspn(text, " -/");
		text += strspn(text, " -/");
	}
	return false;
}

/* All of typed in this order, with anything between, from the start. */
static bool
is_within(const char *text, const char *typed)
{
	if (strncasecmp(text, typed, 1) != 0)
		return false;
	for (; *typed != '\0' && *text != '\0'; text++)
		if (strncasecmp(text, typed, 1) == 0)
			typed++;
	return *typed == '\0';
}

static bool
has_all_words(const char *name, const char *sentence, const char *typed)
{
	char copy[FIELD_MAX + 8], *word, *save = NULL;

	snprintf(copy, sizeof(copy), "%s", typed);
	for (word = strtok_r(copy, " ", &save); word != NULL;
		word = strtok_r(NULL, " ", &save))
		if (strcasestr(name, word) == NULL &&
			strcasestr(sentence, word) == NULL)
			return false;
	return true;
}

int
choices_rank(const char *name, const char *sentence, const char *typed)
{
	size_t len = strlen(typed);

	if (len == 0)
		return RANK_PREFIX;
	if (strncasecmp(name, typed, len) == 0)
		return name[len] == '\0' ? RANK_EXACT : RANK_PREFIX;
	if (starts_word(name, typed))
		return RANK_WORD;
	if (strcasestr(name, typed) != NULL)
		return RANK_PART;
	if (has_all_words(name, sentence, typed))
		return RANK_SENTENCE;
	if (is_within(name, typed))
		return RANK_FUZZY;
	return -1;
}

static struct choice *
add(struct choices *l, enum choice_kind kind, const char *text,
	const char *sentence, int rank)
{
	struct choice *ch;

	ARRAY_GROW(l->items, l->count, l->capacity);
	ch = &l->items[l->count++];
	memset(ch, 0, sizeof(*ch));
	ch->kind = kind;
	ch->rank = rank;
	ch->action = ACTION_COUNT;
	snprintf(ch->text, sizeof(ch->text), "%s", text);
	snprintf(ch->sentence, sizeof(ch->sentence), "%s", sentence);
	return ch;
}

void
choices_finish(struct choices *l)
{
	free(l->items);
	memset(l, 0, sizeof(*l));
}

/* --- actions --- */

static enum choice_part
part_of(const struct action *a, const char *reason)
{
	if (a->place == PLACE_ANYWHERE)
		return PART_EVERYWHERE;
	return reason != NULL ? PART_NOT_NOW : PART_NOW;
}

static bool
is_wanted(struct console *c, enum choices_for what, enum action_id id)
{
	const struct action *a = action_get(id);

	if (id == ACTION_PALETTE || (what == CHOICES_MENU && id == ACTION_MENU))
		return false;
	if (what == CHOICES_MENU)
		return console_applies(c, id) &&
		       (a->place != PLACE_ANYWHERE || a->label[0] != '\0');
	return true;
}

/* A verb with an effect is meant by its name, never by letters of it. */
static int
action_rank(const struct action *a, const char *typed)
{
	int rank = choices_rank(a->name, a->sentence, typed);

	if (rank == RANK_FUZZY && a->tier > 0)
		return -1;
	if (strcmp(a->keys, typed) == 0)
		return RANK_EXACT;
	return rank;
}

/* Whether the key does another thing here that can be done as well. */
static bool
is_key_taken(struct console *c, enum action_id id)
{
	const char *keys = action_get(id)->keys;
	int i;

	for (i = 0; i < (int)id; i++)
		if (strcmp(action_get((enum action_id)i)->keys, keys) == 0 &&
			console_applies(c, (enum action_id)i) &&
			console_reason(c, (enum action_id)i) == NULL)
			return true;
	return false;
}

static void
add_actions(struct console *c, enum choices_for what, const char *typed,
	struct choices *l)
{
	int i;

	for (i = 0; i < ACTION_COUNT; i++) {
		enum action_id id = (enum action_id)i;
		const struct action *a = action_get(id);
		int rank = action_rank(a, typed);
		struct choice *ch;

		if (rank < 0 || !is_wanted(c, what, id))
			continue;
		ch = add(l, CHOICE_ACTION, a->name, a->sentence, rank);
		ch->action = id;
		ch->reason = console_reason(c, id);
		ch->part = part_of(a, ch->reason);
		if (ch->reason != NULL || !is_key_taken(c, id))
			snprintf(ch->keys, sizeof(ch->keys), "%s", a->keys);
	}
}

/* --- views and objects --- */

static void
add_views(const char *typed, struct choices *l)
{
	size_t i;

	for (i = 0; view_roots[i] != NULL; i++) {
		const struct view *v = view_roots[i];
		char name[40];
		int rank;
		struct choice *ch;
		size_t k;

		snprintf(name, sizeof(name), "%s", v->name);
		for (k = 0; name[k] != '\0'; k++)
			if (name[k] >= 'A' && name[k] <= 'Z')
				name[k] = (char)(name[k] - 'A' + 'a');
		rank = view_find(typed) == v
			       ? RANK_EXACT
			       : choices_rank(name, v->aliases, typed);
		if (rank < 0)
			continue;
		ch = add(l, CHOICE_VIEW, name, "view", rank);
		ch->part = PART_VIEWS;
		ch->view = v;
		ch->keys[0] = v->digit;
	}
}

static const struct {
	enum world_list list;
	const struct view *view;
	const char *noun;
} object_kinds[] = {{WORLD_ROLLOUTS, &rollout_view, "rollout"},
	{WORLD_CHANGES, &change_view, "change"},
	{WORLD_HOSTS, &host_view, "host"},
	{WORLD_RELEASES, &release_view, "release"}};

static void
say_object(enum world_list list, const struct record *r, char *out, size_t size)
{
	const struct world_rollout *ro = (const void *)r;
	const struct world_change *ch = (const void *)r;

	if (list == WORLD_ROLLOUTS)
		snprintf(out, size, "%s %s %s %s", ro->service, ro->version,
			ro->env, ro->state);
	else if (list == WORLD_CHANGES)
		snprintf(out, size, "%s %s %s %s", ch->service, ch->version,
			ch->env, ch->state);
	else
		snprintf(out, size, "%s",
			list == WORLD_HOSTS ? "host" : "release");
}

static void
add_objects(struct console *c, const char *typed, struct choices *l)
{
	size_t k, i;

	for (k = 0; typed[0] != '\0' && k < ARRAY_SIZE(object_kinds); k++) {
		enum world_list list = object_kinds[k].list;
		const struct collection *all = &c->world->lists[list];
		int shown = 0;

		for (i = all->count; i > 0 && shown < OBJECTS_SHOWN; i--) {
			const struct record *r = all->items[i - 1];
			char what[160];
			int rank = choices_rank(r->id, "", typed);
			struct choice *ch;

			if (rank < 0 || rank == RANK_SENTENCE)
				continue;
			say_object(list, r, what, sizeof(what));
			ch = add(l, CHOICE_OBJECT, r->id, what, rank);
			ch->part = PART_OBJECTS;
			ch->view = object_kinds[k].view;
			shown++;
		}
	}
}

/* --- commands --- */

void
choices_add_value(struct choices *l, const char *command, const char *value,
	const char *sentence, const char *typed)
{
	int rank = choices_rank(value, sentence, typed);
	char text[CHOICE_TEXT_MAX];
	struct choice *ch;

	if (rank < 0)
		return;
	snprintf(text, sizeof(text), "%s %s", command, value);
	ch = add(l, CHOICE_VALUE, text, sentence, rank);
	ch->part = PART_COMMANDS;
}

/* What stands behind the command's name, or NULL. */
static const char *
value_of(const char *typed, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(typed, name, len) == 0 && typed[len] == ' '
		       ? typed + len + 1
		       : NULL;
}

static void
add_commands(struct console *c, const char *typed, struct choices *l)
{
	const struct palette_command *cmd;
	size_t i;

	for (i = 0; (cmd = palette_command(i)) != NULL; i++) {
		const char *value = value_of(typed, cmd->name);
		int rank = choices_rank(cmd->name, cmd->sentence, typed);
		struct choice *ch;

		if (value != NULL && cmd->values != NULL)
			cmd->values(c, value, l);
		else if (value != NULL)
			rank = RANK_EXACT;
		if (rank < 0)
			continue;
		ch = add(l, CHOICE_COMMAND, cmd->name, cmd->sentence, rank);
		ch->part = PART_COMMANDS;
		snprintf(ch->keys, sizeof(ch->keys), "%s", cmd->argument);
	}
}

/* --- together --- */

static int
by_rank(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if ((x->reason != NULL) != (y->reason != NULL))
		return x->reason != NULL ? 1 : -1;
	return (x->part > y->part) - (x->part < y->part);
}

static int
by_part(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	return (x->part > y->part) - (x->part < y->part);
}

/* qsort would mix equals up; the lists are short. */
static void
sort(struct choices *l, int (*compare)(const void *a, const void *b))
{
	size_t i, k;

	for (i = 1; i < l->count; i++) {
		struct choice moved = l->items[i];

		for (k = i; k > 0 && compare(&l->items[k - 1], &moved) > 0; k--)
			l->items[k] = l->items[k - 1];
		l->items[k] = moved;
	}
}

void
choices_collect(struct console *c, enum choices_for what, const char *typed,
	struct choices *out)
{
	out->count = 0;
	while (*typed == ' ')
		typed++;
	add_actions(c, what, typed, out);
	if (what != CHOICES_MENU) {
		add_views(typed, out);
		add_commands(c, typed, out);
	}
	if (what == CHOICES_PALETTE)
		add_objects(c, typed, out);
	sort(out, what == CHOICES_PALETTE && typed[0] != '\0' ? by_rank
							      : by_part);
}

const char *
choices_part_title(enum choice_part part)
{
	static const char *const titles[PART_COUNT] = {
		"NOW", "NOT NOW", "EVERYWHERE", "VIEWS", "OBJECTS",
		"COMMANDS BEHIND :"};

	return titles[part];
}
