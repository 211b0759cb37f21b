/* comparison_json.h - a comparison as `analysis show` has it (owned). */
#ifndef SLUICE_ENGINE_COMPARISON_JSON_H
#define SLUICE_ENGINE_COMPARISON_JSON_H

#include <jansson.h>

#include "model/comparison.h"

json_t *comparison_json(const struct comparison *c);

#endif
