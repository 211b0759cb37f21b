/* cmd_rollout.c - rollouts: looked at, stopped, gone on with, taken back. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/schedule.h"
#include "wire/json.h"

/* From a rollout to the one that undoes it, if there is one. */
static int
follow_back(struct request *rq, struct rollout_id *id, struct error *e)
{
	struct rollout r;
	int found = store_rollout_find(rq->en->store, *id, &r, e);

	if (found == -1)
		return -1;
	if (found == 1) {
		if (r.rollback.number != 0)
			*id = r.rollback;
		rollout_finish(&r);
	}
	return 0;
}

/* What a change started. */
static int
deploy_of_change(struct request *rq, struct change_id id,
	struct rollout_id *ret, struct error *e)
{
	char text[ID_TEXT_SIZE];
	struct change c;
	int found = store_change_find(rq->en->store, id, &c, e);

	change_id_format(id, text);
	if (found == 0)
		error_set(e, ERROR_NOT_FOUND, "no change '%s'", text);
	if (found != 1)
		return -1;
	*ret = c.rollout;
	change_finish(&c);
	if (ret->number != 0)
		return 0;
	error_set(e, ERROR_NOT_FOUND, "%s was never started", text);
	return error_hint(e, "start it: sluice start %s", text);
}

/* A change's latest rollout: its way back once there is one. */
static int
latest_of_change(struct request *rq, struct change_id id,
	struct rollout_id *ret, struct error *e)
{
	if (deploy_of_change(rq, id, ret, e) == -1)
		return -1;
	return follow_back(rq, ret, e);
}

static int
parse_rollout(struct request *rq, const char *text, struct rollout_id *ret,
	struct error *e)
{
	struct change_id change;
	struct rollout r;
	int found;

	if (change_id_parse(text, &change))
		return latest_of_change(rq, change, ret, e);
	if (!rollout_id_parse(text, ret))
		return error_set(e, ERROR_USAGE,
			"'%.40s' is not an id, expected one such as R-57 or "
			"C-42",
			text);
	found = store_rollout_find(rq->en->store, *ret, &r, e);
	if (found == 1)
		rollout_finish(&r);
	if (found == 0) {
		error_set(e, ERROR_NOT_FOUND, "no rollout '%s'", text);
		error_hint(e, "see sluice rollout ls");
	}
	return found == 1 ? 0 : -1;
}

int
arg_rollout(struct request *rq, struct rollout_id *ret, struct error *e)
{
	return parse_rollout(rq, arg_string(rq, "id"), ret, e);
}

/* Answers the rollout as it is after an act, or why there was none. */
void
answer_rollout(
	struct request *rq, struct rollout_id id, int result, struct error *e)
{
	json_t *o = result == -1 ? NULL : objects_rollout(rq->en, id, e);

	if (o == NULL)
		request_fail(rq, e);
	else
		request_done(rq, o);
}

/* ---- looking ---- */

void
cmd_rollout_show(struct request *rq)
{
	struct rollout_id id;
	struct error e;

	answer_rollout(rq, id, arg_rollout(rq, &id, &e), &e);
}

struct list {
	struct request *rq;
	struct page page;
	int state;
	struct rollout_id id;
	const char *host;
};

static int
list_rollout(const struct rollout *r, void *arg)
{
	struct list *l = arg;
	const struct rollout *running = runner_find(l->rq->en->runner, r->id);

	return page_add(&l->page,
		rollout_json(l->rq->en, running == NULL ? r : running),
		r->id.number);
}

