/* keymap.c - which keys do what: the rows of actions.def by key. */
#include "tui/keymap.h"

#include <stdio.h>
#include <string.h>

#include "tui/input.h"

static const struct action actions[ACTION_COUNT] = {
#define ACTION(id, name, keys, label, place, tier, method, sentence)           \
	{name, keys, label, PLACE_##place, tier, method, sentence},
#include "tui/actions.def"
#undef ACTION
};

static const struct {
	const char *name;
	uint32_t code;
} names[] = {{"Enter", INPUT_ENTER}, {"Space", ' '}, {"Tab", INPUT_TAB},
	{"Esc", INPUT_ESC},
	{"Backspace", INPUT_BACKSPACE}, {"Up", INPUT_UP}, {"Down", INPUT_DOWN},
	{"Left", INPUT_LEFT}, {"Right", INPUT_RIGHT}, {"Home", INPUT_HOME},
	{"End", INPUT_END}, {"PgUp", INPUT_PAGE_UP}, {"PgDn", INPUT_PAGE_DOWN},
	{"S-Tab", INPUT_BACKTAB}, {"F1", INPUT_F1}, {"F5", INPUT_F5}};

const struct action *
action_get(enum action_id id)
{
	return &actions[id];
}

uint32_t
keymap_code(const char *name, size_t len)
{
	size_t i;

	if (len == 1)
		return (unsigned char)name[0];
	if (len == 2 && name[0] == '^')
		return INPUT_CTRL((unsigned char)name[1]);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i].name) == len &&
			memcmp(names[i].name, name, len) == 0)
			return names[i].code;
	return 0;
}

static bool
has_key(const char *keys, uint32_t code)
{
	while (*keys != '\0') {
		size_t len = strcspn(keys, " ");

		if (len > 0 && keymap_code(keys, len) == code)
			return true;
		keys += len;
		keys += *keys == ' ';
	}
	return false;
}

enum action_id
keymap_find(uint32_t code, int after)
{
	int i;

	for (i = after + 1; i < ACTION_COUNT; i++)
		if (has_key(actions[i].keys, code))
			return (enum action_id)i;
	return ACTION_COUNT;
}

void
keymap_first_key(enum action_id id, char *out, size_t size)
{
	const char *keys = keys_name_of(id);

	if (keys == NULL)
		keys = actions[id].keys;
	snprintf(out, size, "%.*s", (int)strcspn(keys, " "), keys);
}
