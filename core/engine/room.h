/*
 * room.h - room in the state directory: what is done when there is little.
 *
 * A ballast is kept there. A write of the database that finds the file system
 * full lets it go and goes on, so that outcomes of steps in flight are still
 * recorded; meanwhile new work is refused and no rollout begins with another
 * host. Once there is room the ballast is made again and all goes on.
 */
#ifndef SLUICE_ENGINE_ROOM_H
#define SLUICE_ENGINE_ROOM_H

#include "engine/clients.h"

struct room;

/* Before the store is opened. */
struct room *room_create(struct engine *en);
void room_destroy(struct room *r);

/* Looks at the file system; says so where it got full, or has room again. */
void room_look(struct engine *en);

/* What is wrong, as a sentence; NULL: there is room. Borrowed. */
const char *room_problem(const struct engine *en);

/* Looks. -1 with ERROR_NO_SPACE where this kind of request must wait. */
int room_refuse(struct engine *en, enum method_kind kind, struct error *e);

#endif
