/*
 * app.c - the console on a terminal: one libuv loop over keys, the engine's
 * socket and timers.
 *
 * A key is painted at once, and what it asked for as it comes; what the engine
 * says by itself is painted with the next frame, four a second here and one a
 * second over ssh, and only if something changed. When nothing changes nothing
 * is sent.
 */
#include "tui/app.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/console.h"
#include "tui/plain.h"
#include "tui/screen.h"
#include "tui/sign.h"
#include "tui/tour.h"
#include "tui/view.h"

#define RESIZE_QUIET_MS 50
#define READ_BYTES 4096
#define UNSENT_PATIENCE_MS 200
#define GOODBYE_MS 200

/* What a key asked for is awaited: its answers are painted as they come. */
#define AWAITED_MS 500
#define AWAITED_FRAME_MS 30

struct app {
	uv_loop_t loop;
	struct client *client;
	struct console console;
	struct screen *screen;
	struct canvas canvas;
	struct input input;
	int keys_fd; /* where keys are read */
	uv_poll_t tty;
	uv_timer_t frame, tick, keys, resize;
	uv_signal_t winch, tstp, cont;
	uv_check_t after; /* each turn of the loop */
	bool is_slow;
	int64_t painted_at_ms, blocked_since_ms;
	int64_t keyed_at_ms; /* or begun */
	bool done;
};

static int64_t
now_ms(void)
{
	return clock_mono_ms(clock_real());
}

/* --- painting --- */

static void
paint(struct app *a)
{
	struct console *c = &a->console;
	size_t i;

	if (a->canvas.width != c->width || a->canvas.height != c->height ||
		a->canvas.ascii != c->glyphs.ascii) {
		canvas_finish(&a->canvas);
		canvas_init(&a->canvas, c->width, c->height, c->glyphs.ascii);
	}
	if (c->wants_redraw)
		screen_invalidate(a->screen);
	c->wants_redraw = false;
	console_paint(c, &a->canvas);
	screen_paint(
		a->screen, &a->canvas, &c->theme, console_overlays(c));
	for (i = 0; i < c->link_count; i++)
		screen_link(a->screen, c->links[i].y, c->links[i].x,
			c->links[i].url);
	if (c->raw.len > 0)
		screen_raw(a->screen, c->raw.buf, c->raw.len);
	strbuf_clear(&c->raw);
	a->painted_at_ms = now_ms();
}

static int
frame_ms(const struct app *a)
{
	int fps = a->console.fps > 0 ? a->console.fps : a->is_slow ? 1 : 4;

	if (now_ms() - a->keyed_at_ms < AWAITED_MS)
		return AWAITED_FRAME_MS;
	return 1000 / fps;
}

/* Whether the terminal still chews on the last frame. */
static bool
is_blocked(struct app *a)
{
	if (screen_unsent(a->screen) == 0) {
		a->blocked_since_ms = 0;
		return false;
	}
	if (a->blocked_since_ms == 0)
		a->blocked_since_ms = now_ms();
	return now_ms() - a->blocked_since_ms > UNSENT_PATIENCE_MS;
}

static void
on_frame(uv_timer_t *timer)
{
	struct app *a = timer->data;

	if (is_blocked(a)) {
		uv_timer_start(timer, on_frame, UNSENT_PATIENCE_MS, 0);
		return;
	}
	if (a->console.stale || a->console.dirty)
		paint(a);
}

/* Paints with the next frame, if there is something to paint. */
static void
plan_frame(struct app *a)
{
	int64_t due = a->painted_at_ms + frame_ms(a) - now_ms();

	if (a->screen == NULL || !a->console.stale ||
		uv_is_active((uv_handle_t *)&a->frame))
		return;
	uv_timer_start(&a->frame, on_frame, due > 0 ? (uint64_t)due : 0, 0);
}

/* --- time --- */

static void after_input(struct app *a);

static void
on_tick(uv_timer_t *timer)
{
	struct app *a = timer->data;

	console_tick(&a->console);
	after_input(a);
}

/* --- keys --- */

static void on_tstp(uv_signal_t *handle, int signo);

