/*
 * signing_artefact.c - the signature of a release's artefact: of its bytes,
 * or of a line with its SHA-256.
 *
 * The bytes are read once more, by another thread that hands them to
 * ssh-keygen and hashes them on the way: what was verified is what was
 * registered, whatever somebody does to the file meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/signing_private.h"
#include "model/sshsig.h"

enum stage { STAGE_WHOSE, STAGE_LINE, STAGE_BYTES };

struct artefact_check {
	struct signing *sg;
	struct request *rq;
	int fd;
	int64_t bytes;
	char sha256[DIGEST_HEX_SIZE];
	enum stage stage;
	struct signed_answer *answer;
	artefact_done done;
	/* the bytes on their way */
	uv_work_t feed;
	int out;
	char fed[DIGEST_HEX_SIZE];
	bool is_fed, is_answered, is_forgotten;
	struct error error;
	struct artefact_check *next;
};

static void check_ask(struct artefact_check *c);

static void
check_free(struct artefact_check *c)
{
	signed_answer_free(c->answer);
	free(c);
}

static void
check_unlink(struct artefact_check *c)
{
	struct artefact_check **slot;

	for (slot = &c->sg->artefacts; *slot != c; slot = &(*slot)->next)
		;
	*slot = c->next;
}

void
signing_forget_artefacts(struct signing *sg)
{
	struct artefact_check *c;

	while ((c = sg->artefacts) != NULL) {
		sg->artefacts = c->next;
		c->is_forgotten = true;
		/* One whose bytes are on their way is freed behind them. */
		if (c->stage != STAGE_BYTES || c->is_fed)
			check_free(c);
	}
}

static void
check_end(struct artefact_check *c, const struct error *why)
{
	struct engine *en = c->sg->en;
	struct error e = {0};

	if (why != NULL) {
		e = *why;
		if (e.code == ERROR_SIGNATURE)
			error_prefix(&e,
				"the signature of the artefact does not count");
		if (e.hint[0] == '\0')
			error_hint(&e, "nothing was added; see release add in "
				       "sluice(1)");
	}
	check_unlink(c);
	c->done(c->rq, why == NULL ? 0 : -1, c->answer, &e);
	check_free(c);
	engine_wake(en);
}

/* ---- the bytes ---- */

static void
feed_run(uv_work_t *work)
{
	struct artefact_check *c = work->data;
	struct digest *d = digest_create();
	char buf[65536];
	off_t at = 0;
	ssize_t got, put = 0, n;

	while ((got = pread(c->fd, buf, sizeof(buf), at)) > 0) {
		digest_add(d, buf, (size_t)got);
		at += got;
		for (n = 0; n < got && put != -1; n += put)
			do
				put = write(c->out, buf + n, (size_t)(got - n));
			while (put == -1 && errno == EINTR);
		if (put == -1)
			break;
	}
	close(c->out);
	digest_finish_hex(d, c->fed);
}

static void
check_bytes(struct artefact_check *c)
{
	struct error e;

	if (!c->is_fed || !c->is_answered)
		return;
	if (c->error.code == ERROR_NONE && strcmp(c->fed, c->sha256) != 0) {
		error_set(&e, ERROR_CHANGED,
			"the artefact was altered while it was read");
		check_end(c, &e);
		return;
	}
	check_end(c, c->error.code == ERROR_NONE ? NULL : &c->error);
}

static void
feed_done(uv_work_t *work, int status)
{
	struct artefact_check *c = work->data;

	(void)status;
	c->is_fed = true;
	if (c->is_forgotten)
		check_free(c);
	else
		check_bytes(c);
}

/* The end that ssh-keygen reads; -1: the system gives none. */
static int
feed_begin(struct artefact_check *c)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	c->out = ends[1];
	c->feed.data = c;
	uv_queue_work(c->sg->en->loop, &c->feed, feed_run, feed_done);
	return ends[0];
}

/* ---- the questions ---- */

static void
on_answer(int result, const char *words, const struct error *e, void *arg)
{
	struct artefact_check *c = arg;
	struct signature *s = &c->answer->signature;

	if (result == 0 && c->stage == STAGE_WHOSE)
		s->principal = xstrdup(words);
	else if (result == 0)
		str_replace(&s->key, words);
	if (c->stage == STAGE_BYTES) {
		c->is_answered = true;
		if (result == -1)
			c->error = *e;
		check_bytes(c);
	} else if (result == -1 && (c->stage == STAGE_WHOSE ||
					  e->code != ERROR_SIGNATURE)) {
		check_end(c, e);
	} else if (result == 0 && c->stage == STAGE_LINE) {
		s->message = xasprintf("%s\n", c->sha256);
		check_end(c, NULL);
	} else {
		c->stage++;
		check_ask(c);
	}
}

static void
check_ask(struct artefact_check *c)
{
	const struct signature *s = &c->answer->signature;
	char line[DIGEST_HEX_SIZE + 1];
	struct keygen_question q = {
		.kind = c->stage == STAGE_WHOSE ? KEYGEN_WHOSE : KEYGEN_VERIFY,
		.namespace = s->namespace,
		.signature = s->text,
		.message = line,
		.message_fd = -1,
		.signers = c->answer->signers,
		.principal = s->principal,
		.at = s->at,
	};

	snprintf(line, sizeof(line), "%s\n", c->sha256);
	q.message_len = strlen(line);
	if (c->stage == STAGE_BYTES) {
		q.message = NULL;
		q.message_bytes = c->bytes;
		q.message_fd = feed_begin(c);
		c->is_fed = q.message_fd == -1;
	}
	keygen_ask(c->sg->keygen, &q, on_answer, c);
}

static int
check_begin(struct artefact_check *c, const char *text, struct error *e)
{
	struct signature *s = &c->answer->signature;
	struct sshsig parsed;

	if (sshsig_parse(text, &parsed, e) == -1)
		return -1;
	s->text = xstrdup(text);
	s->namespace = xstrdup(parsed.namespace);
	s->key_type = xstrdup(parsed.type);
	s->at = engine_now(c->sg->en);
	sshsig_finish(&parsed);
	if (strcmp(s->namespace, ARTEFACT_NAMESPACE) != 0 &&
		strcmp(s->namespace, "file") != 0) {
		error_set(e, ERROR_SIGNATURE,
			"it was made for '%.40s', not for '%s'", s->namespace,
			ARTEFACT_NAMESPACE);
		return error_hint(e, "sign with ssh-keygen -Y sign -n %s",
			ARTEFACT_NAMESPACE);
	}
	return signing_signers(c->sg->en, &c->answer->signers, s->signers, e);
}

void
signing_artefact(struct request *rq, const char *text, const char *sha256,
	int fd, int64_t bytes, artefact_done done)
{
	struct signing *sg = rq->en->signing;
	struct artefact_check *c = xcalloc(1, sizeof(*c));
	struct error e;

	c->sg = sg;
	c->rq = rq;
	c->fd = fd;
	c->bytes = bytes;
	snprintf(c->sha256, sizeof(c->sha256), "%s", sha256);
	c->answer = xcalloc(1, sizeof(*c->answer));
	c->answer->signature.key = xstrdup("");
	c->done = done;
	c->next = sg->artefacts;
	sg->artefacts = c;
	if (check_begin(c, text, &e) == -1)
		check_end(c, &e);
	else
		check_ask(c);
}
