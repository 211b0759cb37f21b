/* test_grid.c - the arithmetic of the heat grid (console.md section 6.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tui/widget_grid.h"

/* At 80x24 there are 72 x 7 cells, on a phone 36 x 4. */
static void
hosts_per_cell_as_designed(void **state)
{
	(void)state;
	assert_int_equal(grid_hosts_per_cell(1, 504), 1);
	assert_int_equal(grid_hosts_per_cell(500, 504), 1);
	assert_int_equal(grid_hosts_per_cell(1000, 504), 2);
	assert_int_equal(grid_hosts_per_cell(2000, 504), 5);
	assert_int_equal(grid_hosts_per_cell(5000, 504), 10);
	assert_int_equal(grid_hosts_per_cell(10000, 504), 20);
	assert_int_equal(grid_hosts_per_cell(1000, 144), 7);
}

static void
every_host_has_a_cell(void **state)
{
	size_t hosts, cells;

	(void)state;
	for (cells = 1; cells < 3000; cells += 97)
		for (hosts = 1; hosts <= 10000; hosts += 131) {
			size_t k = grid_hosts_per_cell(hosts, cells);

			assert_true(k >= 1);
			assert_true(k * cells >= hosts);
		}
}

static void
moves_stay_inside(void **state)
{
	struct grid g = {.per_cell = 2, .columns = 10};

	(void)state;
	assert_false(grid_move(&g, 41, -1, 0));
	assert_false(grid_move(&g, 41, 0, -1));
	assert_true(grid_move(&g, 41, 1, 0));
	assert_int_equal(g.cursor, 2);
	assert_true(grid_move(&g, 41, 0, 1));
	assert_int_equal(g.cursor, 22);
	assert_false(grid_move(&g, 41, 0, 1));
	g.cursor = 40;
	assert_false(grid_move(&g, 41, 1, 0));
	assert_false(grid_move(&g, 0, 1, 0));
}

static void
zoom_shows_the_hosts_of_the_cell(void **state)
{
	struct grid g = {.per_cell = 5, .columns = 10, .cursor = 12};

	(void)state;
	assert_true(grid_zoom(&g, 100));
	assert_int_equal(g.first, 10);
	assert_int_equal(g.count, 5);
	g.per_cell = 1;
	assert_false(grid_zoom(&g, 100));
	assert_true(grid_unzoom(&g));
	assert_false(grid_unzoom(&g));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_per_cell_as_designed),
		cmocka_unit_test(every_host_has_a_cell),
		cmocka_unit_test(moves_stay_inside),
		cmocka_unit_test(zoom_shows_the_hosts_of_the_cell),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
