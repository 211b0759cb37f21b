/* tour.h - a few lines over the screen that lead through the demo. */
#ifndef SLUICE_TUI_TOUR_H
#define SLUICE_TUI_TOUR_H

#include "tui/console.h"

/* From its first step; left at any time. */
void tour_begin(struct console *c);
void tour_leave(struct console *c);

/* The step after this one, whatever the person has done. */
void tour_skip(struct console *c);

/* Paints its lines from y on; returns how many there are, 0: no tour. */
int tour_paint(struct console *c, struct canvas *canvas, int y);

#endif
