/*
 * zone.h - local times by the rules of a zone (IANA names).
 *
 * A local time is written as the unix time that the same clock reading would
 * have in UTC: what timegm makes of its fields. The C library's rules are
 * switched to the zone between zone_enter and zone_leave, which nest; entering
 * the zone that is entered already costs nothing.
 */
#ifndef SLUICE_BASE_ZONE_H
#define SLUICE_BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

struct zone_scope {
	char *saved;
	bool was_set, is_same;
};

/* zone NULL is UTC. */
void zone_enter(struct zone_scope *scope, const char *zone);
void zone_leave(struct zone_scope *scope);

/* Seconds east of UTC at an instant, in the zone entered. */
int64_t zone_offset(int64_t at);

/* What the clocks show at an instant. */
int64_t zone_local(int64_t at);

/*
 * The first instant at which the clocks of the zone show local; inside a gap,
 * local read with the offset before it (RFC 5545 section 3.3.5).
 */
int64_t zone_resolve(int64_t local);

enum zone_edge { ZONE_PLAIN, ZONE_TWICE, ZONE_NEVER };

/* Whether the clocks show local once, twice or never. */
enum zone_edge zone_edge(int64_t local);

/* The first instant after `at` and before `end` at which the offset differs
 * from the second before; end: there is none. */
int64_t zone_next_change(int64_t at, int64_t end);

/* Whether this machine knows the zone: a name that it does not know would be
 * read as UTC without a word. */
bool zone_is_known(const char *zone);

#endif
