/* view_facts.c - one host: its facts. */
#include <string.h>

#include "tui/states.h"
#include "tui/view.h"

static void
add_facts(struct console *c, struct place *p, int kind)
{
	const struct record_type *type = c->world->lists[kind].type;
	const struct record *r =
		collection_find(&c->world->lists[kind], p->object);
	size_t i;

	if (r == NULL) {
		pager_add(&p->pager, STYLE_UI_DIM, 0, "  it is not there");
		return;
	}
	for (i = 0; i < type->field_count; i++) {
		struct strbuf text;

		if (type->fields[i].label == NULL)
			continue;
		strbuf_init(&text);
		record_field_text(r, &type->fields[i], &text);
		if (text.len > 0)
			pager_add(&p->pager, STYLE_UI_TEXT, 0, "  %-17s %s",
				type->fields[i].label, text.buf);
		strbuf_finish(&text);
	}
}

static void
refresh(struct console *c, struct place *p)
{
	pager_begin(&p->pager);
	add_facts(c, p, p->view->list);
	pager_end(&p->pager);
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	(void)c;
	pager_paint(&p->pager, canvas, r, true, false);
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	(void)c;
	return view_search(c, p, id) || pager_act(&p->pager, id, false);
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	(void)c;
	strbuf_addf(out, "%s %s", p->view->name, p->object);
}

const struct view host_view = {
	.name = "Host",
	.aliases = "",
	.list = WORLD_HOSTS,
	.refresh = refresh,
	.paint = paint,
	.act = act,
	.crumb = crumb,
};
