/* hostset.h - host ranges, label selectors, placeholders (interface.md 2). */
#ifndef SLUICE_MODEL_HOSTSET_H
#define SLUICE_MODEL_HOSTSET_H

#include "model/fleet.h"

/* Most hosts that one range may stand for. */
#define HOSTSET_MAX 100000

/*
 * "web-[01-20]", "10.0.1.[1-20]", "lab-[1-3,7]", several brackets multiply.
 * Zero-padded as written. A text without brackets is one name.
 */
int hostset_expand(const char *pattern, struct strings *ret, struct error *e);

struct selector;

/*
 * Label expressions: "role=web & zone!=eu2", "name=web-0*", "|", "!", "( )";
 * a bare word is name=WORD; "" and "*" are all. name and address are labels
 * of every host. Nesting is bounded.
 */
int selector_parse(const char *text, struct selector **ret, struct error *e);
bool selector_matches(const struct selector *s, const struct host *h);
void selector_destroy(struct selector *s);

/* Calls fn for every label and pattern that it compares; a bare word has the
 * label "name". Borrowed for the call. */
void selector_each_term(const struct selector *s,
	void (*fn)(const char *label, const char *pattern, void *arg),
	void *arg);

/* What placeholders expand to; NULL members are empty. */
struct placeholder_values {
	const char *host, *address, *service, *version, *env;
	const char *colour, *slot; /* NULL: these are no placeholders */
	int port;
	const struct pairs *labels;
};

/*
 * {host} {address} {port} {service} {version} {env} {label.NAME}, and in
 * blue-green {colour} {slot}; any other "{" is literal. An unknown label is
 * an error. Owned.
 */
int placeholder_expand(const char *text, const struct placeholder_values *v,
	char **ret, struct error *e);

#endif
