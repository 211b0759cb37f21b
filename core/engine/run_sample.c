/* run_sample.c - how samples are asked for, and read. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "engine/run_watch.h"
#include "model/hostset.h"

/*
 * All metrics of a host in one command, side by side so that none waits for
 * another. Nothing is pasted: commands and their arguments are variables.
 */
static const char sample_script[] =
	"i=0; while [ $i -lt $SLUICE_METRICS ]; do\n"
	"eval \"c=\\$SLUICE_METRIC_$i t=\\$SLUICE_TARGET_$i "
	"q=\\$SLUICE_QUERY_$i\"\n"
	"if [ -n \"$c\" ]; then\n"
	"( o=$(T=$t Q=$q sh -c \"$c\" 2>/dev/null </dev/null); s=$?\n"
	"printf '\\n#metric %s %s\\n%.200s\\n' $i $s \"$o\" ) &\n"
	"fi; i=$((i+1)); done; wait\n";

static const char restarts_script[] =
	"systemctl show -p NRestarts --value -- \"$T\" | grep . || "
	"systemctl --user show -p NRestarts --value -- \"$T\" | grep .";

static const char log_script[] =
	"test -r \"$T\" && { grep -cE -e \"$Q\" -- \"$T\" || [ $? -eq 1 ]; }";

bool
metric_is_command(const struct metric *m)
{
	return m->source == METRIC_RUN || m->source == METRIC_RESTARTS ||
	       m->source == METRIC_LOG;
}

static void
values_of(const struct run_host *h, struct placeholder_values *ret)
{
	bool moved = h->d.switched;

	*ret = (struct placeholder_values){.host = h->d.host,
		.address = h->at->host.address,
		.port = h->at->host.port,
		.service = h->run->d.service,
		.version = moved ? h->d.version : h->d.previous_version,
		.env = h->run->d.env,
		.labels = &h->at->host.labels};
	if (run_colour(h->run) != NULL) {
		int colour = colour_parse(h->run->watch->wave < TRAFFIC_WAVE
						  ? run_old_colour(h->run)
						  : run_colour(h->run));

		if (colour >= 0)
			traffic_values(&h->run->plan.traffic,
				(enum colour)colour, ret);
	}
}

static char *
expand(const struct run_host *h, const char *text)
{
	struct placeholder_values values;
	struct error e;
	char *expanded;

	values_of(h, &values);
	if (text == NULL ||
		placeholder_expand(text, &values, &expanded, &e) == -1)
		return xstrdup(text == NULL ? "" : text);
	return expanded;
}

static void
add_escaped(struct strbuf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-_.~";

	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			strbuf_addc(out, *text);
		else
			strbuf_addf(out, "%%%02X", (unsigned char)*text);
}

char *
watch_url(const struct run_host *h, const struct metric *m)
{
	char *target = expand(h, m->target), *query;
	struct strbuf url;
	size_t len = strlen(target);

	if (m->source != METRIC_PROMETHEUS)
		return target;
	while (len > 0 && target[len - 1] == '/')
		target[--len] = '\0';
	query = expand(h, m->query);
	strbuf_init(&url);
	strbuf_addf(&url, "%s/api/v1/query?query=", target);
	add_escaped(&url, query);
	free(target);
	free(query);
	return url.buf;
}

/* ---- asking ---- */

static void
add_variable(json_t *env, const char *name, size_t i, const char *value)
{
	char key[48];

	snprintf(key, sizeof(key), "SLUICE_%s_%zu", name, i);
	json_object_set_new(env, key, json_string(value));
}

static void
add_command(json_t *env, const struct run_host *h, size_t i)
{
	const struct metric *m = &h->run->plan.metrics[i];
	const struct host *host = &h->at->host;
	char *path;

	switch (m->source) {
	case METRIC_RUN:
		add_variable(env, "METRIC", i, m->target);
		return;
	case METRIC_RESTARTS:
		add_variable(env, "METRIC", i, restarts_script);
		add_variable(env, "TARGET", i, m->target);
		return;
	case METRIC_LOG:
		path = host->transport == TRANSPORT_LOCAL && host->path != NULL
			       ? path_join_root(host->path, m->target)
			       : xstrdup(m->target);
		add_variable(env, "METRIC", i, log_script);
		add_variable(env, "TARGET", i, path);
		add_variable(env, "QUERY", i, m->query);
		free(path);
		return;
	case METRIC_HTTP:
	case METRIC_PROMETHEUS:
	case METRIC_PROBE:
	case METRIC_SOURCE_COUNT:
		return;
	}
}

