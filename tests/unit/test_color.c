/* test_color.c - contrast and distance against published values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tui/color.h"

static void
near(double is, double should, double within)
{
	if (is < should - within || is > should + within)
		fail_msg("%f is not %f", is, should);
}

/* Values of the definition of WCAG: the best, none, and #777 on white, which
 * is known to miss 4.5 by little. */
static void
contrast(void **state)
{
	(void)state;
	near(color_contrast(0x000000, 0xffffff), 21.0, 0.001);
	near(color_contrast(0xffffff, 0x000000), 21.0, 0.001);
	near(color_contrast(0x336699, 0x336699), 1.0, 0.001);
	near(color_contrast(0x777777, 0xffffff), 4.478, 0.005);
	near(color_contrast(0x767676, 0xffffff), 4.542, 0.005);
}

/* As colormath and colorspacious have them. */
static void
distance(void **state)
{
	(void)state;
	near(color_distance(0x000000, 0xffffff), 100.0, 0.01);
	near(color_distance(0x123456, 0x123456), 0.0, 0.0001);
	near(color_distance(0xff0000, 0x00ff00), 86.61, 0.05);
	near(color_distance(0xff0000, 0x0000ff), 52.88, 0.05);
	near(color_distance(0x0000ff, 0x00ff00),
		color_distance(0x00ff00, 0x0000ff), 0.0001);
}

/* Grey stays grey for everybody; red and green come together for those who
 * do not tell them apart, blue and yellow do not. */
static void
sight(void **state)
{
	int s;

	(void)state;
	for (s = 0; s < SIGHT_COUNT; s++) {
		near(color_distance(0x808080,
			     color_as_seen(0x808080, (enum sight)s)),
			0.0, 0.6);
		near(color_distance(0xffffff,
			     color_as_seen(0xffffff, (enum sight)s)),
			0.0, 0.6);
	}
	assert_int_equal(color_as_seen(0xabcdef, SIGHT_NORMAL), 0xabcdef);
	assert_true(color_distance(0xa06000, 0x608000) > 25);
	assert_true(color_distance(color_as_seen(0xa06000, SIGHT_DEUTAN),
			    color_as_seen(0x608000, SIGHT_DEUTAN)) < 15);
	assert_true(color_distance(color_as_seen(0x0000ff, SIGHT_DEUTAN),
			    color_as_seen(0xffff00, SIGHT_DEUTAN)) > 60);
}

static void
numbers_of_256(void **state)
{
	(void)state;
	assert_int_equal(color_of_256(16), 0x000000);
	assert_int_equal(color_of_256(231), 0xffffff);
	assert_int_equal(color_of_256(196), 0xff0000);
	assert_int_equal(color_of_256(244), 0x808080);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contrast),
		cmocka_unit_test(distance),
		cmocka_unit_test(sight),
		cmocka_unit_test(numbers_of_256),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("color", tests, NULL, NULL);
}
