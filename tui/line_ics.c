/* line_ics.c - the calendar for other programs, and from them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tui/line.h"
#include "wire/json.h"

/* The feed, page by page, as it comes. */
static int
copy_feed(struct line *l, struct strbuf *text, struct error *e)
{
	json_t *params = args_params(&l->args), *o;
	const char *const flags[] = {"ics", "month", "week", "agenda"};
	char next[32] = "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		json_object_del(params, flags[i]);
	do {
		if (*next != '\0')
			json_object_set_new(params, "after", json_string(next));
		if (line_ask(l, "calendar.ics", json_incref(params), &o, e) ==
			-1) {
			json_decref(params);
			return -1;
		}
		strbuf_adds(text, json_get_string(o, "text", ""));
		snprintf(next, sizeof(next), "%s",
			json_get_string(o, "next", ""));
		json_decref(o);
	} while (*next != '\0');
	json_decref(params);
	return 0;
}

int
line_calendar_ics(struct line *l)
{
	struct strbuf text;
	struct error e;
	json_t *o;
	int status = 0;

	strbuf_init(&text);
	if (copy_feed(l, &text, &e) == -1) {
		status = line_fail(l, &e);
	} else if (l->json) {
		o = json_pack("{s:o}", "ics", json_text(text.buf));
		line_print_json(o);
		json_decref(o);
	} else {
		fwrite(text.buf, 1, text.len, stdout);
	}
	strbuf_finish(&text);
	return status;
}

/* ---- import ---- */

static void
say_import(struct line *l, const json_t *o)
{
	if (json_object_get(o, "approvals_required") != NULL) {
		view_request.summary(l, o);
		return;
	}
	line_say(l, "%d new, %d changed, %d removed, %d as they were",
		(int)json_get_int(o, "added", 0),
		(int)json_get_int(o, "changed", 0),
		(int)json_get_int(o, "removed", 0),
		(int)json_get_int(o, "unchanged", 0));
	if (json_get_int(o, "ignored", 0) > 0)
		line_say(l, "%d that are no events (tasks, journals) were "
			    "left out",
			(int)json_get_int(o, "ignored", 0));
}

/* The file's name goes along for people; the engine opens no path. */
static json_t *
import_params(struct line *l, const char *path)
{
	const char *slash = strrchr(path, '/');
	json_t *params = args_params(&l->args);

	json_object_set_new(params, "name",
		json_text(slash == NULL ? path : slash + 1));
	return params;
}

int
line_calendar_import(struct line *l)
{
	const char *path = args_get(&l->args, "FILE");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct error e;
	json_t *o;

	if (fd == -1) {
		error_set_errno(&e, errno, "cannot read '%s'", path);
		if (errno == ENOENT)
			e.code = ERROR_NOT_FOUND;
		return line_fail(l, &e);
	}
	if (line_open(l, &e) == -1) {
		close(fd);
		return line_fail(l, &e);
	}
	if (client_call_fds(l->client, "calendar.import",
		    import_params(l, path), &fd, 1, &o, &e) == -1) {
		close(fd);
		return line_fail(l, &e);
	}
	close(fd);
	if (l->json)
		line_print_json(o);
	else
		say_import(l, o);
	json_decref(o);
	return 0;
}
