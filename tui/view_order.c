/* view_order.c - the order and the columns of a list, as the person chose. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tui/view.h"

/* Numbers in a text count as numbers: "R-9" before "R-10", "1.9" before
 * "1.10". Case does not matter. */
static int
compare_natural(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			unsigned long long x, y;
			char *next_a, *next_b;

			x = strtoull(a, &next_a, 10);
			y = strtoull(b, &next_b, 10);
			if (x != y)
				return x < y ? -1 : 1;
			a = next_a;
			b = next_b;
			continue;
		}
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			break;
		a++;
		b++;
	}
	return tolower((unsigned char)*a) - tolower((unsigned char)*b);
}

/* What has no value stands last, whatever the direction. */
static int
compare(const char *a, const char *b, void *arg)
{
	const struct place *p = arg;

	if (*a == '\0' || *b == '\0')
		return (*a == '\0') - (*b == '\0');
	return p->reversed ? compare_natural(b, a) : compare_natural(a, b);
}

static const struct column *
column_of(int kind, const char *title)
{
	const struct table *t = view_table_of(kind);
	size_t i;

	for (i = 0; t != NULL && i < t->count; i++)
		if (strcasecmp(t->columns[i].title, title) == 0)
			return &t->columns[i];
	return NULL;
}

static void
key_of(const struct list_row *row, struct strbuf *out, void *arg)
{
	const struct place *p = arg;
	const struct column *col = column_of(row->kind, p->sorted_by);
	struct list_context ctx = {.sorting = true};

	if (col != NULL)
		col->text(row->record, &ctx, out);
}

void
view_sort(struct console *c, struct place *p)
{
	(void)c;
	if (p->sorted_by[0] != '\0')
		list_sort(&p->list, compare, key_of, p);
}

struct list_look
view_look(struct console *c, const struct place *p)
{
	return (struct list_look){
		.glyphs = &c->glyphs,
		.context = {clock_wall_ms(c->clock) / 1000, c->utc,
			c->relative, false},
		.table_of = view_table_of,
		.bar = c->theme.selection == SELECTION_BAR,
		.wide = p->wide,
		.only = p->columns,
		.sorted = p->sorted_by,
		.reversed = p->reversed,
		.titles = true,
		.focus = true,
		.empty = "",
	};
}

void
view_column_values(struct console *c, const char *command, const char *typed,
	struct choices *out)
{
	const struct place *p = console_subject(c);
	const struct table *t = p->view->has_rows && p->view->list != LIST_NONE
					? view_table_of(p->view->list)
					: NULL;
	size_t i;

	for (i = 0; t != NULL && i < t->count; i++)
		choices_add_value(out, command, t->columns[i].title, "", typed);
}

bool
view_sort_by(struct console *c, const char *title)
{
	struct place *p = console_place(c);
	const struct column *col = NULL;

	if (p->view->list != LIST_NONE && p->view->has_rows)
		col = column_of(p->view->list, title);
	if (col == NULL && title[0] != '\0')
		return false;
	if (col != NULL && strcmp(p->sorted_by, col->title) == 0)
		p->reversed = !p->reversed;
	snprintf(p->sorted_by, sizeof(p->sorted_by), "%s",
		col != NULL ? col->title : "");
	console_invalidate(c);
	console_refresh(c);
	return true;
}

bool
view_show_columns(struct console *c, const char *titles)
{
	struct place *p = console_place(c);
	char copy[sizeof(p->columns)], *word, *save = NULL;

	snprintf(copy, sizeof(copy), "%s", titles);
	for (word = strtok_r(copy, ", ", &save); word != NULL;
		word = strtok_r(NULL, ", ", &save))
		if (p->view->list == LIST_NONE || !p->view->has_rows ||
			column_of(p->view->list, word) == NULL)
			return false;
	snprintf(p->columns, sizeof(p->columns), "%s", titles);
	for (word = p->columns; *word != '\0'; word++)
		if (*word == ' ')
			*word = ',';
	return true;
}

void
view_ago(int64_t seconds, struct strbuf *out)
{
	static const struct {
		int64_t size;
		const char *unit;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
	int64_t n = seconds < 0 ? -seconds : seconds;
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && n < units[i].size)
		i++;
	strbuf_addf(out, seconds < 0 ? "in %lld%s" : "%lld%s ago",
		(long long)(n / units[i].size), units[i].unit);
}
