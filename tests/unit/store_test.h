/* store_test.h - a directory of its own for each test of the store. */
#ifndef SLUICE_TESTS_UNIT_STORE_TEST_H
#define SLUICE_TESTS_UNIT_STORE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "store/store.h"

struct store_test {
	char dir[512];
	struct clock_virtual clock;
	struct store *store;
	struct error e;
};

static inline int
store_test_remove_one(
	const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline int
store_test_begin(void **state)
{
	struct store_test *t = xcalloc(1, sizeof(*t));
	const char *tmp = getenv("TMPDIR");

	snprintf(t->dir, sizeof(t->dir), "%s/sluice-store-XXXXXX",
		tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(t->dir) == NULL)
		return -1;
	clock_virtual_init(&t->clock, INT64_C(1764000000000));
	*state = t;
	return 0;
}

static inline int
store_test_end(void **state)
{
	struct store_test *t = *state;

	store_close(t->store);
	nftw(t->dir, store_test_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

/* A call that must succeed, with what it said if it does not. */
#define WORKS(t, call)                                                         \
	do {                                                                   \
		if ((call) == -1)                                              \
			fail_msg("%s: %s", #call, (t)->e.text);                \
	} while (0)

static inline void
store_test_open(struct store_test *t)
{
	WORKS(t, store_open(t->dir, &t->clock.clock, &t->store, &t->e));
}

static inline void
store_test_reopen(struct store_test *t)
{
	store_close(t->store);
	t->store = NULL;
	store_test_open(t);
}

/* A database as somebody else may alter it. */
static inline char *
store_test_database(const struct store_test *t)
{
	return xasprintf("%s/sluice.db", t->dir);
}

#endif
