/*
 * sequential.h - looking again and again without crying wolf.
 *
 * A test at 5 % that is repeated at forty moments stops a release that changes
 * nothing far more often than in one of twenty bakes. Here the 5 % are spent
 * over time (Lan and DeMets, Discrete sequential boundaries for clinical
 * trials, Biometrika 1983): by time t, as a share of the bake, the chance of
 * a false alarm is at most alpha(t). Within the bake alpha(t) is the spending
 * function that imitates O'Brien and Fleming (1979), which saves most for
 * late, when there is most to see, and stops early only what is glaring. A
 * share is kept for the time after the bake, while a person is awaited, of
 * which by time t > 1 a part of 1 - 1/t is spent: it never runs out.
 *
 * The limit of each look follows from those before it by numerical
 * integration (Armitage, McPherson and Rowe 1969): standardised rank sums of
 * growing samples move like a Brownian motion (Jennison and Turnbull, Group
 * Sequential Methods, 2000, chapter 11). Several metrics share alpha evenly
 * (Bonferroni), and every wave has a whole alpha of its own.
 */
#ifndef SLUICE_MODEL_SEQUENTIAL_H
#define SLUICE_MODEL_SEQUENTIAL_H

#include "base/base.h"

struct sequential {
	double alpha;
	double after; /* share of it that is kept for t > 1 */
	double t;     /* of the last look, 0: none yet */
	double spent;
	/* Density of the path that has crossed no limit yet, at steps from
	 * -count to count. */
	double *density;
	long count;
	double step;
};

#define SEQUENTIAL_AFTER 0.2

void sequential_init(struct sequential *s, double alpha, double after);
void sequential_finish(struct sequential *s);

/*
 * Looks at time t. Returns the two-sided p value below which this look may
 * stop; 0: there is none, since too little time went by since the last one.
 */
double sequential_look(struct sequential *s, double t);

#endif