static void
suspend(struct app *a)
{
	a->console.wants_suspend = false;
	screen_suspend(a->screen);
	/* The kernel's own stop, which does nothing where no shell could let
	 * the program go on. */
	uv_signal_stop(&a->tstp);
	kill(0, SIGTSTP);
	uv_signal_start(&a->tstp, on_tstp, SIGTSTP);
	screen_resume(a->screen);
	screen_resized(a->screen);
	a->console.dirty = true;
}

static void
stop(struct app *a)
{
	a->done = true;
	uv_stop(&a->loop);
}

/* What the person should hear of rings, and the title says how much does. */
static void
ring(struct app *a)
{
	struct console *c = &a->console;
	size_t needs = c->world->lists[WORLD_NEEDS].count;
	char bytes[400];

	notice_bytes(c, getenv("TMUX") != NULL, bytes, sizeof(bytes));
	if (bytes[0] != '\0')
		screen_raw(a->screen, bytes, strlen(bytes));
	if (c->needs_known)
		screen_title(a->screen, needs);
}

/* What follows from whatever happened just now. */
static void
after_input(struct app *a)
{
	if (a->screen == NULL)
		return;
	if (a->console.wants_quit) {
		stop(a);
		return;
	}
	if (a->console.wants_suspend)
		suspend(a);
	screen_mouse(a->screen, a->console.mouse);
	ring(a);
	if (a->console.dirty)
		paint(a);
	plan_frame(a);
}

static void
on_key(const struct input_event *ev, void *arg)
{
	struct app *a = arg;

	a->keyed_at_ms = now_ms();
	if (!a->console.wants_quit)
		console_key(&a->console, ev);
}

static void on_keys_due(uv_timer_t *timer);

static void
plan_keys(struct app *a)
{
	int wait = input_wait(&a->input, now_ms());

	if (wait < 0)
		uv_timer_stop(&a->keys);
	else
		uv_timer_start(&a->keys, on_keys_due, (uint64_t)wait, 0);
}

static void
on_keys_due(uv_timer_t *timer)
{
	struct app *a = timer->data;

	input_tick(&a->input, now_ms(), on_key, a);
	plan_keys(a);
	after_input(a);
}

static void
on_tty(uv_poll_t *poll, int status, int events)
{
	struct app *a = poll->data;
	unsigned char bytes[READ_BYTES];
	ssize_t n;

	(void)events;
	n = status < 0 ? 0 : read(a->keys_fd, bytes, sizeof(bytes));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		/* The terminal went away; the rollouts go on. */
		uv_poll_stop(poll);
		stop(a);
		return;
	}
	input_feed(&a->input, bytes, (size_t)n, now_ms(), on_key, a);
	plan_keys(a);
	after_input(a);
}

/* --- signals --- */

static void
on_resize_quiet(uv_timer_t *timer)
{
	struct app *a = timer->data;
	int width, height;

	if (!screen_resized(a->screen))
		return;
	screen_size(a->screen, &width, &height);
	console_resize(&a->console, width, height);
	after_input(a);
}

static void
on_winch(uv_signal_t *handle, int signo)
{
	struct app *a = handle->data;

	(void)signo;
	uv_timer_start(&a->resize, on_resize_quiet, RESIZE_QUIET_MS, 0);
}

static void
on_tstp(uv_signal_t *handle, int signo)
{
	struct app *a = handle->data;

	(void)signo;
	a->console.wants_suspend = true;
	after_input(a);
}

static void
on_cont(uv_signal_t *handle, int signo)
{
	struct app *a = handle->data;

	(void)signo;
	screen_invalidate(a->screen);
	a->console.dirty = true;
	on_resize_quiet(&a->resize);
	after_input(a);
}

/* --- the engine --- */

static void
on_event(const char *topic, int64_t seq, const json_t *data, void *arg)
{
	struct app *a = arg;

	console_event(&a->console, topic, seq, data);
	plan_frame(a);
}

