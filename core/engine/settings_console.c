/* settings_console.c - how consoles begin. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/settings_reader.h"

/* As much as a console keeps of its own. */
#define NAME_MOST_BYTES 60
#define QUERY_MOST_BYTES 400

/* Views that are lists; the console has the whole table. */
static const char *const views[] = {
	"rollouts", "approvals", "releases", "hosts", "audit"};

static void
check_view(struct settings_reader *r, const config_setting_t *node,
	const char *view)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(views); i++)
		if (strcasecmp(view, views[i]) == 0)
			return;
	report_warning(r, node_line(node),
		"a section is of rollouts, approvals, releases, hosts or "
		"audit; '%s' has none",
		view);
}

static void
read_section(struct settings_reader *r, const config_setting_t *node,
	struct console_section *ret)
{
	const char *view = node_text(node, "view");
	const char *name = node_text(node, "name");
	const char *query = node_text(node, "query");

	ret->view = xstrdup(view == NULL ? "" : view);
	ret->name = xstrdup(name == NULL ? "" : name);
	ret->query = xstrdup(query == NULL ? "" : query);
	/* What is missing was said already. */
	if (view != NULL)
		check_view(r, node, view);
	if (strlen(ret->name) > NAME_MOST_BYTES ||
		strlen(ret->query) > QUERY_MOST_BYTES)
		report_error(r, node_line(node),
			"the name of a section has at most %d bytes and its "
			"query %d",
			NAME_MOST_BYTES, QUERY_MOST_BYTES);
}

void
settings_read_console(struct settings_reader *r)
{
	const config_setting_t *node = config_lookup(&r->config, "console");
	const config_setting_t *list = node_get(node, "sections");
	const char *theme = node_text(node, "theme");
	const char *glyphs = node_text(node, "glyphs");
	struct console_looks *c = &r->s->console;
	int count = node_count(list), i;

	c->theme = xstrdup(theme == NULL ? "terminal" : theme);
	c->glyphs = xstrdup(glyphs == NULL ? "auto" : glyphs);
	c->mouse = node_bool(node, "mouse", false);
	c->sections = xcalloc((size_t)count + 1, sizeof(*c->sections));
	for (i = 0; i < count; i++)
		read_section(r, node_at(list, i),
			&c->sections[c->section_count++]);
}
