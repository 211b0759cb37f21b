/* waves.c - which hosts move together, and when a failure budget is spent. */
#include "model/waves.h"

#include <stdlib.h>
#include <string.h>

#include "model/gate.h"
#include "model/hostset.h"
#include "model/traffic.h"

#define PORTION_MAX 1000000

int
portion_parse(const char *s, struct portion *ret, struct error *e)
{
	size_t digits = strspn(s, "0123456789");
	bool is_percent = s[digits] == '%';
	long number = digits > 0 && digits <= 7 ? strtol(s, NULL, 10) : 0;

	if (digits == 0 || s[digits + is_percent] != '\0' || number < 1 ||
		number > (is_percent ? 100 : PORTION_MAX))
		return error_set(e, ERROR_INVALID,
			"'%.40s' is not a number of hosts, expected one such "
			"as 5 (from 1) or \"25%%\" (1%% to 100%%)",
			s);
	ret->number = (int)number;
	ret->is_percent = is_percent;
	return 0;
}

int
portion_of(const struct portion *p, int total)
{
	int64_t hosts = p->number;

	if (p->is_percent)
		hosts = ((int64_t)total * p->number + 99) / 100;
	return hosts < 1 ? 1 : (int)hosts;
}

/* Size of wave n (from 1) when so many hosts have one already. */
static int
wave_size(const struct strategy *s, int n, int total, int taken)
{
	size_t i = (size_t)n - 1;

	if (s->kind == STRATEGY_ALL || s->portion_count == 0)
		return total;
	if (s->kind == STRATEGY_ROLLING) {
		if (i >= s->portion_count)
			i = s->portion_count - 1;
		return portion_of(&s->portions[i], total);
	}
	/* How far each goes: one that goes no further is no wave. */
	for (i = 0; i < s->portion_count; i++)
		if (portion_of(&s->portions[i], total) > taken)
			return portion_of(&s->portions[i], total) - taken;
	return total - taken;
}

/* The hosts of one value of the label that keeps hosts apart. */
struct value {
	int left;      /* hosts without a wave */
	int last_wave; /* that has one of them */
};

struct values {
	struct strings names; /* sorted, unique */
	struct value *items;  /* beside names */
	size_t open;	      /* values with hosts left */
};

/* What is left to be given a wave: indexes in order, from first on. */
struct queue {
	size_t *items;
	struct value **values; /* by index; NULL: apart from everybody */
	size_t first, count;
	size_t free_hosts; /* those left that have no value */
};

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
values_init(struct values *v, const char *label,
	const struct host *const *hosts, size_t count)
{
	size_t i, kept = 0;

	memset(v, 0, sizeof(*v));
	for (i = 0; label != NULL && i < count; i++) {
		const char *value = pairs_get(&hosts[i]->labels, label);

		if (value != NULL)
			strings_add(&v->names, value);
	}
	if (v->names.count > 1)
		qsort(v->names.items, v->names.count, sizeof(char *),
			compare_names);
	for (i = 0; i < v->names.count; i++) {
		if (kept > 0 && strcmp(v->names.items[kept - 1],
					v->names.items[i]) == 0)
			free(v->names.items[i]);
		else
			v->names.items[kept++] = v->names.items[i];
	}
	v->names.count = v->open = kept;
	v->items = xcalloc(kept, sizeof(*v->items));
}

static struct value *
values_find(struct values *v, const char *label, const struct host *h)
{
	const char *value = label == NULL ? NULL : pairs_get(&h->labels, label);
	char **found;

	if (value == NULL)
		return NULL;
	found = bsearch(&value, v->names.items, v->names.count, sizeof(char *),
		compare_names);
	assert(found != NULL);
	return &v->items[found - v->names.items];
}

static void
queue_init(struct queue *q, struct values *v, const char *label,
	const struct host *const *hosts, size_t count)
{
	size_t i;

	memset(q, 0, sizeof(*q));
	q->items = xcalloc(count, sizeof(*q->items));
	q->values = xcalloc(count, sizeof(*q->values));
	q->count = count;
	for (i = 0; i < count; i++) {
		q->items[i] = i;
		q->values[i] = values_find(v, label, hosts[i]);
		if (q->values[i] == NULL)
			q->free_hosts++;
		else
			q->values[i]->left++;
	}
}

static bool
take(struct queue *q, struct values *v, size_t host, int wave)
{
	struct value *value = q->values[host];

	if (value == NULL) {
		q->free_hosts--;
		return true;
	}
	if (value->last_wave == wave)
		return false;
	value->last_wave = wave;
	if (--value->left == 0)
		v->open--;
	return true;
}

/*
 * Takes the first hosts whose value the wave does not have yet. Those passed
 * over move up to where the next wave begins, in order. It looks no further
 * than the wave can still grow, so that thousands of hosts cost no square.
 */
static void
fill_wave(struct queue *q, struct values *v, int wave, size_t size,
	int *ret_waves)
{
	size_t most = v->open + q->free_hosts, i = q->first, passed = 0;

	if (size < most)
		most = size;
	for (; most > 0; i++) {
		if (take(q, v, q->items[i], wave)) {
			ret_waves[q->items[i]] = wave;
			memmove(q->items + q->first + 1, q->items + q->first,
				passed * sizeof(*q->items));
			q->first++;
			most--;
		} else {
			passed++;
		}
	}
}

/* Waves of some hosts, numbered on from first; how many there are now. */
static int
assign_part(const struct strategy *s, const struct host *const *hosts,
	size_t host_count, int first, int *ret_waves)
{
	const char *apart = s->kind == STRATEGY_ALL ? NULL : s->apart;
	struct values values;
	struct queue queue;
	int wave = first;

	values_init(&values, apart, hosts, host_count);
	queue_init(&queue, &values, apart, hosts, host_count);
	while (queue.first < queue.count) {
		wave++;
		fill_wave(&queue, &values, wave,
			(size_t)wave_size(s, wave - first, (int)host_count,
				(int)queue.first),
			ret_waves);
	}
	strings_finish(&values.names);
	free(values.items);
	free(queue.items);
	free(queue.values);
	return wave;
}

