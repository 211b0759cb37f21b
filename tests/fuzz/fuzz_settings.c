/*
 * fuzz_settings.c - configurations: either errors or settings, and from
 * settings a plan of every service and environment that reads back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/settings.h"
#include "model/plan.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_corpus[] = "settings";

static void
check_text(const struct plan *p)
{
	struct strbuf text;
	struct plan again;
	struct error e;

	strbuf_init(&text);
	plan_print(p, &text);
	MUST(plan_parse(text.buf, text.len, &again, &e) == 0);
	plan_finish(&again);
	strbuf_finish(&text);
}

static void
check_environment(const struct settings *s, const struct environment *env)
{
	const struct strategy *strategy = settings_strategy(
		s, env->strategy == NULL ? "all" : env->strategy);
	char service_name[] = "s", version[] = "1";
	struct release release = {.service = service_name, .version = version};
	const struct host **hosts;
	struct error e;
	size_t count, i;

	MUST(strategy != NULL);
	MUST(settings_hosts_of(s, env, NULL, &hosts, &count, &e) == 0);
	for (i = 0; i < env->services.count && count < 500; i++) {
		const struct service *service =
			settings_service(s, env->services.items[i]);
		struct plan p;

		MUST(service != NULL);
		if (plan_make(&p, &release, service, env, strategy, hosts,
			    count, &e) == -1)
			continue;
		check_text(&p);
		plan_finish(&p);
	}
	free(hosts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("sluice.conf", MFD_CLOEXEC);
	struct settings_report report;
	struct settings *s;
	struct error e;
	char path[64];
	size_t i;

	MUST(fd != -1 && fchmod(fd, 0600) == 0);
	MUST(file_write_all(fd, data, size, "memory", &e) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	s = settings_load(path, &report);
	MUST((s == NULL) == (report.errors > 0));
	for (i = 0; i < report.count; i++)
		MUST(strpbrk(report.items[i].text, "\n\x1b") == NULL);
	for (i = 0; s != NULL && i < s->environment_count; i++)
		check_environment(s, &s->environments[i]);
	settings_report_finish(&report);
	settings_destroy(s);
	close(fd);
	return 0;
}
