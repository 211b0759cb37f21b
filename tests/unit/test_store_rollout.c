/* test_store_rollout.c - changes, rollouts, hosts, steps and their output. */
#include "store_test.h"

#include "store/store_private.h"

static char *
word(const char *s)
{
	return xstrdup(s);
}

static struct change
make_change(struct store_test *t, const char *env, enum change_state state)
{
	struct change c = {0};

	c.revision = 1;
	c.state = state;
	c.type = CHANGE_TYPE_EMERGENCY;
	c.service = word("shop");
	c.version = word("1");
	c.env = word(env);
	c.why = word("a reason; with 'quotes' and \xc3\xa4");
	c.author_uid = 1000;
	WORKS(t, store_change_put(t->store, &c, &t->e));
	return c;
}

struct seen {
	int64_t numbers[8];
	int count;
	int stop_at;
};

static int
see_change(const struct change *c, void *arg)
{
	struct seen *seen = arg;

	seen->numbers[seen->count++] = c->id.number;
	return seen->count == seen->stop_at;
}

static void
list(struct store_test *t, struct change_filter f, struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	WORKS(t, store_change_each(t->store, &f, see_change, seen, &t->e));
}

static void
test_change(void **state)
{
	struct store_test *t = *state;
	struct change a, b, found;
	struct seen seen;

	store_test_open(t);
	WORKS(t, store_begin(t->store, &t->e));
	a = make_change(t, "staging", CHANGE_DRAFT);
	b = make_change(t, "production", CHANGE_APPROVED);
	assert_int_equal(a.id.number, 1);
	assert_int_equal(b.id.number, 2);
	a.rollout.number = 5;
	str_replace(&a.reason, "because");
	WORKS(t, store_change_put(t->store, &a, &t->e));
	WORKS(t, store_commit(t->store, &t->e));
	assert_int_equal(store_change_find(t->store, a.id, &found, &t->e), 1);
	assert_string_equal(found.why, a.why);
	assert_string_equal(found.reason, "because");
	assert_int_equal(found.type, CHANGE_TYPE_EMERGENCY);
	assert_int_equal(found.rollout.number, 5);
	assert_null(found.strategy);
	change_finish(&found);

	list(t, (struct change_filter){.state = -1}, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.numbers[0], 1);
	list(t, (struct change_filter){.state = -1, .newest_first = true},
		&seen);
	assert_int_equal(seen.numbers[0], 2);
	list(t, (struct change_filter){.state = -1, .after = 2,
			.newest_first = true}, &seen);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.numbers[0], 1);
	list(t, (struct change_filter){.state = CHANGE_APPROVED}, &seen);
	assert_int_equal(seen.count, 1);
	list(t, (struct change_filter){.state = -1, .env = "nowhere"}, &seen);
	assert_int_equal(seen.count, 0);
	change_finish(&a);
	change_finish(&b);
}

static struct rollout
make_rollout(struct store_test *t, int64_t change)
{
	struct rollout r = {0};

	r.change.number = change;
	r.kind = ROLLOUT_ROLLBACK;
	r.state = ROLLOUT_PAUSED;
	r.pause_cause = PAUSE_UNKNOWN_HOSTS;
	r.service = word("shop");
	r.then_rollback = true;
	WORKS(t, store_rollout_put(t->store, &r, &t->e));
	return r;
}

static int
see_rollout(const struct rollout *r, void *arg)
{
	struct seen *seen = arg;

	seen->numbers[seen->count++] = r->id.number;
	return 0;
}

/* An each inside an each of the same kind. */
static int
see_nested(const struct rollout *r, void *arg)
{
	struct store_test *t = arg;
	struct rollout_filter f = {.state = -1};
	struct seen seen = {0};

	(void)r;
	WORKS(t, store_rollout_each(t->store, &f, see_rollout, &seen, &t->e));
	assert_int_equal(seen.count, 2);
	return 0;
}

