/* methods.h - what the engine's table of methods says about one of them. */
#ifndef SLUICE_TUI_METHODS_H
#define SLUICE_TUI_METHODS_H

#include <stdbool.h>
#include <stddef.h>

struct method_info {
	const char *name;       /* "change.new" */
	const char *permission; /* in words: "plan" */
	bool is_act;            /* changes something, carries a request_id */
	const char *arguments;  /* "id:s! text:s", types as in methods.def */
	const char *help;       /* one sentence */
};

/* NULL when there is no such method. */
const struct method_info *method_find(const char *name);

/* All of them, in the order of the table. */
size_t method_count(void);
const struct method_info *method_at(size_t i);

#endif
