/*
 * openssh_says.h - what ssh(1) writes to its standard error with LogLevel
 * DEBUG1, as far as it decides something: that the program on the host was
 * started, the host's key, and why it ended. Once the program has started,
 * the host writes there too, and nothing of it decides any more.
 */
#ifndef SLUICE_OPENSSH_SAYS_H
#define SLUICE_OPENSSH_SAYS_H

#include "transports/hostkey.h"

/* Ordered: what comes later here says more. */
enum openssh_verdict {
	OPENSSH_SILENT,
	OPENSSH_BUSY,      /* dropped before any talk: come again */
	OPENSSH_GONE,      /* nobody there, or no common methods */
	OPENSSH_DENIED,    /* no key is welcome */
	OPENSSH_HOST_KEY,  /* unknown, changed, revoked */
	OPENSSH_CONFIG,    /* what it was told makes no sense to it */
	OPENSSH_VERDICT_COUNT
};

struct openssh_says {
	bool is_open;    /* the program was started */
	bool is_proxied; /* there is a host on the way */
	enum openssh_verdict verdict;
	unsigned fingerprints; /* how many host keys were shown */
	char fingerprint[HOSTKEY_FINGERPRINT_SIZE]; /* the last of them */
	char text[512]; /* the line behind the verdict, or the last; shown */
	struct strbuf line; /* one that has not ended yet */
};

void openssh_says_init(struct openssh_says *s);
void openssh_says_finish(struct openssh_says *s);

/* Takes bytes that came, in any pieces. */
void openssh_says_add(struct openssh_says *s, const char *data, size_t len);

#endif
