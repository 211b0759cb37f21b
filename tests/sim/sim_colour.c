/* sim_colour.c - a host with slots, and one that routes. */
#include <string.h>

#include "tests/sim/sim.h"
#include "wire/json.h"

bool
sim_host_into_slot(
	struct sim_host *h, const json_t *args, const char **ret_refused)
{
	const char *release = json_get_string(args, "release", "");
	const char *slot = json_get_string(args, "slot", NULL);
	int colour = slot == NULL ? -1 : colour_parse(slot);

	if (colour < 0)
		return false;
	if (!json_get_bool(args, "live", false)) {
		snprintf(h->slots[colour], sizeof(h->slots[colour]), "%s",
			release);
		return true;
	}
	if (strcmp(h->slots[colour], release) != 0) {
		*ret_refused = "the slot does not hold it";
		return true;
	}
	snprintf(h->live, sizeof(h->live), "%s", slot);
	return false;
}

void
sim_host_is_told(struct sim_host *h, const json_t *args)
{
	if (!h->lies)
		snprintf(h->live, sizeof(h->live), "%s",
			json_get_string(json_object_get(args, "env"),
				"SLUICE_COLOUR", ""));
}

void
sim_host_slots_are_healthy(struct sim_host *h)
{
	int i;

	for (i = 0; i < COLOUR_COUNT; i++)
		if (!strings_has(&h->healthy, h->slots[i]))
			strings_add(&h->healthy, h->slots[i]);
}
