/* test_traffic.c - plans of two colours, and who is live. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/hostset.h"
#include "model/plan.h"

#define SHA "9f2c01ab34cd56789f2c01ab34cd56789f2c01ab34cd56789f2c01ab34cd5678"
#define NASTY "to \"$SLUICE_COLOUR\"\n\tand \\ on"

struct world {
	struct release release;
	struct service service;
	struct environment env;
	struct strategy strategy;
	struct host hosts[5];
	const struct host *list[5];
};

static void
world_init(struct world *w)
{
	int i;

	memset(w, 0, sizeof(*w));
	w->release.service = xstrdup("shop");
	w->release.version = xstrdup("1.4.2");
	memcpy(w->release.sha256, SHA, sizeof(SHA));
	memcpy(w->release.payload_sha256, SHA, sizeof(SHA));
	w->release.format = PAYLOAD_TAR_GZ;
	w->service.name = xstrdup("shop");
	w->service.root = xstrdup("/srv/shop");
	w->service.health = xcalloc(1, sizeof(struct health));
	w->service.health_count = 1;
	w->service.health[0] = (struct health){.kind = HEALTH_TCP,
		.target = xstrdup("{address}:{slot}"),
		.attempts = 1};
	w->env.name = xstrdup("production");
	w->strategy.name = xstrdup("quick");
	for (i = 0; i < 5; i++) {
		w->hosts[i].name = xasprintf("web-%d", i + 1);
		w->hosts[i].address = xasprintf("10.0.0.%d", i + 1);
		w->hosts[i].port = 22;
		w->list[i] = &w->hosts[i];
	}
}

static void
world_finish(struct world *w)
{
	int i;

	release_finish(&w->release);
	service_finish(&w->service);
	environment_finish(&w->env);
	strategy_finish(&w->strategy);
	for (i = 0; i < 5; i++)
		host_finish(&w->hosts[i]);
}

static int
make(struct world *w, struct plan *p, size_t count, struct error *e)
{
	return plan_make(p, &w->release, &w->service, &w->env, &w->strategy,
		w->list, count, e);
}

/* Hosts 1 and 2 are blue, 3 and 4 green, 5 routes. */
static void
take_colours(struct world *w)
{
	struct traffic *t = &w->strategy.traffic;
	int i;

	w->strategy.kind = STRATEGY_BLUE_GREEN;
	w->strategy.bake_ms = 60000;
	*t = (struct traffic){.routers = xstrdup("role=lb"),
		.order = {.run = xstrdup(NASTY)},
		.live_run = xstrdup("./who"),
		.attempts = 5,
		.interval_ms = 1000,
		.timeout_ms = 30000,
		.hold_ms = 3600000};
	traffic_order(t);
	for (i = 0; i < 4; i++)
		pairs_set(&w->hosts[i].labels, "colour",
			i < 2 ? "blue" : "green");
	pairs_set(&w->hosts[4].labels, "role", "lb");
}

