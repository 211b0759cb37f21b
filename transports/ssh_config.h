/*
 * ssh_config.h - does a person's ssh_config(5) (settings "config") speak of a
 * host? We look only for words that may change how it is reached; what they
 * mean is for ssh itself to say.
 */
#ifndef SLUICE_SSH_CONFIG_H
#define SLUICE_SSH_CONFIG_H

#include <stdbool.h>

#include "base/base.h"

struct host;
struct pusher;

/* False: nothing in it concerns that address. True: perhaps something. */
bool ssh_config_may_concern(const struct pusher *p, const char *address);
bool ssh_config_text_may_concern(char *text, const char *address);

/* It names keys of its own, or may do so. */
bool ssh_config_has_keys(const struct pusher *p);

/* What `ssh -G` printed, taken apart in place: true, and why, where the host
 * is not reached straight and as sluice knows it. */
bool ssh_config_differs(char *printed, const struct host *host,
	struct strbuf *ret_reason);

#endif
