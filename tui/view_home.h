/* view_home.h - the parts of Home. */
#ifndef SLUICE_TUI_VIEW_HOME_H
#define SLUICE_TUI_VIEW_HOME_H

#include "tui/view.h"

/* The next 24 hours and the rules ahead, at the bottom of r; returns the
 * lines used, 0 where there is nothing or no room. */
int home_ahead_paint(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r);

#endif
