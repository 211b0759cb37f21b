/* cmd_session.c - what consoles keep for their person: no part of any
 * decision, so the ledger has nothing of it. */
#include <string.h>

#include "engine/cmd.h"
#include "wire/json.h"

#define KEY_MOST 160
#define VALUE_MOST (16 * 1024)

void
cmd_session_put(struct request *rq)
{
	const char *key = arg_string(rq, "key");
	const char *value = arg_string(rq, "value");
	struct error e;

	if (*key == '\0' || strlen(key) > KEY_MOST ||
		strlen(value) > VALUE_MOST) {
		request_refuse(rq, ERROR_USAGE, NULL,
			"a key has 1 to %d bytes and a value at most %d",
			KEY_MOST, VALUE_MOST);
		return;
	}
	engine_write(rq->en);
	engine_must(store_kept_put(rq->en->store, request_actor(rq).who, key,
			    value, engine_now(rq->en), &e),
		&e, "keep something of a session");
	request_done(rq, json_pack("{s:o}", "key", json_text(key)));
}

static int
add_item(const char *key, const char *value, void *arg)
{
	json_array_append_new(arg, json_pack("{s:o, s:o}", "key",
					   json_text(key), "value",
					   json_text(value)));
	return 0;
}

/* How the configuration wants a console to begin. */
static json_t *
console_json(const struct console_looks *c)
{
	json_t *sections = json_array();
	size_t i;

	for (i = 0; i < c->section_count; i++)
		json_array_append_new(sections,
			json_pack("{s:o, s:o, s:o}", "view",
				json_text(c->sections[i].view), "name",
				json_text(c->sections[i].name), "query",
				json_text(c->sections[i].query)));
	return json_pack("{s:o, s:o, s:b, s:o}", "theme",
		json_text(c->theme), "glyphs", json_text(c->glyphs), "mouse",
		(int)c->mouse, "sections", sections);
}

void
cmd_session_ls(struct request *rq)
{
	const char *prefix = arg_string(rq, "prefix");
	json_t *items = json_array();
	struct error e;

	engine_must(store_kept_each(rq->en->store, request_actor(rq).who,
			    prefix == NULL ? "" : prefix, add_item, items, &e),
		&e, "read what was kept of a session");
	request_done(rq,
		json_pack("{s:o, s:o}", "items", items, "console",
			console_json(&rq->en->settings->console)));
}
