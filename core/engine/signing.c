/*
 * signing.c - signatures of decisions: found to be of a statement, verified,
 * kept.
 *
 * A signature does not say what it is of, so it is held against the
 * statements that were handed out (those about this object first) until one
 * fits; what is wrong with that one can then be said in words.
 */
#include "engine/signing.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/units.h"
#include "engine/cmd.h"
#include "engine/signing_private.h"
#include "model/sshsig.h"
#include "wire/json.h"

#define SIGNERS_MOST (1024 * 1024)

/* ---- allowed signers ---- */

/* Who may write it says whose signatures count. */
static int
check_owner(const char *path, struct error *e)
{
	struct stat st;

	if (stat(path, &st) == -1 || !S_ISREG(st.st_mode)) {
		error_set(e, ERROR_SIGNATURE,
			"there are no allowed signers: '%s' is no file that "
			"can be read",
			path);
		return error_hint(e, "see allowed_signers in sluice.conf(5)");
	}
	if ((st.st_mode & 022) == 0 &&
		(st.st_uid == 0 || st.st_uid == geteuid()))
		return 0;
	error_set(e, ERROR_SIGNATURE,
		"allowed signers '%s' may be written by others, so they do "
		"not count",
		path);
	return error_hint(e, "chmod go-w it; it must be owned by root or the "
			     "engine's user");
}

int
signing_signers(struct engine *en, char **ret_text,
	char ret_sha256[DIGEST_HEX_SIZE], struct error *e)
{
	const char *path = en->settings->allowed_signers;
	size_t len;

	if (path == NULL) {
		error_set(e, ERROR_SIGNATURE, "there are no allowed signers");
		return error_hint(e, "see allowed_signers in sluice.conf(5)");
	}
	if (check_owner(path, e) == -1)
		return -1;
	if (file_read(path, SIGNERS_MOST, ret_text, &len, e) == -1)
		return -1;
	digest_hex(*ret_text, strlen(*ret_text), ret_sha256);
	return 0;
}

/* ---- a signature that came along ---- */

enum stage { STAGE_MATCH, STAGE_PERSON, STAGE_USER };

struct check {
	struct signing *sg;
	struct request *rq;
	struct signing_question q;
	char *object;
	char digest[DIGEST_HEX_SIZE];
	enum stage stage;
	struct signables list;
	size_t at; /* in list */
	struct sshsig parsed;
	struct signed_answer *answer;
	struct error first; /* what was said about the person */
	signing_done done;
	struct check *next;
};

static void check_ask(struct check *c);

void
signed_answer_free(struct signed_answer *a)
{
	if (a == NULL)
		return;
	signature_finish(&a->signature);
	free(a->signers);
	free(a);
}

static void
check_free(struct check *c)
{
	struct check **slot;

	for (slot = &c->sg->checks; *slot != c; slot = &(*slot)->next)
		;
	*slot = c->next;
	signables_finish(&c->list);
	sshsig_finish(&c->parsed);
	signed_answer_free(c->answer);
	free(c->object);
	free(c);
}

static void
check_end(struct check *c, int result, const struct error *e)
{
	struct signed_answer *answer = c->answer;
	struct request *rq = c->rq;
	struct engine *en = rq->en;
	signing_done done = c->done;
	enum decision_verb verb = c->q.verb;
	struct error copy = {0};

	if (e != NULL)
		copy = *e;
	if (result == 0)
		c->answer = NULL;
	check_free(c);
	done(rq, verb, result, result == 0 ? answer : NULL, &copy);
	engine_wake(en);
}

static void
check_refuse(struct check *c, const struct error *why)
{
	struct error e = *why;

	if (e.code == ERROR_SIGNATURE) {
		error_prefix(&e, "the signature about %s does not count",
			c->object);
		if (e.hint[0] == '\0')
			error_hint(&e, "sign it anew: sluice change statement "
				       "%s --verb %s",
				c->object, decision_verb_name(c->q.verb));
	}
	check_end(c, -1, &e);
}

/* The statement that was signed must be about just this. */
static int
check_statement(const struct check *c, const struct signable *s,
	struct error *e)
{
	char when[TIME_TEXT_SIZE];