static void
test_rollout(void **state)
{
	struct store_test *t = *state;
	struct rollout_filter f = {.state = -1, .only_active = true};
	struct seen seen = {0};
	struct rollout a, b, found;
	struct change c;

	store_test_open(t);
	WORKS(t, store_begin(t->store, &t->e));
	c = make_change(t, "staging", CHANGE_RUNNING);
	a = make_rollout(t, c.id.number);
	b = make_rollout(t, c.id.number);
	b.state = ROLLOUT_SUCCEEDED;
	WORKS(t, store_rollout_put(t->store, &b, &t->e));
	WORKS(t, store_commit(t->store, &t->e));
	assert_int_equal(store_rollout_find(t->store, a.id, &found, &t->e), 1);
	assert_int_equal(found.kind, ROLLOUT_ROLLBACK);
	assert_int_equal(found.state, ROLLOUT_PAUSED);
	assert_int_equal(found.pause_cause, PAUSE_UNKNOWN_HOSTS);
	assert_true(found.then_rollback);
	assert_false(found.stop_asked);
	rollout_finish(&found);
	WORKS(t, store_rollout_each(t->store, &f, see_rollout, &seen, &t->e));
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.numbers[0], a.id.number);
	f.only_active = false;
	f.change = c.id.number;
	WORKS(t, store_rollout_each(t->store, &f, see_nested, t, &t->e));
	f.change = 99;
	seen.count = 0;
	WORKS(t, store_rollout_each(t->store, &f, see_rollout, &seen, &t->e));
	assert_int_equal(seen.count, 0);
	rollout_finish(&a);
	rollout_finish(&b);
	change_finish(&c);
}

static int
check_host(const struct rollout_host *h, void *arg)
{
	int *count = arg;

	assert_int_equal(h->index, *count);
	assert_string_equal(h->host, "web");
	assert_true(h->switched);
	assert_null(h->error);
	(*count)++;
	return 0;
}

static void
test_hosts_and_counts(void **state)
{
	struct store_test *t = *state;
	struct rollout_host h = {0};
	struct rollout r;
	int counts[HOST_STATE_COUNT], seen = 0;

	store_test_open(t);
	WORKS(t, store_begin(t->store, &t->e));
	r = make_rollout(t, 0);
	h.rollout = r.id;
	h.host = word("web");
	h.switched = true;
	/* Without a wave a host stays as it is, and is no part of the sum. */
	WORKS(t, store_rollout_host_put(t->store, &h, &t->e));
	WORKS(t, store_rollout_counts(t->store, r.id, counts, &t->e));
	assert_int_equal(counts[HOST_PENDING], 0);
	h.wave = 1;
	for (h.index = 0; h.index < 50; h.index++)
		WORKS(t, store_rollout_host_put(t->store, &h, &t->e));
	h.state = HOST_FAILED;
	for (h.index = 0; h.index < 7; h.index++)
		WORKS(t, store_rollout_host_put(t->store, &h, &t->e));
	WORKS(t, store_rollout_counts(t->store, r.id, counts, &t->e));
	WORKS(t, store_commit(t->store, &t->e));
	assert_int_equal(counts[HOST_FAILED], 7);
	assert_int_equal(counts[HOST_PENDING], 43);
	assert_int_equal(counts[HOST_HEALTHY], 0);
	WORKS(t, store_rollout_host_each(
			 t->store, r.id, -1, check_host, &seen, &t->e));
	assert_int_equal(seen, 50);
	rollout_host_finish(&h);
	rollout_finish(&r);
}

/* A host of a rollout that is not there cannot be put. */
static void
test_references_hold(void **state)
{
	struct store_test *t = *state;
	struct rollout_host h = {0};

	store_test_open(t);
	h.rollout.number = 4711;
	h.host = word("web");
	WORKS(t, store_begin(t->store, &t->e));
	assert_int_equal(store_rollout_host_put(t->store, &h, &t->e), -1);
	store_rollback(t->store);
	rollout_host_finish(&h);
}

