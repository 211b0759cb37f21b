/* glyphs.c - the characters of the screen: ASCII, or a set from a file. */
#include "tui/glyphs.h"

#include <langinfo.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tui/theme.h"

static const struct {
	const char *group, *name, *ascii;
} defaults[GLYPH_COUNT] = {
#define GLYPH(id, group, name, ascii) {group, name, ascii},
#include "tui/glyphs.def"
#undef GLYPH
};

void
glyphs_init(struct glyphs *g)
{
	size_t i;

	memset(g, 0, sizeof(*g));
	snprintf(g->name, sizeof(g->name), "ascii");
	g->ascii = true;
	for (i = 0; i < GLYPH_COUNT; i++)
		snprintf(g->text[i], sizeof(g->text[i]), "%s",
			defaults[i].ascii);
}

bool
glyphs_locale_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

const char *
glyph(const struct glyphs *g, enum glyph_id id)
{
	return g->text[id];
}

static bool
fits_one_cell(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len < 5 && text_is_utf8(text, len) &&
	       text_width(text) == 1;
}

static int
read_set(struct glyphs *g, const char *path, struct error *e)
{
	config_t config;
	size_t i;
	int rc = -1;

	config_init(&config);
	if (config_read_file(&config, path) != CONFIG_TRUE) {
		error_set(e, ERROR_CONFIG, "%s:%d: %s", path,
			config_error_line(&config), config_error_text(&config));
		goto out;
	}
	for (i = 0; i < GLYPH_COUNT; i++) {
		char key[64];
		const char *text = NULL;

		snprintf(key, sizeof(key), "glyphs.%s.%s", defaults[i].group,
			defaults[i].name);
		if (config_lookup_string(&config, key, &text) &&
			fits_one_cell(text))
			snprintf(g->text[i], sizeof(g->text[i]), "%s", text);
	}
	rc = 0;
out:
	config_destroy(&config);
	return rc;
}

int
glyphs_load(struct glyphs *g, const char *name, struct error *e)
{
	struct glyphs fresh;
	char *file, *path;
	int rc;

	glyphs_init(&fresh);
	if (strcmp(name, "auto") == 0)
		name = glyphs_locale_is_utf8() ? "utf8" : "ascii";
	if (strcmp(name, "ascii") == 0) {
		*g = fresh;
		return 0;
	}
	if (!glyphs_locale_is_utf8())
		return error_set(e, ERROR_INVALID,
			"glyphs '%s' need a UTF-8 locale", name);
	file = xasprintf("glyphs-%s", name);
	path = theme_find(file);
	free(file);
	if (path == NULL)
		return error_set(
			e, ERROR_NOT_FOUND, "no glyphs named '%s'", name);
	rc = read_set(&fresh, path, e);
	free(path);
	if (rc < 0)
		return -1;
	fresh.ascii = false;
	snprintf(fresh.name, sizeof(fresh.name), "%s", name);
	*g = fresh;
	return 0;
}
