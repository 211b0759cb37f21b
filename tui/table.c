/* table.c - aligned columns and fields. */
#include "tui/table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/units.h"
#include "base/zone.h"
#include "wire/json.h"

#define GAP 2
#define LAST_COLUMN_LEAST 24 /* narrower than this, text goes below */
#define BELOW_INDENT 4

/* The words of every state (interface.md section 3) that have a colour. */
static const struct {
	const char *state, *sgr;
} state_colors[] = {
	{"succeeded", "32"},
	{"healthy", "32"},
	{"approved", "32"},
	{"ok", "32"},
	{"pass", "32"},
	{"running", "36"},
	{"staging", "36"},
	{"staged", "36"},
	{"switched", "36"},
	{"scheduled", "36"},
	{"paused", "33"},
	{"waiting", "33"},
	{"inconclusive", "33"},
	{"nodata", "33"},
	{"submitted", "33"},
	{"behind", "33"},
	{"excluded", "33"},
	{"rolled_back", "33"},
	{"unknown", "33"},
	{"unreachable", "31"},
	{"fail", "31"},
	{"failed", "31"},
	{"aborted", "31"},
	{"mixed", "31"},
	{"rejected", "31"},
	{"voided", "31"},
	{"expired", "31"},
	{"quarantined", "31"},
};

const char *
state_color(const char *state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(state_colors); i++)
		if (strcmp(state_colors[i].state, state) == 0)
			return state_colors[i].sgr;
	return "";
}

static void
add_scalar(struct strbuf *out, const json_t *v)
{
	if (json_is_string(v))
		strbuf_adds(out, json_string_value(v));
	else if (json_is_integer(v))
		strbuf_addf(out, "%" JSON_INTEGER_FORMAT,
			json_integer_value(v));
	else if (json_is_real(v))
		strbuf_addf(out, "%g", json_real_value(v));
	else if (json_is_boolean(v))
		strbuf_adds(out, json_is_true(v) ? "yes" : "no");
}

static void
add_list(struct strbuf *out, const json_t *v)
{
	const json_t *item;
	size_t i;

	json_array_foreach(v, i, item) {
		if (i > 0)
			strbuf_addc(out, ' ');
		add_scalar(out, item);
	}
}

static char shown_zone[80]; /* "": UTC */

void
table_set_zone(const char *zone)
{
	snprintf(shown_zone, sizeof(shown_zone), "%s",
		strcmp(zone, "UTC") == 0 || !zone_is_known(zone) ? "" : zone);
}

void
time_text(struct strbuf *out, const char *s)
{
	struct zone_scope scope;
	struct error e;
	char text[80];
	struct tm tm;
	int64_t at;
	time_t t;

	if (shown_zone[0] != '\0' && time_parse(s, NULL, 0, &at, &e) == 0) {
		t = (time_t)at;
		zone_enter(&scope, shown_zone);
		localtime_r(&t, &tm);
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &tm);
		zone_leave(&scope);
		strbuf_adds(out, text);
		return;
	}
	strbuf_adds(out, s);
	if (strlen(s) > 10 && s[10] == 'T')
		out->buf[out->len - strlen(s) + 10] = ' ';
}

static void
add_time(struct strbuf *out, const json_t *v)
{
	if (json_is_string(v))
		time_text(out, json_string_value(v));
}

static void
add_number(struct strbuf *out, const json_t *v, enum column_format format)
{
	char text[TIME_TEXT_SIZE];

	if (!json_is_number(v))
		return;
	/* Whole seconds cannot say how much less than one it was. */
	if (format == COLUMN_SECONDS && json_is_integer(v) &&
		json_integer_value(v) == 0)
		snprintf(text, sizeof(text), "<1s");
	else if (format == COLUMN_SIZE)
		size_format((int64_t)json_number_value(v), text);
	else
		duration_format((int64_t)(json_number_value(v) * 1000), text);
	strbuf_adds(out, text);
}

