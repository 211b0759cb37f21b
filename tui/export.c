/* export.c - what is on the screen as text of its own. */
#include "tui/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tui/view.h"

/* A spreadsheet takes a text that begins so for a formula. */
static bool
is_formula(const char *text)
{
	return *text != '\0' && strchr("=+-@", *text) != NULL;
}

static void
add_csv(struct strbuf *out, const char *text)
{
	strbuf_addc(out, '"');
	if (is_formula(text))
		strbuf_addc(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			strbuf_addc(out, '"');
		strbuf_addc(out, *text);
	}
	strbuf_addc(out, '"');
}

static void
add_row(struct console *c, const struct list_row *row, bool csv,
	struct strbuf *out)
{
	const struct table *t = view_table_of(row->kind);
	struct list_context ctx = {clock_wall_ms(c->clock) / 1000, c->utc,
		false, false};
	size_t i;

	for (i = 0; i < t->count; i++) {
		struct strbuf cell;

		strbuf_init(&cell);
		t->columns[i].text(row->record, &ctx, &cell);
		if (i > 0 && csv)
			strbuf_addc(out, ',');
		if (csv)
			add_csv(out, cell.buf);
		else if (cell.len > 0)
			strbuf_addf(out, "%s%s", i > 0 ? "  " : "", cell.buf);
		strbuf_finish(&cell);
	}
}

static void
add_titles(int kind, struct strbuf *out)
{
	const struct table *t = view_table_of(kind);
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (i > 0)
			strbuf_addc(out, ',');
		add_csv(out, t->columns[i].title);
	}
	strbuf_adds(out, "\r\n");
}

static void
export_list(
	struct console *c, const struct list *l, bool csv, struct strbuf *out)
{
	int kind = -1;
	size_t i;

	for (i = 0; i < l->count; i++) {
		const struct list_row *row = &l->rows[i];

		if (row->record == NULL || row->ghost)
			continue;
		if (csv && row->kind != kind)
			add_titles(row->kind, out);
		kind = row->kind;
		add_row(c, row, csv, out);
		strbuf_adds(out, csv ? "\r\n" : "\n");
	}
}

void
export_place(struct console *c, struct place *p, bool csv, struct strbuf *out)
{
	size_t i;

	if (p->view->has_rows) {
		export_list(c, &p->list, csv, out);
		return;
	}
	for (i = 0; i < p->pager.count; i++) {
		if (csv)
			add_csv(out, p->pager.lines[i].text);
		else
			strbuf_adds(out, p->pager.lines[i].text);
		strbuf_adds(out, csv ? "\r\n" : "\n");
	}
}

void
export_row(struct console *c, struct place *p, struct strbuf *out)
{
	const struct list_row *row =
		p->view->has_rows ? list_selected(&p->list) : NULL;

	if (row != NULL)
		add_row(c, row, false, out);
}

void
export_screen(struct console *c, struct strbuf *out)
{
	struct canvas canvas;
	int y;

	canvas_init(&canvas, c->width, c->height, c->glyphs.ascii);
	console_paint(c, &canvas);
	for (y = 0; y < c->height; y++) {
		canvas_row_text(&canvas, y, out);
		strbuf_addc(out, '\n');
	}
	canvas_finish(&canvas);
}

int
export_write(const char *path, const struct strbuf *text, struct error *e)
{
	char *whole = path_expand_home(path);
	int fd = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t at = 0;
	ssize_t n = 0;

	if (fd == -1) {
		error_set(e, ERROR_IO, "cannot write '%s': %s", whole,
			errno == EEXIST ? "there is such a file"
					: strerror(errno));
		free(whole);
		return -1;
	}
	while (at < text->len && n >= 0) {
		n = write(fd, text->buf + at, text->len - at);
		at += n > 0 ? (size_t)n : 0;
	}
	if (close(fd) < 0 || n < 0) {
		error_set(e, ERROR_IO, "cannot write '%s': %s", whole,
			strerror(errno));
		unlink(whole);
		free(whole);
		return -1;
	}
	free(whole);
	return 0;
}
