/*
 * theme.c - themes read from libconfig files.
 *
 * A theme is read base first: its ancestors, then itself. Palette words of
 * all of them are kept while roles are resolved, so that a child may change
 * a palette word and keep the roles of its ancestor.
 */
#include "tui/theme.h"

#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define PALETTE_MAX 64
#define INHERIT_MAX 8
#define THEME_SIZE_MAX (256 * 1024)

static const struct {
	const char *group, *name, *look;
} roles[STYLE_COUNT] = {
#define STYLE(id, group, name, look) {group, name, look},
#include "tui/styles.def"
#undef STYLE
};

static const char *const ansi_names[16] = {"black", "red", "green", "yellow",
	"blue", "magenta", "cyan", "white", "brightblack", "brightred",
	"brightgreen", "brightyellow", "brightblue", "brightmagenta",
	"brightcyan", "brightwhite"};

static const struct {
	const char *name;
	unsigned attr;
} attr_names[] = {{"bold", STYLE_BOLD}, {"dim", STYLE_DIM},
	{"italic", STYLE_ITALIC}, {"underline", STYLE_UNDERLINE},
	{"reverse", STYLE_REVERSE}, {"standout", STYLE_REVERSE},
	{"blink", STYLE_BOLD}, {"none", 0}};

struct palette_word {
	char name[32];
	char value[3][16]; /* truecolor, 256, 16 */
};

struct loader {
	struct theme *theme;
	struct palette_word words[PALETTE_MAX];
	size_t word_count;
	int background; /* what has no background of its own gets bg */
	config_t files[INHERIT_MAX];
	size_t file_count;
};

void
theme_role_name(enum style_role role, char *out, size_t size)
{
	snprintf(out, size, "%s.%s", roles[role].group, roles[role].name);
}

static int
cube_step(unsigned v)
{
	return v < 48 ? 0 : v < 115 ? 1 : (int)((v - 35) / 40);
}

static unsigned
distance(unsigned rgb, unsigned r, unsigned g, unsigned b)
{
	int dr = (int)(rgb >> 16 & 255) - (int)r;
	int dg = (int)(rgb >> 8 & 255) - (int)g;
	int db = (int)(rgb & 255) - (int)b;

	return (unsigned)(dr * dr + dg * dg + db * db);
}

int
theme_nearest(unsigned rgb)
{
	static const unsigned level[6] = {0, 95, 135, 175, 215, 255};
	int r = cube_step(rgb >> 16 & 255), g = cube_step(rgb >> 8 & 255);
	int b = cube_step(rgb & 255);
	unsigned mean =
		((rgb >> 16 & 255) + (rgb >> 8 & 255) + (rgb & 255)) / 3;
	int grey = mean < 3 ? 0 : mean > 238 ? 23 : (int)(mean - 3) / 10;
	unsigned ramp = 8 + 10 * (unsigned)grey;

	if (distance(rgb, ramp, ramp, ramp) <
		distance(rgb, level[r], level[g], level[b]))
		return 232 + grey;
	return 16 + 36 * r + 6 * g + b;
}

/* The colour a value such as "#ff6b6b", "203", "brightred" or "default"
 * stands for; false if it is none. */
static bool
color_of(const char *value, int *ret_color)
{
	char *end;
	long n;
	size_t i;

	if (strcmp(value, "default") == 0) {
		*ret_color = COLOR_NONE;
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(ansi_names); i++)
		if (strcmp(value, ansi_names[i]) == 0) {
			*ret_color = (int)i;
			return true;
		}
	if (value[0] == '#' && strlen(value) == 7) {
		n = strtol(value + 1, &end, 16);
		*ret_color = theme_nearest((unsigned)n);
		return *end == '\0';
	}
	n = strtol(value, &end, 10);
	*ret_color = (int)n;
	return end != value && *end == '\0' && n >= 0 && n <= 255;
}

static const struct palette_word *
find_word(const struct loader *l, const char *name)
{
	size_t i;

	for (i = l->word_count; i > 0; i--)
		if (strcmp(l->words[i - 1].name, name) == 0)
			return &l->words[i - 1];
	return NULL;
}