static void
add_cell(struct strbuf *out, const struct column *column, const json_t *v)
{
	switch (column->format) {
	case COLUMN_TIME:
		add_time(out, v);
		break;
	case COLUMN_SIZE:
	case COLUMN_SECONDS:
		add_number(out, v, column->format);
		break;
	case COLUMN_LIST:
		add_list(out, v);
		break;
	case COLUMN_BOOL:
		if (json_is_true(v))
			strbuf_adds(out, "yes");
		break;
	case COLUMN_TEXT:
	case COLUMN_STATE:
	case COLUMN_COUNT:
	case COLUMN_DIGEST:
	case COLUMN_FORMAT_COUNT:
		add_scalar(out, v);
		break;
	}
}

void
column_text(struct strbuf *out, const struct column *column, const json_t *o)
{
	if (column->make != NULL)
		column->make(out, o);
	else
		add_cell(out, column, json_object_get(o, column->key));
}

/* A cell of a table: one printable line (owned), "-" where nothing is. */
static char *
table_cell(const struct column *column, const json_t *o)
{
	struct strbuf raw, cell;

	strbuf_init(&raw);
	strbuf_init(&cell);
	column_text(&raw, column, o);
	if (column->format == COLUMN_DIGEST && raw.len > 12) {
		raw.len = 12;
		raw.buf[12] = '\0';
	}
	if (raw.len == 0)
		strbuf_addc(&raw, '-');
	text_add_printable(&cell, raw.buf, raw.len);
	strbuf_finish(&raw);
	return cell.buf;
}

static bool
is_right(enum column_format format)
{
	return format == COLUMN_COUNT || format == COLUMN_SIZE ||
	       format == COLUMN_SECONDS;
}

static void
put_blanks(FILE *out, int n)
{
	fprintf(out, "%*s", n > 0 ? n : 0, "");
}

/* How many bytes of s a line of width columns takes, to the last blank in it
 * where there is one; at least one character. */
static size_t
line_length(const char *s, int width)
{
	size_t len = strnlen(s, (size_t)width * 8), blank;
	char *part = xasprintf("%.*s", (int)len, s);

	while (len > 1 && (text_width(part) > width ||
				  ((unsigned char)s[len] & 0xc0) == 0x80))
		part[--len] = '\0';
	for (blank = len; blank > 0 && s[blank] != ' '; blank--)
		;
	free(part);
	return s[len] == '\0' || blank == 0 ? len : blank;
}

/* s on as many lines as it takes, each after the first below indent. */
static void
put_wrapped(FILE *out, const char *s, int width, int indent)
{
	for (;;) {
		size_t len = line_length(s, width);

		fprintf(out, "%.*s", (int)len, s);
		s += len;
		s += strspn(s, " ");
		if (*s == '\0')
			return;
		fputc('\n', out);
		put_blanks(out, indent);
	}
}

/* A table on its way out: what it is made of, and how it is laid out. */
struct grid {
	const struct look *look;
	const struct column *columns;
	size_t count, rows; /* rows: with the head */
	char **cells;
	int *widths; /* 0: left out, nothing is in it */
	size_t inline_count; /* the columns after these go below each row */
};

static bool
is_nothing(const char *cell)
{
	return strcmp(cell, "-") == 0;
}

static void
measure(struct grid *g)
{
	size_t i;

	memset(g->widths, 0, g->count * sizeof(*g->widths));
	for (i = 0; i < g->rows * g->count; i++) {
		int width = text_width(g->cells[i]);

		if (width > g->widths[i % g->count])
			g->widths[i % g->count] = width;
	}
}

/* What the first columns take, with the gaps behind them. */
static int
taken(const struct grid *g, size_t columns)
{
	int used = 0;
	size_t i;

	for (i = 0; i < columns; i++)
		if (g->widths[i] > 0)
			used += g->widths[i] + GAP;
	return used;
}

static bool
fits(const struct grid *g)
{
	return taken(g, g->count) - GAP <= g->look->width;
}

