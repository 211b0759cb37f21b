/* methods.c - the table of methods, and what a row says of its arguments. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/clients.h"
#include "wire/json.h"

#define MAY(p) (1u << PERMISSION_##p)
#define MAY_NONE 0, false
#define MAY_VIEW MAY(VIEW), false
#define MAY_LOGS MAY(LOGS), false
#define MAY_RELEASE MAY(RELEASE), false
#define MAY_PLAN MAY(PLAN), false
#define MAY_PLAN_OR_OPERATE MAY(PLAN) | MAY(OPERATE), false
#define MAY_CALENDAR MAY(CALENDAR), false
#define MAY_OVERRIDE_ASK MAY(PLAN) | MAY(OPERATE) | MAY(CALENDAR), false
#define MAY_DECIDE MAY(APPROVE) | MAY(OVERRIDE), false
#define MAY_REVIEW MAY(PLAN) | MAY(APPROVE) | MAY(OPERATE), false
#define MAY_OPERATE MAY(OPERATE), false
#define MAY_STOP_OR_OPERATE MAY(STOP) | MAY(OPERATE), false
#define MAY_ADMIN MAY(ADMIN), false
#define MAY_AUDIT MAY(AUDIT), false
#define MAY_SELF_ADMIN MAY(ADMIN), true
#define MAY_SELF_AUDIT MAY(AUDIT), true

const struct method methods[] = {
#define METHOD(name, permission, kind, handler, arguments, help)               \
	{name, MAY_##permission, METHOD_##kind, handler, arguments, help},
#include "engine/methods.def"
#undef METHOD
};

const size_t method_count = ARRAY_SIZE(methods);

const struct method *
method_find(const char *name)
{
	size_t i;

	for (i = 0; i < method_count; i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}

static bool
is_string_list(const json_t *v)
{
	size_t i;

	if (!json_is_array(v))
		return false;
	for (i = 0; i < json_array_size(v); i++)
		if (!json_is_string(json_array_get(v, i)))
			return false;
	return true;
}

static const struct {
	char letter;
	const char *words;
} types[] = {{'s', "a string"}, {'i', "an integer"}, {'b', "true or false"},
	{'l', "a list of strings"}, {'o', "an object"}};

static bool
is_of_type(const json_t *v, char type)
{
	switch (type) {
	case 's':
		return json_is_string(v);
	case 'i':
		return json_is_integer(v);
	case 'b':
		return json_is_boolean(v);
	case 'l':
		return is_string_list(v);
	case 'o':
		return json_is_object(v) || json_is_integer(v);
	}
	return false;
}

/* The row's word for an argument: its type letter, 0 if there is none. */
static char
argument_type(const char *row, const char *name)
{
	size_t len = strlen(name);
	const char *p;

	for (p = row; *p != '\0'; p += strcspn(p, " "), p += *p == ' ')
		if (strncmp(p, name, len) == 0 && p[len] == ':')
			return p[len + 1];
	return '\0';
}

static int
check_given(const struct method *m, const json_t *args, struct error *e)
{
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)args, name, value)
	{
		char type = argument_type(m->arguments, name);

		if (type == '\0') {
			error_set(e, ERROR_USAGE,
				"'%s' has no argument '%.40s'", m->name, name);
			return error_hint(e, "sluice rpc --list has those "
					     "that there are");
		}
		if (is_of_type(value, type) || json_is_null(value))
			continue;
		for (i = 0; types[i].letter != type; i++)
			;
		return error_set(e, ERROR_USAGE,
			"argument '%s' of '%s' must be %s", name, m->name,
			types[i].words);
	}
	return 0;
}

int
method_check_args(const struct method *m, const json_t *args, struct error *e)
{
	const char *p;
	char name[40];
	size_t len;

	if (check_given(m, args, e) == -1)
		return -1;
	for (p = m->arguments; *p != '\0';
		p += strcspn(p, " "), p += *p == ' ') {
		len = strcspn(p, ":");
		if (p[len + 2] != '!')
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)len, p);
		if (json_object_get(args, name) == NULL ||
			json_is_null(json_object_get(args, name)))
			return error_set(e, ERROR_USAGE,
				"'%s' needs the argument '%s'", m->name, name);
	}
	return 0;
}

/* ---- arguments ---- */

const char *
arg_string(const struct request *rq, const char *name)
{
	return json_get_string(rq->args, name, NULL);
}

int
arg_time(struct request *rq, const char *name, int64_t *ret_at, struct error *e)
{
	const char *text = arg_string(rq, name);

	if (text == NULL) {
		*ret_at = 0;
		return 0;
	}
	return time_parse(text, rq->en->settings->timezone, engine_now(rq->en),
		ret_at, e);
}

int
arg_since(struct request *rq, int64_t *ret_at, struct error *e)
{
	const char *text = arg_string(rq, "since");
	int64_t ms;

	if (text == NULL || duration_parse(text, &ms, NULL) == -1)
		return arg_time(rq, "since", ret_at, e);
	*ret_at = engine_now(rq->en) - ms / 1000;
	return 0;
}

void
arg_strings(const struct request *rq, const char *name, struct strings *ret)
{
	const json_t *list = json_object_get(rq->args, name);
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < json_array_size(list); i++)
		strings_add(ret, json_string_value(json_array_get(list, i)));
}

/* ---- pages ---- */

#define PAGE_DEFAULT 200
#define PAGE_MOST 1000

int
page_init(struct request *rq, struct page *p, struct error *e)
{
	const char *after = arg_string(rq, "after");
	int64_t limit = json_get_int(rq->args, "limit", PAGE_DEFAULT);
	char *end;

	memset(p, 0, sizeof(*p));
	p->after = -1;
	if (after != NULL) {
		p->after = strtoll(after, &end, 10);
		if (*end != '\0' || *after == '\0')
			return error_set(e, ERROR_USAGE,
				"'%.40s' is not a cursor of this list", after);
	}
	p->last = p->after;
	p->limit = limit < 1	       ? 1
		   : limit > PAGE_MOST ? PAGE_MOST
				       : (size_t)limit;
	p->items = json_array();
	return 0;
}

bool
page_is_full(const struct page *p)
{
	return json_array_size(p->items) == p->limit;
}

int
page_add(struct page *p, json_t *item, int64_t cursor)
{
	if (json_array_size(p->items) == p->limit) {
		json_decref(item);
		p->more = true;
		return 1;
	}
	json_array_append_new(p->items, item);
	p->last = cursor;
	return 0;
}

json_t *
page_finish(struct page *p)
{
	char next[24];

	snprintf(next, sizeof(next), "%lld", (long long)p->last);
	return json_pack("{s:o, s:o}", "items", p->items, "next",
		p->more ? json_string(next) : json_null());
}
