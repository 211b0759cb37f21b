/* line_init.c - a starting configuration, and what to do with it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tui/line.h"
#include "tui/program.h"
#include "tui/sandbox.h"

static const char *const template[] = {
#include "tui/init_conf.inc"
};

/* The words that use the configuration: none when it is found by itself. */
static char *
config_words(const char *path)
{
	char *here = path_absolute("sluice.conf");
	char *words = strcmp(here, path) == 0
			      ? xstrdup("")
			      : xasprintf(" --config '%s'", path);

	free(here);
	return words;
}

static void
say_next(struct line *l, const char *path)
{
	const char *sluice = program_called();
	char *words = config_words(path);

	line_say(l, "wrote %s", path);
	line_say(l, "Edit it: your hosts, your service, your environments. "
		    "Then:");
	line_say(l, "  %s%s config check", sluice, words);
	line_say(l, "  %s%s release add hello 1.0 DIRECTORY", sluice, words);
	line_say(l, "  %s%s change new hello 1.0 dev", sluice, words);
	free(words);
}

static int
write_config(const char *dir, const char *path, struct error *e)
{
	if (file_exists(path)) {
		error_set(e, ERROR_EXISTS, "'%s' is there already", path);
		return error_hint(e, "edit it, remove it, or name another "
				     "directory");
	}
	if (dir_make(dir, 0755, e) == -1)
		return -1;
	return sandbox_write(
		path, template, ARRAY_SIZE(template), dir, 0644, e);
}

int
line_init(struct line *l)
{
	const char *asked = args_get(&l->args, "DIR");
	char *dir = path_absolute(asked == NULL ? "." : asked);
	char *path = path_join(dir, "sluice.conf");
	struct error e;
	json_t *o;
	int status = 0;

	if (write_config(dir, path, &e) == -1) {
		status = line_fail(l, &e);
	} else if (l->json) {
		o = json_pack("{s:s}", "path", path);
		line_print_json(o);
		json_decref(o);
	} else {
		say_next(l, path);
	}
	free(path);
	free(dir);
	return status;
}
