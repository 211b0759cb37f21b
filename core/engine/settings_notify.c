/* settings_notify.c - who is told of what, and how. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "engine/settings_reader.h"

static const char *const kinds[NOTICE_KIND_COUNT] = {
	"needs-you", "failed", "finished", "escalation"};

static void
read_entry(struct settings_reader *r, const config_setting_t *node,
	struct notify_entry *n)
{
	const char *run = node_text(node, "run");
	const char *file = node_text(node, "url_file");
	struct strings on = {0};
	size_t i;

	node_texts(node, "on", &on);
	for (i = 0; i < NOTICE_KIND_COUNT; i++)
		if (strings_has(&on, kinds[i]))
			n->on |= 1u << i;
	strings_finish(&on);
	n->run = xstrdup_or_null(run);
	n->url_file = file == NULL ? NULL : path_expand_home(file);
	n->timeout_ms = node_duration(node, "timeout", 30000);
	n->retry_ms = node_duration(node, "retry", 30000);
	n->attempts = node_int(node, "attempts", 5);
	n->line = node_line(node);
	if ((run == NULL) == (file == NULL))
		report_error(r, n->line,
			"an entry of 'notify' needs one of 'run' and "
			"'url_file'");
}

void
settings_read_notify(struct settings_reader *r)
{
	const config_setting_t *list = config_lookup(&r->config, "notify");
	struct settings *s = r->s;
	int count = node_count(list), i;

	s->notify = xcalloc((size_t)count + 1, sizeof(*s->notify));
	for (i = 0; i < count; i++)
		read_entry(r, node_at(list, i), &s->notify[s->notify_count++]);
}
