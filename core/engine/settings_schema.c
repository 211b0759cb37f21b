/* settings_schema.c - every key of the file against its row in the table. */
#include "engine/settings_schema.h"

#include <stdlib.h>
#include <string.h>

const struct setting_row setting_rows[] = {
#define SETTING(path, type, range, absent, sentence)                           \
	{path, SETTING_##type, range, absent, sentence},
#include "engine/settings.def"
#undef SETTING
};

const size_t setting_row_count = ARRAY_SIZE(setting_rows);

char *
setting_title(const struct setting_row *row)
{
	char *title = xstrdup(row->path), *to = title;
	const char *from;

	for (from = title; *from != '\0'; from++)
		if (*from != '[' && *from != ']')
			*to++ = *from;
	*to = '\0';
	return title;
}

bool
setting_has_word(const char *list, const char *value)
{
	size_t len = strlen(value);

	for (; *list != '\0'; list += *list == '|') {
		size_t word = strcspn(list, "|");

		if (word == len && memcmp(list, value, len) == 0)
			return true;
		list += word;
	}
	return false;
}

/* The last part of a path that belongs directly below prefix, else NULL. */
static const char *
child_name(const char *path, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(path, prefix, len) != 0)
		return NULL;
	return path[len + strcspn(path + len, ".[")] == '\0' ? path + len
							      : NULL;
}

static const struct setting_row *
find_row(const char *prefix, const char *name)
{
	size_t i;

	for (i = 0; i < setting_row_count; i++) {
		const char *child = child_name(setting_rows[i].path, prefix);

		if (child != NULL && strcmp(child, name) == 0)
			return &setting_rows[i];
	}
	return NULL;
}

static void
report_unknown(struct settings_reader *r, const char *prefix,
	const config_setting_t *node)
{
	const char *names[64], *near;
	const char *name = config_setting_name(node);
	size_t count = 0, i;

	for (i = 0; i < setting_row_count && count < ARRAY_SIZE(names); i++) {
		const char *child = child_name(setting_rows[i].path, prefix);

		if (child != NULL)
			names[count++] = child;
	}
	near = nearest_word(name, names, count);
	if (near != NULL)
		report_error(r, node_line(node),
			"unknown setting '%.80s', did you mean '%s'?", name,
			near);
	else
		report_error(r, node_line(node), "unknown setting '%.80s'",
			name);
}

static void check_group(struct settings_reader *r, const char *prefix,
	const config_setting_t *group, const char *title);

static void
check_required(struct settings_reader *r, const char *prefix,
	const config_setting_t *group, const char *title)
{
	const char *name = node_text(group, "name");
	size_t i;

	for (i = 0; i < setting_row_count; i++) {
		const char *child = child_name(setting_rows[i].path, prefix);

		if (child == NULL || strcmp(setting_rows[i].absent, "!") != 0 ||
			node_get(group, child) != NULL)
			continue;
		if (name != NULL)
			report_error(r, node_line(group),
				"'%.80s' in '%s' has no '%s', which is "
				"required",
				name, title, child);
		else
			report_error(r, node_line(group),
				"an entry of '%s' has no '%s', which is "
				"required",
				title, child);
	}
}

static void
check_groups(struct settings_reader *r, const struct setting_row *row,
	const config_setting_t *node, const char *title)
{
	char *prefix = xasprintf("%s[].", row->path);
	int i;

	if (!config_setting_is_list(node))
		report_error(r, node_line(node),
			"'%s' must be a list of groups, expected "
			"( { ... }, { ... } )",
			title);
	for (i = 0; config_setting_is_list(node) &&
		    i < config_setting_length(node);
		i++) {
		const config_setting_t *element =
			config_setting_get_elem(node, (unsigned)i);

		if (config_setting_is_group(element))
			check_group(r, prefix, element, title);
		else
			report_error(r, node_line(element),
				"an entry of '%s' is not a group, expected "
				"{ ... }",
				title);
	}
	free(prefix);
}

static void
check_map(struct settings_reader *r, const config_setting_t *node,
	const char *title)
{
	int i;

	if (!config_setting_is_group(node)) {
		report_error(r, node_line(node),
			"'%s' must be a group of strings, expected "
			"{ name = \"value\"; }",
			title);
		return;
	}
	for (i = 0; i < config_setting_length(node); i++) {
		const config_setting_t *member =
			config_setting_get_elem(node, (unsigned)i);

		if (config_setting_type(member) == CONFIG_TYPE_STRING)
			setting_check_bytes(r, title,
				config_setting_get_string(member), false,
				node_line(member));
		else
			report_error(r, node_line(member),
				"'%.80s' in '%s' is not a string",
				config_setting_name(member), title);
	}
}

static void
check_one(struct settings_reader *r, const struct setting_row *row,
	const config_setting_t *node)
{
	char *title = setting_title(row), *prefix;

	if (row->type == SETTING_GROUPS) {
		check_groups(r, row, node, title);
	} else if (row->type == SETTING_MAP) {
		check_map(r, node, title);
	} else if (row->type != SETTING_GROUP) {
		setting_check_value(r, row, node);
	} else if (config_setting_is_group(node)) {
		prefix = xasprintf("%s.", row->path);
		check_group(r, prefix, node, title);
		free(prefix);
	} else {
		report_error(r, node_line(node),
			"'%s' must be a group, expected { ... }", title);
	}
	free(title);
}

static void
check_group(struct settings_reader *r, const char *prefix,
	const config_setting_t *group, const char *title)
{
	int i;

	for (i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *node =
			config_setting_get_elem(group, (unsigned)i);
		const struct setting_row *row =
			find_row(prefix, config_setting_name(node));

		if (row == NULL)
			report_unknown(r, prefix, node);
		else
			check_one(r, row, node);
	}
	check_required(r, prefix, group, title);
}

void
settings_check_schema(struct settings_reader *r)
{
	check_group(r, "", config_root_setting(&r->config), "the file");
}
