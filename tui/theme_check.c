/*
 * theme_check.c - what a theme must be, so that everybody can read it:
 *
 *	each role 4.5:1 on its background (WCAG 2.1, 1.4.3; lines and axes
 *	3:1, 1.4.11), 7:1 where the name begins hc- (1.4.6);
 *	colours of states 20 apart in CIEDE2000, where the name begins cvd-
 *	also as people see them who lack one kind of cone;
 *	states told apart without any colour, by glyph or attribute;
 *	glyphs one column wide, each with one in ASCII behind it;
 *	no role that the code does not know, and base has every one.
 *
 * Colours are checked as they are and as the nearest of 256. What a theme
 * leaves to the terminal nobody can check, and is not.
 */
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/color.h"
#include "tui/glyphs.h"
#include "tui/states.h"
#include "tui/theme.h"

#define CONTRAST_TEXT 4.5
#define CONTRAST_HIGH 7.0
#define CONTRAST_LINE 3.0
#define DISTANCE_LEAST 20.0

struct check {
	const char *name;
	void (*say)(const char *fault, void *arg);
	void *arg;
	int faults;
};

static void
fault(struct check *ck, const char *fmt, ...) SLUICE_PRINTF(2, 3);

static void
fault(struct check *ck, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	int n = snprintf(text, sizeof(text), "%s: ", ck->name);

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	ck->say(text, ck->arg);
	ck->faults++;
}

static bool
begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* --- colours --- */

/* What is known of a colour: not those that are the terminal's own. */
static bool
rgb_of(int color, unsigned *ret)
{
	if (color == COLOR_NONE || (color >= 0 && color < 16))
		return false;
	*ret = color & COLOR_RGB ? (unsigned)color & 0xffffff
				 : color_of_256(color);
	return true;
}

static const char *
depth_name(enum theme_depth depth)
{
	return depth == THEME_DIRECT ? "truecolor" : "256 colours";
}

/* Lines that carry no words. */
static bool
is_line(enum style_role role)
{
	static const enum style_role lines[] = {STYLE_UI_BORDER,
		STYLE_UI_DIVIDER, STYLE_UI_SCROLLBAR, STYLE_PLOT_AXIS,
		STYLE_PLOT_GRID, STYLE_PLOT_BAND};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		if (lines[i] == role)
			return true;
	return false;
}

/* over: an overlay, of which only what it changes is looked at; or NULL. */
static void
check_contrast(struct check *ck, const struct theme *t, unsigned overlays,
	const struct overlay *over)
{
	double least = begins(ck->name, "hc-") ? CONTRAST_HIGH : CONTRAST_TEXT;
	int i;

	for (i = 0; i < STYLE_COUNT; i++) {
		struct style s = theme_style(t, (enum style_role)i, overlays);
		double need = is_line((enum style_role)i) ? CONTRAST_LINE
							  : least;
		unsigned fg, bg;
		char role[64];
		double c;

		if ((over != NULL && !over->has[i]) || !rgb_of(s.fg, &fg) ||
			!rgb_of(s.bg, &bg))
			continue;
		c = color_contrast(fg, bg);
		if (c >= need)
			continue;
		theme_role_name((enum style_role)i, role, sizeof(role));
		fault(ck, "%s%s%s has %.2f:1 on its background in %s, needs "
			  "%.1f:1",
			role, over != NULL ? " under overlay-" : "",
			over != NULL ? over->name : "", c,
			depth_name(t->depth), need);
	}
}

static const struct {
	enum style_role role;
	const char *word;
} told_apart[] = {{STYLE_STATE_OK, "ok"}, {STYLE_STATE_WARN, "warn"},
	{STYLE_STATE_FAILED, "failed"}, {STYLE_STATE_RUNNING, "running"},
	{STYLE_STATE_PENDING, "pending"}};

static void
check_pair(struct check *ck, const struct theme *t, size_t i, size_t k,
	enum sight sight)
{
	unsigned a, b;
	double d;

	if (!rgb_of(theme_style(t, told_apart[i].role, 0).fg, &a) ||
		!rgb_of(theme_style(t, told_apart[k].role, 0).fg, &b))
		return;
	d = color_distance(color_as_seen(a, sight), color_as_seen(b, sight));
	if (d < DISTANCE_LEAST)
		fault(ck, "state.%s and state.%s are %.1f apart for %s in %s, "
			  "need %.0f",
			told_apart[i].word, told_apart[k].word, d,
			color_sight_name(sight), depth_name(t->depth),
			DISTANCE_LEAST);
}

