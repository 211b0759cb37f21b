/* args.c - the usage line as a grammar. */
#include "tui/args.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A word of the usage line without its brackets and dots. */
struct usage_word {
	char text[64];
	bool opens, closes, repeats;
};

static const char *
next_word(const char *p, struct usage_word *w)
{
	size_t len;

	p += strspn(p, " ");
	w->opens = *p == '[';
	p += w->opens;
	len = strcspn(p, " ].");
	assert(len < sizeof(w->text));
	memcpy(w->text, p, len);
	w->text[len] = '\0';
	p += len;
	w->closes = *p == ']';
	p += w->closes;
	w->repeats = strncmp(p, "...", 3) == 0;
	p += w->repeats ? 3 : 0;
	return p;
}

static struct arg_spec *
add_spec(struct args *a, const struct usage_word *w, bool optional)
{
	struct arg_spec *s = &a->specs[a->count++];

	assert(a->count <= ARGS_SPECS_MAX);
	memset(s, 0, sizeof(*s));
	snprintf(s->name, sizeof(s->name), "%.31s", w->text);
	s->is_option = w->text[0] == '-';
	s->is_required = !optional;
	s->repeats = w->repeats;
	return s;
}

void
args_read_usage(struct args *a, const char *usage)
{
	struct arg_spec *option = NULL; /* waits for the name of its value */
	bool in_brackets = false;
	struct usage_word w;
	const char *p = usage;

	a->count = 0;
	a->open = NULL;
	while (*(p += strspn(p, " ")) != '\0') {
		p = next_word(p, &w);
		if (strcmp(w.text, "--") == 0)
			continue; /* what is behind it has no options */
		if (w.opens)
			in_brackets = true;
		if (option != NULL && !w.opens && w.text[0] != '-') {
			memcpy(option->value, w.text, sizeof(w.text));
			option->repeats = w.repeats;
			option = NULL;
		} else {
			struct arg_spec *s = add_spec(a, &w, in_brackets);

			option = s->is_option && !w.closes ? s : NULL;
		}
		if (w.closes)
			in_brackets = false;
	}
}

static const struct arg_spec *
find_spec(const struct args *a, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (strlen(a->specs[i].name) == len &&
			memcmp(a->specs[i].name, name, len) == 0)
			return &a->specs[i];
	return NULL;
}

bool
args_is_choice(const struct arg_spec *s)
{
	return islower((unsigned char)s->value[0]) &&
	       strchr(s->value, '|') != NULL;
}

static int
check_choice(const struct arg_spec *s, const char *value, struct error *e)
{
	const char *p = s->value;
	size_t len;

	if (!args_is_choice(s))
		return 0;
	for (; *p != '\0'; p += len + (p[len] == '|')) {
		len = strcspn(p, "|");
		if (strlen(value) == len && memcmp(p, value, len) == 0)
			return 0;
	}
	return error_set(e, ERROR_USAGE, "'%s' is no value of %s; one of %s is",
		value, s->name, s->value);
}

/* Paths are bytes; everything else travels as JSON and is text. */
static bool
is_path(const struct arg_spec *s)
{
	return strcmp(s->name, "PATH") == 0 || strcmp(s->name, "FILE") == 0 ||
	       strcmp(s->name, "DIR") == 0;
}

static int
add_value(struct arg_spec *s, const char *value, struct error *e)
{
	if (s->count > 0 && !s->repeats)
		return error_set(
			e, ERROR_USAGE, "%s was given twice", s->name);
	if (check_choice(s, value, e) == -1)
		return -1;
	if (!is_path(s) && !text_is_utf8(value, strlen(value)))
		return error_set(e, ERROR_USAGE,
			"the value of %s is not UTF-8 text", s->name);
	ARRAY_GROW(s->values, s->count, s->capacity);
	s->values[s->count++] = value;
	return 0;
}

/* The length of the option's name: "--at=TIME" and "-mTEXT" are one word. */
static size_t
option_name_len(const char *word)
{
	return word[1] == '-' ? strcspn(word, "=") : 2;
}

