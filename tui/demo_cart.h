/*
 * demo_cart.h - the demo's service with metrics: a canary that is good, one
 * that stops itself, one about which nobody can tell, and blue-green. See
 * sluice demo, line_demo.c.
 */
#ifndef SLUICE_TUI_DEMO_CART_H
#define SLUICE_TUI_DEMO_CART_H

#include "model/fleet.h"
#include "tui/line.h"

/* DIR/releases/cart-VERSION, unless they are there. */
int demo_cart_make(const char *dir, struct error *e);

/* Registers its releases by the program self with that configuration. */
int demo_cart_add(struct line *l, const char *self, const char *config,
	const char *dir, struct error *e);

/* Starts the first release; adds the ids of these changes to ret_ids. */
int demo_cart_begin(struct line *l, struct strings *ret_ids, struct error *e);

/* Plans, one by one, what a person may start when that has arrived. */
typedef void (*demo_plan_fn)(const void *arg, const char *service,
	const char *version, const char *env, const char *strategy);
void demo_cart_plan(demo_plan_fn plan, const void *arg);

#endif
