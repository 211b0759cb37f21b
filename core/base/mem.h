/* mem.h - allocation that cannot fail: out of memory aborts, the ledger is
 * crash-safe. Everything returned is owned by the caller and freed by free. */
#ifndef SLUICE_BASE_MEM_H
#define SLUICE_BASE_MEM_H

#include <stddef.h>

void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* xstrdup that passes NULL on. */
char *xstrdup_or_null(const char *s);

/* Frees *slot and puts a copy of value (may be NULL) in its place. */
void str_replace(char **slot, const char *value);

/*
 * Makes room for one more element of a growing array; *capacity doubles.
 * Use: ARRAY_GROW(list->items, list->count, list->capacity);
 */
void *array_grow(void *items, size_t count, size_t *capacity, size_t size);
#define ARRAY_GROW(items, count, capacity)                                     \
	((items) = array_grow((items), (count), &(capacity), sizeof(*(items))))

#endif
