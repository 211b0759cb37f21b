/* view_list.c - what all views that are lists share, and their columns. */
#include <stdio.h>
#include <string.h>

#include "tui/states.h"
#include "tui/view.h"

const struct view *const view_roots[] = {&home_view, &rollouts_view,
	&approvals_view, &calendar_view,
	&releases_view, &hosts_view, &audit_view, &messages_view, NULL};

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

static const struct view *const other_views[] = {&rollout_view,
	&canary_view, &host_log_view, &log_view, &change_view, &release_view,
	&host_view, &entry_view};

const struct view *
view_by_name(const char *name, bool root)
{
	size_t i;

	for (i = 0; root && view_roots[i] != NULL; i++)
		if (strcmp(view_roots[i]->name, name) == 0)
			return view_roots[i];
	for (i = 0; !root && i < ARRAY_SIZE(other_views); i++)
		if (strcmp(other_views[i]->name, name) == 0)
			return other_views[i];
	return NULL;
}

/* --- rows --- */

static bool
has_problem(const struct record *r, int kind)
{
	const struct world_rollout *w = (const void *)r;
	const struct world_host *h = (const void *)r;
	const struct world_change *ch = (const void *)r;

	if (kind == WORLD_ROLLOUTS)
		return w->hosts_failed > 0 || w->hosts_unreachable > 0 ||
		       strcmp(w->state, "failed") == 0;
	if (kind == WORLD_CHANGES)
		return ch->conflicts[0] != '\0' || ch->warnings[0] != '\0' ||
		       strncmp(ch->fits_window, "does", 4) == 0;
	if (kind == WORLD_HOSTS)
		return strcmp(h->version, h->expected_version) != 0 ||
		       strcmp(h->state, "failed") == 0 ||
		       strcmp(h->state, "unreachable") == 0;
	return true;
}

static size_t
own_sections(const struct view *v)
{
	size_t n = 0;

	while (v->sections != NULL && v->sections[n] != NULL)
		n++;
	return n;
}

size_t
view_section_count(const struct console *c, const struct view *v)
{
	size_t own = own_sections(v), n = 0;

	while (v->list != LIST_NONE && own + n < SECTIONS_MAX &&
		memory_section(c, v, n) != NULL)
		n++;
	/* What was saved needs another beside it: everything. */
	return n > 0 && own == 0 ? n + 1 : own + n;
}

/* The saved section at i, or NULL. */
static const struct saved_section *
saved_at(const struct console *c, const struct view *v, size_t i)
{
	size_t own = own_sections(v) > 0 ? own_sections(v) : 1;

	return i < own ? NULL : memory_section(c, v, i - own);
}

const char *
view_section_name(const struct console *c, const struct view *v, size_t i)
{
	const struct saved_section *s = saved_at(c, v, i);

	if (s != NULL)
		return s->name;
	return i < own_sections(v) ? v->sections[i] : "All";
}

typedef bool (*keep_row)(
	struct console *c, struct place *p, const struct record *r);

/* Whether the row belongs to a section. */
static bool
is_in(struct console *c, struct place *p, const struct record *r, int kind,
	keep_row keep, size_t section, const struct filter *saved)
{
	int own = p->section;
	bool is;

	if (saved != NULL)
		return filter_matches(saved, r, c->world->lists[kind].type);
	if (keep == NULL)
		return true;
	p->section = (int)section;
	is = keep(c, p, r);
	p->section = own;
	return is;
}

static void
parse_saved(struct console *c, const struct place *p, int kind,
	struct filter saved[SECTIONS_MAX], bool has[SECTIONS_MAX])
{
	size_t i;
	struct error ignored;

	for (i = 0; i < view_section_count(c, p->view); i++) {
		const struct saved_section *s = saved_at(c, p->view, i);

		memset(&saved[i], 0, sizeof(saved[i]));
		saved[i].now = p->filter.now;
		snprintf(saved[i].user, sizeof(saved[i].user), "%s",
			p->filter.user);
		has[i] = s != NULL &&
			 filter_parse(&saved[i], s->query,
				 c->world->lists[kind].type, &ignored) == 0;
	}
}

void
view_list_begin(struct console *c, struct place *p)
{
	if (p->section >= (int)view_section_count(c, p->view))
		p->section = 0;
	memset(p->counts, 0, sizeof(p->counts));
	list_begin(&p->list);
	p->list.shown = p->list.total = 0;
}

