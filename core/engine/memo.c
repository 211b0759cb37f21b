/* memo.c - the tables behind memo.h. */
#include "engine/memo.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "store/artefact.h"

struct identity_entry {
	int64_t uid;
	struct identity who;
	UT_hash_handle hh;
};

struct release_entry {
	char *key;
	struct memo_release r;
	UT_hash_handle hh;
};

struct succeeded_entry {
	char *key;
	int64_t at;
	UT_hash_handle hh;
};

struct memo {
	struct identity_entry *identities;
	struct release_entry *releases;
	struct succeeded_entry *succeeded;
};

struct memo *
memo_create(void)
{
	return xcalloc(1, sizeof(struct memo));
}

static void
release_drop(struct memo *m, struct release_entry *r)
{
	HASH_DEL(m->releases, r);
	if (r->r.is_known)
		release_finish(&r->r.release);
	evidences_finish(&r->r.evidence);
	free(r->key);
	free(r);
}

static void
succeeded_drop(struct memo *m, struct succeeded_entry *s)
{
	HASH_DEL(m->succeeded, s);
	free(s->key);
	free(s);
}

static void
forget_store(struct memo *m)
{
	while (m->releases != NULL)
		release_drop(m, m->releases);
	while (m->succeeded != NULL)
		succeeded_drop(m, m->succeeded);
}

static void
forget_people(struct memo *m)
{
	struct identity_entry *i, *next;

	HASH_ITER(hh, m->identities, i, next)
	{
		HASH_DEL(m->identities, i);
		identity_finish(&i->who);
		free(i);
	}
}

void
memo_destroy(struct memo *m)
{
	if (m == NULL)
		return;
	forget_store(m);
	forget_people(m);
	free(m);
}

void
memo_forget(struct engine *en)
{
	if (en->memo != NULL)
		forget_store(en->memo);
}

void
memo_forget_all(struct engine *en)
{
	if (en->memo == NULL)
		return;
	forget_store(en->memo);
	forget_people(en->memo);
}

const struct identity *
memo_identity(struct engine *en, int64_t uid)
{
	struct memo *m = en->memo;
	struct identity_entry *i;

	HASH_FIND(hh, m->identities, &uid, sizeof(uid), i);
	if (i == NULL) {
		i = xcalloc(1, sizeof(*i));
		i->uid = uid;
		settings_identify(en->settings, uid, &i->who);
		HASH_ADD(hh, m->identities, uid, sizeof(i->uid), i);
	}
	return &i->who;
}

const struct memo_release *
memo_release(struct engine *en, const char *service, const char *version)
{
	struct memo *m = en->memo;
	char *key = xasprintf("%s %s", service, version);
	struct release_entry *r;
	struct error e;

	HASH_FIND_STR(m->releases, key, r);
	/* What is being written is asked for anew. */
	if (r != NULL && store_in_transaction(en->store)) {
		release_drop(m, r);
		r = NULL;
	}
	if (r != NULL) {
		free(key);
		return &r->r;
	}
	r = xcalloc(1, sizeof(*r));
	r->key = key;
	r->r.is_known = store_release_find(en->store, service, version,
				&r->r.release, &e) == 1;
	r->r.is_pruned = r->r.is_known &&
			 artefact_is_pruned(en->private_dir,
				 r->r.release.payload_sha256);
	engine_must(store_evidence(en->store, service, version,
			    &r->r.evidence, &e),
		&e, "read evidence");
	HASH_ADD_KEYPTR(hh, m->releases, r->key, strlen(r->key), r);
	return &r->r;
}

int64_t
memo_succeeded(struct engine *en, const char *service, const char *version,
	const char *env)
{
	struct memo *m = en->memo;
	char *key = xasprintf("%s %s %s", service, version, env);
	struct succeeded_entry *s;
	struct error e;

	HASH_FIND_STR(m->succeeded, key, s);
	if (s != NULL && store_in_transaction(en->store)) {
		succeeded_drop(m, s);
		s = NULL;
	}
	if (s != NULL) {
		free(key);
		return s->at;
	}
	s = xcalloc(1, sizeof(*s));
	s->key = key;
	engine_must(store_rollout_succeeded(
			    en->store, service, version, env, &s->at, &e),
		&e, "read rollouts");
	HASH_ADD_KEYPTR(hh, m->succeeded, s->key, strlen(s->key), s);
	return s->at;
}
