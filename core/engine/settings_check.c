/* settings_check.c - one value against its type and range. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/text.h"
#include "base/units.h"
#include "base/zone.h"
#include "engine/settings_schema.h"
#include "model/hostset.h"
#include "model/waves.h"

#define TEXT_LENGTH_MAX 4096
#define COMMAND_LENGTH_MAX 65536

/* What a row is about, for the functions below. */
struct value {
	struct settings_reader *r;
	const struct setting_row *row;
	const char *title;
	int line;
};

static const char *
type_word(const config_setting_t *node)
{
	switch (config_setting_type(node)) {
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_LIST:
	case CONFIG_TYPE_ARRAY:
		return "a list";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	default:
		return "a number";
	}
}

static void
report_type(const struct value *v, const config_setting_t *node,
	const char *expected)
{
	report_error(v->r, v->line, "'%s' is %s, expected %s", v->title,
		type_word(node), expected);
}

bool
setting_check_bytes(struct settings_reader *r, const char *title,
	const char *text, bool is_command, int line)
{
	size_t most = is_command ? COMMAND_LENGTH_MAX : TEXT_LENGTH_MAX;
	const char *s;

	if (strlen(text) > most) {
		report_error(r, line, "'%s' is longer than %zu bytes", title,
			most);
		return false;
	}
	for (s = text; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= 0x20 && c != 0x7f) ||
			(is_command && (c == '\n' || c == '\t')))
			continue;
		report_error(r, line,
			"'%s' has a control character (byte 0x%02x)", title,
			c);
		return false;
	}
	return true;
}

static void
check_name(const struct value *v, const char *text)
{
	if (!text_is_name(text))
		report_error(v->r, v->line,
			"'%s' is '%.80s', expected a name: a letter or digit, "
			"then up to 62 letters, digits, '.', '_' or '-'",
			v->title, text);
}

static void
check_path(const struct value *v, const char *text)
{
	if (text[0] != '/' && strncmp(text, "~/", 2) != 0)
		report_error(v->r, v->line,
			"'%s' is '%.200s', expected a path that begins with / "
			"or ~/",
			v->title, text);
}

static void
check_word(const struct value *v, const char *text)
{
	const char *words[32], *near;
	char *copy, *rest, *word;
	size_t count = 0;

	if (setting_has_word(v->row->range, text))
		return;
	copy = rest = xstrdup(v->row->range);
	while ((word = strsep(&rest, "|")) != NULL && count < ARRAY_SIZE(words))
		words[count++] = word;
	near = nearest_word(text, words, count);
	report_error(v->r, v->line,
		"'%s' is '%.80s', expected one of %s%s%s%s", v->title, text,
		v->row->range, near == NULL ? "" : "; did you mean '",
		near == NULL ? "" : near, near == NULL ? "" : "'?");
	free(copy);
}

static void
check_pattern(const struct value *v, const char *text)
{
	struct strings names;
	struct error e;

	if (hostset_expand(text, &names, &e) == -1)
		report_error(v->r, v->line, "'%s': %s", v->title, e.text);
	else
		strings_finish(&names);
}

static void
check_selector(const struct value *v, const char *text)
{
	struct selector *s;
	struct error e;

	if (selector_parse(text, &s, &e) == -1)
		report_error(v->r, v->line, "'%s': %s", v->title, e.text);
	else
		selector_destroy(s);
}

static void
check_duration(const struct value *v, const char *text)
{
	const char *dots = strstr(v->row->range, "..");
	char *least = xstrndup(v->row->range, (size_t)(dots - v->row->range));
	int64_t ms = 0, low = 0, high = 0;
	struct error e;

	if (duration_parse(least, &low, NULL) == -1 ||
		duration_parse(dots + 2, &high, NULL) == -1)
		assert(!"settings.def has a bad range");
	if (duration_parse(text, &ms, &e) == -1)
		report_error(v->r, v->line, "'%s': %s", v->title, e.text);
	else if (ms < low || ms > high)
		report_error(v->r, v->line,
			"'%s' is '%.40s', expected a duration from %s to %s",
			v->title, text, least, dots + 2);
	free(least);
}

