/* clock.c - the machine's clock, and one that tests move by hand. */
#include "base/clock.h"

#include <time.h>

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
real_wall_ms(struct clock *c)
{
	(void)c;
	return read_clock(CLOCK_REALTIME);
}

static int64_t
real_mono_ms(struct clock *c)
{
	(void)c;
	return read_clock(CLOCK_MONOTONIC);
}

struct clock *
clock_real(void)
{
	static struct clock real = {real_wall_ms, real_mono_ms};

	return &real;
}

int64_t
clock_wall_ms(struct clock *c)
{
	return c->wall_ms(c);
}

int64_t
clock_mono_ms(struct clock *c)
{
	return c->mono_ms(c);
}

static int64_t
virtual_wall_ms(struct clock *c)
{
	return ((struct clock_virtual *)c)->wall_ms;
}

static int64_t
virtual_mono_ms(struct clock *c)
{
	return ((struct clock_virtual *)c)->mono_ms;
}

void
clock_virtual_init(struct clock_virtual *c, int64_t wall_ms)
{
	c->clock.wall_ms = virtual_wall_ms;
	c->clock.mono_ms = virtual_mono_ms;
	c->wall_ms = wall_ms;
	c->mono_ms = 1;
}

void
clock_virtual_advance(struct clock_virtual *c, int64_t ms)
{
	c->wall_ms += ms;
	c->mono_ms += ms;
}