/* Returns how many words it took, 0 if the option is unknown, or -1. */
static int
take_option(struct args *a, int argc, char **argv, struct error *e)
{
	const char *word = argv[0];
	size_t len = option_name_len(word);
	const struct arg_spec *found = find_spec(a, word, len);
	struct arg_spec *s = &a->specs[found == NULL ? 0 : found - a->specs];
	const char *rest = word + len;

	a->open = NULL;
	if (found == NULL)
		return 0;
	if (s->value[0] == '\0') {
		if (*rest != '\0')
			return error_set(e, ERROR_USAGE,
				"%s takes no value", s->name);
		return add_value(s, "", e) == -1 ? -1 : 1;
	}
	a->open = s;
	if (*rest != '\0')
		return add_value(s, rest + (*rest == '='), e) == -1 ? -1 : 1;
	if (argc < 2)
		return error_set(e, ERROR_USAGE, "%s needs a value: %s %s",
			s->name, s->name, s->value);
	return add_value(s, argv[1], e) == -1 ? -1 : 2;
}

/* Behind a value of "--env ENV..." more of them may follow, once all that
 * has a place of its own is there. */
static int
take_operand(struct args *a, const char *word, struct error *e)
{
	struct arg_spec *open = a->open;
	size_t i;

	a->open = NULL;
	for (i = 0; i < a->count; i++) {
		struct arg_spec *s = &a->specs[i];

		if (!s->is_option && (s->count == 0 || s->repeats))
			return add_value(s, word, e);
	}
	if (open != NULL && open->repeats) {
		a->open = open;
		return add_value(open, word, e);
	}
	return error_set(e, ERROR_USAGE, "'%s' is one argument too many", word);
}

static int
check_required(const struct args *a, struct error *e)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		const struct arg_spec *s = &a->specs[i];

		if (s->is_required && s->count == 0)
			return error_set(e, ERROR_USAGE, "%s%s%s is missing",
				s->name, s->is_option ? " " : "", s->value);
	}
	return 0;
}

int
args_parse(struct args *a, const char *usage, int argc, char **argv,
	args_global global, void *arg, struct error *e)
{
	bool options = true;
	int i = 0, took;

	args_read_usage(a, usage);
	while (i < argc) {
		took = 0;
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
			i++;
			continue;
		}
		if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
			took = take_option(a, argc - i, argv + i, e);
			if (took == 0)
				took = global(argc - i, argv + i, arg, e);
			if (took == 0)
				return error_set(e, ERROR_USAGE,
					"unknown option '%s'", argv[i]);
		} else if (take_operand(a, argv[i], e) == 0) {
			took = 1;
		}
		if (took <= 0)
			return -1;
		i += took;
	}
	return check_required(a, e);
}

void
args_finish(struct args *a)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		free(a->specs[i].values);
	a->count = 0;
}

const char *
args_get(const struct args *a, const char *name)
{
	const struct arg_spec *s = find_spec(a, name, strlen(name));

	return s == NULL || s->count == 0 ? NULL : s->values[0];
}

bool
args_has(const struct args *a, const char *name)
{
	return args_get(a, name) != NULL;
}

const char *const *
args_all(const struct args *a, const char *name, size_t *ret_count)
{
	const struct arg_spec *s = find_spec(a, name, strlen(name));

	*ret_count = s == NULL ? 0 : s->count;
	return s == NULL ? NULL : s->values;
}

/* The argument of the method, where it is not called as the option is. */
static const char *
other_name(const char *option)
{
	static const char *const names[][2] = {
		{"-m", "text"}, {"--in", "state"}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i][0], option) == 0)
			return names[i][1];
	return option + strspn(option, "-");
}

static void
param_name(const struct arg_spec *s, char *out, size_t size)
{
	const char *p = other_name(s->name);
	size_t i, len;
	bool many;

	len = strlen(p);
	many = s->repeats && len > 0 && p[len - 1] != 's';
	snprintf(out, size, "%s%s", p, many ? "s" : "");
	for (i = 0; out[i] != '\0'; i++)
		out[i] = out[i] == '-' ? '_' : (char)tolower(
						       (unsigned char)out[i]);
}

json_t *
args_params(const struct args *a)
{
	json_t *params = json_object();
	size_t i, k;

	for (i = 0; i < a->count; i++) {
		const struct arg_spec *s = &a->specs[i];
		char name[40];
		json_t *value;

		if (s->count == 0 || is_path(s))
			continue;
		param_name(s, name, sizeof(name));
		if (s->repeats) {
			value = json_array();
			for (k = 0; k < s->count; k++)
				json_array_append_new(
					value, json_string(s->values[k]));
		} else if (s->is_option && s->value[0] == '\0') {
			value = json_true();
		} else {
			value = json_string(s->values[0]);
		}
		if (value != NULL)
			json_object_set_new(params, name, value);
	}
	return params;
}
