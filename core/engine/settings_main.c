/* settings_main.c - `sluiced --check-config FILE`. */
#include <stdio.h>

#include "engine/settings.h"

static const char *
plural(size_t count)
{
	return count == 1 ? "" : "s";
}

int
settings_check_main(const char *path)
{
	struct settings_report report;
	struct settings *s = settings_load(path, &report);
	size_t i;

	for (i = 0; i < report.count; i++)
		printf("%s: %s%s\n", report.items[i].where,
			report.items[i].is_warning ? "warning: " : "",
			report.items[i].text);
	if (s != NULL)
		printf("%s: ok, %zu host%s, %zu service%s, "
		       "%zu environment%s\n",
			path, s->host_count, plural(s->host_count),
			s->service_count, plural(s->service_count),
			s->environment_count, plural(s->environment_count));
	else
		printf("%s: %zu error%s\n", path, report.errors,
			plural(report.errors));
	settings_report_finish(&report);
	settings_destroy(s);
	return s == NULL ? 2 : 0;
}