static void
leave_out_empty(struct grid *g)
{
	size_t k, i;

	for (k = 1; k < g->count && g->rows > 1; k++) {
		for (i = 1; i < g->rows &&
			    is_nothing(g->cells[i * g->count + k]);
			i++)
			;
		if (i == g->rows)
			g->widths[k] = 0;
	}
}

/* "2026-11-23 14:05:07Z" to "11-23 14:05Z", digests to seven digits. */
static void
shorten(struct grid *g)
{
	size_t i;

	for (i = g->count; i < g->rows * g->count; i++) {
		char *cell = g->cells[i];
		enum column_format format = g->columns[i % g->count].format;
		size_t len = strlen(cell);

		if (format == COLUMN_DIGEST && len > 7)
			cell[7] = '\0';
		if (format != COLUMN_TIME || len < 19)
			continue;
		memmove(cell + 16, cell + 19, len - 19 + 1);
		memmove(cell, cell + 5, strlen(cell + 5) + 1);
	}
	measure(g);
	leave_out_empty(g);
}

static void
leave_out_digests(struct grid *g)
{
	size_t k;

	for (k = 1; k < g->count; k++)
		if (g->columns[k].format == COLUMN_DIGEST)
			g->widths[k] = 0;
}

/* On a terminal nothing is wider than it: empty columns go, then long forms
 * are shortened and digests left out, then the last column wraps under itself,
 * or it and those before it go below the row. */
static void
lay_out(struct grid *g)
{
	int left;

	measure(g);
	g->inline_count = g->count;
	if (g->look->width == 0 || fits(g))
		return;
	leave_out_empty(g);
	if (!fits(g))
		shorten(g);
	if (!fits(g))
		leave_out_digests(g);
	if (fits(g))
		return;
	left = g->look->width - taken(g, g->count - 1);
	if (left >= LAST_COLUMN_LEAST) {
		g->widths[g->count - 1] = left;
		return;
	}
	do {
		g->inline_count--;
	} while (g->inline_count > 1 &&
		 taken(g, g->inline_count) - GAP > g->look->width);
	if (g->widths[0] > g->look->width)
		g->widths[0] = g->look->width;
}

/* The last that is shown in the line itself. */
static size_t
last_inline(const struct grid *g)
{
	size_t last = g->inline_count;

	while (last > 1 && g->widths[last - 1] == 0)
		last--;
	return last - 1;
}

static void
put_cell(FILE *out, const struct grid *g, size_t k, const char *s, bool is_last)
{
	const struct column *column = &g->columns[k];
	const char *sgr =
		g->look->color && column->format == COLUMN_STATE
			? state_color(s)
			: "";
	int width = g->widths[k], pad = width - text_width(s);

	if (is_right(column->format))
		put_blanks(out, pad);
	if (*sgr != '\0')
		fprintf(out, "\033[%sm", sgr);
	if (pad < 0)
		put_wrapped(out, s, width, taken(g, k));
	else
		fputs(s, out);
	if (*sgr != '\0')
		fputs("\033[0m", out);
	if (!is_last) {
		if (!is_right(column->format))
			put_blanks(out, pad);
		put_blanks(out, GAP);
	}
}

/* "    REASON the health check failed", for what has no room in the line. */
static void
put_below(FILE *out, const struct grid *g, char *const *cells)
{
	struct strbuf text;
	size_t k;

	strbuf_init(&text);
	for (k = g->inline_count; k < g->count; k++)
		if (g->widths[k] > 0 && !is_nothing(cells[k]))
			strbuf_addf(&text, "%s%s %s",
				text.len > 0 ? "  " : "", g->columns[k].head,
				cells[k]);
	if (text.len > 0) {
		put_blanks(out, BELOW_INDENT);
		put_wrapped(out, text.buf, g->look->width - BELOW_INDENT,
			BELOW_INDENT);
		fputc('\n', out);
	}
	strbuf_finish(&text);
}