/* Whether it is in the section that is shown; all that it is in are counted. */
static bool
note_sections(struct console *c, struct place *p, const struct record *r,
	int kind, keep_row keep, const struct filter *saved, const bool *has)
{
	size_t sections = view_section_count(c, p->view), k;
	bool is = false;

	if (sections == 0)
		return is_in(c, p, r, kind, keep, 0, NULL);
	for (k = 0; k < sections; k++) {
		bool in = is_in(c, p, r, kind, keep, k,
			has[k] ? &saved[k] : NULL);

		p->counts[k] += in;
		if ((int)k == p->section)
			is = in;
	}
	return is;
}

void
view_list_add(struct console *c, struct place *p, int kind, bool newest,
	bool (*keep)(
		struct console *c, struct place *p, const struct record *r))
{
	const struct collection *list = &c->world->lists[kind];
	size_t sections = view_section_count(c, p->view), i;
	struct filter saved[SECTIONS_MAX];
	bool has[SECTIONS_MAX];

	parse_saved(c, p, kind, saved, has);
	for (i = 0; i < list->count; i++) {
		const struct record *r =
			list->items[newest ? list->count - 1 - i : i];
		bool is = note_sections(c, p, r, kind, keep, saved, has), ghost;

		is = is && (!p->problems_only || has_problem(r, kind)) &&
		     filter_matches(&p->filter, r, list->type);
		ghost = !is && p->list.cursor_id != NULL &&
			strcmp(p->list.cursor_id, r->id) == 0;
		if (is || ghost)
			list_add(&p->list, r, kind, ghost);
		p->list.shown += is;
	}
	for (i = 0; i < sections; i++)
		filter_finish(&saved[i]);
	p->list.total += list->count;
}

void
view_list_end(struct console *c, struct place *p)
{
	view_sort(c, p);
	list_end(&p->list);
}

void
view_list_rows(struct console *c, struct place *p, int kind, bool newest,
	bool (*keep)(
		struct console *c, struct place *p, const struct record *r))
{
	view_list_begin(c, p);
	view_list_add(c, p, kind, newest, keep);
	view_list_end(c, p);
}

