/* config_note.c - what differs from the configuration that was in use before,
 * as lines; the text of that one is in the store. */
#include "engine/config_note.h"

#include <stdlib.h>
#include <string.h>

#include "engine/redact.h"
#include "model/plan_diff.h"
#include "wire/json.h"

#define LINES_MOST 200 /* of either, in an entry */

static const char *
text_of(const struct settings *s)
{
	return s->text == NULL ? "" : s->text;
}

/* Secrets stay out of the ledger, wherever somebody wrote them. */
static json_t *
redacted(struct engine *en, const struct strings *lines)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < lines->count; i++) {
		const char *line = lines->items[i];
		char *safe = redactor_apply(en->redactor, line, strlen(line));

		json_array_append_new(list, json_text(safe));
		free(safe);
	}
	return list;
}

static char *
describe(const struct strings *removed, const struct strings *added)
{
	if (removed->count + added->count == 0)
		return xstrdup("unchanged");
	return xasprintf("lines that went: %zu%s, that came: %zu%s",
		removed->count,
		removed->count == LINES_MOST ? " or more" : "", added->count,
		added->count == LINES_MOST ? " or more" : "");
}

static void
note(struct engine *en, const char *who, int64_t uid, const char *before)
{
	const struct settings *s = en->settings;
	struct strings removed = {0}, added = {0};
	char digest[DIGEST_HEX_SIZE], *words;
	struct error e;

	digest_hex(before, strlen(before), digest);
	plan_diff(before, text_of(s), LINES_MOST, &removed, &added);
	words = describe(&removed, &added);
	engine_record(en, who, uid, "config.load",
		s->path == NULL ? "" : s->path, words,
		json_pack("{s:s, s:s, s:o, s:o}", "digest", s->digest,
			"before", digest, "removed", redacted(en, &removed),
			"added", redacted(en, &added)));
	engine_must(store_config_put(en->store, text_of(s), &e), &e,
		"keep the configuration");
	free(words);
	strings_finish(&removed);
	strings_finish(&added);
}

/* Owned; NULL: there was none. */
static char *
last(struct engine *en)
{
	char *text = NULL;
	struct error e;

	engine_must(store_config_find(en->store, &text, &e), &e,
		"read the configuration of before");
	return text;
}

void
config_note(struct engine *en, const char *who, int64_t uid)
{
	char *before = last(en);

	note(en, who, uid, before == NULL ? "" : before);
	free(before);
}

void
config_note_start(struct engine *en)
{
	char *before = last(en);
	struct error e;

	if (before == NULL) {
		engine_write(en);
		engine_must(store_config_put(
				    en->store, text_of(en->settings), &e),
			&e, "keep the configuration");
	} else if (strcmp(before, text_of(en->settings)) != 0) {
		note(en, "engine", -1, before);
	}
	free(before);
}