static void
put_row(FILE *out, const struct grid *g, size_t row)
{
	char *const *cells = g->cells + row * g->count;
	size_t last = last_inline(g), k;

	for (k = 0; k <= last; k++)
		if (g->widths[k] > 0)
			put_cell(out, g, k, cells[k], k == last);
	fputc('\n', out);
	if (row > 0)
		put_below(out, g, cells);
}

void
table_print(FILE *out, const struct look *look, const struct column *columns,
	size_t count, const json_t *rows)
{
	size_t total = json_array_size(rows) + 1, i, k;
	struct grid g = {.look = look,
		.columns = columns,
		.count = count,
		.rows = total,
		.cells = xcalloc(total * count, sizeof(*g.cells)),
		.widths = xcalloc(count, sizeof(*g.widths))};

	for (k = 0; k < count; k++)
		g.cells[k] = xstrdup(columns[k].head);
	for (i = 1; i < total; i++)
		for (k = 0; k < count; k++)
			g.cells[i * count + k] = table_cell(
				&columns[k], json_array_get(rows, i - 1));
	lay_out(&g);
	for (i = 0; i < total; i++)
		put_row(out, &g, i);
	for (i = 0; i < total * count; i++)
		free(g.cells[i]);
	free(g.cells);
	free(g.widths);
}

/* A value of several lines goes on under its first line. */
static void
put_lines(FILE *out, const char *s, int indent)
{
	for (;;) {
		size_t len = strcspn(s, "\n");

		fprintf(out, "%.*s\n", (int)len, s);
		s += len;
		if (*s == '\0' || *++s == '\0')
			return;
		put_blanks(out, indent);
	}
}

static void
put_field(FILE *out, const struct look *look, const struct column *column,
	const char *value, int width)
{
	const char *sgr = look->color && column->format == COLUMN_STATE
				  ? state_color(value)
				  : "";

	fputs(column->head, out);
	put_blanks(out, width - text_width(column->head) + GAP);
	if (*sgr != '\0')
		fprintf(out, "\033[%sm%s\033[0m\n", sgr, value);
	else
		put_lines(out, value, width + GAP);
}

void
fields_print(FILE *out, const struct look *look, const struct column *columns,
	size_t count, const json_t *o)
{
	struct strbuf raw, safe;
	int width = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (text_width(columns[i].head) > width)
			width = text_width(columns[i].head);
	strbuf_init(&raw);
	strbuf_init(&safe);
	for (i = 0; i < count; i++) {
		strbuf_clear(&raw);
		strbuf_clear(&safe);
		column_text(&raw, &columns[i], o);
		text_add_output(&safe, raw.buf, raw.len);
		if (safe.len > 0)
			put_field(out, look, &columns[i], safe.buf, width);
	}
	strbuf_finish(&raw);
	strbuf_finish(&safe);
}

static void
put_printable(FILE *out, const char *s)
{
	struct strbuf safe;

	strbuf_init(&safe);
	text_add_printable(&safe, s, strlen(s));
	fputs(safe.buf, out);
	strbuf_finish(&safe);
}

static void
put_scalar(FILE *out, const json_t *v)
{
	struct strbuf raw;

	strbuf_init(&raw);
	add_scalar(&raw, v);
	put_printable(out, raw.len > 0 ? raw.buf : "-");
	fputc('\n', out);
	strbuf_finish(&raw);
}

static void
put_any(FILE *out, const json_t *o, int indent)
{
	const char *key;
	json_t *v;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)o, key, v) {
		bool nested = json_is_object(v) || json_is_array(v);

		put_blanks(out, indent);
		put_printable(out, key);
		fputs(nested ? ":\n" : ": ", out);
		if (nested)
			put_any(out, v, indent + 2);
		else
			put_scalar(out, v);
	}
	json_array_foreach(o, i, v) {
		put_blanks(out, indent);
		fputs("- ", out);
		if (json_is_object(v) || json_is_array(v)) {
			fputc('\n', out);
			put_any(out, v, indent + 2);
		} else {
			put_scalar(out, v);
		}
	}
}

void
object_print(FILE *out, const json_t *o)
{
	put_any(out, o, 0);
}
