/*
 * view_release.c - releases: the list, where each version runs (service by
 * environment), and one release with what speaks for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "tui/matrix.h"
#include "tui/view_change.h"
#include "wire/json.h"

enum shown { SHOWN_LIST, SHOWN_MATRIX };

/* --- the list, and where everything runs --- */

static void
open_releases(struct console *c, struct place *p)
{
	(void)p;
	console_load(c, WORLD_RELEASES);
	console_load(c, WORLD_HOSTS);
}

static void
refresh_releases(struct console *c, struct place *p)
{
	view_list_rows(c, p, WORLD_RELEASES, true, NULL);
}

/* "9.4.0" where all hosts run it, else "9.4.0 243/1000". */
static void
cell_text(const struct matrix *m, size_t service, size_t env, char *out,
	size_t size)
{
	const struct matrix_cell *cell = &m->cells[service][env];

	if (cell->total == 0)
		snprintf(out, size, "-");
	else if (cell->version[0] == '\0')
		snprintf(out, size, "nothing yet");
	else if (cell->hosts == cell->total)
		snprintf(out, size, "%s", cell->version);
	else
		snprintf(out, size, "%s %d/%d", cell->version, cell->hosts,
			cell->total);
}

static void
fill_wide(struct pager *pager, const struct matrix *m, int width)
{
	int column = (width - 22) / (m->env_count > 0 ? (int)m->env_count : 1);
	struct strbuf line;
	char text[120];
	size_t i, k;

	column = column > 24 ? 24 : column;
	strbuf_init(&line);
	strbuf_addf(&line, "  %-18s", "SERVICE");
	for (k = 0; k < m->env_count; k++)
		strbuf_addf(&line, "  %-*.*s", column - 2, column - 2,
			m->envs[k]);
	pager_add(pager, STYLE_UI_TITLE, 0, "%s", line.buf);
	for (i = 0; i < m->service_count; i++) {
		strbuf_clear(&line);
		strbuf_addf(&line, "  %-18.18s", m->services[i]);
		for (k = 0; k < m->env_count; k++) {
			cell_text(m, i, k, text, sizeof(text));
			strbuf_addf(&line, "  %-*.*s", column - 2, column - 2,
				text);
		}
		pager_add(pager, STYLE_UI_TEXT, 0, "%s", line.buf);
	}
	strbuf_finish(&line);
}

/* A line for each where columns would be too narrow. */
static void
fill_narrow(struct pager *pager, const struct matrix *m)
{
	char text[120];
	size_t i, k;

	for (i = 0; i < m->service_count; i++) {
		pager_add(pager, STYLE_UI_TITLE, 0, "%s", m->services[i]);
		for (k = 0; k < m->env_count; k++) {
			cell_text(m, i, k, text, sizeof(text));
			if (strcmp(text, "-") != 0)
				pager_add(pager, STYLE_UI_TEXT, 0,
					"  %-12.12s %s", m->envs[k], text);
		}
	}
}

static void
paint_matrix(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	struct matrix m;

	view_rule(c, canvas, r.y, r, true, "WHERE THEY RUN", "b releases");
	r.y++;
	r.h--;
	matrix_make(&c->world->lists[WORLD_HOSTS], &m);
	pager_begin(&p->pager);
	if (m.service_count == 0)
		pager_add(&p->pager, STYLE_UI_DIM, 0,
			"  nothing runs anywhere yet");
	else if (r.w >= 22 + 14 * (int)m.env_count)
		fill_wide(&p->pager, &m, r.w);
	else
		fill_narrow(&p->pager, &m);
	if (m.left_out > 0)
		pager_add(&p->pager, STYLE_UI_DIM, 0,
			"  and %d more of other services or environments",
			m.left_out);
	pager_end(&p->pager);
	pager_paint(&p->pager, canvas, r, true, false);
}

static void
paint_releases(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	if (p->tab == SHOWN_MATRIX)
		paint_matrix(c, p, canvas, r);
	else
		view_paint_list(c, p, canvas, r,
			"no release yet; sluice release add SERVICE VERSION "
			"PATH");
}

static bool
act_releases(struct console *c, struct place *p, enum action_id id)
{
	if (id == ACTION_MATRIX) {
		p->tab = p->tab == SHOWN_MATRIX ? SHOWN_LIST
						: SHOWN_MATRIX;
		return true;
	}
	if (p->tab == SHOWN_MATRIX)
		return pager_act(&p->pager, id, false);
	return view_list_act(c, p, id);
}

const struct view releases_view = {
	.name = "Releases",
	.digit = '5',
	.aliases = "releases release re",
	.list = WORLD_RELEASES,
	.has_rows = true,
	.open = open_releases,
	.refresh = refresh_releases,
	.paint = paint_releases,
	.act = act_releases,
};

/* --- one release --- */

/* "3 passed, 1 failed" and what else was counted. */
static void
add_counts(const json_t *v, struct strbuf *out)
{
	static const char *const keys[] = {"passed", "failed", "skipped",
		"critical", "high", "medium", "low", "waived"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *n = json_object_get(v, keys[i]);

		if (json_is_integer(n) && json_integer_value(n) > 0)
			strbuf_addf(out, ", %lld %s",
				(long long)json_integer_value(n), keys[i]);
	}
}

