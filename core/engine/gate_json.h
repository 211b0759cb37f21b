/* gate_json.h - a gate as JSON; for rollouts and their waves. */
#ifndef SLUICE_ENGINE_GATE_JSON_H
#define SLUICE_ENGINE_GATE_JSON_H

#include <jansson.h>

#include "model/gate.h"

/* {kind for_s within_s otherwise awaits command}: what it is, and what
 * follows where it is not passed. */
json_t *gate_json(const struct gate *g);

#endif
