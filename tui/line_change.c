/* line_change.c - the plan of a change, and what it would alter. */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "tui/line.h"
#include "wire/json.h"

#define HOSTS_NAMED 8

/* The whole plan, piece by piece; the bytes are what the digest is of. */
static int
read_plan(struct line *l, struct strbuf *text, char *digest, size_t size,
	struct error *e)
{
	json_int_t offset = 0;
	const json_t *next;
	json_t *o, *params;

	do {
		params = args_params(&l->args);
		json_object_set_new(params, "offset", json_integer(offset));
		if (line_ask(l, "change.plan", params, &o, e) == -1)
			return -1;
		strbuf_adds(text, json_get_string(o, "text", ""));
		snprintf(digest, size, "%s",
			json_get_string(o, "plan_digest", ""));
		next = json_object_get(o, "next");
		offset = json_is_integer(next) ? json_integer_value(next) : -1;
		json_decref(o);
	} while (offset > 0);
	return 0;
}

int
line_change_plan(struct line *l)
{
	struct strbuf text;
	char digest[80];
	struct error e;
	json_t *o;
	int status = 0;

	strbuf_init(&text);
	if (read_plan(l, &text, digest, sizeof(digest), &e) == -1) {
		status = line_fail(l, &e);
	} else if (l->json) {
		o = json_pack("{s:s, s:s, s:o}", "id",
			args_get(&l->args, "ID"), "plan_digest", digest,
			"text", json_text(text.buf));
		line_print_json(o);
		json_decref(o);
	} else {
		fwrite(text.buf, 1, text.len, stdout);
	}
	strbuf_finish(&text);
	return status;
}

/* "  + 1.5 KiB  bin/shop", "  ~ 10 B -> 12 B  VERSION" */
static void
say_file(struct line *l, const json_t *file)
{
	const char *what = json_get_string(file, "change", "");
	int64_t before = json_get_int(file, "size_before_bytes", -1);
	int64_t after = json_get_int(file, "size_after_bytes", -1);
	char from[TIME_TEXT_SIZE] = "", to[TIME_TEXT_SIZE] = "";

	if (before >= 0)
		size_format(before, from);
	if (after >= 0)
		size_format(after, to);
	line_say(l, "  %c %s%s%s  %s",
		strcmp(what, "added") == 0     ? '+'
		: strcmp(what, "removed") == 0 ? '-'
					       : '~',
		from, *from && *to ? " -> " : "", to,
		json_get_string(file, "path", ""));
}

/* "web-01 web-02 ... and 3 more" */
static void
say_hosts(struct line *l, const json_t *r)
{
	const json_t *h, *list = json_object_get(r, "host_list");
	int hosts = (int)json_get_int(r, "hosts", 0);
	struct strbuf names;
	size_t i;

	strbuf_init(&names);
	json_array_foreach(list, i, h) {
		if (i == HOSTS_NAMED)
			break;
		strbuf_addf(&names, " %s", json_get_string(h, "host", ""));
	}
	if (hosts > (int)i)
		strbuf_addf(&names, " and %d more", hosts - (int)i);
	line_say(l, "  on%s", names.buf);
	strbuf_finish(&names);
}

static void
say_lines(struct line *l, const json_t *list, const char *before)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		line_say(l, "  %s%s", before, json_string_value(item));
}

static void
say_settings(struct line *l, const json_t *r)
{
	const json_t *s = json_object_get(r, "settings");
	const json_t *removed = json_object_get(s, "removed");
	const json_t *added = json_object_get(s, "added");

	if (json_is_null(s)) {
		line_say(l, "steps and settings: the plan that brought it is "
			    "not known");
		return;
	}
	if (json_array_size(removed) + json_array_size(added) == 0) {
		line_say(l, "steps and settings: the same");
		return;
	}
	line_say(l, "steps and settings:");
	say_lines(l, removed, "- ");
	say_lines(l, added, "+ ");
}

static void
say_contents(struct line *l, const json_t *r)
{
	const char *error = json_get_string(r, "contents_error", NULL);
	const json_t *c;
	size_t i;

	if (error != NULL)
		line_say(l, "contents: %s", error);
	json_array_foreach(json_object_get(r, "contents"), i, c) {
		line_say(l, "%s", json_get_string(c, "path", ""));
		say_lines(l, json_object_get(c, "lines"), "");
	}
}

/* One version that runs on some hosts now, against that of the change. */
static void
say_running(struct line *l, const json_t *r)
{
	const json_t *file;
	size_t i;
	int hosts = (int)json_get_int(r, "hosts", 0);
	const char *version = json_get_string(r, "version", NULL);

	if (!json_get_bool(r, "known", false)) {
		line_say(l, "%d host%s: %s, nothing to compare with", hosts,
			hosts == 1 ? "" : "s",
			version == NULL ? "nothing runs there" : version);
		say_hosts(l, r);
		return;
	}
	line_say(l, "%d host%s on %s: %d files added, %d removed, %d changed",
		hosts, hosts == 1 ? "" : "s", version,
		(int)json_get_int(r, "files_added", 0),
		(int)json_get_int(r, "files_removed", 0),
		(int)json_get_int(r, "files_changed", 0));
	say_hosts(l, r);
	json_array_foreach(json_object_get(r, "files"), i, file)
		say_file(l, file);
	say_settings(l, r);
	say_contents(l, r);
}

int
line_change_diff(struct line *l)
{
	const json_t *r;
	struct error e;
	json_t *o;
	size_t i;

	if (line_ask(l, "change.diff", args_params(&l->args), &o, &e) == -1)
		return line_fail(l, &e);
	if (l->json) {
		line_print_json(o);
	} else {
		line_say(l, "%s brings %s", json_get_string(o, "id", ""),
			json_get_string(o, "version", ""));
		json_array_foreach(json_object_get(o, "running"), i, r)
			say_running(l, r);
	}
	json_decref(o);
	return 0;
}
