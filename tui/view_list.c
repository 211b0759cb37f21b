/* view_list.c - what all views that are lists share, and their columns. */
#include <stdio.h>
#include <string.h>

#include "tui/states.h"
#include "tui/view.h"

const struct view *const view_roots[] = {&home_view, &rollouts_view,
	&changes_view, &releases_view, &hosts_view, &audit_view, NULL};

const struct view *
view_of_digit(uint32_t code)
{
	size_t i;

	for (i = 0; view_roots[i] != NULL; i++)
		if (code != 0 && (uint32_t)view_roots[i]->digit == code)
			return view_roots[i];
	return NULL;
}

static bool
has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	while (*words != '\0') {
		size_t n = strcspn(words, " ");

		if (n == len && strncasecmp(words, word, n) == 0)
			return true;
		words += n;
		words += *words == ' ';
	}
	return false;
}

const struct view *
view_find(const char *word)
{
	size_t i;

	for (i = 0; view_roots[i] != NULL; i++)
		if (has_word(view_roots[i]->aliases, word))
			return view_roots[i];
	return NULL;
}

/* --- rows --- */

static bool
has_problem(const struct record *r, int kind)
{
	const struct world_rollout *w = (const void *)r;
	const struct world_host *h = (const void *)r;

	if (kind == WORLD_ROLLOUTS)
		return w->hosts_failed > 0 || w->hosts_unreachable > 0 ||
		       strcmp(w->state, "failed") == 0;
	if (kind == WORLD_HOSTS)
		return strcmp(h->version, h->expected_version) != 0 ||
		       strcmp(h->state, "failed") == 0 ||
		       strcmp(h->state, "unreachable") == 0;
	return true;
}

static bool
is_shown(struct console *c, struct place *p, const struct record *r, int kind,
	bool (*keep)(
		struct console *c, struct place *p, const struct record *r))
{
	if (keep != NULL && !keep(c, p, r))
		return false;
	if (p->problems_only && !has_problem(r, kind))
		return false;
	return filter_matches(&p->filter, r, c->world->lists[kind].type);
}

void
view_list_rows(struct console *c, struct place *p, int kind, bool newest,
	bool (*keep)(
		struct console *c, struct place *p, const struct record *r))
{
	const struct collection *list = &c->world->lists[kind];
	size_t i, shown = 0;

	list_begin(&p->list);
	for (i = 0; i < list->count; i++) {
		const struct record *r =
			list->items[newest ? list->count - 1 - i : i];
		bool is = is_shown(c, p, r, kind, keep);
		bool ghost = !is && p->list.cursor_id != NULL &&
			     strcmp(p->list.cursor_id, r->id) == 0;

		if (is || ghost)
			list_add(&p->list, r, kind, ghost);
		shown += is;
	}
	p->list.shown = shown;
	p->list.total = list->count;
	list_end(&p->list);
}

static size_t
section_count(const struct view *v)
{
	size_t n = 0;

	while (v->sections != NULL && v->sections[n] != NULL)
		n++;
	return n;
}

static bool
move_section(struct console *c, struct place *p, int by)
{
	int n = (int)section_count(p->view);

	if (n == 0)
		return false;
	p->section = (p->section + by + n) % n;
	str_replace(&p->list.cursor_id, NULL);
	p->list.cursor = 0;
	console_invalidate(c);
	console_refresh(c);
	return true;
}

static void
moved(struct console *c, const struct place *p, bool was_ghost)
{
	(void)p;
	if (was_ghost) {
		console_invalidate(c);
		console_refresh(c);
	}
}

static void
open_selected(struct console *c, const struct place *p)
{
	static const struct view *const views[WORLD_LIST_COUNT] = {
		[WORLD_ROLLOUTS] = &rollout_view,
		[WORLD_CHANGES] = &change_view,
		[WORLD_RELEASES] = &release_view,
		[WORLD_HOSTS] = &host_view,
		[WORLD_LEDGER] = &entry_view,
	};
	const struct list_row *row = list_selected(&p->list);

	if (row != NULL && views[row->kind] != NULL)
		console_go(c, views[row->kind], row->record->id, NULL);
}