void
cmd_rollout_ls(struct request *rq)
{
	struct rollout_filter f = {.service = arg_string(rq, "service"),
		.env = arg_string(rq, "env"),
		.state = -1};
	const char *state = arg_string(rq, "state");
	struct list l = {.rq = rq};
	struct error e;

	if (state != NULL && (f.state = rollout_state_parse(state)) == -1) {
		no_rollout_state(state, &e);
		request_fail(rq, &e);
		return;
	}
	if (check_filters(rq, &e) == -1 || page_init(rq, &l.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	f.after = l.page.after < 0 ? 0 : l.page.after;
	engine_must(store_rollout_each(rq->en->store, &f, list_rollout, &l, &e),
		&e, "read rollouts");
	request_done(rq, page_finish(&l.page));
}

static int
list_host(const struct rollout_host *h, void *arg)
{
	struct list *l = arg;

	if (l->state != -1 && (int)h->state != l->state)
		return 0;
	return page_add(&l->page, rollout_host_json(h), h->index);
}

void
cmd_rollout_hosts(struct request *rq)
{
	const char *state = arg_string(rq, "state");
	struct list l = {.rq = rq, .state = -1};
	struct error e;

	if (state != NULL && (l.state = host_state_parse(state)) == -1) {
		no_host_state(state, &e);
		request_fail(rq, &e);
		return;
	}
	if (arg_rollout(rq, &l.id, &e) == -1 ||
		page_init(rq, &l.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	engine_must(store_rollout_host_each(rq->en->store, l.id, l.page.after,
			    list_host, &l, &e),
		&e, "read hosts of a rollout");
	request_done(rq, page_finish(&l.page));
}

static int
list_step(const struct step_run *s, void *arg)
{
	struct list *l = arg;

	return page_add(&l->page, step_json(s), s->id);
}

static int
find_host(const struct rollout_host *h, void *arg)
{
	const char **name = arg;

	if (strcmp(h->host, *name) != 0)
		return 0;
	*name = NULL;
	return 1;
}

/* "host", if it is given, is one of the rollout's. */
static int
check_host(struct request *rq, struct rollout_id id, struct error *e)
{
	const char *name = arg_string(rq, "host"), *sought = name;
	char text[ID_TEXT_SIZE];

	if (name == NULL)
		return 0;
	if (store_rollout_host_each(
		    rq->en->store, id, -1, find_host, &sought, e) == -1)
		return -1;
	if (sought == NULL)
		return 0;
	rollout_id_format(id, text);
	error_set(e, ERROR_NOT_FOUND, "no host '%.80s' in %s", name, text);
	return error_hint(e, "see sluice rollout hosts %s", text);
}

void
cmd_rollout_steps(struct request *rq)
{
	struct list l = {.rq = rq};
	struct error e;

	if (arg_rollout(rq, &l.id, &e) == -1 ||
		check_host(rq, l.id, &e) == -1 ||
		page_init(rq, &l.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	engine_must(
		store_step_each(rq->en->store, l.id, arg_string(rq, "host"),
			l.page.after < 0 ? 0 : l.page.after, list_step, &l, &e),
		&e, "read steps");
	request_done(rq, page_finish(&l.page));
}

/* ---- the log ---- */

/* The lines of one step as objects; a cursor names step and line. */
#define LINES_A_STEP 100000

struct log {
	struct engine *en;
	struct page *page; /* NULL: tail */
	json_t *tail;
	size_t most;
	const json_t *known; /* lines not to be taken again, or NULL */
};

static json_t *
log_line(const struct step_run *s, int64_t seq, const char *text, size_t len)
{
	json_t *line = json_pack("{s:I, s:o, s:s, s:s, s:i}", "seq",
		(json_int_t)seq, "at",
		json_time((s->finished_at_ms != 0 ? s->finished_at_ms
						  : s->started_at_ms) /
			  1000),
		"host", s->host, "step", s->step, "attempt", s->attempt);

	json_object_set_new(line, "text", json_stringn(text, len));
	return line;
}

static int
log_take(struct log *l, json_t *line, int64_t seq)
{
	if (l->page != NULL && seq <= l->page->after) {
		json_decref(line);
		return 0;
	}
	if (l->page != NULL)
		return page_add(l->page, line, seq);
	json_array_append_new(l->tail, line);
	if (json_array_size(l->tail) > l->most)
		json_array_remove(l->tail, 0);
	return 0;
}

/* How many of the known lines this step printed; they are its last ones. */
static size_t
lines_known(const json_t *known, const struct step_run *s)
{
	const json_t *line;
	size_t i, n = 0;

	json_array_foreach(known, i, line)
		n += strcmp(json_get_string(line, "host", ""), s->host) == 0 &&
		     strcmp(json_get_string(line, "step", ""), s->step) == 0 &&
		     json_get_int(line, "attempt", 0) == s->attempt;
	return n;
}

/* Where the last lines of a text begin. */
static size_t
before_last_lines(const char *text, size_t len, size_t lines)
{
	while (lines-- > 0 && len > 0) {
		len--;
		while (len > 0 && text[len - 1] != '\n')
			len--;
	}
	return len;
}

static int
log_step(const struct step_run *s, void *arg)
{
	struct log *l = arg;
	int64_t dropped, seq = s->id * LINES_A_STEP;
	struct error e;
	char *text, *p;
	size_t len;
	int full = 0;

	if (store_output_find(l->en->store, s->id, &text, &len, &dropped, &e) !=
		1)
		return 0;
	if (l->known != NULL)
		len = before_last_lines(text, len, lines_known(l->known, s));
	for (p = text; !full && p < text + len;) {
		size_t part = strcspn(p, "\n");

		seq++;
		full = log_take(l, log_line(s, seq, p, part), seq);
		p += part + 1;
	}
	free(text);
	return full;
}

/* The last lines, in the order they were printed where the engine saw them;
 * what was printed before it started is in the store. */
json_t *
objects_log_tail(
	struct engine *en, struct rollout_id id, int most, struct error *e)
{
	json_t *seen = events_log_tail(en, id, (size_t)most);
	size_t size = json_array_size(seen);
	struct log l = {en, NULL, json_array(), (size_t)most - size, seen};

	if (size < (size_t)most &&
		store_step_each(en->store, id, NULL, 0, log_step, &l, e) ==
			-1) {
		json_decref(l.tail);
		json_decref(seen);
		return NULL;
	}
	if (seen != NULL)
		json_array_extend(l.tail, seen);
	json_decref(seen);
	return json_pack("{s:o}", "lines", l.tail);
}

void
cmd_rollout_log(struct request *rq)
{
	const char *host = arg_string(rq, "host");
	struct rollout_id id;
	struct page page;
	struct log l = {.en = rq->en, .page = &page};
	struct error e;
	int64_t step;

	if (arg_rollout(rq, &id, &e) == -1 || check_host(rq, id, &e) == -1 ||
		page_init(rq, &page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	if (json_get_bool(rq->args, "tail", false)) {
		l.page = NULL;
		l.tail = page.items;
		l.most = page.limit;
	}
	step = page.after < 0 ? 0 : page.after / LINES_A_STEP - 1;
	engine_must(store_step_each(rq->en->store, id, host,
			    step < 0 ? 0 : step, log_step, &l, &e),
		&e, "read the log");
	request_done(rq, page_finish(&page));
}

/* ---- acts ---- */

/* Whether the calendar and the line let it go on. */
int
may_go_on(struct request *rq, struct rollout_id id, struct error *e)
{
	struct rollout r;
	int result = store_rollout_find(rq->en->store, id, &r, e);

	if (result != 1)
		return result;
	result = schedule_refuse_resume(rq->en, &r, e);
	rollout_finish(&r);
	return result;
}

/* Of one that is over the approvals must hold as well; a way back has none. */
static int
may_retry(struct request *rq, struct rollout_id id, struct error *e)
{
	struct rollout r;
	int result = may_go_on(rq, id, e);

	if (result == 0)
		result = store_rollout_find(rq->en->store, id, &r, e);
	if (result != 1)
		return result;
	result = rollout_is_over(r.state) && r.kind == ROLLOUT_DEPLOY
			 ? change_refuse_retry(rq->en, &r, e)
			 : 0;
	rollout_finish(&r);
	return result;
}

/* Stopping is always allowed. */
static int
may_always(struct request *rq, struct rollout_id id, struct error *e)
{
	(void)rq;
	(void)id;
	(void)e;
	return 0;
}

#define SIMPLE_ACT(handler, act, may)                                          \
	void handler(struct request *rq)                                       \
	{                                                                      \
		struct actor by = request_actor(rq);                           \
		struct rollout_id id = {0};                                    \
		struct error e;                                                \
		int result = arg_rollout(rq, &id, &e);                         \
                                                                               \
		if (result == 0)                                               \
			result = may(rq, id, &e);                              \
		if (result == 0)                                               \
			result = act(rq->en->runner, id, &by, &e);             \
		answer_rollout(rq, id, result, &e);                            \
	}

SIMPLE_ACT(cmd_rollout_pause, runner_pause, may_always)
SIMPLE_ACT(cmd_rollout_resume, runner_resume, may_go_on)

/* `stop` alone allows to stop, not to take hosts back. */
static bool
may_operate(const struct request *rq)
{
	return rq->who.may & (1u << PERMISSION_OPERATE);
}

void
cmd_rollout_abort(struct request *rq)
{
	const char *then = arg_string(rq, "then");
	const char *text = arg_string(rq, "text");
	struct actor by = request_actor(rq);
	struct rollout_id id = {0};
	struct error e;
	bool back = then != NULL && strcmp(then, "rollback") == 0;
	int result = arg_rollout(rq, &id, &e);

	if (result == 0 && then != NULL && !back && strcmp(then, "hold") != 0)
		result = error_set(&e, ERROR_USAGE,
			"no way to end '%.40s', expected hold or rollback",
			then);
	if (result == 0 && back && !may_operate(rq))
		result = error_set(&e, ERROR_DENIED,
			"'%s' may stop a rollout, but not roll it back: that "
			"needs the permission 'operate'",
			by.who);
	if (result == 0)
		result = runner_abort(rq->en->runner, id, back,
			text == NULL ? "aborted" : text, &by, &e);
	answer_rollout(rq, id, result, &e);
}

void
cmd_rollout_retry(struct request *rq)
{
	struct actor by = request_actor(rq);
	struct rollout_id id = {0};
	struct strings hosts;
	struct error e;
	int result = arg_rollout(rq, &id, &e);

	arg_strings(rq, "hosts", &hosts);
	if (result == 0)
		result = may_retry(rq, id, &e);
	if (result == 0)
		result = runner_retry(rq->en->runner, id, &hosts, &by, &e);
	strings_finish(&hosts);
	answer_rollout(rq, id, result, &e);
}

void
cmd_rollout_exclude(struct request *rq)
{
	struct actor by = request_actor(rq);
	struct rollout_id id = {0};
	struct strings hosts;
	struct error e;
	int result = arg_rollout(rq, &id, &e);

	arg_strings(rq, "hosts", &hosts);
	if (result == 0 && hosts.count == 0)
		result = error_set(&e, ERROR_USAGE, "no host is named");
	if (result == 0)
		result = runner_exclude(rq->en->runner, id, &hosts,
			arg_string(rq, "text"), &by, &e);
	strings_finish(&hosts);
	answer_rollout(rq, id, result, &e);
}

/* The latest deploy of a service in an environment. */
static int
latest_deploy(struct request *rq, struct rollout_id *ret, struct error *e)
{
	const char *service = arg_string(rq, "service");
	const char *env = arg_string(rq, "env");
	struct rollout_id any;

	if (service == NULL || env == NULL)
		return error_set(e, ERROR_USAGE,
			"a rollback needs an id, or a service and an "
			"environment");
	if (store_rollout_latest_deploy(rq->en->store, service, env, ret, e) ==
			-1 ||
		store_rollout_latest(rq->en->store, service, env, &any, e) ==
			-1)
		return -1;
	if (ret->number != 0)
		return 0;
	error_set(e, ERROR_NOT_FOUND,
		any.number == 0 ? "nothing of service '%s' was rolled out to "
				  "'%s'"
				: "every rollout of '%s' to '%s' is rolled "
				  "back already",
		service, env);
	return error_hint(e,
		"plan what should run: sluice change new %s "
		"VERSION %s",
		service, env);
}

void
cmd_rollout_rollback(struct request *rq)
{
	struct actor by = request_actor(rq);
	struct rollout_id id = {0}, back = {0};
	struct change_id change;
	struct error e;
	const char *text = arg_string(rq, "id");
	int result;

	if (text == NULL)
		result = latest_deploy(rq, &id, &e);
	else if (change_id_parse(text, &change))
		result = deploy_of_change(rq, change, &id, &e);
	else
		result = arg_rollout(rq, &id, &e);
	if (result == 0)
		result = runner_rollback(rq->en->runner, id,
			arg_string(rq, "to"), arg_string(rq, "text"), &by,
			&back, &e);
	answer_rollout(rq, back, result, &e);
}
