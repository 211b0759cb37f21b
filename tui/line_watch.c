/*
 * line_watch.c - a rollout as plain lines, or as JSON lines.
 *
 * Subscribe first, then ask for all hosts: events are whole objects, so that
 * either order is right. What was printed of a host is kept by name; a line
 * is printed when its state differs. After a lost link all is asked again.
 */
#include "tui/line_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "wire/json.h"

#define AWAY_MOST_MS (120 * 1000)

struct watch {
	struct line *l;
	const struct watch_options *options;
	char id[32];
	char *shown;       /* the last line about the rollout */
	json_t *states;    /* host: what was printed of it last */
	json_t *verdicts;  /* metric: what was printed of it last */
	json_t *over;      /* the rollout as it ended, while hosts are asked */
	uv_timer_t pause;  /* runs while it is paused or at a gate */
	uv_timer_t away;   /* runs while there is no engine */
	bool done;
	int status;
	struct error error;
	bool failed;
};

bool
rollout_is_over(const char *state)
{
	return strcmp(state, "succeeded") == 0 ||
	       strcmp(state, "failed") == 0 || strcmp(state, "aborted") == 0 ||
	       strcmp(state, "rolled_back") == 0;
}

static void
watch_end(struct watch *w, int status)
{
	w->done = true;
	w->status = status;
}

static void
watch_fail(struct watch *w, const struct error *e)
{
	w->failed = true;
	w->error = *e;
	w->done = true;
}

static void
on_pause_limit(uv_timer_t *timer)
{
	watch_end(timer->data, 5);
}

static void
on_away_limit(uv_timer_t *timer)
{
	watch_end(timer->data, 69);
}

/* "14:05:07Z" or "15:05:07 CET", with the date when that is not today's. when
 * is a time of the engine; empty: now. */
static void
format_stamp(const char *when, char out[TIME_TEXT_SIZE])
{
	char now[TIME_TEXT_SIZE];
	size_t date = strlen("2026-11-23");
	struct strbuf text, today;
	bool same;

	time_format_utc(clock_wall_ms(clock_real()) / 1000, now);
	strbuf_init(&text);
	strbuf_init(&today);
	time_text(&text, strlen(when) == strlen(now) ? when : now);
	time_text(&today, now);
	same = strncmp(text.buf, today.buf, date) == 0;
	snprintf(out, TIME_TEXT_SIZE, "%s", text.buf + (same ? date + 1 : 0));
	strbuf_finish(&today);
	strbuf_finish(&text);
}

/* "14:05:07Z text", harmless to a terminal, written at once. when: what the
 * line is about happened then; empty: now. */
static void
put_line(struct watch *w, const char *when, const char *sgr, const char *fmt,
	...) SLUICE_PRINTF(4, 5);

static void
put_line(struct watch *w, const char *when, const char *sgr, const char *fmt,
	...)
{
	char at[TIME_TEXT_SIZE];
	struct strbuf raw, safe;
	bool color = w->l->look.color && *sgr != '\0';
	va_list ap;

	strbuf_init(&raw);
	strbuf_init(&safe);
	va_start(ap, fmt);
	strbuf_vaddf(&raw, fmt, ap);
	va_end(ap);
	text_add_printable(&safe, raw.buf, raw.len);
	format_stamp(when, at);
	printf("%s  %s%s%s%s%s\n", at, color ? "\033[" : "",
		color ? sgr : "", color ? "m" : "", safe.buf,
		color ? "\033[0m" : "");
	fflush(stdout);
	strbuf_finish(&raw);
	strbuf_finish(&safe);
}

static bool
is_quiet(const struct watch *w)
{
	return w->options->silent || w->l->quiet;
}

/* One host, if there is news of it. */
static void
show_host(struct watch *w, const json_t *h)
{
	const char *name = json_get_string(h, "host", "");
	const char *state = json_get_string(h, "state", "unknown");
	const char *error = json_get_string(h, "error", "");
	const char *step = json_get_string(h, "step", "");
	const char *when = json_get_string(h, "finished_at", "");
	/* What a host runs is news when it was switched. */
	const char *version = json_get_bool(h, "switched", true) &&
					      strcmp(state, "staged") != 0
				      ? json_get_string(h, "version", "")
				      : "";
	const char *before = json_get_string(w->states, name, "pending");
	char *key = xasprintf("%s %s", state, error);

	if (strcmp(before, key) != 0 && strcmp(key, "pending ") != 0 &&
		!is_quiet(w)) {
		if (w->l->json)
			line_print_json_line(h);
		else if (*error != '\0')
			put_line(w, when, state_color(state),
				"%s %s%s%s: %s", name, state,
				*step ? " at " : "", step, error);
		else
			put_line(w, when, state_color(state),
				"%s %s%s%s", name, state,
				*version ? " " : "", version);
	}
	json_object_set_new(w->states, name, json_string(key));
	free(key);
}

