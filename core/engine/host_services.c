/* host_services.c - what the configuration deploys to one host. */
#include "engine/host_services.h"

#include <stdlib.h>

#include "model/hostset.h"

/* NULL: it cannot be expanded on this host, which a plan would refuse. */
static char *
root_of(const struct service *service, const char *env, const struct host *h)
{
	const struct placeholder_values values = {.host = h->name,
		.address = h->address,
		.port = h->port,
		.service = service->name,
		.env = env,
		.labels = &h->labels};
	struct error e;
	char *root;

	return placeholder_expand(service->root, &values, &root, &e) == 0
		       ? root
		       : NULL;
}

size_t
host_services_each(const struct settings *s, const struct host *h,
	void (*fn)(const struct host *h, const struct service *service,
		const char *env, const char *root, void *arg),
	void *arg)
{
	struct strings roots = {0};
	size_t i, k, count;

	for (i = 0; i < s->environment_count; i++) {
		const struct environment *env = &s->environments[i];

		if (!settings_is_host_of(s, env, h))
			continue;
		for (k = 0; k < env->services.count; k++) {
			const struct service *service =
				settings_service(s, env->services.items[k]);
			char *root = root_of(service, env->name, h);

			if (root != NULL && !strings_has(&roots, root)) {
				strings_add(&roots, root);
				fn(h, service, env->name, root, arg);
			}
			free(root);
		}
	}
	count = roots.count;
	strings_finish(&roots);
	return count;
}