static void
check_again(const struct plan *p, const struct strbuf *text)
{
	struct strbuf again;
	struct plan parsed;
	struct error e;

	strbuf_init(&again);
	if (plan_parse(text->buf, text->len, &parsed, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(parsed.traffic.order.timeout_ms,
		p->traffic.order.timeout_ms);
	assert_true(parsed.traffic.order.idempotent);
	plan_print(&parsed, &again);
	assert_string_equal(again.buf, text->buf);
	plan_finish(&parsed);
	strbuf_finish(&again);
}

static void
test_colours(void **state)
{
	static const char *const lines[] = {
		"\nstrategy quick blue-green\n",
		"\ntraffic pools hold_ms 3600000 attempts 5 interval_ms 1000 "
		"timeout_ms 30000\n  switch ",
		"\n  live ./who\ngate timer after 2 for_ms 60000 within_ms 0 "
		"otherwise hold\ngate hold after 2 for_ms 3600000 within_ms 0 "
		"otherwise hold\nshortest_ms 3660000\n"
		"wave 1 hosts 4 name colours\n",
		"\nwave 2 hosts 1 name routers\n  host web-5 "};
	struct strbuf text;
	struct world w;
	struct plan p;
	struct error e;
	size_t i;

	(void)state;
	world_init(&w);
	take_colours(&w);
	strbuf_init(&text);
	assert_int_equal(make(&w, &p, 5, &e), 0);
	plan_print(&p, &text);
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		if (strstr(text.buf, lines[i]) == NULL)
			fail_msg("no line %zu in %s", i, text.buf);
	check_again(&p, &text);
	plan_finish(&p);
	strbuf_finish(&text);
	/* Nobody who routes, and a colour without hosts. */
	assert_int_equal(make(&w, &p, 4, &e), -1);
	assert_non_null(strstr(e.text, "has no router"));
	assert_int_equal(make(&w, &p, 2, &e), -1);
	assert_non_null(strstr(e.text, "none is green"));
	pairs_set(&w.hosts[1].labels, "colour", "mauve");
	assert_int_equal(make(&w, &p, 5, &e), -1);
	assert_non_null(strstr(e.text, "host 'web-2' has no label 'colour'"));
	world_finish(&w);
}

static void
test_slots(void **state)
{
	struct traffic *t;
	struct strbuf text;
	struct world w;
	struct plan p;
	struct error e;

	(void)state;
	world_init(&w);
	take_colours(&w);
	t = &w.strategy.traffic;
	str_replace(&t->routers, NULL);
	str_replace(&t->order.run, NULL);
	str_replace(&t->live_run, NULL);
	t->slots[COLOUR_BLUE] = xstrdup("8001");
	t->slots[COLOUR_GREEN] = xstrdup("80 02");
	strbuf_init(&text);
	assert_int_equal(make(&w, &p, 5, &e), 0);
	plan_print(&p, &text);
	assert_non_null(strstr(text.buf, "\ntraffic slots hold_ms 3600000 "));
	assert_non_null(strstr(
		text.buf, "\n  slot blue 8001\n  slot green \"80 02\"\n"));
	assert_int_equal(p.waves, 1);
	assert_int_equal(plan_run_waves(&p), 2);
	check_again(&p, &text);
	plan_finish(&p);
	strbuf_finish(&text);
	world_finish(&w);
}

static void
test_who_is_live(void **state)
{
	static const struct {
		const char *printed;
		int colour; /* -2: refused */
	} rows[] = {{"blue", COLOUR_BLUE}, {" green\n\n", COLOUR_GREEN},
		{"", COLOUR_NONE}, {"none\n", COLOUR_NONE}, {NULL, COLOUR_NONE},
		{"Blue", -2}, {"blue green", -2}, {"blueberries", -2},
		{"\033[31mgreen", -2}, {"greengreengreengreen", -2}};
	struct traffic_state s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error e;
		int colour = -2;
		int result = colour_read(rows[i].printed, &colour, &e);

		assert_int_equal(result, rows[i].colour == -2 ? -1 : 0);
		if (result == 0)
			assert_int_equal(colour, rows[i].colour);
		else
			assert_null(strchr(e.text, '\033'));
	}
	s = traffic_state_parse("ordered green");
	assert_int_equal(s.phase, TRAFFIC_ORDERED);
	assert_int_equal(s.from, COLOUR_GREEN);
	s = traffic_state_parse("switched none");
	assert_int_equal(s.from, COLOUR_NONE);
	assert_int_equal(traffic_state_parse(NULL).phase, TRAFFIC_UNKNOWN);
	assert_int_equal(traffic_state_parse("x y z").phase, TRAFFIC_UNKNOWN);
}

static void
test_placeholders(void **state)
{
	struct placeholder_values v = {.host = "h"};
	struct traffic t = {.slots = {NULL}};
	static char port[] = "8002";
	struct error e;
	char *text;

	(void)state;
	/* Elsewhere they are what they are. */
	assert_int_equal(
		placeholder_expand("{host} {slot} {colour}", &v, &text, &e), 0);
	assert_string_equal(text, "h {slot} {colour}");
	free(text);
	t.slots[COLOUR_GREEN] = port;
	traffic_values(&t, COLOUR_GREEN, &v);
	assert_int_equal(
		placeholder_expand("{host} {slot} {colour}", &v, &text, &e), 0);
	assert_string_equal(text, "h 8002 green");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_who_is_live),
		cmocka_unit_test(test_placeholders),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("traffic", tests, NULL, NULL);
}
