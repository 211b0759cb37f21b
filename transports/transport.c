/* transport.c - the table of transports. */
#include "transports/transport.h"

#include <string.h>

static const struct transport *const transports[] = {
	&transport_auto,
	&transport_ssh,
	&transport_openssh,
	&transport_local,
	&transport_fake,
};

const struct transport *
transport_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(transports); i++)
		if (strcmp(transports[i]->name, name) == 0)
			return transports[i];
	return NULL;
}
