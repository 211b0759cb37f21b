/*
 * keys.c - the person's own keys: ~/.config/sluice/keys.cfg (libconfig),
 *
 *	keys = (
 *		{ key = "X"; action = "abort"; },
 *		{ key = "x"; view = "Rollouts"; action = "none"; }
 *	);
 *
 * A file with an error changes nothing. What a cut escape sequence can end in
 * gets no lasting effect, whoever wishes it (console.md section 4.1).
 */
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "tui/keymap.h"

#define KEYS_MOST 128

struct personal {
	uint32_t code;
	char name[16], view[24]; /* view "": everywhere */
	enum action_id id;	 /* ACTION_COUNT: does nothing */
};

static struct personal keys[KEYS_MOST];
static size_t key_count;

static struct personal *
find(struct personal *list, size_t count, uint32_t code, const char *view)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].code == code && strcasecmp(list[i].view, view) == 0)
			return &list[i];
	return NULL;
}

bool
keys_personal(uint32_t code, const char *view, enum action_id *ret)
{
	const struct personal *k = find(keys, key_count, code, view);

	if (k == NULL)
		k = find(keys, key_count, code, "");
	if (k != NULL)
		*ret = k->id;
	return k != NULL;
}

const char *
keys_name_of(enum action_id id)
{
	size_t i;

	for (i = 0; i < key_count; i++)
		if (keys[i].id == id && keys[i].view[0] == '\0')
			return keys[i].name;
	return NULL;
}

/* ---- the file ---- */

static int
action_of(const char *name)
{
	int i;

	if (strcmp(name, "none") == 0)
		return ACTION_COUNT;
	for (i = 0; i < ACTION_COUNT; i++)
		if (strcmp(action_get((enum action_id)i)->name, name) == 0)
			return i;
	return -1;
}

static int
wrong(const config_setting_t *node, const char *path, struct error *e,
	const char *what, const char *name)
{
	return error_set(e, ERROR_CONFIG, "%s:%u: %s '%.40s'", path,
		(unsigned)config_setting_source_line(node), what, name);
}

static int
read_key(const config_setting_t *node, const char *path,
	struct personal *list, size_t count, struct error *e)
{
	static const char unsafe[] = "ABCDFHOPQRSEIZM[~0123456789";
	const char *key = "", *view = "", *action = "";
	struct personal *k = &list[count];
	int id;

	if (!config_setting_is_group(node) ||
		!config_setting_lookup_string(node, "key", &key) ||
		!config_setting_lookup_string(node, "action", &action))
		return wrong(node, path, e,
			"expected { key = \"...\"; action = \"...\"; }, not",
			key);
	config_setting_lookup_string(node, "view", &view);
	memset(k, 0, sizeof(*k));
	k->code = keymap_code(key, strlen(key));
	id = action_of(action);
	if (k->code == 0 || strlen(key) >= sizeof(k->name))
		return wrong(node, path, e, "there is no key", key);
	if (id == -1)
		return wrong(node, path, e, "there is no action", action);
	if (strlen(view) >= sizeof(k->view))
		return wrong(node, path, e, "there is no view", view);
	k->id = (enum action_id)id;
	if (id != ACTION_COUNT && action_get(k->id)->tier > 0 &&
		strlen(key) == 1 && strchr(unsafe, key[0]) != NULL)
		return wrong(node, path, e,
			"a cut escape sequence can end in this key, so it "
			"gets nothing that lasts:",
			key);
	if (find(list, count, k->code, view) != NULL)
		return wrong(node, path, e, "this key stands twice:", key);
	snprintf(k->name, sizeof(k->name), "%s", key);
	snprintf(k->view, sizeof(k->view), "%s", view);
	return 0;
}

static int
read_list(const config_setting_t *root, const char *path, struct error *e)
{
	static struct personal list[KEYS_MOST];
	size_t n = root == NULL ? 0 : (size_t)config_setting_length(root), i;

	if (n > KEYS_MOST)
		return error_set(e, ERROR_CONFIG, "%s: more than %d keys", path,
			KEYS_MOST);
	for (i = 0; i < n; i++)
		if (read_key(config_setting_get_elem(root, (unsigned)i), path,
			    list, i, e) == -1)
			return -1;
	memcpy(keys, list, n * sizeof(*list));
	key_count = n;
	return 0;
}

int
keys_load(const char *path, struct error *e)
{
	config_t config;
	int result;

	if (!file_exists(path)) {
		key_count = 0;
		return 0;
	}
	config_init(&config);
	if (config_read_file(&config, path))
		result = read_list(config_lookup(&config, "keys"), path, e);
	else
		result = error_set(e, ERROR_CONFIG, "%s:%d: %s", path,
			config_error_line(&config), config_error_text(&config));
	config_destroy(&config);
	return result;
}

char *
keys_path(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");

	return xdg != NULL && *xdg == '/'
		       ? path_join(xdg, "sluice/keys.cfg")
		       : path_expand_home("~/.config/sluice/keys.cfg");
}

bool
keys_changed(const char *path, struct timespec *seen)
{
	struct stat st;

	if (stat(path, &st) == -1)
		memset(&st, 0, sizeof(st));
	if (st.st_mtim.tv_sec == seen->tv_sec &&
		st.st_mtim.tv_nsec == seen->tv_nsec)
		return false;
	*seen = st.st_mtim;
	return true;
}
