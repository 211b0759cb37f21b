/* theme_files.c - where themes, overlays and glyph sets are found. */
#include <dirent.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tui/theme.h"

#define FOLDERS 4
#define NAMES_MAX 200

static bool
is_plain_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL &&
	       strlen(name) < 60;
}

static char *
find_in(const char *dir, const char *name)
{
	char *path;

	if (dir == NULL)
		return NULL;
	path = xasprintf("%s/%s.cfg", dir, name);
	if (file_exists(path))
		return path;
	free(path);
	return NULL;
}

static char *
user_folder(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");

	if (xdg != NULL && xdg[0] == '/')
		return xasprintf("%s/sluice/themes", xdg);
	return path_expand_home("~/.config/sluice/themes");
}

/* The folder `levels` above the directory of this program. */
static char *
tree_folder(int levels)
{
	char exe[4096], *slash;
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (len <= 0)
		return NULL;
	exe[len] = '\0';
	for (; levels >= 0; levels--) {
		slash = strrchr(exe, '/');
		if (slash == NULL)
			return NULL;
		*slash = '\0';
	}
	return xasprintf("%s/themes", exe);
}

/* The first that has a name wins. */
static void
find_folders(char *folder[FOLDERS])
{
	folder[0] = user_folder();
	folder[1] = xstrdup(PKGDATADIR "/themes");
	folder[2] = tree_folder(1);
	folder[3] = tree_folder(2);
}

char *
theme_find(const char *name)
{
	char *folder[FOLDERS];
	char *path = NULL;
	size_t i;

	find_folders(folder);
	for (i = 0; i < FOLDERS; i++) {
		if (path == NULL && is_plain_name(name))
			path = find_in(folder[i], name);
		free(folder[i]);
	}
	return path;
}

/* --- all of them --- */

struct names {
	char *name[NAMES_MAX];
	size_t count;
};

static void
add_name(struct names *n, const char *file)
{
	size_t len = strlen(file), i;
	char *name;

	if (len <= 4 || strcmp(file + len - 4, ".cfg") != 0 ||
		n->count == NAMES_MAX)
		return;
	name = xstrndup(file, len - 4);
	for (i = 0; i < n->count; i++)
		if (strcmp(n->name[i], name) == 0)
			break;
	if (i < n->count || !is_plain_name(name))
		free(name);
	else
		n->name[n->count++] = name;
}

static void
add_folder(struct names *n, const char *path)
{
	DIR *dir = path != NULL ? opendir(path) : NULL;
	const struct dirent *d;

	while (dir != NULL && (d = readdir(dir)) != NULL)
		add_name(n, d->d_name);
	if (dir != NULL)
		closedir(dir);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
find_names(struct names *n)
{
	char *folder[FOLDERS];
	size_t i;

	find_folders(folder);
	for (i = 0; i < FOLDERS; i++) {
		add_folder(n, folder[i]);
		free(folder[i]);
	}
	qsort(n->name, n->count, sizeof(n->name[0]), by_name);
}

void
theme_list_files(theme_sink sink, void *arg)
{
	struct names n = {.count = 0};
	size_t i;

	find_names(&n);
	for (i = 0; i < n.count; i++) {
		sink(n.name[i], "", arg);
		free(n.name[i]);
	}
}

/* A file that cannot be read is listed too: who chooses it is told why. */
static void
list_one(const char *name, theme_sink sink, void *arg)
{
	char *path = theme_find(name);
	config_t config;
	const char *title = "cannot be read";
	int hidden = 0;

	config_init(&config);
	if (path != NULL && config_read_file(&config, path) == CONFIG_TRUE) {
		title = "";
		hidden = config_lookup(&config, "theme") == NULL;
		config_lookup_bool(&config, "theme.hidden", &hidden);
		config_lookup_string(&config, "theme.title", &title);
	}
	if (!hidden)
		sink(name, title, arg);
	config_destroy(&config);
	free(path);
}

void
theme_list(theme_sink sink, void *arg)
{
	struct names n = {.count = 0};
	size_t i;

	find_names(&n);
	for (i = 0; i < n.count; i++) {
		list_one(n.name[i], sink, arg);
		free(n.name[i]);
	}
}

/* --- whether they changed --- */

static bool
look_at(const char *path, struct theme_file *f)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	f->changed_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 +
			st.st_mtim.tv_nsec;
	f->size = st.st_size;
	return true;
}

void
theme_watch(struct theme *t, const char *path)
{
	struct theme_file *f = &t->files[t->file_count];

	if (t->file_count == THEME_FILES_MAX ||
		strlen(path) >= sizeof(f->path) || !look_at(path, f))
		return;
	snprintf(f->path, sizeof(f->path), "%s", path);
	t->file_count++;
}

bool
theme_is_outdated(const struct theme *t)
{
	struct theme_file now;
	size_t i;

	for (i = 0; i < t->file_count; i++)
		if (look_at(t->files[i].path, &now) &&
			(now.changed_ns != t->files[i].changed_ns ||
				now.size != t->files[i].size))
			return true;
	return false;
}

void
theme_take_note(struct theme *t)
{
	size_t i;

	for (i = 0; i < t->file_count; i++)
		look_at(t->files[i].path, &t->files[i]);
}
