/* test_ledger.c - whatever is altered in the ledger is found. */
#include "store_test.h"

#include <sqlite3.h>

#include "store/store_private.h"

#define ENTRIES 200

static void
append(struct store_test *t, const char *who, const char *object)
{
	WORKS(t, store_begin(t->store, &t->e));
	WORKS(t, store_ledger_append(t->store, who, 1000, "change.start",
			 object, "it is \"time\"\n", "{\"n\":1}", &t->e));
	WORKS(t, store_commit(t->store, &t->e));
}

static void
fill(struct store_test *t)
{
	int i;

	store_test_open(t);
	for (i = 0; i < ENTRIES; i++) {
		append(t, "alice", "C-1");
		clock_virtual_advance(&t->clock, 1000);
	}
	store_close(t->store);
	t->store = NULL;
}

/* All problems of the ledger as lines (owned); empty: none. */
static char *
problems(struct store_test *t)
{
	char hash[DIGEST_HEX_SIZE] = "";
	struct strbuf out;
	int64_t seq = 0;

	strbuf_init(&out);
	while (store_ledger_verify(t->store, &seq, hash, 64, &out) > 0)
		continue;
	return out.buf;
}

/* Alters the closed database behind the engine's back. */
static void
alter(struct store_test *t, const char *sql)
{
	char *path = store_test_database(t), *why = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
	free(path);
}

static void
test_whole_chain_is_fine(void **state)
{
	struct store_test *t = *state;
	char hash[DIGEST_HEX_SIZE], *found;
	int64_t seq;

	fill(t);
	store_test_open(t);
	assert_null(store_ledger_problem(t->store));
	found = problems(t);
	assert_string_equal(found, "");
	store_ledger_head(t->store, &seq, hash);
	assert_int_equal(seq, ENTRIES);
	assert_true(digest_is_hex(hash));
	free(found);
}

static int
check_hash(const struct ledger_entry *entry, void *arg)
{
	const char *zeros = STORE_ZERO_HASH;
	char hash[DIGEST_HEX_SIZE], *text;

	(void)arg;
	assert_string_equal(entry->prev_hash, zeros);
	/* What anybody can compute with sha256sum. */
	text = xasprintf("{\"at\":%lld,\"detail\":{\"n\":1},\"object\":\"C-1\","
			 "\"prev_hash\":\"%s\",\"reason\":"
			 "\"it is \\\"time\\\"\\n\",\"seq\":1,\"uid\":1000,"
			 "\"what\":\"change.start\",\"who\":\"alice\"}",
		(long long)entry->at, zeros);
	digest_hex(text, strlen(text), hash);
	assert_string_equal(entry->hash, hash);
	free(text);
	return 1;
}

static void
test_hash_is_of_canonical_json(void **state)
{
	struct store_test *t = *state;
	struct ledger_filter f = {0};

	store_test_open(t);
	append(t, "alice", "C-1");
	WORKS(t, store_ledger_each(t->store, &f, check_hash, NULL, &t->e));
}

/* Each column of entries at the start, in the middle and at the end. */
static void
test_each_flip_is_found(void **state)
{
	static const char *const columns[] = {"at = at + 1", "who = 'mallory'",
		"uid = 0", "what = 'x'", "object = 'C-2'",
		"reason = reason || ' '", "detail = '{}'",
		"prev_hash = replace(prev_hash, 'a', 'b') || ''",
		"hash = substr(hash, 2) || 'f'",
		"who = cast(x'616c69636500' as text)"};
	static const int places[] = {1, 2, 100, ENTRIES - 1, ENTRIES};
	struct store_test *t = *state;
	size_t i, j;

	fill(t);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		for (j = 0; j < ARRAY_SIZE(places); j++) {
			char *sql = xasprintf(
				"CREATE TABLE keep AS SELECT * FROM ledger"
				" WHERE seq = %d;"
				"UPDATE ledger SET %s WHERE seq = %d",
				places[j], columns[i], places[j]);
			char *undo = xasprintf(
				"DELETE FROM ledger WHERE seq = %d;"
				"INSERT INTO ledger SELECT * FROM keep;"
				"DROP TABLE keep",
				places[j]);
			char *entry = xasprintf("entry %d: ", places[j]);
			char *found;

			if (i == 7 && j == 0) /* zeros have no 'a' */
				goto next;
			alter(t, sql);
			store_test_open(t);
			found = problems(t);
			if (strstr(found, entry) == NULL)
				fail_msg("%s at %d: '%s'", columns[i],
					places[j], found);
			/* The newest are checked at every start. */
			assert_int_equal(
				store_ledger_problem(t->store) == NULL, 0);
			store_close(t->store);
			t->store = NULL;
			alter(t, undo);
			free(found);
next:
			free(sql);
			free(undo);
			free(entry);
		}
	}
	store_test_open(t);
	assert_null(store_ledger_problem(t->store));
}

static void
expect_problem(struct store_test *t, const char *sql, const char *line)
{
	char *found;

	fill(t);
	alter(t, sql);
	store_test_open(t);
	found = problems(t);
	if (strstr(found, line) == NULL)
		fail_msg("'%s' is not in '%s'", line, found);
	assert_non_null(store_ledger_problem(t->store));
	free(found);
}

static void
test_drop_is_found(void **state)
{
	expect_problem(*state, "DELETE FROM ledger WHERE seq = 17",
		"entry 17: missing");
}

