/* run_check.c - the command of a gate: on the bastion or on hosts that have
 * moved; it has passed when it exits 0 everywhere. */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

#include "model/hostset.h"

void
run_check_forget(struct run *run)
{
	run_asks_drop(run, ASK_CHECK);
	free(run->check.words);
	memset(&run->check, 0, sizeof(run->check));
}

static json_t *
check_env(const struct run *run)
{
	char id[ID_TEXT_SIZE], wave[16];
	json_t *env = json_object();
	size_t i;

	for (i = 0; i < run->plan.vars.count; i++)
		json_object_set_new(env, run->plan.vars.items[i].name,
			json_string(run->plan.vars.items[i].value));
	rollout_id_format(run->d.id, id);
	snprintf(wave, sizeof(wave), "%d", run->d.wave);
	json_object_update_new(env,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "SLUICE_SERVICE",
			run->d.service, "SLUICE_VERSION", run->d.version,
			"SLUICE_ENV", run->d.env, "SLUICE_ROLLOUT", id,
			"SLUICE_WAVE", wave, "SLUICE_STEP", "check"));
	return env;
}

static bool
is_asked(const struct run_host *h, const struct selector *selector)
{
	return h->d.state == HOST_HEALTHY && h->d.switched &&
	       selector_matches(selector, &h->at->host);
}

static void
ask_hosts(struct run *run, const struct gate *g)
{
	struct selector *selector;
	size_t i;

	if (selector_parse(g->on, &selector, NULL) == -1)
		return; /* checked when it was configured */
	for (i = 0; i < run->host_count; i++) {
		struct run_host *h = &run->hosts[i];

		if (!is_asked(h, selector))
			continue;
		run->check.waiting++;
		run_ask_host(h, ASK_CHECK, 0, g->run, check_env(run),
			g->timeout_ms);
	}
	selector_destroy(selector);
}

void
run_check_begin(struct run *run, const struct gate *g)
{
	run_asks_drop(run, ASK_CHECK);
	run->check.again_ms = 0;
	run->check.waiting = 0;
	run->check.failed = 0;
	run->check.tries++;
	if (g->on != NULL) {
		ask_hosts(run, g);
	} else {
		run->check.waiting = 1;
		run_ask_bastion(run, ASK_CHECK, g->run, check_env(run),
			g->timeout_ms);
	}
	if (run->check.waiting > 0)
		return;
	/* Nobody to ask is no yes. */
	run->check.failed = 1;
	str_replace(&run->check.words,
		"no host that has moved matches the selector");
}

void
run_check_failed(struct run *run, const struct gate *g)
{
	if (run->check.tries < g->attempts) {
		run->check.again_ms = clock_wall_ms(run->rn->clock) +
				      g->interval_ms;
		run_reason(run, "check '%.80s' failed, try %d of %d: %s",
			g->run, run->check.tries, g->attempts,
			run->check.words);
		run_save(run);
		run_gate_look(run);
		return;
	}
	run_gate_missed(run, run->check.words);
}

void
run_check_done(struct run *run, const char *host, bool ok, const char *words)
{
	const struct gate *g = run_gate(run);

	run->check.waiting--;
	if (!ok && run->check.failed++ == 0) {
		free(run->check.words);
		run->check.words =
			host == NULL ? xasprintf("on the bastion: %s", words)
				     : xasprintf("%s: %s", host, words);
	}
	if (run->check.waiting > 0 || run->d.state != ROLLOUT_WAITING ||
		g == NULL || g->kind != GATE_CHECK)
		return;
	if (run->check.failed > 0)
		run_check_failed(run, g);
	else
		run_pass_gate(run, "engine", -1);
}
