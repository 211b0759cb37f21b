/* prune.c - what is older than retention and needed by nothing goes. */
#include "engine/prune.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/cmd.h"
#include "store/artefact.h"
#include "store/store_analysis.h"
#include "wire/json.h"

#define DAY_S 86400
#define FIRST_S 600 /* after a start there is other work */

struct pruning {
	struct engine *en;
	struct request *rq; /* NULL: the engine's own */
	uv_idle_t idle;
	struct strings unused;
	size_t at;
	int64_t artefacts, bytes, log_pieces;
};

static void
pruning_free(uv_handle_t *handle)
{
	struct pruning *p = handle->data;

	strings_finish(&p->unused);
	free(p);
}

void
prune_end(struct engine *en)
{
	if (en->pruning == NULL)
		return;
	uv_close((uv_handle_t *)&en->pruning->idle, pruning_free);
	en->pruning = NULL;
	uv_run(en->loop, UV_RUN_NOWAIT);
}

static json_t *
pruning_json(const struct pruning *p)
{
	return json_pack("{s:I, s:I, s:I}", "artefacts",
		(json_int_t)p->artefacts, "bytes", (json_int_t)p->bytes,
		"log_pieces", (json_int_t)p->log_pieces);
}

static void
finish(struct pruning *p)
{
	struct engine *en = p->en;
	struct actor by = {"engine", -1};

	if (p->rq != NULL)
		by = request_actor(p->rq);
	if (p->rq != NULL || p->artefacts + p->log_pieces > 0)
		engine_record(en, by.who, by.uid, "release.prune", "", "",
			pruning_json(p));
	if (p->rq != NULL)
		request_done(p->rq, pruning_json(p));
	uv_idle_stop(&p->idle);
	uv_close((uv_handle_t *)&p->idle, pruning_free);
	en->pruning = NULL;
}

static void
prune_artefact(struct pruning *p, const char *sha256)
{
	int64_t before = engine_now(p->en) -
			 p->en->settings->retention_artefacts_ms / 1000;
	int64_t bytes;
	struct error e;
	int result =
		artefact_prune(p->en->private_dir, sha256, before, &bytes, &e);

	if (result == -1)
		log_warn("%s", e.text);
	if (result != 1)
		return;
	p->artefacts++;
	p->bytes += bytes;
}

/* One artefact, one slice of logs, or the samples of a rollout, a turn. */
static void
on_idle(uv_idle_t *idle)
{
	struct pruning *p = idle->data;
	int64_t before_ms = engine_now(p->en) * 1000 -
			    p->en->settings->retention_logs_ms;
	struct error e;
	int count;

	if (p->at < p->unused.count) {
		prune_artefact(p, p->unused.items[p->at++]);
		return;
	}
	engine_write(p->en);
	engine_must(store_output_prune(p->en->store, before_ms, &count, &e),
		&e, "remove old logs");
	p->log_pieces += count;
	if (count == 0)
		engine_must(store_samples_prune(
				    p->en->store, before_ms, &count, &e),
			&e, "remove old samples");
	if (count == 0)
		finish(p);
}

static int
note_unused(const char *payload_sha256, void *arg)
{
	strings_add(arg, payload_sha256);
	return 0;
}

static void
begin(struct engine *en, struct request *rq)
{
	struct pruning *p = xcalloc(1, sizeof(*p));
	struct error e;

	p->en = en;
	p->rq = rq;
	p->idle.data = p;
	en->pruning = p;
	en->prune_at = engine_now(en) + DAY_S;
	engine_must(store_release_unused_each(en->store,
			    engine_now(en) -
				    en->settings->retention_artefacts_ms / 1000,
			    note_unused, &p->unused, &e),
		&e, "read releases");
	uv_idle_init(en->loop, &p->idle);
	uv_idle_start(&p->idle, on_idle);
}

void
prune_daily(struct engine *en)
{
	if (en->prune_at == 0)
		en->prune_at = engine_now(en) + FIRST_S;
	if (en->pruning == NULL && engine_now(en) >= en->prune_at &&
		!en->stopping)
		begin(en, NULL);
}

void
cmd_release_prune(struct request *rq)
{
	if (rq->en->pruning != NULL)
		request_refuse(rq, ERROR_BUSY, "ask again in a while",
			"what is old is being removed already");
	else
		begin(rq->en, rq);
}