	if (strcmp(s->object, c->object) != 0)
		return error_set(e, ERROR_SIGNATURE, "it is about %s",
			s->object);
	if (s->verb != c->q.verb)
		return error_set(e, ERROR_SIGNATURE, "it says %s, not %s",
			decision_verb_name(s->verb),
			decision_verb_name(c->q.verb));
	if (s->decision != 0)
		return error_set(e, ERROR_SIGNATURE, "it was used already");
	if (s->revision != c->q.revision || strcmp(s->digest, c->digest) != 0)
		return error_set(e, ERROR_SIGNATURE,
			"it is about the plan %.12s... (revision %d), which "
			"is not that of now",
			s->digest, s->revision);
	if (s->expires_at > engine_now(c->rq->en))
		return 0;
	time_format_utc(s->expires_at, when);
	return error_set(e, ERROR_SIGNATURE, "it expired at %s", when);
}

static int
check_device(const struct check *c, struct error *e)
{
	if (!c->q.needs_hardware)
		return 0;
	if (!c->parsed.is_hardware) {
		error_set(e, ERROR_SIGNATURE,
			"the policy wants a key in a device, and %s is none",
			c->parsed.type);
		return error_hint(e,
			"make one: ssh-keygen -t ed25519-sk, and have it "
			"added to the allowed signers");
	}
	if (!c->parsed.is_touched)
		return error_set(e, ERROR_SIGNATURE,
			"nobody touched the device when it signed");
	return 0;
}

/* It fits this statement: now whose is it? */
static void
on_match(struct check *c)
{
	const struct signable *s = &c->list.items[c->at];
	struct signed_answer *a = c->answer;
	struct error e;

	if (check_statement(c, s, &e) == -1 || check_device(c, &e) == -1) {
		check_refuse(c, &e);
		return;
	}
	memcpy(a->nonce, s->nonce, sizeof(a->nonce));
	a->signature.message = xstrdup(s->text);
	c->stage = STAGE_PERSON;
	check_ask(c);
}

static void
on_no_match(struct check *c, const struct error *why)
{
	struct error e;

	if (why->code != ERROR_SIGNATURE) {
		check_refuse(c, why);
		return;
	}
	if (++c->at < c->list.count) {
		check_ask(c);
		return;
	}
	error_set(&e, ERROR_SIGNATURE,
		"it is of no statement that was handed out, or it was altered");
	check_refuse(c, &e);
}

/* The person, and where that is nobody's principal the user. */
static void
on_verified(struct check *c, int result, const char *key,
	const struct error *why)
{
	const struct identity *who = &c->rq->who;

	if (result == 0) {
		c->answer->signature.principal = xstrdup(
			c->stage == STAGE_PERSON ? who->person : who->user);
		c->answer->signature.key = xstrdup(key);
		check_end(c, 0, NULL);
		return;
	}
	if (c->stage == STAGE_PERSON) {
		c->first = *why;
		if (why->code == ERROR_SIGNATURE &&
			strcmp(who->person, who->user) != 0) {
			c->stage = STAGE_USER;
			check_ask(c);
			return;
		}
	}
	error_hint(&c->first,
		"an administrator says whose keys count; see allowed_signers "
		"in sluice.conf(5)");
	check_refuse(c, &c->first);
}

static void
on_answer(int result, const char *words, const struct error *e, void *arg)
{
	struct check *c = arg;

	if (c->stage != STAGE_MATCH)
		on_verified(c, result, words, e);
	else if (result == 0)
		on_match(c);
	else
		on_no_match(c, e);
}

static void
check_ask(struct check *c)
{
	const struct signable *s = &c->list.items[c->at];
	struct keygen_question q = {
		.kind = c->stage == STAGE_MATCH ? KEYGEN_MATCH : KEYGEN_VERIFY,
		.namespace = STATEMENT_NAMESPACE,
		.signature = c->answer->signature.text,
		.message = s->text,
		.message_len = strlen(s->text),
		.message_fd = -1,
		.signers = c->answer->signers,
		.principal = c->stage == STAGE_USER ? c->rq->who.user
						    : c->rq->who.person,
		.at = c->answer->signature.at,
	};

	keygen_ask(c->sg->keygen, &q, on_answer, c);
}

