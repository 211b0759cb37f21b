/* store_deployment.c - what runs where, what was healthy, host facts. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

void
deployment_finish(struct deployment *d)
{
	free(d->service);
	free(d->env);
	free(d->host);
	free(d->release);
	free(d->version);
	free(d->previous_version);
	free(d->expected_version);
	free(d->state);
	memset(d, 0, sizeof(*d));
}

static void
deployment_read(struct query *q, struct deployment *d)
{
	d->host = query_text(q);
	d->service = query_text(q);
	d->env = query_text(q);
	d->release = query_text(q);
	d->version = query_text(q);
	d->previous_version = query_text(q);
	d->expected_version = query_text(q);
	d->state = query_text(q);
	d->rollout.number = query_int(q);
	d->changed_at = query_int(q);
	d->seen_at = query_int(q);
}

int
store_deployment_put(
	struct store *s, const struct deployment *d, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_DEPLOYMENT_PUT);
	query_bind_text(&q, d->host);
	query_bind_text(&q, d->service);
	query_bind_text(&q, d->env);
	query_bind_text(&q, d->release);
	query_bind_text(&q, d->version);
	query_bind_text(&q, d->previous_version);
	query_bind_text(&q, d->expected_version);
	query_bind_text(&q, d->state);
	query_bind_int(&q, d->rollout.number);
	query_bind_int(&q, d->changed_at);
	query_bind_int(&q, d->seen_at);
	return query_run(&q, e);
}

int
store_deployment_find(struct store *s, const char *service, const char *env,
	const char *host, struct deployment *ret, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_DEPLOYMENT_FIND);
	query_bind_text(&q, host);
	query_bind_text(&q, service);
	query_bind_text(&q, env);
	got = query_next(&q, e);
	if (got == 1)
		deployment_read(&q, ret);
	query_end(&q);
	return got;
}

int
store_deployment_each(struct store *s, const char *service, const char *env,
	const char *host, int (*fn)(const struct deployment *d, void *arg),
	void *arg, struct error *e)
{
	struct query q;
	struct deployment d;
	int got;

	query_begin(&q, s,
		host == NULL ? STATEMENT_DEPLOYMENT_EACH
			     : STATEMENT_DEPLOYMENT_EACH_HOST);
	query_bind_text(&q, service);
	query_bind_text(&q, env);
	if (host != NULL)
		query_bind_text(&q, host);
	while ((got = query_next(&q, e)) == 1) {
		deployment_read(&q, &d);
		got = fn(&d, arg);
		deployment_finish(&d);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_healthy_put(struct store *s, const char *service, const char *host,
	const char *release, const char *version, const char *plan_digest,
	int64_t at, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_HEALTHY_PUT);
	query_bind_text(&q, service);
	query_bind_text(&q, host);
	query_bind_text(&q, release);
	query_bind_text(&q, version);
	query_bind_text(&q, plan_digest);
	query_bind_int(&q, at);
	return query_run(&q, e);
}

int
store_healthy_withdraw(struct store *s, const char *service, const char *host,
	const char *release, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_HEALTHY_WITHDRAW);
	query_bind_text(&q, service);
	query_bind_text(&q, host);
	query_bind_text(&q, release);
	return query_run(&q, e);
}

int
store_healthy_find(struct store *s, const char *service, const char *host,
	const char *except, const char *version, char **ret_release,
	char **ret_version, char ret_plan[DIGEST_HEX_SIZE], struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_HEALTHY_FIND);
	query_bind_text(&q, service);
	query_bind_text(&q, host);
	query_bind_text(&q, except);
	query_bind_text(&q, version);
	got = query_next(&q, e);
	if (got == 1) {
		*ret_release = query_text(&q);
		*ret_version = query_text(&q);
		query_hash(&q, ret_plan);
	}
	query_end(&q);
	return got;
}

int
store_host_fact_put(struct store *s, const char *host, const char *key,
	const char *value, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_HOST_FACT_PUT);
	query_bind_text(&q, host);
	query_bind_text(&q, key);
	query_bind_text(&q, value);
	return query_run(&q, e);
}

int
store_host_fact_find(struct store *s, const char *host, const char *key,
	char **ret, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_HOST_FACT_FIND);
	query_bind_text(&q, host);
	query_bind_text(&q, key);
	got = query_next(&q, e);
	if (got == 1)
		*ret = query_text(&q);
	query_end(&q);
	return got;
}

int
store_host_fact_drop(
	struct store *s, const char *host, const char *key, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_HOST_FACT_DROP);
	query_bind_text(&q, host);
	query_bind_text(&q, key);
	return query_run(&q, e);
}

int
store_host_fact_each(struct store *s, const char *host,
	int (*fn)(const char *host, const char *key, const char *value,
		void *arg),
	void *arg, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s,
		host == NULL ? STATEMENT_HOST_FACT_ALL
			     : STATEMENT_HOST_FACT_EACH);
	if (host != NULL)
		query_bind_text(&q, host);
	while ((got = query_next(&q, e)) == 1) {
		char *of = query_text(&q), *key = query_text(&q);
		char *value = query_text(&q);

		got = fn(of, key, value, arg);
		free(of);
		free(key);
		free(value);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}
