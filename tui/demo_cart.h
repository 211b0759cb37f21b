/*
 * demo_cart.h - the demo's service with metrics: a canary that is good, one
 * that stops itself, one about which nobody can tell, and blue-green. See
 * sluice demo, line_demo.c.
 */
#ifndef SLUICE_TUI_DEMO_CART_H
#define SLUICE_TUI_DEMO_CART_H

#include "tui/line.h"

/* DIR/releases/cart-VERSION, unless they are there. */
int demo_cart_make(const char *dir, struct error *e);

/* Registers its releases by the program self with that configuration. */
int demo_cart_add(struct line *l, const char *self, const char *config,
	const char *dir, struct error *e);

/* Starts the first release and plans what a person may start then. */
int demo_cart_plan(struct line *l, struct error *e);

#endif