static int
see_step(const struct step_run *r, void *arg)
{
	struct seen *seen = arg;

	assert_int_equal(r->exit_code, -1);
	seen->numbers[seen->count++] = r->id;
	return seen->count == 2 ? -1 : 0;
}

static void
test_steps(void **state)
{
	struct store_test *t = *state;
	struct seen seen = {0};
	struct step_run a = {0};
	struct rollout r;
	int attempts;

	store_test_open(t);
	WORKS(t, store_begin(t->store, &t->e));
	r = make_rollout(t, 0);
	a.rollout = r.id;
	a.host = word("web-1");
	a.step = word("stage");
	a.attempt = 1;
	a.exit_code = -1;
	WORKS(t, store_step_put(t->store, &a, &t->e));
	a.state = STEP_UNKNOWN;
	WORKS(t, store_step_put(t->store, &a, &t->e));
	a.id = 0;
	a.attempt = 2;
	WORKS(t, store_step_put(t->store, &a, &t->e));
	str_replace(&a.host, "web-2");
	a.id = 0;
	a.attempt = 1;
	WORKS(t, store_step_put(t->store, &a, &t->e));
	WORKS(t, store_commit(t->store, &t->e));
	WORKS(t, store_step_attempts(
			 t->store, r.id, "web-1", "stage", &attempts, &t->e));
	assert_int_equal(attempts, 2);
	WORKS(t, store_step_attempts(
			 t->store, r.id, "web-1", "switch", &attempts, &t->e));
	assert_int_equal(attempts, 0);
	WORKS(t, store_step_each(t->store, r.id, "web-2", 0, see_step, &seen,
			 &t->e));
	assert_int_equal(seen.count, 1);
	seen.count = 0;
	assert_int_equal(store_step_each(t->store, r.id, NULL, 0, see_step,
				 &seen, &t->e),
		-1);
	assert_int_equal(seen.count, 2);
	step_run_finish(&a);
	rollout_finish(&r);
}

/* Whatever the sizes of the pieces: the last 64 KiB, in order. */
static void
test_output_keeps_its_end(void **state)
{
	static const size_t sizes[] = {1, 7, 100, 5000, 65536, 70000, 3};
	struct store_test *t = *state;
	size_t i, len, total = 0;
	int64_t dropped, pieces;
	struct strbuf all;
	char *text;

	store_test_open(t);
	strbuf_init(&all);
	WORKS(t, store_begin(t->store, &t->e));
	assert_int_equal(store_output_find(
				 t->store, 9, &text, &len, &dropped, &t->e),
		0);
	for (i = 0; i < 700; i++) {
		size_t size = i < 600 ? sizes[i % 3] : sizes[i % 7];
		size_t j, from = all.len;

		for (j = 0; j < size; j++)
			strbuf_addc(&all, (char)('a' + (total + j) % 23));
		total += size;
		WORKS(t, store_output_append(
				 t->store, 9, all.buf + from, size, &t->e));
		if (i != 3 && i != 599 && i < 690)
			continue;
		assert_int_equal(store_output_find(t->store, 9, &text, &len,
					 &dropped, &t->e),
			1);
		assert_int_equal(len, total < 65536 ? total : 65536);
		assert_int_equal(dropped, total - len);
		assert_memory_equal(text, all.buf + total - len, len);
		free(text);
	}
	WORKS(t, store_commit(t->store, &t->e));
	WORKS(t, store_get_number(t->store->db,
			 "SELECT count(*) FROM outputs", &pieces, &t->e));
	assert_in_range(pieces, 1, 20);
	strbuf_finish(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, store_test_begin, store_test_end)
		CASE(test_change),
		CASE(test_rollout),
		CASE(test_hosts_and_counts),
		CASE(test_references_hold),
		CASE(test_steps),
		CASE(test_output_keeps_its_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