static void
check_size(const struct value *v, const char *text)
{
	struct error e;
	int64_t bytes;

	if (size_parse(text, &bytes, &e) == -1)
		report_error(v->r, v->line, "'%s': %s", v->title, e.text);
}

static void
check_zone(const struct value *v, const char *text)
{
	if (!zone_is_known(text))
		report_error(v->r, v->line,
			"'%s' is '%.80s', expected an IANA time zone such as "
			"Europe/Berlin",
			v->title, text);
}

static void
check_umask(const struct value *v, const char *text)
{
	size_t digits = strspn(text, "01234567");
	long value = strtol(text, NULL, 8);

	if (digits < 3 || digits > 4 || text[digits] != '\0' || value > 0777)
		report_error(v->r, v->line,
			"'%s' is '%.40s', expected three octal digits such as "
			"\"022\"",
			v->title, text);
	else if (value & 0700)
		report_error(v->r, v->line,
			"'%s' is '%s': it takes rights from the owner, who "
			"could not unpack, expected one such as \"022\"",
			v->title, text);
}

static void
check_regex(const struct value *v, const char *text)
{
	int code;
	PCRE2_SIZE where;
	PCRE2_UCHAR message[128];
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
		PCRE2_UTF, &code, &where, NULL);

	if (re != NULL) {
		pcre2_code_free(re);
		return;
	}
	pcre2_get_error_message(code, message, sizeof(message));
	report_error(v->r, v->line,
		"'%s': '%.80s' is not a regular expression: %s at character "
		"%zu",
		v->title, text, (const char *)message, (size_t)where + 1);
}

static void
check_portion_text(const struct value *v, const char *text)
{
	struct portion portion;
	struct error e;

	if (portion_parse(text, &portion, &e) == -1)
		report_error(v->r, v->line, "'%s': %s", v->title, e.text);
}

/* What is said of one string, by type. */
static void
check_text(const struct value *v, const char *text)
{
	static void (*const checks[SETTING_TYPE_COUNT])(
		const struct value *v, const char *text) = {
		[SETTING_NAME] = check_name,
		[SETTING_NAMES] = check_name,
		[SETTING_PATH] = check_path,
		[SETTING_PATHS] = check_path,
		[SETTING_PATTERN] = check_pattern,
		[SETTING_SELECTOR] = check_selector,
		[SETTING_ONE_OF] = check_word,
		[SETTING_LIST_OF] = check_word,
		[SETTING_DURATION] = check_duration,
		[SETTING_SIZE] = check_size,
		[SETTING_ZONE] = check_zone,
		[SETTING_UMASK] = check_umask,
		[SETTING_REGEXES] = check_regex,
		[SETTING_PORTIONS] = check_portion_text,
	};

	if (!setting_check_bytes(v->r, v->title, text,
		    v->row->type == SETTING_COMMAND, v->line))
		return;
	if (text[strspn(text, " \t\n")] == '\0')
		report_error(v->r, v->line, "'%s' is empty", v->title);
	else if (checks[v->row->type] != NULL)
		checks[v->row->type](v, text);
}

static void
check_int(const struct value *v, const config_setting_t *node)
{
	const char *dots = strstr(v->row->range, "..");
	long long value;
	char *expected = xasprintf("a whole number from %.*s to %s",
		(int)(dots - v->row->range), v->row->range, dots + 2);

	if (!node_is_int(node, &value))
		report_type(v, node, expected);
	else if (value < atoll(v->row->range) || value > atoll(dots + 2))
		report_error(v->r, v->line, "'%s' is %lld, expected %s",
			v->title, value, expected);
	free(expected);
}

