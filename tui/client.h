/*
 * client.h - the engine as seen from the console and the command line.
 *
 * Finds the socket, starts the engine where that is allowed (interface.md
 * section 1), says hello, sends requests and hands out answers and events.
 * Works inside a libuv loop and never blocks it, except for client_call.
 */
#ifndef SLUICE_TUI_CLIENT_H
#define SLUICE_TUI_CLIENT_H

#include <jansson.h>
#include <uv.h>

#include "base/base.h"

struct client;

/* Where an engine is looked for; NULL members: see interface.md section 1. */
struct client_where {
	const char *config;
	const char *state;
	bool may_start; /* start one if none answers and that is allowed */
};

struct client_handler {
	/* An event of a subscribed topic; data is borrowed. */
	void (*on_event)(const char *topic, int64_t seq, const json_t *data,
		void *arg);

	/* The link came up again (why NULL; ask for the world again, after
	 * looking at client_hello) or went down (why says it; it is tried
	 * again with growing pauses of at most 5 s). Not called for the first
	 * link: that client_open returns says it. */
	void (*on_link)(bool up, const struct error *why, void *arg);
};

/* The answer to one request: result (borrowed) or error, never both. */
typedef void (*client_answer)(
	const json_t *result, const struct error *error, void *arg);

/*
 * Connects and says hello before it returns. Fails with ERROR_NO_ENGINE and
 * the line that starts one. The handler (may be NULL for one-shot use) is
 * borrowed and must outlive the client; with a handler a lost link is made
 * again, without one it fails what was waiting.
 */
struct client *client_open(uv_loop_t *loop, const struct client_where *where,
	const struct client_handler *handler, void *arg, struct error *e);
void client_close(struct client *c);

/* What hello answered; borrowed, replaced at each reconnect. */
/* Whether an answer is still to come. */
bool client_is_waiting(const struct client *c);

const json_t *client_hello(const struct client *c);

bool client_is_up(const struct client *c);

/* The engine's process as the kernel names it. */
pid_t client_engine_pid(const struct client *c);

/*
 * One request; params is taken (may be NULL). Methods of kind ACT get a
 * request_id of their own unless params has one; after a lost link such a
 * request is sent again with the same id, so it is one act. The answer is
 * called exactly once, unless the client is closed before.
 */
void client_request(struct client *c, const char *method, json_t *params,
	client_answer answer, void *arg);

/* As client_request, with descriptors that go along (borrowed). */
void client_request_fds(struct client *c, const char *method, json_t *params,
	const int *fds, size_t count, client_answer answer, void *arg);

/* Runs the loop until the answer is there. ret_result is owned. */
int client_call(struct client *c, const char *method, json_t *params,
	json_t **ret_result, struct error *e);
int client_call_fds(struct client *c, const char *method, json_t *params,
	const int *fds, size_t count, json_t **ret_result, struct error *e);

/* All pages of a list method as one array (owned). params is taken. */
int client_list(struct client *c, const char *method, json_t *params,
	json_t **ret_items, struct error *e);

#endif
