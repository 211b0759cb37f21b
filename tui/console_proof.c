/* console_proof.c - the export of a change, asked for from here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/console.h"
#include "tui/proof.h"
#include "tui/view.h"
#include "wire/json.h"

struct proving {
	struct console *c;
	struct proof *proof;
	char change[32];
};

static void
proving_destroy(void *object)
{
	struct proving *v = object;

	proof_destroy(v->proof);
	free(v);
}

static void
on_proof(const json_t *result, const struct error *error, void *arg)
{
	struct proving *v = arg;
	struct console *c = v->c;
	struct error e;

	if (error != NULL)
		console_say(c, STYLE_NOTICE_ERROR, "%s: %s", v->change,
			error->text);
	else if (proof_end(v->proof, &e) == -1)
		console_say(c, STYLE_NOTICE_ERROR, "%s", e.text);
	else
		console_say(c, STYLE_NOTICE_OK,
			"%s with %lld entries and %lld signatures is in %s; "
			"its README says how to check it",
			v->change,
			(long long)json_get_int(result, "entries", 0),
			(long long)json_get_int(result, "signatures", 0),
			proof_dir(v->proof));
	c->stale = true;
	console_drop(c, v);
	proving_destroy(v);
}

/* The change of what is selected: itself, of a rollout, of an entry. */
static void
change_of(struct console *c, char *out, size_t size)
{
	const struct place *p = console_subject(c);
	struct target t = console_target(c);
	const struct list_row *row =
		p->view->has_rows ? list_selected(&p->list) : NULL;
	const struct world_entry *e = NULL;

	if (p->view == &entry_view)
		e = (const void *)collection_find(
			&c->world->lists[WORLD_LEDGER], p->object);
	else if (row != NULL && row->kind == WORLD_LEDGER)
		e = (const void *)row->record;
	if (e != NULL && strncmp(e->object, "R-", 2) == 0)
		t.rollout = world_rollout(c->world, e->object);
	snprintf(out, size, "%s",
		t.change != NULL    ? t.change->record.id
		: t.rollout != NULL ? t.rollout->change
		: e != NULL	    ? e->object
				    : "");
}

void
console_prove(struct console *c, const char *dir)
{
	struct proving *v;
	char change[32];
	struct error e;
	struct proof *p;

	change_of(c, change, sizeof(change));
	if (strncmp(change, "C-", 2) != 0) {
		console_say(c, STYLE_NOTICE_WARN,
			"select a change, a rollout, or an entry about one");
		return;
	}
	p = c->io->request_fd != NULL ? proof_begin(dir, &e) : NULL;
	if (p == NULL) {
		console_say(c, STYLE_NOTICE_ERROR, "%s",
			c->io->request_fd != NULL ? e.text
						  : "nothing is written here");
		return;
	}
	v = xcalloc(1, sizeof(*v));
	v->c = c;
	v->proof = p;
	snprintf(v->change, sizeof(v->change), "%s", change);
	console_keep(c, v, proving_destroy);
	c->io->request_fd(c->io_arg, "audit.export",
		json_pack("{s:s}", "change", change), proof_fd(p), on_proof, v);
}
