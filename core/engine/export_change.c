/* export_change.c - one change in an export, and the README of it all. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/units.h"
#include "engine/cmd.h"
#include "engine/export.h"
#include "engine/proposals.h"
#include "wire/json.h"

/* True the first time for this file. */
static bool
is_new(struct export *x, const char *file)
{
	if (strings_has(&x->shared, file))
		return false;
	strings_add(&x->shared, file);
	return true;
}

/* One cell of a table: whatever it holds stays in it. */
static void
add_cell(struct strbuf *out, const char *text)
{
	if (text != NULL)
		text_add_printable(out, text, strlen(text));
}

/* ---- plans ---- */

static void
add_plan(struct export *x, const char *digest)
{
	char *file = xasprintf("plans/%s", digest), *text, *line;
	struct error e;
	size_t len;

	if (digest[0] != '\0' && is_new(x, file) &&
		store_plan_find(x->rq->en->store, digest, &text, &len, &e) ==
			1) {
		line = xasprintf("%s  %s\n", digest, file);
		export_add(x, file, text);
		export_add(x, "plans.sha256", line);
		free(line);
		free(text);
	}
	free(file);
}

/* ---- what was said ---- */

static void
add_signers(struct export *x, const char *sha256)
{
	char *file = xasprintf("signers/%s", sha256), *text;
	struct error e;

	if (is_new(x, file) &&
		store_signers_find(x->rq->en->store, sha256, &text, &e) == 1) {
		export_add(x, file, text);
		free(text);
	}
	free(file);
}

/* The command that checks it: at the time of then, by the signers of then. */
static void
add_check(struct export *x, const struct signature *s, const char *name,
	const char *message)
{
	time_t at = (time_t)s->at;
	char when[32] = "";
	struct tm tm;

	if (gmtime_r(&at, &tm) != NULL)
		strftime(when, sizeof(when), "%Y%m%d%H%M%SZ", &tm);
	strbuf_addf(&x->checks,
		"\tssh-keygen -Y verify -f signers/%s -n %s -I \"$(cat "
		"%s.principal)\" -O verify-time=%s -s %s.sig < %s || "
		"wrong %s\n",
		s->signers, s->namespace, name, when, name, message, name);
	x->signatures++;
}

static void
add_signature(struct export *x, const struct signature *s, const char *name)
{
	char *signature = xasprintf("%s.sig", name);
	char *principal = xasprintf("%s.principal", name);
	char *line = xasprintf("%s\n", s->principal);

	export_add(x, signature, s->text);
	export_add(x, principal, line);
	add_signers(x, s->signers);
	free(line);
	free(principal);
	free(signature);
}

static void
add_statement(struct export *x, const char *id, const struct decision *d)
{
	char *name = xasprintf("%s/decisions/%lld-%s.statement", id,
		(long long)d->id, decision_verb_name(d->verb));
	struct signature s;
	struct error e;

	if (store_signature_find(x->rq->en->store, d->id, &s, &e) == 1) {
		export_add(x, name, s.message);
		add_signature(x, &s, name);
		add_check(x, &s, name, name);
		strbuf_addf(&x->checks, "\tsays %s plan_digest %s\n", name,
			d->digest);
		strbuf_addf(&x->checks, "\tsays %s verb %s\n", name,
			decision_verb_name(d->verb));
		signature_finish(&s);
	}
	free(name);
}

/* What was said about object, beside the change of that id. */
static void
add_decisions(struct export *x, const char *id, const char *object)
{
	struct decisions list;
	struct error e;
	size_t i;

	engine_must(store_decisions(x->rq->en->store, object, &list, &e), &e,
		"read decisions");
	for (i = 0; i < list.count; i++) {
		add_plan(x, list.items[i].digest);
		if (list.items[i].key != NULL)
			add_statement(x, id, &list.items[i]);
	}
	decisions_finish(&list);
}

/* An act about the change that needed a second person. */
static int
add_request(const struct proposal *p, void *arg)
{
	struct export *x = arg;
	char id[ID_TEXT_SIZE], *file;

	proposal_id_format(p->id, id);
	file = xasprintf("%s/%s.json", p->object, id);
	export_add_json(x, file, proposal_json(x->rq->en, p));
	add_decisions(x, p->object, id);
	free(file);
	return 0;
}

/* ---- the release ---- */

/* Of what the digest was signed; the bytes themselves are not exported. */
static void
add_release_signature(
	struct export *x, const char *id, const struct release *r)
{
	char *name = xasprintf("%s/artefact", id);
	char *digest = xasprintf("%s.digest", name);
	struct signature s;
	struct error e;

	if (store_signature_of_release(x->rq->en->store, r->service, r->version,
		    &s, &e) == 1) {
		add_signature(x, &s, name);
		if (s.message != NULL) {
			export_add(x, digest, s.message);
			add_check(x, &s, name, digest);
		} else {
			strbuf_addf(&x->checks,
				"\t# with the artefact (sha256 %s) at hand, "
				"the same with %s.sig:\n"
				"\t#   -f signers/%s -n %s -I \"$(cat "
				"%s.principal)\"\n",
				r->sha256, name, s.signers, s.namespace, name);
		}
		signature_finish(&s);
	}
	free(digest);
	free(name);
}

