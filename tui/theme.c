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
#include "tui/color.h"

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
	struct overlay *overlay;	/* that is being read, or NULL */
	const char *path;		/* of the file that is being read */
	const config_setting_t *at;	/* what is being read in it */
	struct palette_word words[PALETTE_MAX];
	size_t word_count;
	int background; /* what has no background of its own gets bg */
	config_t files[INHERIT_MAX];
	char *paths[INHERIT_MAX]; /* owned */
	size_t file_count;
};

void
theme_role_name(enum style_role role, char *out, size_t size)
{
	snprintf(out, size, "%s.%s", roles[role].group, roles[role].name);
}

/* The colour a value such as "#ff6b6b", "203", "brightred" or "default"
 * stands for; false if it is none. */
static bool
color_of(enum theme_depth depth, const char *value, int *ret_color)
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
		*ret_color = depth == THEME_DIRECT ? COLOR_RGB | (int)n
						   : color_nearest((unsigned)n);
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
		return color_of(l->theme->depth, name, ret_color);
	if (l->theme->depth == THEME_DIRECT)
		value = w->value[0];
	else if (l->theme->depth == THEME_256)
		value = w->value[1][0] != '\0' ? w->value[1] : w->value[0];
	else
		value = w->value[2][0] != '\0' ? w->value[2] : "default";
	return color_of(l->theme->depth, value, ret_color);
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
warn_unknown(const struct loader *l, const char *what, const char *name)
{
	struct theme *t = l->theme;

	if (t->warning[0] == '\0')
		snprintf(t->warning, sizeof(t->warning),
			"%.140s:%d: unknown %s '%.60s'",
			l->path != NULL ? l->path : t->name,
			l->at != NULL ? (int)config_setting_source_line(l->at)
				      : 0,
			what, name != NULL ? name : "?");
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
			warn_unknown(l, "word", word);
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

static void
set_role(struct loader *l, int role, struct style s)
{
	if (l->overlay == NULL) {
		l->theme->styles[role] = s;
		return;
	}
	l->overlay->styles[role] = s;
	l->overlay->has[role] = true;
}

/* A list of more than a pair is one look for each of "series", "series2"... */
static void
read_ramp(struct loader *l, const char *group, const config_setting_t *s)
{
	int k, role;
	char name[40];

	for (k = 0; k < config_setting_length(s); k++) {
		const char *look = config_setting_get_string_elem(s, k);

		snprintf(name, sizeof(name), k == 0 ? "%s" : "%s%d",
			config_setting_name(s), k + 1);
		role = role_index(group, name);
		if (role >= 0 && look != NULL)
			set_role(l, role, parse_look(l, look));
	}
}

static void
read_role(struct loader *l, const char *group, const config_setting_t *s)
{
	const char *look;
	int role = role_index(group, config_setting_name(s));
	char name[80];

	l->at = s;
	if (role >= 0 && config_setting_is_aggregate(s) &&
		config_setting_length(s) > 2) {
		read_ramp(l, group, s);
		return;
	}
	look = look_of(s, l->theme->depth);
	snprintf(name, sizeof(name), "%s.%s", group, config_setting_name(s));
	if (role < 0)
		warn_unknown(l, "role", name);
	else if (look == NULL)
		warn_unknown(l, "look of", name);
	else
		set_role(l, role, parse_look(l, look));
}

static void
read_roles(struct loader *l, const config_setting_t *groups)
{
	int i, k;

	for (i = 0; groups != NULL && i < config_setting_length(groups); i++) {
		const config_setting_t *group =
			config_setting_get_elem(groups, (unsigned)i);

		for (k = 0; config_setting_is_group(group) &&
			    k < config_setting_length(group);
			k++)
			read_role(l, config_setting_name(group),
				config_setting_get_elem(group, (unsigned)k));
	}
	l->at = NULL;
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
read_file(struct theme *t, const char *name, config_t *config, char **ret_path,
	struct error *e)
{
	char *path = theme_find(name), *text = NULL;
	size_t len;
	int rc = -1;

	if (path == NULL)
		return error_set(e, ERROR_NOT_FOUND,
			"no theme named '%s'; sluice theme ls lists them",
			name);
	if (file_read(path, THEME_SIZE_MAX, &text, &len, e) < 0)
		goto out;
	theme_watch(t, path);
	config_init(config);
	if (config_read_string(config, text) != CONFIG_TRUE) {
		error_set(e, ERROR_CONFIG, "%s:%d: %s", path,
			config_error_line(config), config_error_text(config));
		config_destroy(config);
		goto out;
	}
	*ret_path = path;
	path = NULL;
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
		if (read_file(l->theme, name, config,
			    &l->paths[l->file_count], e) < 0)
			return -1;
		l->file_count++;
		name = NULL;
		config_lookup_string(config, "theme.inherits", &name);
	}
	return 0;
}

/* --- overlays --- */

static const struct {
	const char *word;
	unsigned state;
} overlay_states[] = {{"stale", OVERLAY_STALE}, {"locked", OVERLAY_LOCKED},
	{"unlocked", OVERLAY_UNLOCKED}};

/* when : { kind = [ "production" ]; state = "stale"; } */
static void
read_when(struct overlay *o, const config_t *config)
{
	const config_setting_t *kinds =
		config_lookup(config, "overlay.when.kind");
	const char *word = NULL, *one;
	size_t len = 0, k;
	int i, n;

	n = kinds == NULL ? 0 : config_setting_is_aggregate(kinds)
					? config_setting_length(kinds)
					: 1;
	for (i = 0; i < n; i++) {
		one = config_setting_is_aggregate(kinds)
			      ? config_setting_get_string_elem(kinds, i)
			      : config_setting_get_string(kinds);
		if (one != NULL && len + strlen(one) + 2 < sizeof(o->kinds))
			len += (size_t)snprintf(o->kinds + len,
				sizeof(o->kinds) - len, "%s ", one);
	}
	config_lookup_string(config, "overlay.when.state", &word);
	for (k = 0; word != NULL && k < ARRAY_SIZE(overlay_states); k++)
		if (strcmp(word, overlay_states[k].word) == 0)
			o->states = overlay_states[k].state;
}

static void
read_overlay(const char *name, const char *title, void *arg)
{
	struct loader *l = arg;
	struct theme *t = l->theme;
	config_t config;
	const char *text = NULL;
	char *path = NULL;
	struct error why;

	(void)title;
	if (strncmp(name, "overlay-", 8) != 0 ||
		t->overlay_count == OVERLAYS_MAX)
		return;
	if (read_file(t, name, &config, &path, &why) < 0) {
		if (t->warning[0] == '\0')
			snprintf(t->warning, sizeof(t->warning), "%.250s",
				why.text);
		return;
	}
	l->overlay = &t->overlays[t->overlay_count++];
	l->path = path;
	snprintf(l->overlay->name, sizeof(l->overlay->name), "%.31s", name + 8);
	read_when(l->overlay, &config);
	read_roles(l, config_lookup(&config, "overlay.roles"));
	if (config_lookup_string(&config, "overlay.header_text", &text))
		snprintf(l->overlay->header_text,
			sizeof(l->overlay->header_text), "%s", text);
	l->overlay = NULL;
	l->path = NULL;
	free(path);
	config_destroy(&config);
}

static bool
has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *at = words;

	while (len > 0 && (at = strstr(at, word)) != NULL) {
		if ((at == words || at[-1] == ' ') && at[len] == ' ')
			return true;
		at += len;
	}
	return false;
}