static json_t *
sample_env(const struct run_host *h)
{
	const struct plan *plan = &h->run->plan;
	json_t *env = json_object();
	char count[16], id[ID_TEXT_SIZE];
	size_t i;

	for (i = 0; i < plan->vars.count; i++)
		json_object_set_new(env, plan->vars.items[i].name,
			json_string(plan->vars.items[i].value));
	for (i = 0; i < plan->metric_count; i++)
		add_command(env, h, i);
	snprintf(count, sizeof(count), "%zu", plan->metric_count);
	rollout_id_format(h->run->d.id, id);
	json_object_update_new(env,
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "SLUICE_METRICS", count,
			"SLUICE_SERVICE", h->run->d.service, "SLUICE_ENV",
			h->run->d.env, "SLUICE_ROLLOUT", id, "SLUICE_STEP",
			"metric"));
	return env;
}

static void
ask_commands(struct watch *w, struct watch_host *wh)
{
	struct run *run = wh->host->run;
	int64_t timeout = 0;
	size_t i;

	for (i = 0; i < run->plan.metric_count; i++) {
		const struct metric *m = &run->plan.metrics[i];

		if (metric_is_command(m) && m->timeout_ms > timeout)
			timeout = m->timeout_ms;
	}
	if (timeout == 0)
		return;
	w->waiting++;
	run_ask_host(wh->host, ASK_SAMPLE, -1, sample_script,
		sample_env(wh->host), timeout);
}

/* The first check that the engine can make by itself. */
static const struct health *
probe_of(const struct run *run)
{
	size_t i;

	for (i = 0; i < run->plan.health_count; i++)
		if (run->plan.health[i].kind != HEALTH_RUN)
			return &run->plan.health[i];
	return NULL;
}

static void
ask_fetch(struct watch *w, struct watch_host *wh, int metric)
{
	struct run *run = wh->host->run;
	const struct metric *m = &run->plan.metrics[metric];
	const struct health *probe = probe_of(run);
	struct fetch f = {.timeout_ms = m->timeout_ms};
	char *url;

	if (m->source == METRIC_PROBE && probe == NULL)
		return;
	if (m->source == METRIC_PROBE) {
		f.is_probe = true;
		f.is_tcp = probe->kind == HEALTH_TCP;
		f.expect = probe->expect;
		url = expand(wh->host, probe->target);
	} else {
		url = watch_url(wh->host, m);
	}
	f.url = url;
	w->waiting++;
	run_ask_fetch(wh->host, ASK_SAMPLE, metric, &f);
	free(url);
}

void
watch_ask(struct run *run)
{
	struct watch *w = run->watch;
	size_t i, k;

	for (i = 0; i < w->host_count; i++) {
		ask_commands(w, &w->hosts[i]);
		for (k = 0; k < run->plan.metric_count; k++)
			if (!metric_is_command(&run->plan.metrics[k]))
				ask_fetch(w, &w->hosts[i], (int)k);
	}
}

/* ---- reading ---- */

void
watch_each_printed(const char *output,
	void (*fn)(int metric, int status, const char *text, void *arg),
	void *arg)
{
	static const char mark[] = "\n#metric ";
	const char *at = output == NULL ? NULL : strstr(output, mark);

	while (at != NULL) {
		const char *next, *text;
		int metric, status, used = 0;
		char *copy;

		at += sizeof(mark) - 1;
		next = strstr(at, mark);
		if (sscanf(at, "%d %d\n%n", &metric, &status, &used) == 2 &&
			used > 0) {
			text = at + used;
			copy = next == NULL
				       ? xstrdup(text)
				       : xstrndup(text,
						 next < text
							 ? 0
							 : (size_t)(next -
								    text));
			fn(metric, status, copy, arg);
			free(copy);
		}
		at = next;
	}
}