static void
add_evidence(struct export *x, const char *id, const json_t *release)
{
	char *file = xasprintf("%s/evidence.tsv", id);
	static const char *const cells[] = {"kind", "result", "file_sha256",
		"sha256", "claimed_by", "added_at", "file_name"};
	const json_t *v;
	struct strbuf rows;
	size_t i, k;

	strbuf_init(&rows);
	strbuf_adds(&rows, "kind\tresult\tfile_sha256\tartefact_sha256\t"
			   "claimed_by\tadded_at\tfile_name\n");
	json_array_foreach(json_object_get(release, "evidence"), i, v)
	{
		for (k = 0; k < ARRAY_SIZE(cells); k++) {
			strbuf_adds(&rows, k == 0 ? "" : "\t");
			add_cell(&rows, json_get_string(v, cells[k], "-"));
		}
		strbuf_addc(&rows, '\n');
	}
	export_add(x, file, rows.buf);
	strbuf_finish(&rows);
	free(file);
}

static void
add_release(struct export *x, const char *id, const struct change *c)
{
	char *file = xasprintf("%s/release.json", id);
	struct release r;
	struct error e;
	json_t *o;

	if (store_release_find(x->rq->en->store, c->service, c->version, &r,
		    &e) == 1) {
		o = release_full_json(x->rq->en, &r);
		add_evidence(x, id, o);
		export_add_json(x, file, o);
		add_release_signature(x, id, &r);
		release_finish(&r);
	}
	free(file);
}

/* ---- rollouts ---- */

static int
add_host(const struct rollout_host *h, void *arg)
{
	strbuf_addf(arg, "%s\t%d\t%s\t%s\t%s\t%d\t", h->host, h->wave,
		host_state_name(h->state),
		h->version == NULL ? "-" : h->version,
		h->previous_version == NULL ? "-" : h->previous_version,
		h->attempts);
	add_cell(arg, h->error);
	strbuf_addc(arg, '\n');
	return 0;
}

static int
add_step(const struct step_run *s, void *arg)
{
	char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE] = "-";

	time_format_utc(s->started_at_ms / 1000, from);
	if (s->finished_at_ms != 0)
		time_format_utc(s->finished_at_ms / 1000, to);
	strbuf_addf(arg, "%s\t%s\t%d\t%s\t%s\t%s\t%d\n", s->host, s->step,
		s->attempt, step_state_name(s->state), from, to, s->exit_code);
	return 0;
}

static int
add_rollout(const struct rollout *r, void *arg)
{
	struct export *x = arg;
	struct engine *en = x->rq->en;
	char id[ID_TEXT_SIZE], change[ID_TEXT_SIZE], *name, *file;
	struct strbuf rows;
	struct error e;

	rollout_id_format(r->id, id);
	change_id_format(r->change, change);
	name = xasprintf("%s/%s", change, id);
	file = xasprintf("%s.json", name);
	export_add_json(x, file, rollout_json(en, r));
	free(file);
	add_plan(x, r->plan_digest);
	strbuf_init(&rows);
	strbuf_adds(&rows,
		"host\twave\tstate\tversion\tprevious\tattempts\terror\n");
	engine_must(store_rollout_host_each(
			    en->store, r->id, -1, add_host, &rows, &e),
		&e, "read hosts of a rollout");
	file = xasprintf("%s-hosts.tsv", name);
	export_add(x, file, rows.buf);
	free(file);
	strbuf_clear(&rows);
	strbuf_adds(&rows, "host\tstep\tattempt\tstate\tstarted_at\t"
			   "finished_at\texit\n");
	engine_must(store_step_each(en->store, r->id, NULL, 0, add_step, &rows,
			    &e),
		&e, "read steps");
	file = xasprintf("%s-steps.tsv", name);
	export_add(x, file, rows.buf);
	free(file);
	strbuf_finish(&rows);
	free(name);
	return 0;
}

void
export_change(struct export *x, struct change_id id)
{
	struct engine *en = x->rq->en;
	struct rollout_filter f = {.state = -1, .change = id.number};
	struct proposal_filter about = {.state = -1};
	char text[ID_TEXT_SIZE], *file;
	struct change c;
	struct error e;
	json_t *o;

	if (store_change_find(en->store, id, &c, &e) != 1)
		return;
	change_id_format(id, text);
	o = change_full_json(en, &c);
	add_plan(x, c.plan_digest);
	add_decisions(x, text, text);
	file = xasprintf("%s/decisions.json", text);
	export_add_json(x, file,
		json_deep_copy(json_object_get(o, "decisions")));
	free(file);
	file = xasprintf("%s/change.json", text);
	export_add_json(x, file, o);
	about.object = text;
	engine_must(store_proposal_each(
			    en->store, &about, add_request, x, &e),
		&e, "read requests");
	add_release(x, text, &c);
	engine_must(store_rollout_each(en->store, &f, add_rollout, x, &e), &e,
		"read rollouts");
	free(file);
	change_finish(&c);
}

/* ---- README ---- */

#define MARK "@CHECKS@\n" /* where the commands about signatures go */

static const unsigned char words[] = {
#include "engine/export_readme.inc"
	0};

void
export_readme(struct export *x)
{
	struct engine *en = x->rq->en;
	struct actor by = request_actor(x->rq);
	char when[TIME_TEXT_SIZE], head[DIGEST_HEX_SIZE], *last, *begin;
	const char *all = (const char *)words, *mark = strstr(all, MARK);
	int64_t seq;

	store_ledger_head(en->store, &seq, head);
	time_format_utc(engine_now(en), when);
	last = xasprintf("\nMade %s for %s by engine %s, whose ledger ended "
			 "then with entry\n%lld %s\n",
		when, by.who, store_engine_id(en->store), (long long)seq,
		head);
	begin = xstrndup(all, (size_t)(mark - all));
	export_add(x, "README", begin);
	export_add(x, "README", x->checks.buf);
	export_add(x, "README", mark + strlen(MARK));
	export_add(x, "README", last);
	free(begin);
	free(last);
}
