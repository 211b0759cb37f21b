/*
 * console_docs.c - whole answers of the engine about one object: what a
 * change alters, which rules decide, a release with its evidence. Asked for
 * when something shows them, kept until the object changes; a view paints
 * what is here and is painted again when more comes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/console.h"
#include "wire/json.h"

struct asking {
	struct console *c;
	uint64_t generation;
	char *key;
	uint64_t version;
};

static void
asking_destroy(void *object)
{
	struct asking *a = object;

	free(a->key);
	free(a);
}

static void
doc_finish(struct doc *d)
{
	free(d->key);
	free(d->problem);
	json_decref(d->answer);
	memset(d, 0, sizeof(*d));
}

void
console_docs_finish(struct console *c)
{
	size_t i;

	for (i = 0; i < DOCS_MAX; i++)
		doc_finish(&c->docs[i]);
}

void
console_docs_stale(struct console *c)
{
	size_t i;

	for (i = 0; i < DOCS_MAX; i++)
		c->docs[i].version = UINT64_MAX;
}

/* The doc of that key, or the place of the one not used for longest. */
static struct doc *
doc_place(struct console *c, const char *key)
{
	struct doc *oldest = &c->docs[0];
	size_t i;

	for (i = 0; i < DOCS_MAX; i++) {
		struct doc *d = &c->docs[i];

		if (d->key != NULL && strcmp(d->key, key) == 0)
			return d;
		if (d->used < oldest->used)
			oldest = d;
	}
	return oldest;
}

static void
on_doc(const json_t *result, const struct error *error, void *arg)
{
	struct asking *a = arg;
	struct console *c = a->c;
	struct doc *d = doc_place(c, a->key);

	if (d->key == NULL || strcmp(d->key, a->key) != 0 ||
		a->generation != c->generation)
		goto out;
	d->asked = false;
	if (error == NULL) {
		/* The new one is made first: it has an address of its own. */
		json_t *old = d->answer;

		d->answer = json_deep_copy(result);
		json_decref(old);
	}
	str_replace(&d->problem, error != NULL ? error->text : NULL);
	c->world->version++;
	console_invalidate(c);
	c->stale = true;
out:
	console_drop(c, a);
	asking_destroy(a);
}

static void
ask(struct console *c, struct doc *d, const char *method, json_t *params)
{
	struct asking *a = xcalloc(1, sizeof(*a));

	a->c = c;
	a->generation = c->generation;
	a->key = xstrdup(d->key);
	a->version = d->version;
	d->asked = true;
	console_keep(c, a, asking_destroy);
	c->io->request(c->io_arg, method, params, on_doc, a);
}

const json_t *
console_doc(struct console *c, const char *method, json_t *params,
	uint64_t version, const char **ret_problem)
{
	char *args = json_dumps(params, JSON_COMPACT | JSON_SORT_KEYS);
	char *key = xasprintf("%s %s", method, args);
	struct doc *d = doc_place(c, key);
	bool is_new = d->key == NULL || strcmp(d->key, key) != 0;

	if (is_new) {
		doc_finish(d);
		d->key = xstrdup(key);
	}
	d->used = ++c->docs_used;
	free(key);
	free(args);
	if (c->link == LINK_STATE_LIVE && !d->asked &&
		(is_new || d->version != version)) {
		d->version = version;
		ask(c, d, method, json_incref(params));
	}
	json_decref(params);
	if (ret_problem != NULL)
		*ret_problem = d->problem;
	return d->answer;
}
