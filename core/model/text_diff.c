/* text_diff.c - the longest common lines of two texts, and hunks of the rest.
 * Quadratic, for small texts: what both begin and end with is left out. */
#include "model/text_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define AROUND 3

struct side {
	const char **at;
	size_t *len;
	size_t count;
};

struct edit {
	char what; /* ' ', '-', '+' */
	size_t a, b; /* lines before it, on either side */
};

struct edits {
	struct edit *items;
	size_t count, capacity;
};

static void
split(const char *s, size_t len, struct side *ret)
{
	size_t capacity = 0;

	memset(ret, 0, sizeof(*ret));
	while (len > 0) {
		const char *end = memchr(s, '\n', len);
		size_t line = end == NULL ? len : (size_t)(end - s);
		size_t whole = line + (end != NULL);

		ARRAY_GROW(ret->at, ret->count, capacity);
		ret->len = xrealloc(ret->len, capacity, sizeof(*ret->len));
		ret->at[ret->count] = s;
		ret->len[ret->count] = line;
		ret->count++;
		s += whole;
		len -= whole;
	}
}

static void
side_finish(struct side *s)
{
	free(s->at);
	free(s->len);
}

static bool
is_same(const struct side *a, size_t i, const struct side *b, size_t k)
{
	return a->len[i] == b->len[k] &&
	       memcmp(a->at[i], b->at[k], a->len[i]) == 0;
}

static void
add_edit(struct edits *all, char what, size_t *a, size_t *b)
{
	ARRAY_GROW(all->items, all->count, all->capacity);
	all->items[all->count++] = (struct edit){what, *a, *b};
	*a += what != '+';
	*b += what != '-';
}

/* lengths[i * (m + 1) + k]: of the longest common lines of a from i and b
 * from k on, relative to where the middles begin. */
static unsigned short *
common_lengths(const struct side *a, const struct side *b, size_t from,
	size_t n, size_t m)
{
	unsigned short *lengths = xcalloc((n + 1) * (m + 1), sizeof(*lengths));
	size_t i, k;

	for (i = n; i-- > 0;)
		for (k = m; k-- > 0;) {
			unsigned short *at = &lengths[i * (m + 1) + k];

			if (is_same(a, from + i, b, from + k))
				*at = (unsigned short)(at[m + 2] + 1);
			else
				*at = at[1] > at[m + 1] ? at[1] : at[m + 1];
		}
	return lengths;
}

static void
walk(const struct side *a, const struct side *b, size_t from, size_t n,
	size_t m, struct edits *all, size_t *ia, size_t *ib)
{
	unsigned short *lengths = common_lengths(a, b, from, n, m);
	size_t i = 0, k = 0;

	while (i < n || k < m) {
		const unsigned short *at = &lengths[i * (m + 1) + k];

		if (i < n && k < m && is_same(a, from + i, b, from + k)) {
			add_edit(all, ' ', ia, ib);
			i++, k++;
		} else if (k == m || (i < n && at[m + 1] >= at[1])) {
			add_edit(all, '-', ia, ib);
			i++;
		} else {
			add_edit(all, '+', ia, ib);
			k++;
		}
	}
	free(lengths);
}

static void
find_edits(const struct side *a, const struct side *b, struct edits *all)
{
	size_t least = a->count < b->count ? a->count : b->count;
	size_t head = 0, tail = 0, ia = 0, ib = 0, n, m, i;

	while (head < least && is_same(a, head, b, head))
		head++;
	while (tail < least - head &&
		is_same(a, a->count - 1 - tail, b, b->count - 1 - tail))
		tail++;
	n = a->count - head - tail;
	m = b->count - head - tail;
	for (i = 0; i < head; i++)
		add_edit(all, ' ', &ia, &ib);
	if (n <= TEXT_DIFF_LINES && m <= TEXT_DIFF_LINES) {
		walk(a, b, head, n, m, all, &ia, &ib);
	} else {
		for (i = 0; i < n; i++)
			add_edit(all, '-', &ia, &ib);
		for (i = 0; i < m; i++)
			add_edit(all, '+', &ia, &ib);
	}
	for (i = 0; i < tail; i++)
		add_edit(all, ' ', &ia, &ib);
}

/* ---- hunks ---- */

static void
add_line(const struct side *a, const struct side *b, const struct edit *e,
	struct strings *out)
{
	const struct side *s = e->what == '+' ? b : a;
	size_t i = e->what == '+' ? e->b : e->a;
	struct strbuf line;

	strbuf_init(&line);
	strbuf_addc(&line, e->what);
	text_add_printable(&line, s->at[i], s->len[i]);
	strings_add(out, line.buf);
	strbuf_finish(&line);
}

/* From the first edit of a hunk, with what is around it, to its end: more
 * than twice as many lines that are the same. */
static size_t
hunk_end(const struct edits *all, size_t i)
{
	size_t same = 0, last = i;

	for (; i < all->count && same <= 2 * AROUND; i++) {
		same = all->items[i].what == ' ' ? same + 1 : 0;
		if (all->items[i].what != ' ')
			last = i;
	}
	return last + 1 + AROUND < all->count ? last + 1 + AROUND : all->count;
}

static void
add_hunk(const struct side *a, const struct side *b, const struct edits *all,
	size_t from, size_t to, size_t most, struct strings *out)
{
	size_t i, removed = 0, added = 0;
	char *head;

	for (i = from; i < to; i++) {
		removed += all->items[i].what != '+';
		added += all->items[i].what != '-';
	}
	head = xasprintf("@@ -%zu,%zu +%zu,%zu @@",
		all->items[from].a + (removed > 0), removed,
		all->items[from].b + (added > 0), added);
	strings_add(out, head);
	free(head);
	for (i = from; i < to && out->count < most; i++)
		add_line(a, b, &all->items[i], out);
}

void
text_diff(const char *before, size_t before_len, const char *after,
	size_t after_len, size_t most, struct strings *out)
{
	struct edits all = {0};
	struct side a, b;
	size_t i = 0, from, to;

	split(before, before_len, &a);
	split(after, after_len, &b);
	find_edits(&a, &b, &all);
	while (i < all.count && out->count < most) {
		if (all.items[i].what == ' ') {
			i++;
			continue;
		}
		from = i > AROUND ? i - AROUND : 0;
		to = hunk_end(&all, i);
		add_hunk(&a, &b, &all, from, to, most, out);
		i = to;
	}
	if (out->count >= most)
		strings_add(out, "...");
	free(all.items);
	side_finish(&a);
	side_finish(&b);
}

bool
text_diff_is_text(const char *s, size_t len)
{
	return memchr(s, '\0', len) == NULL && text_is_utf8(s, len);
}