/* What the state means for a script that waits; -1: go on. */
static int
exit_of(const json_t *r)
{
	const char *state = json_get_string(r, "state", "");
	const char *cause = json_get_string(r, "pause_cause", "");

	const char *back = json_get_string(r, "rollback_state", NULL);

	if (strcmp(state, "succeeded") == 0)
		return 0;
	/* On its way back: how that ends is how this ends. */
	if (back != NULL && !rollout_is_over(back))
		return -1;
	if (strcmp(state, "failed") == 0 ||
		(back != NULL && strcmp(back, "failed") == 0))
		return 1;
	if (rollout_is_over(state))
		return 4;
	if (strcmp(state, "paused") == 0 &&
		(strcmp(cause, "failed_hosts") == 0 ||
			strcmp(cause, "analysis") == 0 ||
			strcmp(cause, "unreachable_hosts") == 0 ||
			strcmp(cause, "unknown_hosts") == 0))
		return 1;
	return -1;
}

static void
mind_pause(struct watch *w, const json_t *r)
{
	const char *state = json_get_string(r, "state", "");
	bool waits = strcmp(state, "paused") == 0 ||
		     strcmp(state, "waiting") == 0;

	if (!waits || !w->options->exits)
		uv_timer_stop(&w->pause);
	else if (!uv_is_active((uv_handle_t *)&w->pause))
		uv_timer_start(&w->pause, on_pause_limit,
			(uint64_t)w->options->pause_limit_ms, 0);
}

/* "; else rollback at 14:18:12Z": what follows where its gate is not passed. */
static void
gate_text(const json_t *r, char *out, size_t size)
{
	const json_t *g = json_object_get(r, "gate");
	const char *deadline = json_get_string(g, "deadline", "");
	char at[TIME_TEXT_SIZE];

	out[0] = '\0';
	if (*deadline == '\0' ||
		strcmp(json_get_string(r, "state", ""), "waiting") != 0)
		return;
	format_stamp(deadline, at);
	snprintf(out, size, "; else %s at %s",
		json_get_string(g, "otherwise", "hold"), at);
}

/* Verdicts of the analysis that are others than before. */
static void
put_verdicts(struct watch *w, const json_t *r)
{
	const json_t *m, *metrics = json_object_get(
				 json_object_get(r, "analysis"), "metrics");
	size_t i;

	json_array_foreach(metrics, i, m) {
		const char *name = json_get_string(m, "name", "");
		const char *verdict = json_get_string(m, "verdict", "");

		if (strcmp(json_get_string(w->verdicts, name, ""), verdict) ==
			0)
			continue;
		put_line(w, "", state_color(verdict), "%s analysis, %s %s: %s",
			w->id, name, verdict,
			json_get_string(m, "reason", ""));
		json_object_set_new(w->verdicts, name, json_string(verdict));
	}
}

static void
put_rollout(struct watch *w, const json_t *r)
{
	const char *state = json_get_string(r, "state", "");
	const char *phase = json_get_string(r, "phase", "");
	const char *reason = json_get_string(r, "reason", "");
	char *text, gate[100];

	put_verdicts(w, r);
	if (strcmp(phase, state) == 0)
		phase = "";
	gate_text(r, gate, sizeof(gate));
	text = xasprintf("%s %s%s%s%s%s%s", w->id, state, *phase ? ", " : "",
		phase, *reason ? ": " : "", reason, gate);
	if (w->shown != NULL && strcmp(text, w->shown) == 0) {
		free(text);
		return;
	}
	put_line(w, json_get_string(r, "finished_at", ""), state_color(state),
		"%s (%d of %d hosts done)", text,
		(int)json_get_int(r, "hosts_done", 0),
		(int)json_get_int(r, "hosts_total", 0));
	free(w->shown);
	w->shown = text;
}

static void ask_hosts(struct watch *w, json_t *after);

/* A rollout that is over is asked about its hosts once more, so that the
 * last lines are about what they run now. */
