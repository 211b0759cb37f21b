/* plain_want.c - what a command is to be told, from its usage. */
#include "tui/plain_want.h"

#include <stdio.h>
#include <string.h>

static bool
is_asked(const struct wants *w, const struct arg_spec *s)
{
	if (strcmp(s->name, w->subject) == 0)
		return false;
	return s->is_required || args_is_choice(s) ||
	       strcmp(s->name, "-m") == 0;
}

void
wants_collect(struct wants *w, const char *usage)
{
	struct args all;
	size_t i;

	args_read_usage(&all, usage);
	w->count = w->at = 0;
	snprintf(w->subject, sizeof(w->subject), "%s", all.specs[0].name);
	/* Of a command about two objects the change is the one at hand. */
	for (i = 0; i < all.count; i++)
		if (strcmp(all.specs[i].name, "--change") == 0)
			snprintf(w->subject, sizeof(w->subject), "--change");
	for (i = 0; i < all.count && w->count < WANTS_MOST; i++)
		if (is_asked(w, &all.specs[i]))
			w->items[w->count++] =
				(struct want){.spec = all.specs[i]};
}

bool
wants_is_next(const struct wants *w)
{
	return w->at < w->count;
}

/* ---- asking ---- */

static void
prompt_choice(const struct arg_spec *s)
{
	const char *p;

	for (p = s->value; *p != '\0'; p++)
		if (*p == '|')
			printf(" or ");
		else
			putchar(*p);
	if (!s->is_required)
		printf(" (else %.*s)", (int)strcspn(s->value, "|"), s->value);
}

void
wants_prompt(const struct wants *w)
{
	const struct arg_spec *s = &w->items[w->at].spec;
	const char *name = s->name + strspn(s->name, "-");

	if (strcmp(s->name, "-m") == 0) {
		printf("why%s: ", s->is_required ? "" : " (or nothing)");
		return;
	}
	printf("%s%s", name, s->value[0] == '\0'  ? ""
			     : args_is_choice(s) ? ", "
						  : " ");
	if (args_is_choice(s))
		prompt_choice(s);
	else
		printf("%s", s->value);
	printf(": ");
}

/* Whether the line is one of "hold|rollback". */
static bool
is_one_of(const char *values, const char *line)
{
	size_t len = strlen(line);

	for (;; values++) {
		if (len > 0 && strncmp(values, line, len) == 0 &&
			(values[len] == '|' || values[len] == '\0'))
			return true;
		values += strcspn(values, "|");
		if (*values == '\0')
			return false;
	}
}

bool
wants_answer(struct wants *w, const char *line)
{
	struct want *want = &w->items[w->at];
	const struct arg_spec *s = &want->spec;
	bool chooses = args_is_choice(s);

	snprintf(want->answer, sizeof(want->answer), "%s",
		line[0] == '\0' && chooses && !s->is_required ? s->value
							      : line);
	if (line[0] == '\0')
		want->answer[strcspn(want->answer, "|")] = '\0';
	if (chooses ? !is_one_of(s->value, want->answer)
		    : s->is_required && line[0] == '\0')
		return false;
	w->at++;
	return true;
}

/* ---- the words ---- */

static size_t
add_one(const char **argv, size_t n, const char *name, const char *value)
{
	if (value[0] == '\0')
		return n;
	if (name[0] == '-')
		argv[n++] = name;
	argv[n++] = value;
	return n;
}

size_t
wants_add(const struct wants *w, const char *id, const char **argv, size_t n)
{
	size_t i;

	/* What has no dashes stands first. */
	if (w->subject[0] != '-')
		n = add_one(argv, n, w->subject, id);
	for (i = 0; i < w->count; i++)
		n = add_one(argv, n, w->items[i].spec.name,
			w->items[i].answer);
	if (w->subject[0] == '-')
		n = add_one(argv, n, w->subject, id);
	return n;
}