/* "1.5" or 1.5: Prometheus writes numbers as strings. */
static int
read_node(const json_t *node, double *ret, struct error *e)
{
	char number[64];

	if (json_is_string(node))
		return sample_parse(json_string_value(node), ret, e);
	if (!json_is_number(node))
		return error_set(e, ERROR_INVALID,
			"the answer has no number there");
	snprintf(number, sizeof(number), "%.17g", json_number_value(node));
	return sample_parse(number, ret, e);
}

/* RFC 6901. */
static const json_t *
follow_pointer(const json_t *node, const char *pointer)
{
	while (*pointer == '/' && node != NULL) {
		size_t len = strcspn(++pointer, "/"), i;
		struct strbuf key;

		strbuf_init(&key);
		for (i = 0; i < len; i++) {
			char c = pointer[i];

			if (c == '~' && i + 1 < len)
				c = pointer[++i] == '1' ? '/' : '~';
			strbuf_addc(&key, c);
		}
		if (json_is_array(node))
			node = key.len > 0 && key.buf[strspn(key.buf,
							"0123456789")] == '\0'
				       ? json_array_get(node,
						 strtoul(key.buf, NULL, 10))
				       : NULL;
		else
			node = json_object_get(node, key.buf);
		strbuf_finish(&key);
		pointer += len;
	}
	return node;
}

/* The one value of an instant query; see the HTTP API of Prometheus. */
static int
read_prometheus(const json_t *answer, double *ret, struct error *e)
{
	const json_t *data = json_object_get(answer, "data");
	const char *type =
		json_string_value(json_object_get(data, "resultType"));
	const json_t *result = json_object_get(data, "result");
	const char *status =
		json_string_value(json_object_get(answer, "status"));
	const char *said =
		json_string_value(json_object_get(answer, "error"));

	if (status == NULL || strcmp(status, "success") != 0)
		return error_set(e, ERROR_INVALID, "the server says: %.80s",
			said == NULL ? "nothing of use" : said);
	if (type != NULL && strcmp(type, "scalar") == 0)
		return read_node(json_array_get(result, 1), ret, e);
	if (type == NULL || strcmp(type, "vector") != 0)
		return error_set(e, ERROR_INVALID,
			"the query answers a %.20s, expected one number",
			type == NULL ? "riddle" : type);
	if (json_array_size(result) != 1)
		return error_set(e, ERROR_INVALID,
			"the query answers %zu series, expected one",
			json_array_size(result));
	return read_node(json_array_get(json_object_get(
						json_array_get(result, 0),
						"value"),
				 1),
		ret, e);
}

static int
read_json(const struct metric *m, const struct fetched *f, double *ret,
	struct error *e)
{
	json_error_t where;
	json_t *answer =
		json_loadb(f->body, f->len, JSON_DECODE_ANY, &where);
	int result;

	if (answer == NULL)
		return error_set(e, ERROR_INVALID,
			"the answer is not JSON: %.80s", where.text);
	result = m->source == METRIC_PROMETHEUS
			 ? read_prometheus(answer, ret, e)
			 : read_node(follow_pointer(answer, m->query), ret, e);
	json_decref(answer);
	return result;
}

int
watch_read(const struct metric *m, const struct fetched *f, double *ret,
	struct error *e)
{
	char *text;
	int result;

	if (m->source == METRIC_PROBE) {
		*ret = strcmp(m->target, "failures") == 0 ? !f->ok : f->took_ms;
		if (f->ok || strcmp(m->target, "failures") == 0)
			return 0;
		return error_set(e, ERROR_IO, "%.120s", f->words);
	}
	if (!f->ok && m->source != METRIC_PROMETHEUS)
		return error_set(e, ERROR_IO, "%.120s", f->words);
	if (!f->ok && f->len == 0)
		return error_set(e, ERROR_IO, "%.120s", f->words);
	if (m->source == METRIC_PROMETHEUS || m->query != NULL)
		return read_json(m, f, ret, e);
	text = xstrndup(f->body, f->len);
	result = sample_parse(text, ret, e);
	free(text);
	return result;
}