static void
show_rollout(struct watch *w, const json_t *r)
{
	int status = exit_of(r);

	if (json_get_string(r, "id", NULL) == NULL)
		return;
	mind_pause(w, r);
	if (status != -1 && w->options->exits) {
		if (w->over == NULL) {
			w->over = json_deep_copy(r);
			ask_hosts(w, NULL);
		} else {
			json_decref(w->over);
			w->over = json_deep_copy(r);
		}
		return;
	}
	json_decref(w->over);
	w->over = NULL;
	if (is_quiet(w))
		return;
	if (w->l->json)
		line_print_json_line(r);
	else
		put_rollout(w, r);
}

/* A hold wants a person: what can be done about it. */
static void
say_held(const struct watch *w)
{
	const char *program = line_program(w->l);
	const char *cause = json_get_string(w->over, "pause_cause", "");

	if (w->options->silent || w->l->json)
		return;
	line_say(w->l, "It is held. Its hosts, and why: %s rollout hosts %s",
		program, w->id);
	/* A host that was not heard said nothing. */
	if (strcmp(cause, "failed_hosts") == 0)
		line_say(w->l, "What the hosts said: %s rollout log %s",
			program, w->id);
	line_say(w->l,
		"Then retry, exclude --host NAME -m WHY and resume, or "
		"abort --then rollback -m WHY");
	line_say(w->l, "resume goes on past the failed hosts, with the waves "
		       "that are left");
}

static void
show_over(struct watch *w)
{
	int status = exit_of(w->over);

	if (w->l->json && !is_quiet(w))
		line_print_json_line(w->over);
	else if (!w->options->silent && !w->l->json)
		put_rollout(w, w->over);
	if (strcmp(json_get_string(w->over, "state", ""), "paused") == 0)
		say_held(w);
	watch_end(w, status);
}

static void
hosts_answered(const json_t *page, const struct error *error, void *arg)
{
	struct watch *w = arg;
	json_t *next = json_object_get(page, "next"), *h;
	size_t i;

	if (error != NULL) {
		watch_fail(w, error);
		return;
	}
	json_array_foreach(json_object_get(page, "items"), i, h)
		show_host(w, h);
	if (next != NULL && !json_is_null(next))
		ask_hosts(w, next);
	else if (w->over != NULL)
		show_over(w);
}

static void
ask_hosts(struct watch *w, json_t *after)
{
	json_t *params = json_pack("{s:s, s:i}", "id", w->id, "limit", 1000);

	if (after != NULL)
		json_object_set(params, "after", after);
	client_request(
		w->l->client, "rollout.hosts", params, hosts_answered, w);
}

static void
on_event(const char *topic, int64_t seq, const json_t *data, void *arg)
{
	struct watch *w = arg;
	json_t *h;
	size_t i;

	(void)topic;
	(void)seq;
	json_array_foreach(json_object_get(data, "hosts"), i, h)
		show_host(w, h);
	show_rollout(w, json_object_get(data, "rollout"));
}

static void
subscribed(const json_t *result, const struct error *error, void *arg)
{
	struct watch *w = arg;
	char *topic = xasprintf("rollout:%s", w->id);
	const json_t *snapshot;

	if (error != NULL) {
		watch_fail(w, error);
	} else {
		snapshot = json_object_get(
			json_object_get(result, "snapshot"), topic);
		show_rollout(w, json_object_get(snapshot, "rollout"));
		if (w->over == NULL)
			ask_hosts(w, NULL);
	}
	free(topic);
}

static void
subscribe(struct watch *w)
{
	char *topic = xasprintf("rollout:%s", w->id);

	client_request(w->l->client, "subscribe",
		json_pack("{s:[s]}", "topics", topic), subscribed, w);
	free(topic);
}

static void
on_link(bool up, const struct error *why, void *arg)
{
	struct watch *w = arg;

	if (up) {
		uv_timer_stop(&w->away);
		json_decref(w->over);
		w->over = NULL;
		subscribe(w);
		return;
	}
	if (!w->l->json && !is_quiet(w))
		put_line(w, "", "33", "no engine: %s; waiting for it",
			why->text);
	uv_timer_start(&w->away, on_away_limit, AWAY_MOST_MS, 0);
}

static const struct client_handler watch_handler = {on_event, on_link};

