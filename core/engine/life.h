/* life.h - opening and closing the engine; for main.c and the loop only. */
#ifndef SLUICE_ENGINE_LIFE_H
#define SLUICE_ENGINE_LIFE_H

#include "engine/engine.h"

/* en has loop, clock, settings and the four paths; all are taken. */
int engine_open(struct engine *en, struct error *e);
void engine_close(struct engine *en);

/* What is done about once a second, and when the runner has something due. */
void engine_housekeeping(uv_timer_t *timer);
void clients_housekeeping(struct clients *cs);

#endif
