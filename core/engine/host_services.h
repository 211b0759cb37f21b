/* host_services.h - what the configuration deploys to one host. */
#ifndef SLUICE_ENGINE_HOST_SERVICES_H
#define SLUICE_ENGINE_HOST_SERVICES_H

#include "engine/settings.h"

/* Calls fn for each service in each environment of the host, with the root
 * that it has there; returns how many. One root is named once. */
size_t host_services_each(const struct settings *s, const struct host *h,
	void (*fn)(const struct host *h, const struct service *service,
		const char *env, const char *root, void *arg),
	void *arg);

#endif
