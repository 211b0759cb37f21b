/* objects.h - the objects of interface.md section 3 as JSON. All return new
 * references. */
#ifndef SLUICE_ENGINE_OBJECTS_H
#define SLUICE_ENGINE_OBJECTS_H

#include "engine/engine.h"
#include "model/policy.h"

/* quarantined: by a person, or since a rollout of it was taken back. */
json_t *release_json(struct engine *en, const struct release *r);
/* ... with its evidence. */
json_t *release_full_json(struct engine *en, const struct release *r);
/* Each environment of its service, and how this version stands there. */
json_t *release_where_json(struct engine *en, const struct release *r);
json_t *change_json(struct engine *en, const struct change *c);
/* ... with what was said about it at hand. */
struct decisions;
json_t *change_json_said(struct engine *en, const struct change *c,
	const struct decisions *said);
/* [{factor, points, text}] of a change, as it was weighed. */
json_t *risk_reasons_json(const struct change *c);
/* As shown by itself: with what changed since each answer. */
json_t *change_full_json(struct engine *en, const struct change *c);
json_t *policy_results_json(
	struct engine *en, const struct policy_results *r);
json_t *rollout_json(struct engine *en, const struct rollout *r);
json_t *rollout_host_json(const struct rollout_host *h);
json_t *step_json(const struct step_run *s);
json_t *ledger_json(const struct ledger_entry *entry);
json_t *host_json(struct engine *en, const struct host *h);
json_t *engine_status_json(struct engine *en);

/* From memory if it runs, else from the store. NULL and *e: not found. */
json_t *objects_rollout(
	struct engine *en, struct rollout_id id, struct error *e);
json_t *objects_change(struct engine *en, struct change_id id, struct error *e);

/* Arrays, oldest first. */
json_t *objects_newest_rollouts(struct engine *en, int most);
json_t *objects_newest_changes(struct engine *en, int most);

/* {"lines": [...]}: the last lines that steps of a rollout printed. */
json_t *objects_log_tail(
	struct engine *en, struct rollout_id id, int most, struct error *e);

/* A list as it is: an array of strings, owned by who asks. */
json_t *strings_json(const struct strings *list);

#endif
