/*
 * console_sign.c - the key that a decision is signed with: asked for where
 * the policy wants signatures, found where people keep theirs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/console_act.h"
#include "tui/view_change.h"
#include "wire/json.h"

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

static bool
wants_signature(struct console *c, const char *id)
{
	const json_t *doc = change_ask(c, "policy.explain", id, NULL), *rule;
	size_t i;

	json_array_foreach(json_object_get(doc, "rules"), i,
		rule) if (strcmp(json_get_string(rule, "rule", ""),
				  "signed") == 0) return true;
	return false;
}

void
sign_ask(struct console *c, struct sheet *s)
{
	struct sheet_item *it;
	char key[FIELD_MAX];

	if (s->action != ACTION_APPROVE || s->is_unlock || s->is_bulk ||
		strncmp(s->object, "C-", 2) != 0 ||
		sheet_find(s, "sign") != NULL || !wants_signature(c, s->object))
		return;
	sheet_line(s, false,
		"Policy wants your yes signed, by ssh-keygen with this key, "
		"here. To sign elsewhere: sluice change statement %s --verb "
		"approve.",
		s->object);
	usual_key(key, sizeof(key));
	it = sheet_add(s, SHEET_TEXT, "sign", "Key to sign with", key);
	if (it == NULL)
		return;
	it->needed = true;
	if (key[0] == '\0' && s->typed.len == 0) {
		s->focus = SHEET_ITEM;
		s->item = s->item_count - 1;
		s->follow_focus = true;
	}
}

const char *
sign_key(struct sheet *s)
{
	const struct sheet_item *it = sheet_find(s, "sign");

	return it != NULL ? it->text.text : "";
}