static bool
resolve_color(const struct loader *l, const char *name, int *ret_color)
{
	const struct palette_word *w = find_word(l, name);
	const char *value;

	if (w == NULL)
		return color_of(name, ret_color);
	if (l->theme->depth == THEME_256)
		value = w->value[1][0] != '\0' ? w->value[1] : w->value[0];
	else
		value = w->value[2][0] != '\0' ? w->value[2] : "default";
	return color_of(value, ret_color);
}

static bool
attr_of(const char *word, unsigned *attrs)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attr_names); i++)
		if (strcmp(word, attr_names[i].name) == 0) {
			*attrs |= attr_names[i].attr;
			return true;
		}
	return false;
}

/* The first oddity is the one that is shown. */
static void
warn_unknown(struct theme *t, const char *what, const char *name)
{
	if (t->warning[0] == '\0')
		snprintf(t->warning, sizeof(t->warning),
			"theme '%s': unknown %s '%.80s'", t->name, what,
			name != NULL ? name : "?");
}

/* "[fg] [on bg] [attr...]" */
static struct style
parse_look(const struct loader *l, const char *look)
{
	struct style s = {COLOR_NONE, COLOR_NONE, 0};
	char copy[128], *word, *save = NULL;
	bool is_bg = false;

	if (l->background && l->theme->depth != THEME_MONO)
		resolve_color(l, "bg", &s.bg);
	snprintf(copy, sizeof(copy), "%s", look);
	for (word = strtok_r(copy, " ", &save); word != NULL;
		word = strtok_r(NULL, " ", &save)) {
		int color = COLOR_NONE;

		if (strcmp(word, "on") == 0) {
			is_bg = true;
			continue;
		}
		if (!is_bg && attr_of(word, &s.attrs))
			continue;
		if (!resolve_color(l, word, &color))
			warn_unknown(l->theme, "word", word);
		else if (l->theme->depth == THEME_MONO)
			continue;
		else if (is_bg)
			s.bg = color;
		else
			s.fg = color;
		is_bg = false;
	}
	return s;
}

/* A look, or a pair of looks: with colour, without. */
static const char *
look_of(const config_setting_t *s, enum theme_depth depth)
{
	if (config_setting_type(s) == CONFIG_TYPE_STRING)
		return config_setting_get_string(s);
	if (!config_setting_is_aggregate(s))
		return NULL;
	if (depth == THEME_MONO && config_setting_length(s) > 1)
		return config_setting_get_string_elem(s, 1);
	return config_setting_get_string_elem(s, 0);
}

static int
role_index(const char *group, const char *name)
{
	size_t i;

	for (i = 0; i < STYLE_COUNT; i++)
		if (strcmp(roles[i].group, group) == 0 &&
			strcmp(roles[i].name, name) == 0)
			return (int)i;
	return -1;
}

typedef void (*role_sink)(struct theme *t, int role, struct style s);

static void
set_role(struct theme *t, int role, struct style s)
{
	t->styles[role] = s;
}

static void
set_overlay(struct theme *t, int role, struct style s)
{
	t->overlay[role] = s;
	t->has_overlay[role] = true;
}

static void
read_roles(struct loader *l, const config_setting_t *groups, role_sink sink)
{
	int i, k;

	for (i = 0; groups != NULL && i < config_setting_length(groups); i++) {
		const config_setting_t *group =
			config_setting_get_elem(groups, (unsigned)i);

		for (k = 0; k < config_setting_length(group); k++) {
			const config_setting_t *s =
				config_setting_get_elem(group, (unsigned)k);
			const char *look = look_of(s, l->theme->depth);
			int role = role_index(config_setting_name(group),
				config_setting_name(s));

			if (role < 0 || look == NULL)
				warn_unknown(l->theme, "role",
					config_setting_name(s));
			else
				sink(l->theme, role, parse_look(l, look));
		}
	}
}