static void
on_link(bool up, const struct error *why, void *arg)
{
	struct app *a = arg;

	/* The first time it comes up before client_open has returned. */
	if (a->client == NULL)
		return;
	if (up)
		console_link_up(&a->console, client_hello(a->client));
	else
		console_link_down(&a->console, why);
	after_input(a);
}

static const struct client_handler handler = {on_event, on_link};

static void
io_request(void *arg, const char *method, json_t *params, client_answer answer,
	void *answer_arg)
{
	struct app *a = arg;

	client_request(a->client, method, params, answer, answer_arg);
}

static void
io_request_fd(void *arg, const char *method, json_t *params, int fd,
	client_answer answer, void *answer_arg)
{
	struct app *a = arg;

	client_request_fds(
		a->client, method, params, &fd, 1, answer, answer_arg);
}

static void
io_flush_input(void *arg)
{
	struct app *a = arg;

	screen_flush_input(a->screen);
	input_flush(&a->input);
}

/* ssh-keygen may ask for a passphrase or a touch: the terminal is its own
 * meanwhile. */
static int
io_sign(void *arg, const json_t *statement, const char *verb,
	const char *digest, const char *key, char **ret_signature,
	struct error *e)
{
	struct app *a = arg;
	int result;

	screen_suspend(a->screen);
	result = sign_statement(statement, verb, digest, key, ret_signature, e);
	screen_resume(a->screen);
	screen_resized(a->screen);
	a->console.dirty = true;
	return result;
}

static const struct console_io io = {
	io_request, io_flush_input, io_request_fd, io_sign};

/* --- life --- */

static bool
is_over_ssh(void)
{
	static const char *const names[] = {
		"SSH_CONNECTION", "SSH_TTY", "MOSH_IP", "TERMUX_VERSION"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (getenv(names[i]) != NULL)
			return true;
	return false;
}

static bool
no_color(const struct console_options *o)
{
	const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");

	if (o->no_color)
		return true;
	if (force != NULL && force[0] != '\0' && strcmp(force, "0") != 0)
		return false;
	return no != NULL && no[0] != '\0';
}

static void
choose_looks(struct app *a, const struct console_options *o)
{
	struct console *c = &a->console;

	c->depth = no_color(o) ? THEME_MONO : screen_depth(a->screen);
	c->theme_fixed = o->theme != NULL;
	console_set_theme(c, o->theme != NULL	      ? o->theme
			     : c->depth == THEME_MONO ? "mono"
						      : "terminal");
	c->glyphs_chosen = o->glyphs != NULL;
	if (o->glyphs != NULL || strcmp(c->theme.glyphs, "auto") == 0)
		console_set_glyphs(
			c, o->glyphs != NULL ? o->glyphs : "auto");
	if (screen_remark(a->screen)[0] != '\0')
		console_say(
			c, STYLE_NOTICE_WARN, "%s", screen_remark(a->screen));
}

/* The terminal opened anew: libuv makes what it polls non-blocking, and that
 * would stay with the descriptor of whoever runs after us. */
static int
open_keys(void)
{
	const char *name = ttyname(STDIN_FILENO);
	int fd =
		name == NULL ? -1 : open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd == -1)
		fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	return fd == -1 ? STDIN_FILENO : fd;
}

/* Answers came in: what they changed is painted. */
static void
on_turn(uv_check_t *check)
{
	after_input(check->data);
}

static void
start_handles(struct app *a)
{
	uv_timer_t *timers[] = {&a->frame, &a->tick, &a->keys, &a->resize};
	uv_signal_t *signals[] = {&a->winch, &a->tstp, &a->cont};
	size_t i;

	a->keys_fd = open_keys();
	uv_poll_init(&a->loop, &a->tty, a->keys_fd);
	a->tty.data = a;
	uv_poll_start(&a->tty, UV_READABLE, on_tty);
	for (i = 0; i < ARRAY_SIZE(timers); i++) {
		uv_timer_init(&a->loop, timers[i]);
		timers[i]->data = a;
	}
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		uv_signal_init(&a->loop, signals[i]);
		signals[i]->data = a;
	}
	uv_signal_start(&a->winch, on_winch, SIGWINCH);
	uv_signal_start(&a->tstp, on_tstp, SIGTSTP);
	uv_signal_start(&a->cont, on_cont, SIGCONT);
	uv_check_init(&a->loop, &a->after);
	a->after.data = a;
	uv_check_start(&a->after, on_turn);
	uv_timer_start(&a->tick, on_tick, 1000, 1000);
}

