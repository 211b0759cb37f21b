/* cmd_statement.c - statements handed out to be signed. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "engine/cmd.h"
#include "engine/proposals.h"
#include "engine/signing.h"
#include "wire/json.h"

static int
about_change(struct request *rq, struct signable *s, struct error *e)
{
	char id[ID_TEXT_SIZE];
	struct change c;
	int result = 0;

	if (arg_change(rq, &c, e) == -1)
		return -1;
	change_id_format(c.id, id);
	governance_settle(rq->en, &c);
	if (c.state != CHANGE_SUBMITTED)
		result = error_set(e, ERROR_WRONG_STATE,
			"%s is %s and waits for no answer", id,
			change_state_name(c.state));
	s->object = xstrdup(id);
	s->about = xasprintf(
		"%s %s to %s", c.service, c.version, c.env);
	s->revision = c.revision;
	memcpy(s->digest, c.plan_digest, sizeof(s->digest));
	change_finish(&c);
	return result;
}

static int
read_verb(const struct request *rq, struct signable *s, struct error *e)
{
	int verb = decision_verb_parse(arg_string(rq, "verb"));

	if (verb != DECISION_APPROVE && verb != DECISION_REJECT)
		return error_set(e, ERROR_USAGE,
			"no verb '%.40s', expected approve or reject",
			arg_string(rq, "verb"));
	s->verb = (enum decision_verb)verb;
	return 0;
}

void
cmd_change_statement(struct request *rq)
{
	struct engine *en = rq->en;
	struct signable s = {.uid = rq->uid};
	char head[DIGEST_HEX_SIZE];
	struct error e;
	int64_t seq;

	if (read_verb(rq, &s, &e) == -1 ||
		(arg_is_proposal(rq) ? proposal_signable(rq, &s, &e)
				     : about_change(rq, &s, &e)) == -1) {
		request_fail(rq, &e);
		signable_finish(&s);
		return;
	}
	random_hex(s.nonce, (NONCE_SIZE - 1) / 2);
	s.expires_at =
		engine_now(en) + en->settings->statement_valid_ms / 1000;
	store_ledger_head(en->store, &seq, head);
	signable_write(&s, store_engine_id(en->store), seq, head);
	engine_write(en);
	engine_must(store_signable_put(en->store, &s, &e), &e,
		"save a statement");
	request_done(rq,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "id", s.object,
			"verb", decision_verb_name(s.verb), "text", s.text,
			"plan_digest", s.digest, "nonce", s.nonce, "expires_at",
			json_time(s.expires_at)));
	signable_finish(&s);
}
