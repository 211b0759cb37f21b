/* test_plot.c - plots in the three sets of dots: axes, limits, gaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <string.h>

#include "tui/widget_plot.h"

static void
row_is(const struct canvas *c, int y, const char *expected)
{
	struct strbuf line;

	strbuf_init(&line);
	canvas_row_text(c, y, &line);
	assert_string_equal(line.buf, expected);
	strbuf_finish(&line);
}

static void
set_dots(struct glyphs *g, enum dots dots)
{
	glyphs_init(g);
	g->dots = dots;
	g->ascii = dots == DOTS_ASCII;
}

static struct plot
plot_of(const double *values, size_t count)
{
	struct plot p = {.count = count,
		.series = {{values, '*', STYLE_PLOT_SERIES}},
		.series_count = 1,
		.first = "0s",
		.last = "9s"};

	return p;
}

static void
characters_with_axes_and_a_limit(void **state)
{
	static const double rise[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct plot p = plot_of(rise, 10);
	struct canvas c;
	struct glyphs g;

	(void)state;
	p.limits[0] = 7;
	p.limit_count = 1;
	set_dots(&g, DOTS_ASCII);
	canvas_init(&c, 12, 6, true);
	plot_paint(&p, &c, (struct rect){0, 0, 6, 12}, &g);
	row_is(&c, 0, "9|        **");
	row_is(&c, 1, "7|------**--");
	row_is(&c, 2, " |    **");
	row_is(&c, 3, " |  **");
	row_is(&c, 4, "0|**");
	row_is(&c, 5, " +-0s-----9s");
	canvas_finish(&c);
}

/* What was not had is no zero and nothing is drawn across it. */
static void
a_gap_is_a_gap(void **state)
{
	const double values[] = {5, 5, NAN, NAN, 5, 5};
	struct plot p = plot_of(values, 6);
	struct canvas c;
	struct glyphs g;

	(void)state;
	set_dots(&g, DOTS_BRAILLE);
	canvas_init(&c, 16, 4, false);
	plot_paint(&p, &c, (struct rect){0, 0, 4, 16}, &g);
	row_is(&c, 1, "   |⠤⠤⠄      ⠤⠤⠤");
	canvas_finish(&c);
	set_dots(&g, DOTS_ASCII);
	canvas_init(&c, 16, 4, true);
	plot_spark(&p, 0, &c, 0, 0, 6, &g);
	row_is(&c, 0, "==  ==");
	canvas_finish(&c);
}

static void
blocks_have_four_dots_a_cell(void **state)
{
	static const double values[] = {0, 3, 0};
	struct plot p = plot_of(values, 3);
	struct canvas c;
	struct glyphs g;

	(void)state;
	set_dots(&g, DOTS_BLOCKS);
	canvas_init(&c, 12, 3, false);
	plot_paint(&p, &c, (struct rect){0, 0, 3, 12}, &g);
	row_is(&c, 0, "3|   ▄▞▀▚▄");
	row_is(&c, 1, "0|▄▞▀     ▀▚");
	canvas_finish(&c);
}

/* A thousand values in ten columns: the one spike is still there. */
static void
a_spike_does_not_vanish(void **state)
{
	double values[1000];
	struct plot p = plot_of(values, 1000);
	struct canvas c;
	struct glyphs g;
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		values[i] = 1;
	values[503] = 100;
	set_dots(&g, DOTS_ASCII);
	canvas_init(&c, 20, 5, true);
	plot_paint(&p, &c, (struct rect){0, 0, 5, 20}, &g);
	row_is(&c, 0, "100|       *");
	row_is(&c, 3, "  1|****************");
	canvas_clear(&c);
	plot_spark(&p, 0, &c, 0, 0, 10, &g);
	row_is(&c, 0, ".....#....");
	p.low_is_worse = true;
	values[503] = -100;
	canvas_clear(&c);
	plot_spark(&p, 0, &c, 0, 0, 10, &g);
	row_is(&c, 0, "#####.####");
	canvas_finish(&c);
}

/* The axis is as wide as what is still to come. */
static void
room_for_what_is_to_come(void **state)
{
	static const double values[] = {1, 2};
	struct plot p = plot_of(values, 2);
	struct canvas c;
	struct glyphs g;

	(void)state;
	p.room = 10;
	set_dots(&g, DOTS_ASCII);
	canvas_init(&c, 12, 3, true);
	plot_paint(&p, &c, (struct rect){0, 0, 3, 12}, &g);
	row_is(&c, 0, "2| *");
	row_is(&c, 1, "1|*");
	canvas_finish(&c);
}

static void
hostile_numbers_draw_nothing_wrong(void **state)
{
	const double values[] = {NAN, INFINITY, -INFINITY, NAN};
	const double huge[] = {-1e308, 1e308, 0, 1};
	struct plot p = plot_of(values, 4);
	char text[PLOT_NUMBER_SIZE];
	struct canvas c;
	struct glyphs g;
	double low, high;
	int w, h;

	(void)state;
	assert_false(plot_range(&p, &low, &high));
	set_dots(&g, DOTS_BRAILLE);
	canvas_init(&c, 40, 12, false);
	plot_paint(&p, &c, (struct rect){0, 0, 10, 40}, &g);
	row_is(&c, 0, "no numbers yet");
	p.series[0].values = huge;
	p.band_low = values;
	p.band_high = huge;
	for (h = 0; h < 14; h++)
		for (w = 0; w < 45; w++)
			plot_paint(&p, &c, (struct rect){0, 0, h, w}, &g);
	plot_spark(&p, 0, &c, 0, 0, 40, &g);
	p.count = 0;
	plot_paint(&p, &c, (struct rect){0, 0, 10, 40}, &g);
	plot_spark(&p, 0, &c, 0, 0, 40, &g);
	canvas_finish(&c);
	plot_number(NAN, text);
	assert_string_equal(text, "gap");
	plot_number(0.00123456, text);
	assert_string_equal(text, "0.00123");
	plot_number(214.4, text);
	assert_string_equal(text, "214");
	plot_number(1234.5, text);
	assert_string_equal(text, "1234");
	plot_number(123456, text);
	assert_string_equal(text, "123k");
	plot_number(999999, text);
	assert_string_equal(text, "1M");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_with_axes_and_a_limit),
		cmocka_unit_test(a_gap_is_a_gap),
		cmocka_unit_test(blocks_have_four_dots_a_cell),
		cmocka_unit_test(a_spike_does_not_vanish),
		cmocka_unit_test(room_for_what_is_to_come),
		cmocka_unit_test(hostile_numbers_draw_nothing_wrong),
	};

	setlocale(LC_ALL, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plot", tests, NULL, NULL);
}