unsigned
theme_overlays(const struct theme *t, const char *kind, unsigned states)
{
	unsigned mask = 0;
	size_t i;

	for (i = 0; i < t->overlay_count; i++) {
		const struct overlay *o = &t->overlays[i];
		bool is_kind = o->kinds[0] == '\0' || has_word(o->kinds, kind);
		bool is_state = o->states == 0 || (o->states & states) != 0;

		if (is_kind && is_state &&
			(o->kinds[0] != '\0' || o->states != 0))
			mask |= 1u << i;
	}
	return mask;
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

static void
read_manners(struct theme *t, const config_t *config)
{
	static const char *const selections[] = {"auto", "bar", "marker"};
	const char *word = NULL;
	size_t i;

	if (config_lookup_string(config, "theme.glyphs", &word))
		snprintf(t->glyphs, sizeof(t->glyphs), "%s", word);
	if (config_lookup_string(config, "theme.border", &word))
		snprintf(t->border, sizeof(t->border), "%s", word);
	if (config_lookup_string(config, "theme.selection", &word))
		for (i = 0; i < ARRAY_SIZE(selections); i++)
			if (strcmp(word, selections[i]) == 0)
				t->selection = (enum theme_selection)i;
}

/* The theme for terminals with too few colours for this one, or NULL. */
static const char *
fallback_of(const config_t *config, enum theme_depth depth)
{
	static const int colors[THEME_DEPTH_COUNT] = {0, 16, 256, 1 << 24};
	const char *fallback = NULL;
	int least = 0;

	config_lookup_int(config, "theme.min_colors", &least);
	config_lookup_string(config, "theme.fallback", &fallback);
	return depth != THEME_MONO && colors[depth] < least ? fallback : NULL;
}

static void
read_all(struct loader *l, enum theme_depth depth)
{
	int mono = 0;
	size_t i;

	config_lookup_bool(&l->files[0], "theme.mono", &mono);
	config_lookup_bool(&l->files[0], "theme.background", &l->background);
	l->theme->depth = mono ? THEME_MONO : depth;
	for (i = l->file_count; i > 0; i--) {
		read_palette(
			l, config_lookup(&l->files[i - 1], "theme.palette"));
		read_manners(l->theme, &l->files[i - 1]);
	}
	for (i = l->file_count; i > 0; i--) {
		l->path = l->paths[i - 1];
		read_roles(l, config_lookup(&l->files[i - 1], "theme.roles"));
	}
	l->path = NULL;
	theme_list_files(read_overlay, l);
}

static int
load(struct theme *t, const char *name, enum theme_depth depth, int left,
	struct error *e)
{
	struct loader *l = xcalloc(1, sizeof(*l));
	struct theme *fresh = xcalloc(1, sizeof(*fresh));
	const char *fallback;
	size_t i;
	int rc = -1;

	theme_init(fresh);
	l->theme = fresh;
	snprintf(fresh->name, sizeof(fresh->name), "%s", name);
	snprintf(fresh->glyphs, sizeof(fresh->glyphs), "auto");
	snprintf(fresh->border, sizeof(fresh->border), "line");
	if (read_chain(l, name, e) < 0)
		goto out;
	fallback = fallback_of(&l->files[0], depth);
	if (fallback != NULL && left > 0) {
		rc = load(t, fallback, depth, left - 1, e);
		goto out;
	}
	read_all(l, depth);
	*t = *fresh;
	rc = 0;
out:
	for (i = 0; i < l->file_count; i++) {
		config_destroy(&l->files[i]);
		free(l->paths[i]);
	}
	free(l);
	free(fresh);
	return rc;
}

int
theme_load(struct theme *t, const char *name, enum theme_depth depth,
	struct error *e)
{
	return load(t, name, depth, 1, e);
}

struct style
theme_style(const struct theme *t, enum style_role role, unsigned overlays)
{
	size_t i;

	for (i = t->overlay_count; i > 0; i--)
		if ((overlays & 1u << (i - 1)) != 0 &&
			t->overlays[i - 1].has[role])
			return t->overlays[i - 1].styles[role];
	return t->styles[role];
}
