/*
 * console_sign.c - the key that a decision is signed with: asked for where
 * the policy wants signatures, found where people keep theirs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/console_act.h"

/* The first key that ssh would use; "" where there is none. */
static void
usual_key(char *out, size_t size)
{
	static const char *const names[] = {"id_ed25519_sk", "id_ed25519",
		"id_ecdsa_sk", "id_ecdsa", "id_rsa"};
	const char *home = getenv("HOME");
	size_t i;

	for (i = 0; home != NULL && i < ARRAY_SIZE(names); i++) {
		int n = snprintf(out, size, "%s/.ssh/%s", home, names[i]);

		if (n > 0 && (size_t)n < size && access(out, R_OK) == 0)
			return;
	}
	out[0] = '\0';
}

bool
sign_is_wanted(struct console *c, const char *id)
{
	const struct world_change *ch = world_change(c->world, id);
	const struct world_request *q = world_request(c->world, id);

	return (ch != NULL && ch->wants_signature) ||
	       (q != NULL && q->wants_signature);
}

void
sign_ask(struct sheet *s, size_t count)
{
	struct sheet_item *it;
	char key[FIELD_MAX];

	if (s->is_bulk)
		sheet_line(s, false,
			"Policy wants %zu of these signed, each on its own, by "
			"ssh-keygen with this key, here.",
			count);
	else
		sheet_line(s, false,
			"Policy wants your yes signed, by ssh-keygen with this "
			"key, here. To sign elsewhere: sluice change statement "
			"%s --verb approve.",
			s->object);
	usual_key(key, sizeof(key));
	it = sheet_add(s, SHEET_TEXT, "sign", "Key to sign with", key);
	if (it == NULL)
		return;
	it->needed = true;
	if (key[0] == '\0') {
		s->focus = SHEET_ITEM;
		s->item = s->item_count - 1;
		s->follow_focus = true;
	}
}

const char *
sign_key(const struct sheet *s)
{
	size_t i;

	for (i = 0; i < s->item_count; i++)
		if (strcmp(s->items[i].name, "sign") == 0)
			return s->items[i].text.text;
	return "";
}