static int
check_begin(struct check *c, const char *text, struct error *e)
{
	struct engine *en = c->rq->en;
	struct signed_answer *a = c->answer;

	if (sshsig_parse(text, &c->parsed, e) == -1)
		return -1;
	if (strcmp(c->parsed.namespace, STATEMENT_NAMESPACE) != 0) {
		error_set(e, ERROR_SIGNATURE,
			"it was made for '%.40s', not for '%s'",
			c->parsed.namespace, STATEMENT_NAMESPACE);
		return error_hint(e, "sign with ssh-keygen -Y sign -n %s",
			STATEMENT_NAMESPACE);
	}
	if (signing_signers(en, &a->signers, a->signature.signers, e) == -1)
		return -1;
	if (store_signables(en->store, c->object, c->rq->uid, &c->list, e) ==
		-1)
		return -1;
	if (c->list.count == 0)
		return error_set(e, ERROR_SIGNATURE,
			"no statement about it was handed out");
	a->signature.text = xstrdup(text);
	a->signature.namespace = xstrdup(STATEMENT_NAMESPACE);
	a->signature.key_type = xstrdup(c->parsed.type);
	a->signature.at = engine_now(en);
	return 0;
}

void
signing_check(struct request *rq, const struct signing_question *q,
	signing_done done)
{
	struct signing *sg = rq->en->signing;
	struct check *c;
	struct error e;

	c = xcalloc(1, sizeof(*c));
	c->sg = sg;
	c->rq = rq;
	c->q = *q;
	c->object = xstrdup(q->object);
	snprintf(c->digest, sizeof(c->digest), "%s", q->digest);
	c->done = done;
	c->answer = xcalloc(1, sizeof(*c->answer));
	c->next = sg->checks;
	sg->checks = c;
	if (check_begin(c, arg_string(rq, "signature"), &e) == -1)
		check_refuse(c, &e);
	else
		check_ask(c);
}

/* ---- keeping it ---- */

int
signing_is_unused(struct engine *en, const struct signed_answer *a,
	const char *object, struct error *e)
{
	int unused;

	if (a == NULL)
		return 0;
	unused = store_signable_is_open(en->store, a->nonce, e);
	if (unused == -1)
		return -1;
	if (unused == 1)
		return 0;
	error_set(e, ERROR_SIGNATURE,
		"the signature about %s does not count: it was used already",
		object);
	return error_hint(
		e, "sign it anew: sluice change statement %s", object);
}

void
signing_keep(struct engine *en, struct signed_answer *a, int64_t decision)
{
	struct error e;

	if (a == NULL)
		return;
	a->signature.decision = decision;
	engine_must(store_signature_add(
			    en->store, &a->signature, a->signers, &e),
		&e, "save a signature");
	engine_must(store_signable_use(en->store, a->nonce, decision, &e), &e,
		"save a signature");
}

json_t *
signature_json(const struct signature *s)
{
	char signature[DIGEST_HEX_SIZE], message[DIGEST_HEX_SIZE] = "";

	digest_hex(s->text, strlen(s->text), signature);
	if (s->message != NULL)
		digest_hex(s->message, strlen(s->message), message);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "key", s->key,
		"key_type", s->key_type, "principal", s->principal,
		"signature", signature, "statement", message, "signers",
		s->signers);
}

void
signing_verify(struct engine *en, const struct signature *s,
	keygen_answer done, void *arg)
{
	char *signers = NULL;
	struct error e;
	struct keygen_question q = {
		.kind = s->message == NULL ? KEYGEN_WHOSE : KEYGEN_VERIFY,
		.namespace = s->namespace,
		.signature = s->text,
		.message = s->message == NULL ? "" : s->message,
		.message_fd = -1,
		.principal = s->principal,
		.at = s->at,
	};

	/* Without them nobody's signature is right. */
	if (store_signers_find(en->store, s->signers, &signers, &e) != 1)
		signers = xstrdup("");
	q.message_len = strlen(q.message);
	q.signers = signers;
	keygen_ask(en->signing->keygen, &q, done, arg);
	free(signers);
}

/* ---- life ---- */

struct signing *
signing_create(struct engine *en)
{
	struct signing *sg = xcalloc(1, sizeof(*sg));

	sg->en = en;
	sg->keygen = keygen_create(en->loop);
	return sg;
}

void
signing_destroy(struct signing *sg)
{
	if (sg == NULL)
		return;
	keygen_destroy(sg->keygen);
	while (sg->checks != NULL)
		check_free(sg->checks);
	signing_forget_artefacts(sg);
	signing_forget_rechecks(sg);
	free(sg);
}