/* Resolves the id, says what is watched and subscribes. */
static int
watch_begin(struct watch *w, const char *id, struct error *e)
{
	json_t *o;

	/* The command may have asked something before, without events. */
	if (w->l->client != NULL)
		line_close(w->l);
	if (line_open_with(w->l, &watch_handler, w, e) == -1)
		return -1;
	if (client_call(w->l->client, "rollout.show",
		    json_pack("{s:s}", "id", id), &o, e) == -1)
		return -1;
	snprintf(w->id, sizeof(w->id), "%s", json_get_string(o, "id", id));
	if (!w->l->json && !is_quiet(w))
		put_line(w,
			*json_get_string(o, "finished_at", "")
				? json_get_string(o, "started_at", "")
				: "",
			"1", "%s %s %s %s to %s, %s, %d hosts", w->id,
			json_get_string(o, "kind", ""),
			json_get_string(o, "service", ""),
			json_get_string(o, "version", ""),
			json_get_string(o, "env", ""),
			json_get_string(o, "strategy", ""),
			(int)json_get_int(o, "hosts_total", 0));
	json_decref(o);
	subscribe(w);
	return 0;
}

static void
watch_finish(struct watch *w)
{
	/* Before the loop runs to its end: a timer would keep it. */
	uv_close((uv_handle_t *)&w->pause, NULL);
	uv_close((uv_handle_t *)&w->away, NULL);
	line_close(w->l);
	json_decref(w->states);
	json_decref(w->verdicts);
	json_decref(w->over);
	free(w->shown);
}

int
watch_run(struct line *l, const char *id, const struct watch_options *options)
{
	struct watch w = {.l = l, .options = options};

	w.states = json_object();
	w.verdicts = json_object();
	uv_timer_init(&l->loop, &w.pause);
	uv_timer_init(&l->loop, &w.away);
	w.pause.data = w.away.data = &w;
	if (watch_begin(&w, id, &w.error) == -1)
		watch_fail(&w, &w.error);
	while (!w.done)
		uv_run(&l->loop, UV_RUN_ONCE);
	watch_finish(&w);
	return w.failed ? line_fail(l, &w.error) : w.status;
}

/* Without an id: the newest rollout that is not over, else the newest. */
static int
newest_rollout(struct line *l, char *out, size_t size, struct error *e)
{
	const json_t *r;
	json_t *rows;
	size_t i;
	bool active = false;

	if (line_open(l, e) == -1 ||
		client_list(l->client, "rollout.ls", NULL, &rows, e) == -1)
		return -1;
	out[0] = '\0';
	json_array_foreach(rows, i, r) {
		bool runs = !rollout_is_over(json_get_string(r, "state", ""));

		if (runs || !active)
			snprintf(out, size, "%s", json_get_string(r, "id", ""));
		active = active || runs;
	}
	json_decref(rows);
	if (out[0] != '\0')
		return 0;
	error_set(e, ERROR_NOT_FOUND, "there is no rollout to watch");
	return error_hint(e, "'sluice change new' plans one, 'sluice start' "
			     "runs it");
}

/* On a terminal a person gets the console, opened on the rollout. */
static int
watch_on_screen(struct line *l, const char *id)
{
	char rollout[32];
	struct error e;
	json_t *o;

	if (line_ask(l, "rollout.show", json_pack("{s:s}", "id", id), &o, &e) ==
		-1)
		return line_fail(l, &e);
	snprintf(rollout, sizeof(rollout), "%s", json_get_string(o, "id", id));
	json_decref(o);
	return line_console(l, rollout, false);
}

int
line_watch(struct line *l)
{
	const char *id = args_get(&l->args, "ID");
	const char *limit = args_get(&l->args, "--pause-limit");
	struct watch_options options = {.exits = args_has(&l->args, "--exit"),
		.pause_limit_ms = 30 * 60 * 1000};
	char newest[32];
	struct error e;

	if (limit != NULL &&
		duration_parse(limit, &options.pause_limit_ms, &e) == -1) {
		e.code = ERROR_USAGE;
		error_hint(&e, "--pause-limit takes a duration: 90s, 10m, 2h");
		return line_fail(l, &e);
	}
	if (id == NULL) {
		if (newest_rollout(l, newest, sizeof(newest), &e) == -1)
			return line_fail(l, &e);
		id = newest;
	}
	if (l->look.width > 0 && l->can_ask && !options.exits && !l->json &&
		!args_has(&l->args, "--plain"))
		return watch_on_screen(l, id);
	return watch_run(l, id, &options);
}
