/* sequential.c - limits of repeated looks by alpha spending; see the header. */
#include "model/sequential.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/analysis.h"

/* Looks that are nearer than that, as a share of time, are one. */
#define NEAREST (1.0 / 400)
/* Steps of the grid in one standard deviation of a move. */
#define STEPS_OF_SD 6
/* Moves further than so many of them do not happen. */
#define FURTHEST_SD 7
#define Z_MOST 8.2

/* Chance that a standard normal variable is above z. */
static double
above(double z)
{
	return erfc(z / M_SQRT2) / 2;
}

/* Half of alpha for each direction, as the published tables have it. */
static double
spending(const struct sequential *s, double t)
{
	double z = normal_quantile(1 - s->alpha / 4);

	if (t < 1)
		return (1 - s->after) * 4 * above(z / sqrt(t));
	return s->alpha * (1 - s->after + s->after * (1 - 1 / t));
}

void
sequential_init(struct sequential *s, double alpha, double after)
{
	memset(s, 0, sizeof(*s));
	s->alpha = alpha;
	s->after = after;
}

void
sequential_finish(struct sequential *s)
{
	free(s->density);
	memset(s, 0, sizeof(*s));
}

/* Weights of the trapezoid rule. */
static double
weight(const struct sequential *s, long i)
{
	return i == -s->count || i == s->count ? s->step / 2 : s->step;
}

/* Chance to be beyond the limit after a move with that deviation. */
static double
crossing(const struct sequential *s, double limit, double sd)
{
	double sum = 0;
	long i;

	if (s->density == NULL)
		return 2 * above(limit / sd);
	for (i = -s->count; i <= s->count; i++)
		sum += weight(s, i) * s->density[i + s->count] *
		       (above((limit - (double)i * s->step) / sd) +
			       above((limit + (double)i * s->step) / sd));
	return sum;
}

static double
find_limit(const struct sequential *s, double chance, double t, double sd)
{
	double low = 0, high = Z_MOST * sqrt(t);
	int round;

	for (round = 0; round < 50; round++) {
		double middle = (low + high) / 2;

		if (crossing(s, middle, sd) > chance)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static double
density_at(const struct sequential *s, double x, double sd)
{
	double sum = 0, scale = 1 / (sd * sqrt(2 * M_PI));
	long first, last, i;

	if (s->density == NULL)
		return scale * exp(-x * x / (2 * sd * sd));
	first = (long)floor((x - FURTHEST_SD * sd) / s->step);
	last = (long)ceil((x + FURTHEST_SD * sd) / s->step);
	if (first < -s->count)
		first = -s->count;
	if (last > s->count)
		last = s->count;
	for (i = first; i <= last; i++) {
		double move = (x - (double)i * s->step) / sd;

		sum += weight(s, i) * s->density[i + s->count] *
		       exp(-move * move / 2);
	}
	return sum * scale;
}

/* The path goes on within the limit. */
static void
move(struct sequential *s, double limit, double sd)
{
	long count = (long)ceil(limit * STEPS_OF_SD / sd), i;
	double step = limit / (double)count;
	double *next = xcalloc((size_t)(2 * count + 1), sizeof(*next));

	for (i = 0; i <= count; i++)
		next[count - i] = next[count + i] =
			density_at(s, (double)i * step, sd);
	free(s->density);
	s->density = next;
	s->count = count;
	s->step = step;
}

double
sequential_look(struct sequential *s, double t)
{
	double sd, total, limit;

	if (t <= 0 || t - s->t < NEAREST * (s->t > 1 ? s->t : 1))
		return 0;
	sd = sqrt(t - s->t);
	total = spending(s, t);
	limit = find_limit(s, total - s->spent, t, sd);
	move(s, limit, sd);
	s->t = t;
	s->spent = total;
	return 2 * above(limit / sqrt(t));
}
