/* plan_diff.c - lines that only one of two plans has, as counted sets: where
 * a line stands follows from the others. */
#include "model/plan_diff.h"

#include <stdlib.h>
#include <string.h>

struct text_line {
	const char *at;
	size_t len, number;
	bool is_common;
};

static int
compare_text(const struct text_line *a, const struct text_line *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->at, b->at, n);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static int
by_text(const void *a, const void *b)
{
	return compare_text(a, b);
}

static int
by_number(const void *a, const void *b)
{
	const struct text_line *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static struct text_line *
split(const char *text, size_t *ret_count)
{
	struct text_line *lines = NULL;
	size_t count = 0, capacity = 0;

	for (; *text != '\0'; text += *text == '\n') {
		size_t indent = strspn(text, " ");
		size_t len = strcspn(text + indent, "\n");

		ARRAY_GROW(lines, count, capacity);
		lines[count] = (struct text_line){
			text + indent, len, count, false};
		count++;
		text += indent + len;
	}
	*ret_count = count;
	return lines;
}

static void
mark_common(struct text_line *a, size_t na, struct text_line *b, size_t nb)
{
	size_t i = 0, k = 0;

	while (i < na && k < nb) {
		int order = compare_text(&a[i], &b[k]);

		if (order == 0)
			a[i].is_common = b[k].is_common = true;
		i += order <= 0;
		k += order >= 0;
	}
}

static void
take_own(struct text_line *lines, size_t count, size_t most,
	struct strings *ret)
{
	size_t i, taken = 0;

	if (count > 0)
		qsort(lines, count, sizeof(*lines), by_number);
	for (i = 0; i < count && taken < most; i++) {
		char *line;

		if (lines[i].is_common)
			continue;
		line = xstrndup(lines[i].at, lines[i].len);
		strings_add(ret, line);
		free(line);
		taken++;
	}
}

void
plan_diff(const char *before, const char *after, size_t most,
	struct strings *removed, struct strings *added)
{
	size_t na, nb;
	struct text_line *a = split(before, &na), *b = split(after, &nb);

	if (na > 0)
		qsort(a, na, sizeof(*a), by_text);
	if (nb > 0)
		qsort(b, nb, sizeof(*b), by_text);
	mark_common(a, na, b, nb);
	take_own(a, na, most, removed);
	take_own(b, nb, most, added);
	free(a);
	free(b);
}
