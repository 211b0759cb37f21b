/* bastion.h - commands of the configuration that run beside the engine. */
#ifndef SLUICE_ENGINE_BASTION_H
#define SLUICE_ENGINE_BASTION_H

#include "engine/engine.h"

struct bastion;

struct bastion *bastion_create(struct engine *en);
/* Kills what runs; nobody is answered. */
void bastion_destroy(struct bastion *b);

/*
 * Runs args ("run", "env") with /bin/sh as the engine's user, in a session of
 * its own and with standard input empty; args are taken. Answers
 * runner_command_done(id) once, from the loop. After timeout_ms all that it
 * started is killed.
 */
void bastion_run(
	struct bastion *b, int64_t id, json_t *args, int64_t timeout_ms);

#endif
