/* units.h - durations, sizes and times as people write them. */
#ifndef SLUICE_BASE_UNITS_H
#define SLUICE_BASE_UNITS_H

#include <stdint.h>

#include "base/error.h"

#define TIME_TEXT_SIZE 32

/* "90s 10m 2h 3d 0.2s 200ms"; a bare "0" is zero. Milliseconds, at most
 * ten years. */
int duration_parse(const char *s, int64_t *ret_ms, struct error *e);

/* "64KiB", "5GiB", "10MB", "100", "100B". Bytes. */
int size_parse(const char *s, int64_t *ret_bytes, struct error *e);

/*
 * RFC 3339; or "2026-11-24 08:00[:30]" and "2026-11-24" in zone (an IANA
 * name, NULL is UTC); or "+2h", "-90d", "now", "today", "tomorrow 08:00",
 * "mon 09:30" (the next one after now). Unix seconds. Ambiguous local times
 * are the first of the two, times that do not exist are read with the offset
 * before the gap (RFC 5545 section 3.3.5).
 */
int time_parse(const char *s, const char *zone, int64_t now, int64_t *ret_at,
	struct error *e);

/*
 * A date with or without a time of day, as the clocks of zone show it: the
 * local time that zone.h has, also of a time that does not exist there. With
 * an offset it is an instant, and what the clocks show then.
 */
int time_parse_local(const char *s, const char *zone, int64_t *ret_local,
	struct error *e);

/* RFC 3339 in UTC, to the second: 2026-11-23T14:05:00Z. */
void time_format_utc(int64_t at, char out[TIME_TEXT_SIZE]);

/* Short words for people: "45s", "6m10", "2h05", "3d 4h". */
void duration_format(int64_t ms, char out[TIME_TEXT_SIZE]);

/* "1.5 MiB". */
void size_format(int64_t bytes, char out[TIME_TEXT_SIZE]);

#endif
