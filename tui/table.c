/* table.c - aligned columns and fields. */
#include "tui/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "wire/json.h"

#define GAP 2
#define LAST_COLUMN_LEAST 8

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

/* "2026-11-23T14:05:07Z" as "2026-11-23 14:05:07Z". */
static void
add_time(struct strbuf *out, const json_t *v)
{
	const char *s = json_string_value(v);

	if (s == NULL)
		return;
	strbuf_adds(out, s);
	if (strlen(s) > 10 && s[10] == 'T')
		out->buf[out->len - strlen(s) + 10] = ' ';
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

/* As much of s as fits in width columns, "..." at the end of a cut one. */
static void
put_cut(FILE *out, const char *s, int width)
{
	struct strbuf cut;

	if (text_width(s) <= width) {
		fputs(s, out);
		return;
	}
	strbuf_init(&cut);
	strbuf_adds(&cut, s);
	while (cut.len > 0 && text_width(cut.buf) > width - 3)
		do {
			cut.buf[--cut.len] = '\0';
		} while (cut.len > 0 &&
			 ((unsigned char)s[cut.len] & 0xc0) == 0x80);
	fprintf(out, "%s...", cut.buf);
	strbuf_finish(&cut);
}

static void
put_cell(FILE *out, const struct look *look, const struct column *column,
	const char *s, int width, bool is_last)
{
	const char *sgr = look->color && column->format == COLUMN_STATE
				  ? state_color(s)
				  : "";
	int pad = width - text_width(s);

	if (is_right(column->format))
		put_blanks(out, pad);
	if (*sgr != '\0')
		fprintf(out, "\033[%sm", sgr);
	if (is_last && width > 0)
		put_cut(out, s, width);
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

/* The widths of all columns; the last one gives way on a terminal. */
static void
measure(char *const *cells, size_t rows, size_t count, const struct look *look,
	int *widths)
{
	int used = 0;
	size_t i;

	memset(widths, 0, count * sizeof(*widths));
	for (i = 0; i < rows * count; i++) {
		int width = text_width(cells[i]);

		if (width > widths[i % count])
			widths[i % count] = width;
	}
	for (i = 0; i + 1 < count; i++)
		used += widths[i] + GAP;
	if (look->width > 0 && used + widths[count - 1] > look->width) {
		int left = look->width - used;

		widths[count - 1] =
			left < LAST_COLUMN_LEAST ? LAST_COLUMN_LEAST : left;
	}
}

static void
put_row(FILE *out, const struct look *look, const struct column *columns,
	size_t count, char *const *cells, const int *widths)
{
	size_t i;

	for (i = 0; i < count; i++)
		put_cell(out, look, &columns[i], cells[i], widths[i],
			i + 1 == count);
	fputc('\n', out);
}

void
table_print(FILE *out, const struct look *look, const struct column *columns,
	size_t count, const json_t *rows)
{
	size_t total = json_array_size(rows) + 1, i, k;
	char **cells = xcalloc(total * count, sizeof(*cells));
	int *widths = xcalloc(count, sizeof(*widths));

	for (k = 0; k < count; k++)
		cells[k] = xstrdup(columns[k].head);
	for (i = 1; i < total; i++)
		for (k = 0; k < count; k++)
			cells[i * count + k] = table_cell(
				&columns[k], json_array_get(rows, i - 1));
	measure(cells, total, count, look, widths);
	for (i = 0; i < total; i++)
		put_row(out, look, columns, count, cells + i * count, widths);
	for (i = 0; i < total * count; i++)
		free(cells[i]);
	free(cells);
	free(widths);
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