static void
read_palette(struct loader *l, const config_setting_t *palette)
{
	int i, k;

	for (i = 0; palette != NULL && i < config_setting_length(palette);
		i++) {
		const config_setting_t *s =
			config_setting_get_elem(palette, (unsigned)i);
		struct palette_word *w;
		const char *one = config_setting_get_string(s);

		if (l->word_count == PALETTE_MAX)
			return;
		w = &l->words[l->word_count++];
		memset(w, 0, sizeof(*w));
		snprintf(
			w->name, sizeof(w->name), "%s", config_setting_name(s));
		for (k = 0; k < 3; k++) {
			const char *v =
				one != NULL ? one
				: config_setting_is_aggregate(s)
					? config_setting_get_string_elem(s, k)
					: NULL;

			snprintf(w->value[k], sizeof(w->value[k]), "%s",
				v != NULL ? v : "");
		}
	}
}

static int
read_file(const char *name, config_t *config, struct error *e)
{
	char *path = theme_find(name), *text = NULL;
	size_t len;
	int rc = -1;

	if (path == NULL)
		return error_set(
			e, ERROR_NOT_FOUND, "no theme named '%s'", name);
	if (file_read(path, THEME_SIZE_MAX, &text, &len, e) < 0)
		goto out;
	config_init(config);
	if (config_read_string(config, text) != CONFIG_TRUE) {
		error_set(e, ERROR_CONFIG, "%s:%d: %s", path,
			config_error_line(config), config_error_text(config));
		config_destroy(config);
		goto out;
	}
	rc = 0;
out:
	free(text);
	free(path);
	return rc;
}

/* Reads name and what it inherits, child first. */
static int
read_chain(struct loader *l, const char *name, struct error *e)
{
	while (name != NULL) {
		config_t *config = &l->files[l->file_count];

		if (l->file_count == INHERIT_MAX)
			return error_set(e, ERROR_CONFIG,
				"theme '%s' inherits in a circle", name);
		if (read_file(name, config, e) < 0)
			return -1;
		l->file_count++;
		name = NULL;
		config_lookup_string(config, "theme.inherits", &name);
	}
	return 0;
}

static void
read_overlay(struct loader *l, const char *name)
{
	config_t config;
	const char *text = NULL;
	struct error ignored;

	if (read_file(name, &config, &ignored) < 0)
		return;
	read_roles(l, config_lookup(&config, "overlay.roles"), set_overlay);
	if (config_lookup_string(&config, "overlay.header_text", &text))
		snprintf(l->theme->overlay_text, sizeof(l->theme->overlay_text),
			"%s", text);
	config_destroy(&config);
}

void
theme_init(struct theme *t)
{
	struct loader l = {.theme = t};
	size_t i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < STYLE_COUNT; i++)
		t->styles[i] = parse_look(&l, roles[i].look);
}

int
theme_load(struct theme *t, const char *name, enum theme_depth depth,
	struct error *e)
{
	struct loader *l = xcalloc(1, sizeof(*l));
	struct theme *fresh = xcalloc(1, sizeof(*fresh));
	size_t i;
	int mono = 0, rc = -1;

	theme_init(fresh);
	l->theme = fresh;
	snprintf(fresh->name, sizeof(fresh->name), "%s", name);
	if (read_chain(l, name, e) < 0)
		goto out;
	config_lookup_bool(&l->files[0], "theme.mono", &mono);
	config_lookup_bool(&l->files[0], "theme.background", &l->background);
	fresh->depth = mono ? THEME_MONO : depth;
	for (i = l->file_count; i > 0; i--)
		read_palette(
			l, config_lookup(&l->files[i - 1], "theme.palette"));
	for (i = l->file_count; i > 0; i--)
		read_roles(l, config_lookup(&l->files[i - 1], "theme.roles"),
			set_role);
	read_overlay(l, "overlay-prod");
	*t = *fresh;
	rc = 0;
out:
	for (i = 0; i < l->file_count; i++)
		config_destroy(&l->files[i]);
	free(l);
	free(fresh);
	return rc;
}

struct style
theme_style(const struct theme *t, enum style_role role, bool in_production)
{
	if (in_production && t->has_overlay[role])
		return t->overlay[role];
	return t->styles[role];
}
