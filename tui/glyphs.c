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

static enum dots
dots_of(const config_t *config)
{
	const char *word = "";

	config_lookup_string(config, "glyphs.plot.dot", &word);
	return strcmp(word, "braille") == 0  ? DOTS_BRAILLE
	       : strcmp(word, "blocks") == 0 ? DOTS_BLOCKS
					     : DOTS_ASCII;
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
	g->dots = dots_of(&config);
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

/* --- checking --- */

struct glyph_check {
	const char *path;
	void (*say)(const char *fault, void *arg);
	void *arg;
	int faults;
};

static bool
is_known_glyph(const char *group, const char *name)
{
	size_t i;

	if (strcmp(group, "plot") == 0 && strcmp(name, "dot") == 0)
		return true;
	for (i = 0; i < GLYPH_COUNT; i++)
		if (strcmp(defaults[i].group, group) == 0 &&
			strcmp(defaults[i].name, name) == 0)
			return true;
	return false;
}

static void
check_glyph(struct glyph_check *ck, const char *group, const char *name,
	const config_setting_t *s)
{
	const char *text = config_setting_get_string(s);
	char fault[400];
	bool is_word = strcmp(group, "plot") == 0 && strcmp(name, "dot") == 0;

	if (is_known_glyph(group, name) && text != NULL &&
		(is_word || fits_one_cell(text)))
		return;
	snprintf(fault, sizeof(fault), "%.200s:%d: %.40s.%.40s %s", ck->path,
		(int)config_setting_source_line(s), group, name,
		!is_known_glyph(group, name)
			? "is not a glyph that there is"
			: "is not one column wide");
	ck->say(fault, ck->arg);
	ck->faults++;
}

static void
check_group(struct glyph_check *ck, const config_setting_t *group)
{
	int i;
	char index[16];

	for (i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
			config_setting_get_elem(group, (unsigned)i);

		snprintf(index, sizeof(index), "[%d]", i);
		check_glyph(ck, config_setting_name(group),
			config_setting_name(s) != NULL ? config_setting_name(s)
						       : index,
			s);
	}
}

int
glyphs_check(const char *file, void (*say)(const char *fault, void *arg),
	void *arg)
{
	char *path = theme_find(file), fault[400];
	struct glyph_check ck = {path != NULL ? path : file, say, arg, 0};
	const config_setting_t *root;
	config_t config;
	int i;

	config_init(&config);
	if (path == NULL || config_read_file(&config, path) != CONFIG_TRUE) {
		snprintf(fault, sizeof(fault), "%.200s:%d: %s", ck.path,
			config_error_line(&config),
			path == NULL ? "there is no such file"
				     : config_error_text(&config));
		say(fault, arg);
		ck.faults++;
	}
	root = config_lookup(&config, "glyphs");
	for (i = 0; root != NULL && i < config_setting_length(root); i++) {
		const config_setting_t *s =
			config_setting_get_elem(root, (unsigned)i);

		if (config_setting_is_aggregate(s))
			check_group(&ck, s);
	}
	config_destroy(&config);
	free(path);
	return ck.faults;
}
