/*
 * notify.h - telling people who are not looking: each notice goes to the
 * entries of `notify` that want its kind.
 *
 * A notice and its deliveries are rows, written in the transaction of what
 * they tell of; what is due is sent after it, and again after a failure or a
 * restart, so that each arrives at least once or is given up in the ledger.
 *
 * notify.c       the outbox: what is due, what came of it
 * notify_send.c  one attempt: a command, or a POST
 * notices.c      what there is to tell, in words
 */
#ifndef SLUICE_ENGINE_NOTIFY_H
#define SLUICE_ENGINE_NOTIFY_H

#include <jansson.h>

#include "engine/engine.h"

struct notifier;

struct notifier *notifier_create(struct engine *en);
void notifier_destroy(struct notifier *n);

/* Whether anybody wants one of kinds (bits 1 << enum notice_kind). */
bool notify_is_wanted(const struct engine *en, unsigned kinds);

/* what: "change.submitted", for machines; object: "C-42". body is taken. */
void notify(struct engine *en, unsigned kinds, const char *what,
	const char *object, json_t *body);

/* Whether what ("": nothing to tell) is another state of object than the last
 * that was asked about, or told of before a restart. */
bool notify_is_new(struct engine *en, const char *object, const char *what);

/* Sends what is due. */
void notifier_run(struct engine *en);

/* What does not arrive, as sentences (new reference). */
json_t *notify_troubles(struct engine *en);

/* ---- notices.c ---- */

/* A change is in another state, or was asked about. */
void notice_change(
	struct engine *en, const struct change *c, enum change_state from);
void notice_question(struct engine *en, const struct change *c,
	const char *person, const char *text);
/* Its author answered those who asked. */
void notice_answer(struct engine *en, const struct change *c,
	const char *person, const char *text, const struct strings *askers);
/* Who took it up did not answer in time. */
void notice_claim_over(
	struct engine *en, const struct change *c, const char *person);
/* Nobody has answered (stage 1: a reminder, 2: an escalation to roles), or
 * the review that is owed is late (stage 3). */
void notice_late(struct engine *en, const struct change *c, int stage,
	const struct strings *roles);
void notice_proposal(struct engine *en, json_t *proposal,
	enum permission permission, const char *author);
void notice_rollout(struct engine *en, const struct rollout *r);

/* ---- between notify.c and notify_send.c ---- */
struct sender;
struct sending;

struct sender *sender_create(struct engine *en,
	void (*ended)(void *arg, const char *error), uv_loop_t *loop);
void sender_destroy(struct sender *s);
/* body is copied. Calls ended(arg, NULL or why not) once, later. */
void sender_send(struct sender *s, const struct notify_entry *to,
	const char *body, void *arg);

#endif
