/* settings_values.c - values of the parsed file, whatever libconfig made of
 * them; and the nearest word for a key that nobody knows. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/settings_reader.h"

int
node_line(const config_setting_t *node)
{
	return node == NULL ? 0 : (int)config_setting_source_line(node);
}

const config_setting_t *
node_get(const config_setting_t *group, const char *key)
{
	if (group == NULL || !config_setting_is_group(group))
		return NULL;
	return config_setting_get_member(group, key);
}

int
node_count(const config_setting_t *node)
{
	if (node == NULL)
		return 0;
	return config_setting_is_aggregate(node) ? config_setting_length(node)
						 : 1;
}

const config_setting_t *
node_at(const config_setting_t *node, int i)
{
	return config_setting_is_aggregate(node)
		       ? config_setting_get_elem(node, (unsigned)i)
		       : node;
}

static const char *
text_of(const config_setting_t *node)
{
	if (node == NULL || config_setting_type(node) != CONFIG_TYPE_STRING)
		return NULL;
	return config_setting_get_string(node);
}

const char *
node_text(const config_setting_t *group, const char *key)
{
	return text_of(node_get(group, key));
}

bool
node_is_int(const config_setting_t *node, long long *ret)
{
	int type = node == NULL ? CONFIG_TYPE_NONE : config_setting_type(node);

	if (type == CONFIG_TYPE_INT)
		*ret = config_setting_get_int(node);
	else if (type == CONFIG_TYPE_INT64)
		*ret = config_setting_get_int64(node);
	return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
}

int
node_int(const config_setting_t *group, const char *key, int absent)
{
	long long value;

	return node_is_int(node_get(group, key), &value) ? (int)value : absent;
}

double
node_real(const config_setting_t *group, const char *key, double absent)
{
	const config_setting_t *node = node_get(group, key);
	long long whole;

	if (node_is_int(node, &whole))
		return (double)whole;
	if (node == NULL || config_setting_type(node) != CONFIG_TYPE_FLOAT)
		return absent;
	return config_setting_get_float(node);
}

bool
node_bool(const config_setting_t *group, const char *key, bool absent)
{
	const config_setting_t *node = node_get(group, key);

	if (node == NULL || config_setting_type(node) != CONFIG_TYPE_BOOL)
		return absent;
	return config_setting_get_bool(node);
}

int64_t
node_duration(
	const config_setting_t *group, const char *key, int64_t absent_ms)
{
	const char *text = node_text(group, key);
	int64_t ms;

	if (text == NULL || duration_parse(text, &ms, NULL) == -1)
		return absent_ms;
	return ms;
}

int64_t
node_size(
	const config_setting_t *group, const char *key, int64_t absent_bytes)
{
	const char *text = node_text(group, key);
	int64_t bytes;

	if (text == NULL || size_parse(text, &bytes, NULL) == -1)
		return absent_bytes;
	return bytes;
}

void
node_texts(const config_setting_t *group, const char *key, struct strings *ret)
{
	const config_setting_t *node = node_get(group, key);
	int count = node_count(node), i;

	for (i = 0; i < count; i++) {
		const char *text = text_of(node_at(node, i));

		if (text != NULL)
			strings_add(ret, text);
	}
}

void
node_pairs(const config_setting_t *group, const char *key, struct pairs *ret)
{
	const config_setting_t *node = node_get(group, key);
	int i;

	if (node == NULL || !config_setting_is_group(node))
		return;
	for (i = 0; i < config_setting_length(node); i++) {
		const config_setting_t *member =
			config_setting_get_elem(node, (unsigned)i);
		const char *text = text_of(member);

		if (text != NULL)
			pairs_set(ret, config_setting_name(member), text);
	}
}

#define WORD_MAX 48

/* Letters to change, add or drop to make b of a (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], i, k;
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX;
	for (k = 0; k <= b_len; k++)
		row[k] = k;
	for (i = 1; i <= a_len; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (k = 1; k <= b_len; k++) {
			size_t best = corner + (a[i - 1] != b[k - 1]);

			corner = row[k];
			if (best > row[k] + 1)
				best = row[k] + 1;
			if (best > row[k - 1] + 1)
				best = row[k - 1] + 1;
			row[k] = best;
		}
	}
	return row[b_len];
}

const char *
nearest_word(const char *word, const char *const *list, size_t count)
{
	size_t best = strlen(word) / 3 + 2, i;
	const char *nearest = NULL;

	for (i = 0; i < count; i++) {
		size_t d = distance(word, list[i]);

		if (d < best) {
			best = d;
			nearest = list[i];
		}
	}
	return nearest;
}