/* The client's handles are its own to close. */
static void
close_handles(struct app *a)
{
	uv_handle_t *handles[] = {(uv_handle_t *)&a->tty,
		(uv_handle_t *)&a->frame, (uv_handle_t *)&a->tick,
		(uv_handle_t *)&a->keys, (uv_handle_t *)&a->resize,
		(uv_handle_t *)&a->winch, (uv_handle_t *)&a->tstp,
		(uv_handle_t *)&a->cont, (uv_handle_t *)&a->after};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(handles); i++)
		uv_close(handles[i], NULL);
}

/* What the engine is to keep goes out before the end, if it listens. */
static void
say_goodbye(struct app *a)
{
	int64_t until = now_ms() + GOODBYE_MS;

	memory_flush(&a->console);
	while (client_is_waiting(a->client) && now_ms() < until)
		uv_run(&a->loop, UV_RUN_NOWAIT);
}

static int
run_on_screen(struct app *a, const struct console_options *o)
{
	struct console *c = &a->console;

	a->keyed_at_ms = now_ms();
	a->is_slow = is_over_ssh();
	c->slow_link = a->is_slow;
	if (o->tour)
		tour_begin(c);
	c->in_screen = getenv("STY") != NULL;
	if (getenv("REDUCED_MOTION") != NULL)
		c->motion = MOTION_NONE;
	input_init(&a->input, a->is_slow ? 100 : 25,
		!screen_has_bracketed_paste(a->screen));
	screen_size(a->screen, &c->width, &c->height);
	choose_looks(a, o);
	console_load_keys(c);
	start_handles(a);
	paint(a);
	console_link_up(c, client_hello(a->client));
	console_root(c, &home_view);
	if (o->rollout != NULL)
		console_go(c, &rollout_view, o->rollout, NULL);
	after_input(a);
	if (!a->done)
		uv_run(&a->loop, UV_RUN_DEFAULT);
	screen_suspend(a->screen);
	say_goodbye(a);
	close_handles(a);
	input_finish(&a->input);
	return 0;
}

/* Who may not even look would wait for ever: the engine says why. */
static int
check_may_look(struct client *client, struct error *e)
{
	const json_t *may = json_object_get(
		client_hello(client), "permissions"), *one;
	json_t *answer;
	size_t i;

	json_array_foreach (may, i, one)
		if (json_is_string(one) &&
			strcmp(json_string_value(one), "view") == 0)
			return 0;
	if (client_call(client, "engine.status", NULL, &answer, e) == -1)
		return -1;
	json_decref(answer);
	return 0;
}

int
console_run(const struct client_where *where, struct console_options *o,
	struct error *e)
{
	struct app *a = xcalloc(1, sizeof(*a));
	struct error no_screen;
	const char *term = getenv("TERM");
	int rc = -1;

	uv_loop_init(&a->loop);
	console_init(&a->console, clock_real(), &io, a);
	a->client = client_open(&a->loop, where, &handler, a, e);
	if (a->client == NULL || check_may_look(a->client, e) == -1)
		goto out;
	if (!o->plain && (term == NULL || strcmp(term, "dumb") != 0))
		a->screen = screen_open(&no_screen);
	if (a->screen == NULL)
		rc = plain_run(&a->loop, &a->console, a->client,
			o->plain || isatty(STDIN_FILENO) ? where : NULL);
	else
		rc = run_on_screen(a, o);
out:
	screen_close(a->screen);
	if (a->client != NULL)
		client_close(a->client);
	while (uv_run(&a->loop, UV_RUN_DEFAULT) != 0)
		;
	uv_loop_close(&a->loop);
	if (a->keys_fd > STDERR_FILENO)
		close(a->keys_fd);
	canvas_finish(&a->canvas);
	console_finish(&a->console);
	free(a);
	return rc;
}
