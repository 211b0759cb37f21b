/* sandbox.c - templates to files. */
#include "tui/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define MARK "@DIR@"

static int
check_dir(const char *dir, struct error *e)
{
	const char *p;

	if (!text_is_utf8(dir, strlen(dir)))
		return error_set(e, ERROR_INVALID,
			"the name of directory '%s' is not UTF-8", dir);
	for (p = dir; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f ||
			strchr("\"\\[]{}", *p) != NULL) {
			error_set(e, ERROR_INVALID,
				"a configuration cannot hold the directory "
				"'%s'",
				dir);
			return error_hint(e, "take one without quotes, "
					     "backslashes, brackets, braces "
					     "and control bytes");
		}
	return 0;
}

static void
add_line(struct strbuf *out, const char *line, const char *dir)
{
	const char *mark;

	while ((mark = strstr(line, MARK)) != NULL) {
		strbuf_add(out, line, (size_t)(mark - line));
		strbuf_adds(out, dir);
		line = mark + strlen(MARK);
	}
	strbuf_adds(out, line);
}

int
sandbox_write(const char *path, const char *const *lines, size_t count,
	const char *dir, mode_t mode, struct error *e)
{
	struct strbuf text;
	size_t i;
	int result;

	if (check_dir(dir, e) == -1)
		return -1;
	strbuf_init(&text);
	for (i = 0; i < count; i++)
		add_line(&text, lines[i], dir);
	result = file_write_atomic(path, text.buf, text.len, mode, e);
	strbuf_finish(&text);
	return result;
}

void
sandbox_remove(const char *dir)
{
	static const char *const made[] = {"state", "hosts", "releases",
		"simulated", "sluice.conf"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(made); i++) {
		char *path = path_join(dir, made[i]);

		dir_remove(path);
		free(path);
	}
	rmdir(dir);
	printf("The engine has stopped, %s %s.\n", dir,
		file_exists(dir) ? "holds only what is yours" : "is gone");
}
