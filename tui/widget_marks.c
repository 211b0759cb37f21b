/* widget_marks.c - marks of a list, and the order of its rows. */
#include <stdlib.h>
#include <string.h>

#include "tui/widget_list.h"

bool
list_is_marked(const struct list *l, const char *id)
{
	struct list_mark *m = NULL;

	HASH_FIND_STR(l->marks, id, m);
	return m != NULL;
}

void
list_mark(struct list *l, const char *id, bool on)
{
	struct list_mark *m = NULL;

	HASH_FIND_STR(l->marks, id, m);
	if (on && m == NULL) {
		m = xcalloc(1, sizeof(*m));
		m->id = xstrdup(id);
		HASH_ADD_KEYPTR(hh, l->marks, m->id, strlen(m->id), m);
	} else if (!on && m != NULL) {
		HASH_DEL(l->marks, m);
		free(m->id);
		free(m);
	}
	str_replace(&l->mark_from, id);
}

void
list_mark_range(struct list *l)
{
	size_t from = l->cursor, to = l->cursor, i;

	for (i = 0; l->mark_from != NULL && i < l->count; i++)
		if (l->rows[i].record != NULL &&
			strcmp(l->rows[i].record->id, l->mark_from) == 0)
			from = i;
	if (from > to) {
		to = from;
		from = l->cursor;
	}
	for (i = from; i <= to && i < l->count; i++)
		if (l->rows[i].record != NULL)
			list_mark(l, l->rows[i].record->id, true);
}

void
list_mark_all(struct list *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->rows[i].record != NULL && !l->rows[i].ghost)
			list_mark(l, l->rows[i].record->id, true);
}

void
list_unmark_all(struct list *l)
{
	struct list_mark *m, *next;

	HASH_ITER(hh, l->marks, m, next)
	{
		HASH_DEL(l->marks, m);
		free(m->id);
		free(m);
	}
	str_replace(&l->mark_from, NULL);
}

size_t
list_marked(const struct list *l)
{
	return HASH_COUNT(l->marks);
}

/* --- order --- */

struct keyed {
	struct list_row row;
	char *key;
};

/* Merges two runs that are in order; equal ones keep theirs. */
static void
merge(struct keyed *to, const struct keyed *from, size_t low, size_t mid,
	size_t high, int (*compare)(const char *a, const char *b, void *arg),
	void *arg)
{
	size_t a = low, b = mid, i;

	for (i = low; i < high; i++)
		if (b >= high || (a < mid && compare(from[a].key, from[b].key,
						     arg) <= 0))
			to[i] = from[a++];
		else
			to[i] = from[b++];
}

static void
sort_rows(struct list_row *rows, size_t n,
	int (*compare)(const char *a, const char *b, void *arg),
	void (*key)(const struct list_row *row, struct strbuf *out, void *arg),
	void *arg)
{
	struct keyed *a = xcalloc(n + 1, sizeof(*a));
	struct keyed *b = xcalloc(n + 1, sizeof(*b)), *swap;
	size_t run, low, i;

	for (i = 0; i < n; i++) {
		struct strbuf text;

		strbuf_init(&text);
		key(&rows[i], &text, arg);
		a[i] = (struct keyed){rows[i], strbuf_detach(&text)};
	}
	for (run = 1; run < n; run *= 2) {
		for (low = 0; low < n; low += 2 * run) {
			size_t mid = low + run < n ? low + run : n;
			size_t high = mid + run < n ? mid + run : n;

			merge(b, a, low, mid, high, compare, arg);
		}
		swap = a;
		a = b;
		b = swap;
	}
	for (i = 0; i < n; i++) {
		rows[i] = a[i].row;
		free(a[i].key);
	}
	free(a);
	free(b);
}

void
list_sort(struct list *l,
	int (*compare)(const char *a, const char *b, void *arg),
	void (*key)(const struct list_row *row, struct strbuf *out, void *arg),
	void *arg)
{
	size_t from = 0, to;

	while (from < l->count) {
		for (to = from; to < l->count && l->rows[to].record != NULL;
			to++)
			;
		if (to > from + 1)
			sort_rows(l->rows + from, to - from, compare, key, arg);
		from = to + 1;
	}
}