static void
check_number(const struct value *v, const config_setting_t *node)
{
	const char *dots = strstr(v->row->range, "..");
	long long whole;
	double value;

	if (node_is_int(node, &whole)) {
		value = (double)whole;
	} else if (config_setting_type(node) == CONFIG_TYPE_FLOAT) {
		value = config_setting_get_float(node);
	} else {
		report_type(v, node, "a number");
		return;
	}
	if (!(value >= atof(v->row->range) && value <= atof(dots + 2)))
		report_error(v->r, v->line,
			"'%s' is %g, expected a number from %.*s to %s",
			v->title, value, (int)(dots - v->row->range),
			v->row->range, dots + 2);
}

static void
check_portion(const struct value *v, const config_setting_t *node)
{
	long long value;

	if (node_is_int(node, &value)) {
		char text[32];

		snprintf(text, sizeof(text), "%lld", value);
		check_portion_text(v, text);
	} else if (config_setting_type(node) == CONFIG_TYPE_STRING) {
		check_text(v, config_setting_get_string(node));
	} else {
		report_type(v, node, "a number of hosts such as 5 or \"25%\"");
	}
}

/* A list (or one in its place) whose elements all pass. */
static void
check_list(struct value *v, const config_setting_t *node,
	void (*check)(const struct value *v, const config_setting_t *node))
{
	int count = node_count(node), i;

	if (config_setting_is_group(node)) {
		report_type(v, node, "a list");
		return;
	}
	if (count == 0 && (strcmp(v->row->absent, "!") == 0 ||
				  v->row->type == SETTING_PORTIONS))
		report_error(v->r, v->line,
			"'%s' is empty, expected at least one", v->title);
	for (i = 0; i < count; i++) {
		const config_setting_t *element = node_at(node, i);

		v->line = node_line(element);
		check(v, element);
	}
}

static void
check_string(const struct value *v, const config_setting_t *node)
{
	if (config_setting_type(node) == CONFIG_TYPE_STRING)
		check_text(v, config_setting_get_string(node));
	else
		report_type(v, node, "a string");
}

/* A list of strings must be one: a lone string is a slip, but for paths. */
static void
check_strings(struct value *v, const config_setting_t *node)
{
	if (config_setting_is_aggregate(node) || v->row->type == SETTING_PATHS)
		check_list(v, node, check_string);
	else
		report_type(v, node, "a list of strings such as [ \"a\", "
				     "\"b\" ]");
}

void
setting_check_value(struct settings_reader *r, const struct setting_row *row,
	const config_setting_t *node)
{
	char *title = setting_title(row);
	struct value v = {
		.r = r, .row = row, .title = title, .line = node_line(node)};

	switch (row->type) {
	case SETTING_INT:
		check_int(&v, node);
		break;
	case SETTING_NUMBER:
		check_number(&v, node);
		break;
	case SETTING_BOOL:
		if (config_setting_type(node) != CONFIG_TYPE_BOOL)
			report_type(&v, node, "true or false");
		break;
	case SETTING_PORTIONS:
		check_list(&v, node, check_portion);
		break;
	case SETTING_NAMES:
	case SETTING_TEXTS:
	case SETTING_PATHS:
	case SETTING_LIST_OF:
	case SETTING_REGEXES:
		check_strings(&v, node);
		break;
	case SETTING_GROUP:
	case SETTING_GROUPS:
	case SETTING_MAP:
	case SETTING_TYPE_COUNT:
		assert(!"groups are checked by their members");
		break;
	case SETTING_TEXT:
	case SETTING_COMMAND:
	case SETTING_NAME:
	case SETTING_PATH:
	case SETTING_PATTERN:
	case SETTING_SELECTOR:
	case SETTING_ONE_OF:
	case SETTING_DURATION:
	case SETTING_SIZE:
	case SETTING_ZONE:
	case SETTING_UMASK:
		check_string(&v, node);
		break;
	}
	free(title);
}