static void
page_one(struct page *pg, const json_t *v, const char *label)
{
	const char *result = json_get_string(v, "result", "");
	const char *role = json_get_string(v, "role", "");
	bool bad = strcmp(result, "fail") == 0 || strcmp(result, "failed") == 0;
	struct strbuf text, when;

	strbuf_init(&text);
	strbuf_init(&when);
	strbuf_addf(&text, "%s: %s", json_get_string(v, "kind", ""), result);
	add_counts(v, &text);
	if (role[0] != '\0')
		strbuf_addf(&text, ", as %s", role);
	strbuf_addf(&text, "; claimed by %s",
		json_get_string(v, "claimed_by", "?"));
	page_time(pg->c, record_time(v, "added_at"), &when);
	if (when.len > 0)
		strbuf_addf(&text, " %s", when.buf);
	page_line(pg, bad ? STYLE_POLICY_FAIL : STYLE_POLICY_PASS, label, "%s",
		text.buf);
	strbuf_finish(&text);
	strbuf_finish(&when);
}

static void
page_evidence(struct page *pg, const struct world_release *rel)
{
	const char *why;
	const json_t *o = console_doc(pg->c, "release.show",
			     json_pack("{s:s, s:s}", "service", rel->service,
				     "version", rel->version),
			     rel->record.version, &why),
		     *v;
	size_t i;

	if (o == NULL) {
		page_line(pg, STYLE_UI_DIM, "Proof", "%s",
			why != NULL ? why : "reading");
		return;
	}
	json_array_foreach(json_object_get(o, "evidence"), i,
		v) page_one(pg, v, i == 0 ? "Proof" : "");
	if (i == 0)
		page_line(pg, STYLE_UI_DIM, "Proof",
			"none; sluice release evidence adds it");
	json_array_foreach(json_object_get(o, "needs"), i,
		v) page_line(pg, STYLE_UI_TEXT, i == 0 ? "Needs" : "", "%s",
		json_is_string(v) ? json_string_value(v) : "");
}

/* In which environments it runs, on how many of the hosts. */
static void
page_where(struct page *pg, const struct world_release *rel)
{
	struct matrix m;
	size_t i, k;
	bool any = false;

	matrix_make_of(&pg->c->world->lists[WORLD_HOSTS], rel->service,
		rel->version, &m);
	for (i = 0; i < m.service_count; i++)
		for (k = 0; k < m.env_count; k++) {
			const struct matrix_cell *cell = &m.cells[i][k];

			if (cell->hosts == 0)
				continue;
			page_line(pg, STYLE_UI_TEXT, any ? "" : "Runs",
				"in %s on %d of %d hosts", m.envs[k],
				cell->hosts, cell->total);
			any = true;
		}
	if (!any)
		page_line(pg, STYLE_UI_DIM, "Runs", "nowhere");
}

static void
page_release(struct page *pg, const struct world_release *rel)
{
	char size[TIME_TEXT_SIZE];
	struct strbuf when;

	strbuf_init(&when);
	size_format(rel->size_bytes, size);
	page_line(pg, STYLE_UI_TITLE, "Release", "%s %s", rel->service,
		rel->version);
	if (rel->quarantined)
		page_line(pg, STYLE_STATE_FAILED, "State", "%s",
			rel->refused[0] != '\0'
				? rel->refused
				: "QUARANTINED: it is started nowhere");
	page_where(pg, rel);
	page_evidence(pg, rel);
	page_line(pg, STYLE_UI_TEXT, "Signed", "%s",
		rel->signed_by[0] != '\0' ? rel->signed_by : "by nobody");
	page_line(pg, STYLE_UI_TEXT, "Added", "by %s %s", rel->created_by,
		page_time(pg->c, rel->created_at, &when));
	if (rel->notes[0] != '\0')
		page_line(pg, STYLE_UI_TEXT, "Notes", "%s", rel->notes);
	if (rel->commit[0] != '\0')
		page_line(pg, STYLE_UI_TEXT, "Commit", "%s", rel->commit);
	page_line(pg, STYLE_UI_TEXT, "Payload", "%s, %lld files", size,
		(long long)rel->files);
	page_line(pg, STYLE_UI_DIM, "SHA-256", "%s", rel->sha256);
	strbuf_finish(&when);
}

static void
paint_release(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	const struct world_release *rel = (const void *)collection_find(
		&c->world->lists[WORLD_RELEASES], p->object);
	struct page pg = {c, &p->pager, r.w};

	pager_begin(&p->pager);
	if (rel == NULL)
		pager_add(&p->pager, STYLE_UI_DIM, 0, "  it is not there");
	else
		page_release(&pg, rel);
	pager_end(&p->pager);
	pager_paint(&p->pager, canvas, r, true, false);
}

static bool
act_release(struct console *c, struct place *p, enum action_id id)
{
	return view_search(c, p, id) || pager_act(&p->pager, id, false);
}

static void
open_release(struct console *c, struct place *p)
{
	(void)p;
	if (c->world->lists[WORLD_HOSTS].count == 0)
		console_load(c, WORLD_HOSTS);
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	(void)c;
	strbuf_addf(out, "Release %s", p->object);
}

const struct view release_view = {
	.name = "Release",
	.aliases = "",
	.list = WORLD_RELEASES,
	.open = open_release,
	.paint = paint_release,
	.act = act_release,
	.crumb = crumb,
};
