/*
 * matrix.c - which version of each service runs in each environment, from
 * "shop 1.4.2 prod, pay 2.0 prod": what each host said that it runs.
 */
#include "tui/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSIONS_MAX 32

struct deployment {
	char service[72], version[72], env[72]; /* version "-": none */
};

/* How many hosts run each version of one cell. */
struct counts {
	char versions[VERSIONS_MAX][72];
	int hosts[VERSIONS_MAX];
	size_t count;
};

/* Calls fn for each deployment of each host. */
static void
each(const struct collection *hosts,
	void (*fn)(const struct deployment *d, void *arg), void *arg)
{
	size_t i;

	for (i = 0; i < hosts->count; i++) {
		const struct world_host *h = (const void *)hosts->items[i];
		const char *s = h->runs;
		struct deployment d;

		while (s != NULL && sscanf(s, " %71s %71s %71[^, ]", d.service,
					    d.version, d.env) == 3) {
			fn(&d, arg);
			s = strchr(s, ',');
			s = s != NULL ? s + 1 : NULL;
		}
	}
}

static int
place_of(char names[][72], size_t *count, size_t most, const char *name)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	if (*count == most)
		return -1;
	snprintf(names[*count], 72, "%.71s", name);
	return (int)(*count)++;
}

struct making {
	struct matrix *m;
	const char *service; /* NULL: all */
	struct counts *counts;
};

static void
note(const struct deployment *d, void *arg)
{
	struct making *k = arg;
	struct matrix *m = k->m;
	struct counts *n;
	int service, env, version;

	if (k->service != NULL && strcmp(d->service, k->service) != 0)
		return;
	service = place_of(
		m->services, &m->service_count, MATRIX_SERVICES, d->service);
	env = place_of(m->envs, &m->env_count, MATRIX_ENVS, d->env);
	if (service < 0 || env < 0) {
		m->left_out++;
		return;
	}
	m->cells[service][env].total++;
	n = &k->counts[service * MATRIX_ENVS + env];
	version = strcmp(d->version, "-") == 0
			  ? -1
			  : place_of(n->versions, &n->count, VERSIONS_MAX,
				    d->version);
	if (version >= 0)
		n->hosts[version]++;
}

/* Of the version that is asked for, or of the one that most hosts run. */
static void
take(const struct counts *n, const char *version, struct matrix_cell *cell)
{
	size_t i;

	for (i = 0; i < n->count; i++) {
		bool is = version != NULL
				  ? strcmp(n->versions[i], version) == 0
				  : n->hosts[i] > cell->hosts;

		if (!is)
			continue;
		cell->hosts = n->hosts[i];
		snprintf(cell->version, sizeof(cell->version), "%s",
			n->versions[i]);
	}
}

static void
make(const struct collection *hosts, const char *service, const char *version,
	struct matrix *m)
{
	struct making k = {m, service, NULL};
	size_t i, env;

	memset(m, 0, sizeof(*m));
	k.counts = xcalloc((size_t)MATRIX_SERVICES * MATRIX_ENVS,
		sizeof(*k.counts));
	each(hosts, note, &k);
	for (i = 0; i < m->service_count; i++)
		for (env = 0; env < m->env_count; env++)
			take(&k.counts[i * MATRIX_ENVS + env], version,
				&m->cells[i][env]);
	free(k.counts);
}

void
matrix_make(const struct collection *hosts, struct matrix *ret)
{
	make(hosts, NULL, NULL, ret);
}

void
matrix_make_of(const struct collection *hosts, const char *service,
	const char *version, struct matrix *ret)
{
	make(hosts, service, version, ret);
}