static void
test_drop_and_renumbering_is_found(void **state)
{
	expect_problem(*state,
		"DELETE FROM ledger WHERE seq = 17;"
		"UPDATE ledger SET seq = seq - 1 WHERE seq > 17;"
		"UPDATE sqlite_sequence SET seq = 199;"
		"UPDATE meta SET value = '199' || substr(value, 4)"
		" WHERE key = 'ledger_head'",
		"entry 17: ");
}

static void
test_reordering_is_found(void **state)
{
	expect_problem(*state,
		"UPDATE ledger SET seq = 1000 WHERE seq = 30;"
		"UPDATE ledger SET seq = 30 WHERE seq = 31;"
		"UPDATE ledger SET seq = 31 WHERE seq = 1000;"
		"UPDATE sqlite_sequence SET seq = 200",
		"entry 30: ");
}

static void
test_truncation_is_found(void **state)
{
	expect_problem(*state, "DELETE FROM ledger WHERE seq > 190",
		"entry 200: missing");
}

/* The head was set back as well; sqlite counts by itself. */
static void
test_truncation_with_head_is_found(void **state)
{
	expect_problem(*state,
		"DELETE FROM ledger WHERE seq > 190;"
		"UPDATE meta SET value = '190 ' ||"
		" (SELECT hash FROM ledger WHERE seq = 190)"
		" WHERE key = 'ledger_head'",
		"200");
}

static void
test_emptied_ledger_is_found(void **state)
{
	expect_problem(*state, "DELETE FROM ledger", "entry 200: missing");
}

static void
test_lost_head_is_found(void **state)
{
	expect_problem(*state,
		"UPDATE meta SET value = 'x' WHERE key = 'ledger_head'",
		"entry 200: is not the recorded head");
}

/* New entries do not cover the gap. */
static void
test_going_on_keeps_damage(void **state)
{
	struct store_test *t = *state;
	char *found;

	expect_problem(t, "DELETE FROM ledger WHERE seq > 190",
		"entry 200: missing");
	append(t, "bob", "C-2");
	found = problems(t);
	assert_non_null(strstr(found, "entry 191: missing"));
	free(found);
}

static void
test_time_never_runs_back(void **state)
{
	struct store_test *t = *state;
	char *found;

	store_test_open(t);
	append(t, "alice", "C-1");
	clock_virtual_advance(&t->clock, -3600 * 1000);
	append(t, "alice", "C-1");
	store_test_reopen(t);
	append(t, "alice", "C-1");
	found = problems(t);
	assert_string_equal(found, "");
	free(found);
}

/* Bytes that are no text do not spoil what follows them. */
static void
test_odd_text(void **state)
{
	struct store_test *t = *state;
	char *found;

	store_test_open(t);
	append(t, "\xff\xfe", "a \"b\" \\ \x01 \xc3\xa4");
	store_test_reopen(t);
	found = problems(t);
	assert_string_equal(found, "");
	free(found);
}

static int
count(const struct ledger_entry *entry, void *arg)
{
	int *n = arg;

	(void)entry;
	(*n)++;
	return 0;
}

static int
matches(struct store_test *t, struct ledger_filter f)
{
	int n = 0;

	WORKS(t, store_ledger_each(t->store, &f, count, &n, &t->e));
	return n;
}

static void
test_filters(void **state)
{
	struct store_test *t = *state;
	struct rollout r = {0};
	struct change c = {0};

	store_test_open(t);
	WORKS(t, store_begin(t->store, &t->e));
	WORKS(t, store_change_put(t->store, &c, &t->e));
	r.change = c.id;
	r.id.number = 57;
	WORKS(t, store_rollout_put(t->store, &r, &t->e));
	WORKS(t, store_commit(t->store, &t->e));
	append(t, "alice", "C-1");
	append(t, "engine", "R-57");
	append(t, "engine", "R-58");
	clock_virtual_advance(&t->clock, 100 * 1000);
	append(t, "bob", "web-01");
	assert_int_equal(matches(t, (struct ledger_filter){0}), 4);
	assert_int_equal(matches(t, (struct ledger_filter){.change = 1}), 2);
	assert_int_equal(
		matches(t, (struct ledger_filter){.change = 1, .most = 1}), 2);
	assert_int_equal(
		matches(t, (struct ledger_filter){.who = "engine"}), 2);
	assert_int_equal(
		matches(t, (struct ledger_filter){.object = "R-58"}), 1);
	assert_int_equal(matches(t, (struct ledger_filter){.after = 3}), 1);
	assert_int_equal(matches(t, (struct ledger_filter){.last = 3}), 3);
	assert_int_equal(
		matches(t, (struct ledger_filter){.what = "change.*"}), 4);
	assert_int_equal(
		matches(t, (struct ledger_filter){.what = "change"}), 0);
	assert_int_equal(
		store_ledger_before(t->store, t->clock.wall_ms / 1000), 3);
	assert_int_equal(store_ledger_before(t->store, 0), 0);
	assert_int_equal(store_ledger_before(t->store, INT64_MAX), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, store_test_begin, store_test_end)
		CASE(test_whole_chain_is_fine),
		CASE(test_hash_is_of_canonical_json),
		CASE(test_each_flip_is_found),
		CASE(test_drop_is_found),
		CASE(test_drop_and_renumbering_is_found),
		CASE(test_reordering_is_found),
		CASE(test_truncation_is_found),
		CASE(test_truncation_with_head_is_found),
		CASE(test_emptied_ledger_is_found),
		CASE(test_lost_head_is_found),
		CASE(test_going_on_keeps_damage),
		CASE(test_time_never_runs_back),
		CASE(test_odd_text),
		CASE(test_filters),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
