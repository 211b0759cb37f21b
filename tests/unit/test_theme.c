/* test_theme.c - the shipped themes: complete, and legible without colour. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "tui/color.h"
#include "tui/glyphs.h"
#include "tui/states.h"
#include "tui/theme.h"

static const char *const shipped[] = {
	"base", "terminal", "dark", "light", "mono", "hc-dark", "hc-light",
	"cvd-dark", "cvd-light", "night"};

static void
shipped_themes_load_without_a_word(void **state)
{
	struct theme t;
	struct error e;
	size_t i;
	int depth;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shipped); i++)
		for (depth = 0; depth < THEME_DEPTH_COUNT; depth++) {
			memset(&t, 0, sizeof(t));
			assert_int_equal(theme_load(&t, shipped[i],
						 (enum theme_depth)depth, &e),
				0);
			assert_string_equal(t.warning, "");
		}
}

static void
without_colour_there_is_none(void **state)
{
	struct theme t;
	struct error e;
	size_t i;

	(void)state;
	assert_int_equal(theme_load(&t, "dark", THEME_MONO, &e), 0);
	for (i = 0; i < STYLE_COUNT; i++) {
		struct style s = theme_style(&t, (enum style_role)i, 1);

		assert_int_equal(s.fg, COLOR_NONE);
		assert_int_equal(s.bg, COLOR_NONE);
	}
}

/* Every state of a host is told from the others by glyph or attribute. */
static void
states_differ_without_colour(void **state)
{
	static const char *const words[] = {"pending", "staged", "busy",
		"healthy", "failed", "unreachable", "rolled_back", "excluded"};
	struct theme t;
	struct glyphs g;
	struct error e;
	size_t i, k;

	(void)state;
	glyphs_init(&g);
	assert_int_equal(theme_load(&t, "mono", THEME_MONO, &e), 0);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		for (k = 0; k < i; k++) {
			struct state_look a = state_look(words[i]);
			struct state_look b = state_look(words[k]);

			assert_true(
				strcmp(glyph(&g, a.glyph),
					glyph(&g, b.glyph)) != 0 ||
				theme_style(&t, a.role, 0).attrs !=
					theme_style(&t, b.role, 0).attrs);
		}
}

/* Overlays go by the kind of an environment and by what is true. */
static void
overlays_go_by_kind_and_state(void **state)
{
	struct theme t;
	struct error e;
	struct style plain, prod, dr;
	unsigned mask;

	(void)state;
	assert_int_equal(theme_load(&t, "dark", THEME_256, &e), 0);
	assert_int_equal(theme_overlays(&t, "staging", 0), 0);
	assert_int_equal(theme_overlays(&t, "", 0), 0);
	plain = theme_style(&t, STYLE_UI_HEADER, 0);
	mask = theme_overlays(&t, "production", 0);
	prod = theme_style(&t, STYLE_UI_HEADER, mask);
	mask = theme_overlays(&t, "dr", 0);
	dr = theme_style(&t, STYLE_UI_HEADER, mask);
	assert_true(memcmp(&plain, &prod, sizeof(plain)) != 0);
	assert_true(memcmp(&prod, &dr, sizeof(dr)) != 0);
	mask = theme_overlays(&t, "", OVERLAY_STALE);
	assert_int_not_equal(mask, 0);
	prod = theme_style(&t, STYLE_UI_TITLE, mask);
	plain = theme_style(&t, STYLE_UI_TITLE, 0);
	assert_true(memcmp(&plain, &prod, sizeof(plain)) != 0);
}

static void
each_depth_has_its_own_colours(void **state)
{
	struct theme t;
	struct error e;

	(void)state;
	assert_int_equal(theme_load(&t, "dark", THEME_DIRECT, &e), 0);
	assert_int_equal(t.styles[STYLE_STATE_OK].fg, COLOR_RGB | 0x5fd787);
	assert_int_equal(theme_load(&t, "dark", THEME_256, &e), 0);
	assert_int_equal(t.styles[STYLE_STATE_OK].fg, 78);
	assert_int_equal(theme_load(&t, "dark", THEME_16, &e), 0);
	assert_int_equal(t.styles[STYLE_STATE_OK].fg, 2);
}

static void
glyphs_are_one_column_each(void **state)
{
	struct glyphs g;
	struct error e;
	int i;

	(void)state;
	assert_int_equal(glyphs_load(&g, "utf8", &e), 0);
	assert_false(g.ascii);
	for (i = 0; i < GLYPH_COUNT; i++)
		assert_int_equal(text_width(glyph(&g, (enum glyph_id)i)), 1);
}

static void
names_cannot_leave_the_folder(void **state)
{
	static const char *const names[] = {
		"../themes/dark", "/etc/passwd", ".dark", "", "no-such-theme"};
	struct theme t;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(theme_load(&t, names[i], THEME_256, &e), -1);
}

static void
colours_fold_to_the_nearest(void **state)
{
	(void)state;
	assert_int_equal(color_nearest(0x000000), 16);
	assert_int_equal(color_nearest(0xffffff), 231);
	assert_int_equal(color_nearest(0xff0000), 196);
	assert_int_equal(color_nearest(0x808080), 244);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_themes_load_without_a_word),
		cmocka_unit_test(without_colour_there_is_none),
		cmocka_unit_test(states_differ_without_colour),
		cmocka_unit_test(overlays_go_by_kind_and_state),
		cmocka_unit_test(each_depth_has_its_own_colours),
		cmocka_unit_test(glyphs_are_one_column_each),
		cmocka_unit_test(names_cannot_leave_the_folder),
		cmocka_unit_test(colours_fold_to_the_nearest),
	};

	setlocale(LC_ALL, "C.UTF-8");
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("theme", tests, NULL, NULL);
}