bool
view_list_act(struct console *c, struct place *p, enum action_id id)
{
	const struct list_row *row = list_selected(&p->list);
	bool ghost = row != NULL && row->ghost;
	int page = list_page(c->width, c->height - 5);

	switch (id) {
	case ACTION_DOWN:
		list_move(&p->list, 1);
		break;
	case ACTION_UP:
		list_move(&p->list, -1);
		break;
	case ACTION_PAGE_DOWN:
		list_move(&p->list, page);
		break;
	case ACTION_PAGE_UP:
		list_move(&p->list, -page);
		break;
	case ACTION_FIRST:
		list_first(&p->list);
		break;
	case ACTION_LAST:
		list_last(&p->list);
		break;
	case ACTION_IN:
	case ACTION_RIGHT:
		open_selected(c, p);
		return true;
	case ACTION_NEXT_SECTION:
		return move_section(c, p, 1);
	case ACTION_PREV_SECTION:
		return move_section(c, p, -1);
	case ACTION_PROBLEMS:
		p->problems_only = !p->problems_only;
		console_invalidate(c);
		console_refresh(c);
		return true;
	default:
		return false;
	}
	moved(c, p, ghost);
	return true;
}

/* --- painting --- */

void
view_rule(struct console *c, struct canvas *canvas, int y, struct rect r,
	bool focus, const char *title, const char *right)
{
	int w = right != NULL ? canvas_width_of(canvas, right) + 2 : 0;

	canvas_fill(canvas, y, r.x, r.w,
		focus ? STYLE_UI_BORDER_FOCUS : STYLE_UI_BORDER,
		glyph(&c->glyphs, GLYPH_BOX_H));
	canvas_putf(canvas, y, r.x + 2, r.w - 4, STYLE_UI_TITLE, " %s ", title);
	if (w > 2 && w + canvas_width_of(canvas, title) + 6 < r.w)
		canvas_putf(canvas, y, r.x + r.w - w - 2, w, STYLE_UI_DIM,
			" %s ", right);
}

int
view_paint_sections(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	int x = r.x + 1, i;
	char count[64];

	(void)c;
	if (p->view->sections == NULL && p->filter_text[0] == '\0' &&
		!p->problems_only)
		return 0;
	for (i = 0; p->view->sections != NULL && p->view->sections[i] != NULL;
		i++) {
		bool is = i == p->section;

		x += canvas_putf(canvas, r.y, x, r.x + r.w - x,
			is ? STYLE_UI_TAB_ACTIVE : STYLE_UI_TAB,
			is ? "[%s]" : " %s ", p->view->sections[i]);
	}
	if (p->filter_text[0] != '\0' || p->problems_only)
		snprintf(count, sizeof(count), "%zu of %zu  (%.24s%s)",
			p->list.shown, p->list.total, p->filter_text,
			p->problems_only ? " problems" : "");
	else
		snprintf(count, sizeof(count), "%zu", p->list.shown);
	if (x + (int)strlen(count) + 1 < r.x + r.w)
		canvas_put_right(
			canvas, r.y, x, r.x + r.w - x - 1, STYLE_UI_DIM, count);
	return 1;
}

void
view_paint_list(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r, const char *empty)
{
	struct list_look look = {
		.glyphs = &c->glyphs,
		.context = {clock_wall_ms(c->clock) / 1000, c->utc},
		.table_of = view_table_of,
		.titles = true,
		.focus = true,
		.empty = empty,
	};
	int used = view_paint_sections(c, p, canvas, r);

	if (p->filter_text[0] != '\0' || p->problems_only)
		look.empty = "nothing matches; \\ shows everything";
	r.y += used;
	r.h -= used;
	list_paint(&p->list, canvas, r, &look);
}

void
view_eta(int64_t eta_ms, struct strbuf *out)
{
	int64_t minutes = (eta_ms + 59999) / 60000;

	if (eta_ms < 0)
		return;
	if (eta_ms < 60000)
		strbuf_addf(out, "~%llds", (long long)(eta_ms / 10000 * 10));
	else if (minutes < 120)
		strbuf_addf(out, "~%lldm", (long long)minutes);
	else
		strbuf_addf(out, "~%lldh%02lld", (long long)(minutes / 60),
			(long long)(minutes % 60));
}
