/*
 * clock.h - time as an interface, so that a virtual clock can run the core.
 * Windows and schedules follow the wall clock; time-outs and leases follow
 * the monotonic clock.
 */
#ifndef SLUICE_BASE_CLOCK_H
#define SLUICE_BASE_CLOCK_H

#include <stdint.h>

struct clock {
	int64_t (*wall_ms)(struct clock *c);
	int64_t (*mono_ms)(struct clock *c);
};

/* Milliseconds since 1970-01-01 UTC. */
int64_t clock_wall_ms(struct clock *c);

/* Milliseconds of a clock that never jumps; its origin means nothing. */
int64_t clock_mono_ms(struct clock *c);

/* The clock of this machine; borrowed, lives for ever. */
struct clock *clock_real(void);

/* A clock that stands still until it is moved. */
struct clock_virtual {
	struct clock clock;
	int64_t wall_ms;
	int64_t mono_ms;
};

void clock_virtual_init(struct clock_virtual *c, int64_t wall_ms);
void clock_virtual_advance(struct clock_virtual *c, int64_t ms);

#endif