static bool
move_section(struct console *c, struct place *p, int by)
{
	int n = (int)view_section_count(c, p->view);

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

const struct view *
view_of_row(const struct list_row *row)
{
	static const struct view *const views[WORLD_LIST_COUNT] = {
		[WORLD_ROLLOUTS] = &rollout_view,
		[WORLD_CHANGES] = &change_view,
		[WORLD_REQUESTS] = &change_view,
		[WORLD_RELEASES] = &release_view,
		[WORLD_HOSTS] = &host_view,
		[WORLD_LEDGER] = &entry_view,
	};

	return row->record == NULL ? NULL : views[row->kind];
}

static void
open_selected(struct console *c, const struct place *p)
{
	const struct list_row *row = list_selected(&p->list);
	const struct view *v = row == NULL ? NULL : view_of_row(row);

	if (v != NULL)
		console_go(c, v, row->record->id, NULL);
}

static bool
scroll_columns(struct console *c, struct place *p, int by)
{
	const struct table *t =
		p->view->list == LIST_NONE ? NULL
					   : view_table_of(p->view->list);

	(void)c;
	if (t == NULL)
		return false;
	p->wide = true;
	p->list.side += by;
	if (p->list.side < 0)
		p->list.side = 0;
	if (p->list.side > (int)t->count - 2)
		p->list.side = (int)t->count - 2;
	return true;
}

/* Marks move on by a row, so that many are marked quickly. */
static bool
mark_act(struct console *c, struct place *p, enum action_id id)
{
	const struct list_row *row = list_selected(&p->list);

	(void)c;
	if (row == NULL)
		return false;
	if (id == ACTION_MARK) {
		const char *rid = row->record->id;

		list_mark(&p->list, rid, !list_is_marked(&p->list, rid));
		list_move(&p->list, 1);
	} else if (id == ACTION_MARK_RANGE) {
		list_mark_range(&p->list);
	} else if (id == ACTION_MARK_ALL) {
		list_mark_all(&p->list);
	} else {
		return false;
	}
	return true;
}

/* A filter leaves what matches; of that, what has a problem. */
static void
next_problem(struct console *c, struct place *p, int by)
{
	struct list *l = &p->list;
	long n = (long)l->count, i = (long)l->cursor, step;

	for (step = 0; step < n; step++) {
		const struct list_row *row;

		i = (i + by + n) % n;
		row = &l->rows[i];
		if (row->record == NULL || !has_problem(row->record, row->kind))
			continue;
		list_select(l, row->record->id);
		return;
	}
	console_say(c, STYLE_NOTICE_INFO, "nothing here has a problem");
}

/* More or less room for the list beside what is selected. */
static void
resize(struct console *c, struct place *p, int by)
{
	if (p->split + by >= -SPLIT_MAX && p->split + by <= SPLIT_MAX)
		p->split += by;
	memory_note(c, p);
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
	case ACTION_SIDE_RIGHT:
	case ACTION_SIDE_LEFT:
		return scroll_columns(c, p, id == ACTION_SIDE_RIGHT ? 1 : -1);
	case ACTION_WIDE:
		p->wide = !p->wide;
		p->list.side = 0;
		memory_note(c, p);
		return true;
	case ACTION_REVERSE:
		p->reversed = !p->reversed;
		console_invalidate(c);
		console_refresh(c);
		memory_note(c, p);
		return true;
	case ACTION_ZOOM:
		p->zoomed = !p->zoomed;
		memory_note(c, p);
		return true;
	case ACTION_SHRINK:
	case ACTION_GROW:
		resize(c, p, id == ACTION_GROW ? 2 : -2);
		return true;
	case ACTION_PROBLEMS:
		p->problems_only = !p->problems_only;
		console_invalidate(c);
		console_refresh(c);
		return true;
	case ACTION_NEXT_MATCH:
	case ACTION_PREV_MATCH:
		next_problem(c, p, id == ACTION_NEXT_MATCH ? 1 : -1);
		return true;
	default:
		return mark_act(c, p, id);
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

/* Columns that the names of all sections need, with or without counts. */
static int
sections_width(struct console *c, const struct place *p, bool counts)
{
	int w = 0;
	size_t i, n = view_section_count(c, p->view);

	for (i = 0; i < n; i++) {
		char count[24] = "";

		if (counts)
			snprintf(count, sizeof(count), " %zu", p->counts[i]);
		w += (int)(strlen(view_section_name(c, p->view, i)) +
			   strlen(count)) +
		     2;
	}
	return w;
}

/* Whether not all of the section is shown. */
static bool
is_narrowed(const struct place *p)
{
	return p->filter_text[0] != '\0' || p->problems_only;
}

/* What is shown and of how many, and why not all. */
static void
count_text(const struct place *p, char *out, size_t size)
{
	size_t marked = list_marked(&p->list);
	int n = 0;

	if (marked > 0)
		n = snprintf(out, size, "%zu marked  ", marked);
	if (is_narrowed(p))
		snprintf(out + n, size - (size_t)n, "%zu of %zu%s  (%.24s%s)",
			p->list.shown, p->list.total,
			p->list.count > p->list.shown ? " +selected" : "",
			p->filter_text,
			p->problems_only ? " problems" : "");
	else
		snprintf(out + n, size - (size_t)n, "%zu", p->list.shown);
}

int
view_paint_sections(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	size_t n = view_section_count(c, p->view), i;
	int x = r.x + 1;
	char count[80];
	bool counts;
	int names;

	if (n == 0 && !is_narrowed(p) && list_marked(&p->list) == 0)
		return 0;
	count_text(p, count, sizeof(count));
	names = sections_width(c, p, false) +
		(is_narrowed(p) ? (int)strlen(count) : 0);
	counts = n > 0 && p->view->has_rows &&
		 sections_width(c, p, true) + (int)strlen(count) + 4 < r.w;
	for (i = 0; i < n; i++) {
		bool is = (int)i == p->section;
		char text[64];

		/* Where not all names fit, the one that is shown stays. */
		if (!is && names > r.w - 2)
			continue;
		snprintf(text, sizeof(text), is ? "[%s%s%.0zu]" : " %s%s%.0zu ",
			view_section_name(c, p->view, i),
			counts && p->counts[i] > 0 ? " " : "",
			counts ? p->counts[i] : 0);
		x += canvas_put(canvas, r.y, x, r.x + r.w - x,
			is ? STYLE_UI_TAB_ACTIVE : STYLE_UI_TAB, text);
	}
	if (x + (int)strlen(count) + 1 < r.x + r.w)
		canvas_put_right(
			canvas, r.y, x, r.x + r.w - x - 1, STYLE_UI_DIM, count);
	return 1;
}

void
view_paint_list(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r, const char *empty)
{
	struct list_look look = view_look(c, p);
	int used = view_paint_sections(c, p, canvas, r);

	look.empty = empty;
	if (saved_at(c, p->view, (size_t)p->section) != NULL)
		look.empty = "nothing is in this section; [ and ] show others";
	if (is_narrowed(p))
		look.empty = "nothing matches; \\ shows everything";
	r.y += used;
	r.h -= used;
	view_paint_beside(c, p, canvas, &r);
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