static void
check_distances(struct check *ck, const struct theme *t)
{
	int last = begins(ck->name, "cvd-") ? SIGHT_COUNT : SIGHT_NORMAL + 1;
	size_t i, k;
	int sight;

	for (i = 0; i < ARRAY_SIZE(told_apart); i++)
		for (k = i + 1; k < ARRAY_SIZE(told_apart); k++)
			for (sight = 0; sight < last; sight++)
				check_pair(ck, t, i, k, (enum sight)sight);
}

/* --- without colour --- */

static const char *const host_states[] = {"pending", "staged", "busy",
	"healthy", "failed", "unreachable", "unknown", "drift", "rolled_back",
	"excluded"};

static void
check_mono(struct check *ck, const struct theme *t, const struct glyphs *g)
{
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(host_states); i++)
		for (k = i + 1; k < ARRAY_SIZE(host_states); k++) {
			struct state_look a = state_look(host_states[i]);
			struct state_look b = state_look(host_states[k]);

			if (strcmp(glyph(g, a.glyph), glyph(g, b.glyph)) == 0 &&
				theme_style(t, a.role, 0).attrs ==
					theme_style(t, b.role, 0).attrs)
				fault(ck,
					"'%s' and '%s' look the same without "
					"colour (glyphs %s)",
					host_states[i], host_states[k],
					g->name);
		}
}

static void
check_without_colour(struct check *ck, const struct theme *t)
{
	static const char *const sets[] = {"ascii", "utf8", "utf8-nobraille"};
	struct error ignored;
	struct glyphs g;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sets); i++)
		if (glyphs_load(&g, sets[i], &ignored) == 0)
			check_mono(ck, t, &g);
}

/* --- whole files --- */

static void
check_loaded(struct check *ck, const char *theme, const char *overlay)
{
	int depth;
	size_t i;

	for (depth = 0; depth < THEME_DEPTH_COUNT; depth++) {
		struct theme *t = xcalloc(1, sizeof(*t));
		struct error e;

		if (theme_load(t, theme, (enum theme_depth)depth, &e) < 0) {
			fault(ck, "%s", e.text);
			free(t);
			return;
		}
		if (t->warning[0] != '\0' && depth == THEME_DIRECT)
			fault(ck, "%s", t->warning);
		if (depth == THEME_MONO && overlay == NULL)
			check_without_colour(ck, t);
		if (depth >= THEME_256 && overlay == NULL) {
			check_contrast(ck, t, 0, NULL);
			check_distances(ck, t);
		}
		for (i = 0; depth >= THEME_256 && i < t->overlay_count; i++)
			if (overlay == NULL ||
				strcmp(t->overlays[i].name, overlay) == 0)
				check_contrast(
					ck, t, 1u << i, &t->overlays[i]);
		free(t);
	}
}

/* Base is what others fall back to: it leaves nothing out. */
static void
check_base(struct check *ck)
{
	char *path = theme_find("base");
	config_t config;
	int i;

	config_init(&config);
	if (path == NULL || config_read_file(&config, path) != CONFIG_TRUE)
		fault(ck, "base.cfg cannot be read");
	for (i = 0; ck->faults == 0 && i < STYLE_COUNT; i++) {
		char role[64], key[96];
		size_t len;

		theme_role_name((enum style_role)i, role, sizeof(role));
		len = strlen(role);
		/* "series2" is the second of the list "series". */
		while (len > 0 && role[len - 1] >= '0' && role[len - 1] <= '9')
			role[--len] = '\0';
		snprintf(key, sizeof(key), "theme.roles.%s", role);
		if (config_lookup(&config, key) == NULL)
			fault(ck, "has no look for %s", role);
	}
	config_destroy(&config);
	free(path);
}

int
theme_check(const char *name,
	void (*say)(const char *fault, void *arg), void *arg)
{
	struct check ck = {.name = name, .say = say, .arg = arg};

	if (begins(name, "glyphs-"))
		return glyphs_check(name, say, arg);
	if (begins(name, "overlay-")) {
		char *path = theme_find(name);

		if (path == NULL)
			fault(&ck, "there is no such file");
		else
			check_loaded(&ck, "terminal", name + 8);
		free(path);
		return ck.faults;
	}
	if (strcmp(name, "base") == 0)
		check_base(&ck);
	check_loaded(&ck, name, NULL);
	return ck.faults;
}
