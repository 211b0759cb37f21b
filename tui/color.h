/*
 * color.h - what colours look like to people: contrast, distance, and both
 * as people see them whose eyes lack one kind of cone. Colours are 0xrrggbb
 * in sRGB (IEC 61966-2-1).
 */
#ifndef SLUICE_TUI_COLOR_H
#define SLUICE_TUI_COLOR_H

#include "base/base.h"

enum sight {
	SIGHT_NORMAL,
	SIGHT_PROTAN, /* no long-wave cones */
	SIGHT_DEUTAN, /* no middle-wave cones */
	SIGHT_TRITAN, /* no short-wave cones */
	SIGHT_COUNT
};

/* "protan", ... */
const char *color_sight_name(enum sight sight);

/* The colour of one of xterm's 256: the 6x6x6 cube and the grey ramp; 0 to 15
 * as xterm has them, though every terminal has its own. */
unsigned color_of_256(int index);

/* The index of the nearest of the 256, of those that every terminal has. */
int color_nearest(unsigned rgb);

/* 1 to 21. WCAG 2.1, "contrast ratio" and "relative luminance". */
double color_contrast(unsigned a, unsigned b);

/* CIEDE2000 with kL = kC = kH = 1 (Sharma, Wu, Dalal: The CIEDE2000
 * Color-Difference Formula, 2005), white D65. About 2 is just seen. */
double color_distance(unsigned a, unsigned b);

/*
 * The colour as it is seen. Machado, Oliveira, Fernandes: A Physiologically-
 * based Model for Simulation of Color Vision Deficiency (2009), table 1,
 * severity 1.0, in linear RGB. Agrees for red-green with Vienot, Brettel,
 * Mollon (1999).
 */
unsigned color_as_seen(unsigned rgb, enum sight sight);

#endif