/* The first group whose selector takes the host; -1: none does. */
static int
group_of(const struct strategy *s, struct selector **selectors,
	const struct host *h)
{
	size_t i;

	for (i = 0; i < s->group_count; i++)
		if (selector_matches(selectors[i], h))
			return (int)i;
	return -1;
}

static void
groups_by_selector(const struct strategy *s, const struct host *const *hosts,
	size_t count, struct wave_groups *ret)
{
	struct selector **selectors =
		xcalloc(s->group_count, sizeof(*selectors));
	bool has_others = false;
	size_t i;

	for (i = 0; i < s->group_count; i++) {
		int parsed =
			selector_parse(s->groups[i].hosts, &selectors[i], NULL);

		assert(parsed == 0); /* the configuration was checked */
		strings_add(&ret->names, s->groups[i].name);
	}
	for (i = 0; i < count; i++) {
		ret->of_host[i] = group_of(s, selectors, hosts[i]);
		has_others = has_others || ret->of_host[i] == -1;
		if (ret->of_host[i] == -1)
			ret->of_host[i] = (int)s->group_count;
	}
	if (has_others)
		strings_add(&ret->names, WAVES_OTHERS);
	for (i = 0; i < s->group_count; i++)
		selector_destroy(selectors[i]);
	free(selectors);
}

/* One group for each value, in the order in which they come. */
static void
groups_by_label(const char *label, const struct host *const *hosts,
	size_t count, struct wave_groups *ret)
{
	bool has_others = false;
	size_t i, k;

	for (i = 0; i < count; i++) {
		const char *value = pairs_get(&hosts[i]->labels, label);

		if (value != NULL && !strings_has(&ret->names, value))
			strings_add(&ret->names, value);
	}
	for (i = 0; i < count; i++) {
		const char *value = pairs_get(&hosts[i]->labels, label);

		for (k = 0; value != NULL && k < ret->names.count; k++)
			if (strcmp(ret->names.items[k], value) == 0)
				break;
		ret->of_host[i] =
			(int)(value == NULL ? ret->names.count : k);
		has_others = has_others || value == NULL;
	}
	if (has_others)
		strings_add(&ret->names, WAVES_OTHERS);
}

bool
wave_groups_find(const struct strategy *s, const struct host *const *hosts,
	size_t host_count, struct wave_groups *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (s->group_count == 0 && s->by == NULL)
		return false;
	ret->of_host = xcalloc(host_count, sizeof(*ret->of_host));
	if (s->by != NULL)
		groups_by_label(s->by, hosts, host_count, ret);
	else
		groups_by_selector(s, hosts, host_count, ret);
	return true;
}

void
wave_groups_finish(struct wave_groups *g)
{
	strings_finish(&g->names);
	free(g->of_host);
	memset(g, 0, sizeof(*g));
}

static int
assign_groups(const struct strategy *s, const struct wave_groups *groups,
	const struct host *const *hosts, size_t count, int *ret_waves)
{
	const struct host **part = xcalloc(count, sizeof(*part));
	size_t *index = xcalloc(count, sizeof(*index)), i, group;
	int *waves = xcalloc(count, sizeof(*waves)), last = 0;

	for (group = 0; group < groups->names.count; group++) {
		size_t n = 0;

		for (i = 0; i < count; i++) {
			if (groups->of_host[i] != (int)group)
				continue;
			part[n] = hosts[i];
			index[n++] = i;
		}
		last = assign_part(s, part, n, last, waves);
		for (i = 0; i < n; i++)
			ret_waves[index[i]] = waves[i];
	}
	free(part);
	free(index);
	free(waves);
	return last;
}

/* Those that route move traffic after the others have what is to go live. */
static int
assign_colours(const struct traffic *t, const struct host *const *hosts,
	size_t host_count, int *ret_waves)
{
	struct selector *routers = NULL;
	int waves = 1;
	size_t i;

	if (t->routers != NULL && selector_parse(t->routers, &routers, NULL) ==
					  -1)
		routers = NULL; /* checked when it was configured */
	for (i = 0; i < host_count; i++) {
		ret_waves[i] = routers != NULL && selector_matches(routers,
							  hosts[i])
				       ? TRAFFIC_WAVE
				       : 1;
		if (ret_waves[i] > waves)
			waves = ret_waves[i];
	}
	selector_destroy(routers);
	return waves;
}

int
waves_assign(const struct strategy *s, const struct host *const *hosts,
	size_t host_count, int *ret_waves)
{
	struct wave_groups groups;
	int waves;

	if (s->kind == STRATEGY_BLUE_GREEN)
		return assign_colours(
			&s->traffic, hosts, host_count, ret_waves);

	if (!wave_groups_find(s, hosts, host_count, &groups))
		return assign_part(s, hosts, host_count, 0, ret_waves);
	waves = assign_groups(s, &groups, hosts, host_count, ret_waves);
	wave_groups_finish(&groups);
	return waves;
}

static bool
is_reached(int limit, int count)
{
	return limit > 0 && count >= limit;
}

bool
budget_is_reached(
	const struct budget *b, int total, int failed, int unreachable)
{
	struct portion percent = {b->percent, true};

	if (is_reached(b->hosts, failed) ||
		is_reached(b->unreachable, unreachable))
		return true;
	return b->percent > 0 && failed > 0 &&
	       failed >= portion_of(&percent, total);
}
