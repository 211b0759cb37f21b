/*
 * clients.h - who is connected, what they ask, what they are told.
 *
 * Identity is the kernel's (SO_PEERCRED), read once per connection and looked
 * up again at every request, so that a reload takes a role away at once.
 */
#ifndef SLUICE_ENGINE_CLIENTS_H
#define SLUICE_ENGINE_CLIENTS_H

#include "engine/engine.h"
#include "wire/conn.h"

#define CLIENT_OUT_MAX (8 * 1024 * 1024)
#define CLIENT_HELLO_MS 10000
#define CLIENTS_PER_UID 64
#define CLIENTS_MOST 512

struct client;

/* The peer ended before anybody could look who had logged in. */
#define LOGIN_UID_UNKNOWN (-2)

/* One request on its way to an answer. Owned by the engine until it is
 * answered exactly once with request_done or request_fail. */
struct request {
	struct engine *en;
	struct client *client; /* NULL: went away */
	json_t *id;
	const struct method *method;
	json_t *args;
	char *request_id; /* of an ACT */
	char args_digest[DIGEST_HEX_SIZE];
	int64_t uid;
	int64_t login_uid; /* of who logged in, LOGIN_UID_*: it is not known */
	struct identity who;
	int fds[CONN_FDS_MAX]; /* that came along; closed at the end */
	size_t fd_count;
	void *data; /* the handler's, while the answer is being made */
};

enum method_kind { METHOD_READ, METHOD_ACT, METHOD_WORK };

struct method {
	const char *name;
	unsigned may;  /* any of these permissions; 0: anybody */
	bool self_may; /* ... or the engine's own user, or root */
	enum method_kind kind;
	/* Answers now or later. */
	void (*handler)(struct request *rq);
	const char *arguments;
	const char *help;
};

/* The handlers, by the rows of the table. */
#define METHOD(name, permission, kind, handler, arguments, help)               \
	void handler(struct request *rq);
#include "engine/methods.def"
#undef METHOD

extern const struct method methods[];
extern const size_t method_count;
const struct method *method_find(const char *name);

/* Names, types and required arguments as the method's row says. */
int method_check_args(
	const struct method *m, const json_t *args, struct error *e);

struct clients *clients_create(struct engine *en, struct error *e);
void clients_destroy(struct clients *cs);

/* Who asks, and what they may, by the configuration and the groups of now. */
void request_identify(struct request *rq);
int request_check_permission(struct request *rq, struct error *e);

/* The handler once more, for what waited for something: whoever asked must
 * still be who may. */
void request_again(struct request *rq);

/* refusals.c: where nothing better is known that would help, e hints at how
 * the object is now; what an act was refused is an entry of the ledger. */
void request_note_refusal(struct request *rq, struct error *e);

/* Answers leave with the turn's commit. result is taken. */
void request_done(struct request *rq, json_t *result);
void request_fail(struct request *rq, const struct error *e);
/* request_fail with a new error. */
void request_refuse(struct request *rq, enum error_code code, const char *hint,
	const char *fmt, ...) SLUICE_PRINTF(4, 5);

/* result or error, whichever there is, borrowed; the other is NULL. */
typedef void (*client_answered)(
	const json_t *result, const json_t *error, void *arg);

/*
 * Asks as the user uid would, from inside the engine: for a history only,
 * where nobody can connect. Every check is made. fd (taken; -1: none) comes
 * along. Answered once, when the turn is durable.
 */
void clients_ask_as(struct clients *cs, int64_t uid, const char *method,
	const json_t *params, int fd, client_answered answered, void *arg);

/* Sends what the turn has queued. */
void clients_flush(struct clients *cs);

/* Another mode of the socket after a reload (people or none). */
int clients_use_settings(struct clients *cs, struct error *e);

/* Sends one message now (not an answer). */
void client_send(struct client *c, const json_t *message);

/* Arguments, read in the engine's zone and clock. */
const char *arg_string(const struct request *rq, const char *name);
/* The argument "since", where "90d" is ninety days ago. */
int arg_since(struct request *rq, int64_t *ret_at, struct error *e);
int arg_time(
	struct request *rq, const char *name, int64_t *ret_at, struct error *e);
void arg_strings(
	const struct request *rq, const char *name, struct strings *ret);

/* "items" and "next" of a list method. */
struct page {
	json_t *items;
	int64_t after, last;
	size_t limit;
	bool more;
};
/* Reads after and limit. -1: not a cursor. */
int page_init(struct request *rq, struct page *p, struct error *e);
bool page_is_full(const struct page *p);
/* Takes item; returns 1 when the page is full (and there is more). */
int page_add(struct page *p, json_t *item, int64_t cursor);
json_t *page_finish(struct page *p);

#endif
