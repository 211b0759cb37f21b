/* matrix.h - which version of each service runs in each environment. */
#ifndef SLUICE_TUI_MATRIX_H
#define SLUICE_TUI_MATRIX_H

#include "tui/world.h"

#define MATRIX_SERVICES 40
#define MATRIX_ENVS 16

struct matrix_cell {
	char version[72]; /* that most hosts run; "": none runs anything */
	int hosts, total; /* that run it; that should run something */
};

struct matrix {
	char services[MATRIX_SERVICES][72], envs[MATRIX_ENVS][72];
	size_t service_count, env_count;
	struct matrix_cell cells[MATRIX_SERVICES][MATRIX_ENVS];
	int left_out; /* deployments of services and environments beyond */
};

/* From what the hosts said that they run; in the order of the hosts. */
void matrix_make(const struct collection *hosts, struct matrix *ret);

/* The same of one service, counting the hosts that run this version. */
void matrix_make_of(const struct collection *hosts, const char *service,
	const char *version, struct matrix *ret);

#endif
