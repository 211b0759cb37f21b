/* signable.c - the bytes that a decision is signed as. */
#include "model/signable.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

void
signable_write(struct signable *s, const char *engine_id, int64_t ledger_seq,
	const char *ledger_head)
{
	char expires[TIME_TEXT_SIZE], *p;

	/* Words of people add no lines. */
	for (p = s->about; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	time_format_utc(s->expires_at, expires);
	free(s->text);
	s->text = xasprintf("sluice decision 1\n"
			    "engine %s\n"
			    "object %s\n"
			    "about %s\n"
			    "revision %d\n"
			    "plan_digest %s\n"
			    "verb %s\n"
			    "expires %s\n"
			    "nonce %s\n"
			    "ledger %lld %s\n",
		engine_id, s->object, s->about, s->revision, s->digest,
		decision_verb_name(s->verb), expires, s->nonce,
		(long long)ledger_seq, ledger_head);
}

void
signable_finish(struct signable *s)
{
	free(s->object);
	free(s->about);
	free(s->text);
	memset(s, 0, sizeof(*s));
}

bool
signable_says(const char *text, const char *name, const char *value)
{
	char *line = xasprintf("\n%s %s\n", name, value);
	bool found = strstr(text, line) != NULL;

	free(line);
	return found;
}

void
signature_finish(struct signature *s)
{
	free(s->service);
	free(s->version);
	free(s->namespace);
	free(s->message);
	free(s->text);
	free(s->principal);
	free(s->key);
	free(s->key_type);
	memset(s, 0, sizeof(*s));
}
