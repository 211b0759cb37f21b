/* proposal.c - acts that need a second person. */
#include "model/proposal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static const char *const state_names[PROPOSAL_STATE_COUNT] = {"submitted",
	"approved", "rejected", "cancelled", "expired", "failed"};

const char *
proposal_state_name(enum proposal_state s)
{
	assert((unsigned)s < PROPOSAL_STATE_COUNT);
	return state_names[s];
}

int
proposal_state_parse(const char *s)
{
	int i;

	for (i = 0; i < PROPOSAL_STATE_COUNT; i++)
		if (strcmp(state_names[i], s) == 0)
			return i;
	return -1;
}

void
proposal_finish(struct proposal *p)
{
	free(p->kind);
	free(p->object);
	free(p->args);
	free(p->text);
	free(p->author);
	free(p->reason);
	memset(p, 0, sizeof(*p));
}

void
proposal_seal(struct proposal *p)
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_addf(&text, "sluice request 1\nid Q-%lld\nkind %s\n",
		(long long)p->id.number, p->kind);
	strbuf_addf(&text, "object %zu %s\nargs %zu %s\ntext %zu %s\n",
		strlen(p->object), p->object, strlen(p->args), p->args,
		strlen(p->text), p->text);
	digest_hex(text.buf, text.len, p->digest);
	strbuf_finish(&text);
}
