/* canned.c - answers of an engine from a file, for tests of the console. */
#include "tests/lib/canned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

static bool
has_index(const json_t *list, size_t index)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i,
		v) if ((size_t)json_integer_value(v) == index) return true;
	return false;
}

/* The wave, from 1, of the host at index. */
static int
wave_of(const json_t *waves, size_t index)
{
	const json_t *v;
	size_t i, end = 0;

	json_array_foreach(waves, i, v)
	{
		end += (size_t)json_integer_value(v);
		if (index < end)
			return (int)i + 1;
	}
	return (int)json_array_size(waves);
}

json_t *
canned_host(const json_t *fleet, size_t index, size_t done)
{
	size_t busy = (size_t)json_get_int(fleet, "busy", 0);
	const char *state = index < done	  ? "healthy"
			    : index < done + busy ? "switched"
						  : "staged";
	const char *error = "";
	bool is_busy = index >= done && index < done + busy;
	char name[80];

	snprintf(name, sizeof(name), "%s%04zu",
		json_get_string(fleet, "prefix", "web-"), index);
	if (has_index(json_object_get(fleet, "failed"), index) &&
		index < done + busy) {
		state = "failed";
		error = "health: http 503 after 3 tries";
		is_busy = false;
	}
	if (has_index(json_object_get(fleet, "unreachable"), index)) {
		state = "unreachable";
		error = "connect: timed out after 10s";
		is_busy = false;
	}
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:i, s:s, s:b, s:i}",
		"host", name, "state", state, "wave",
		wave_of(json_object_get(fleet, "waves"), index), "version",
		index < done ? "9.4.0" : "9.3.2", "previous_version", "9.3.2",
		"step",
		index < done ? "clean"
		: is_busy    ? "health"
			     : "stage",
		"attempts", 1, "error", error, "busy", is_busy, "index",
		(int)index);
}

/* Hosts of a rollout, page by page. */
static json_t *
hosts_page(const json_t *fleet, const json_t *params)
{
	size_t count = (size_t)json_get_int(fleet, "count", 0);
	size_t done = (size_t)json_get_int(fleet, "done", 0);
	size_t limit = (size_t)json_get_int(params, "limit", 200);
	size_t i = strtoul(json_get_string(params, "after", "0"), NULL, 10);
	json_t *items = json_array();
	char next[32];

	for (; i < count && json_array_size(items) < limit; i++)
		json_array_append_new(items, canned_host(fleet, i, done));
	snprintf(next, sizeof(next), "%zu", i);
	return json_pack("{s:o, s:o}", "items", items, "next",
		i < count ? json_string(next) : json_null());
}

/* The snapshots of the topics that are asked for. */
static json_t *
subscription(const json_t *file, const json_t *params)
{
	json_t *seqs = json_object(), *snapshots = json_object();
	const json_t *topic;
	size_t i;

	json_array_foreach(json_object_get(params, "topics"), i, topic)
	{
		const char *name = json_string_value(topic);
		json_t *snapshot = NULL;

		if (strcmp(name, "world") == 0)
			snapshot = json_incref(json_object_get(file, "world"));
		else if (strncmp(name, "log:", 4) == 0)
			snapshot = json_pack("{s:O?}", "lines",
				json_object_get(json_object_get(file, "logs"),
					name + 4));
		else
			snapshot = json_object();
		json_object_set_new(seqs, name, json_integer(0));
		json_object_set_new(snapshots, name, snapshot);
	}
	return json_pack("{s:o, s:o}", "seq", seqs, "snapshot", snapshots);
}

json_t *
canned_answer(const json_t *file, const char *method, const json_t *params)
{
	const char *id = json_get_string(params, "id", "");
	const json_t *fleet =
		json_object_get(json_object_get(file, "fleets"), id);
	json_t *answer = json_object_get(file, method);

	if (strcmp(method, "subscribe") == 0)
		return subscription(file, params);
	if (strcmp(method, "unsubscribe") == 0)
		return json_object();
	if (strcmp(method, "rollout.hosts") == 0 && fleet != NULL)
		return hosts_page(fleet, params);
	return answer != NULL ? json_incref(answer) : NULL;
}
