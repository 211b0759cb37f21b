/* cmd_waves.c - the way of a rollout as its plan has it: waves and gates. */
#include <stdlib.h>

#include "engine/cmd.h"
#include "engine/gate_json.h"
#include "wire/json.h"

static json_t *
gates_json(const struct plan *p, int wave)
{
	const struct gate *gates[PLAN_GATES_MAX];
	size_t count = plan_gates_after(p, wave, gates, PLAN_GATES_MAX), i;
	json_t *list = json_array();

	for (i = 0; i < count; i++)
		json_array_append_new(list, gate_json(gates[i]));
	return list;
}

static int
count_hosts(const struct plan *p, int wave)
{
	int count = 0;
	size_t i;

	for (i = 0; i < p->host_count; i++)
		count += p->hosts[i].wave == wave;
	return count;
}

static json_t *
waves_json(const struct plan *p)
{
	json_t *list = json_array();
	int wave;

	for (wave = 1; wave <= p->waves; wave++)
		json_array_append_new(list,
			json_pack("{s:i, s:s?, s:i, s:o}", "wave", wave, "name",
				(size_t)wave <= p->wave_names.count
					? p->wave_names.items[wave - 1]
					: NULL,
				"hosts", count_hosts(p, wave), "gates",
				gates_json(p, wave)));
	return list;
}

/* ---- a way back: waves of its own, and no gates ---- */

static int
count_row(const struct rollout_host *h, void *arg)
{
	json_t *wave = json_array_get(arg, (size_t)h->wave - 1);

	if (h->wave > 0 && wave != NULL)
		json_object_set_new(wave, "hosts",
			json_integer(json_get_int(wave, "hosts", 0) + 1));
	return 0;
}

static json_t *
waves_back_json(struct engine *en, const struct rollout *r)
{
	json_t *list = json_array();
	struct error e;
	int wave;

	for (wave = 1; wave <= r->waves; wave++)
		json_array_append_new(list,
			json_pack("{s:i, s:n, s:i, s:[]}", "wave", wave,
				"name", "hosts", 0, "gates"));
	engine_must(store_rollout_host_each(
			    en->store, r->id, -1, count_row, list, &e),
		&e, "read hosts of a rollout");
	return list;
}

static json_t *
metrics_json(const struct plan *p)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < p->metric_count; i++)
		json_array_append_new(list, json_text(p->metrics[i].name));
	return list;
}

void
cmd_rollout_waves(struct request *rq)
{
	struct rollout_id id;
	struct rollout r;
	bool is_back;
	struct plan p;
	struct error e;
	char text[ID_TEXT_SIZE];

	if (arg_rollout(rq, &id, &e) == -1 ||
		store_rollout_find(rq->en->store, id, &r, &e) != 1) {
		request_fail(rq, &e);
		return;
	}
	if (plan_of_digest(rq->en, r.plan_digest, &p, &e) != 1) {
		error_set(&e, ERROR_NOT_FOUND, "the plan is not there");
		request_fail(rq, &e);
	} else {
		rollout_id_format(id, text);
		is_back = r.kind == ROLLOUT_ROLLBACK;
		request_done(rq,
			json_pack("{s:s, s:o, s:o}", "id", text, "waves",
				is_back ? waves_back_json(rq->en, &r)
					: waves_json(&p),
				"metrics",
				is_back ? json_array() : metrics_json(&p)));
		plan_finish(&p);
	}
	rollout_finish(&r);
}
