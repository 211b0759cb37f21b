/* settings_hosts.c - the rows of `hosts`, with their ranges expanded. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "engine/settings_reader.h"
#include "model/hostset.h"

/* One row before it is spread over its hosts. */
struct row {
	const config_setting_t *node;
	struct strings names, addresses, paths;
	const char *user;
	int port;
	enum transport_kind transport;
	struct pairs labels;
};

static void
row_finish(struct row *row)
{
	strings_finish(&row->names);
	strings_finish(&row->addresses);
	strings_finish(&row->paths);
	pairs_finish(&row->labels);
}

/* A bad pattern is reported already and reads as absent. */
static void
expand(const config_setting_t *node, const char *key, struct strings *ret)
{
	const char *text = node_text(node, key);

	if (text == NULL || hostset_expand(text, ret, NULL) == -1)
		memset(ret, 0, sizeof(*ret));
}

static void
row_read(struct settings_reader *r, const config_setting_t *node,
	struct row *row)
{
	const char *transport = node_text(node, "transport");
	int kind = transport == NULL ? TRANSPORT_AUTO
				     : transport_kind_parse(transport);

	memset(row, 0, sizeof(*row));
	row->node = node;
	expand(node, "name", &row->names);
	expand(node, "address", &row->addresses);
	expand(node, "path", &row->paths);
	row->user = node_text(node, "user");
	row->port = node_int(node, "port", r->s->ssh_port);
	row->transport = kind < 0 ? TRANSPORT_AUTO : (enum transport_kind)kind;
	node_pairs(node, "labels", &row->labels);
}

/* Ranges of one row go in step: as many as names, or one for all. */
static void
check_step(struct settings_reader *r, const struct row *row,
	const struct strings *values, const char *key)
{
	if (values->count > 1 && values->count != row->names.count)
		report_error(r, node_line(row->node),
			"'%s' stands for %zu values and 'name' for %zu hosts, "
			"expected as many",
			key, values->count, row->names.count);
}

static bool
is_network(enum transport_kind t)
{
	return t == TRANSPORT_AUTO || t == TRANSPORT_SSH ||
	       t == TRANSPORT_OPENSSH;
}

/* What each transport needs. */
static void
check_transport(struct settings_reader *r, const struct row *row)
{
	const char *name = row->names.items[0];
	const char *transport = transport_kind_name(row->transport);
	int line = node_line(row->node);

	if (is_network(row->transport) && row->addresses.count == 0 &&
		node_get(row->node, "address") == NULL)
		report_error(r, line,
			"host '%s' has no 'address', which transport '%s' "
			"needs",
			name, transport);
	if (is_network(row->transport) && node_get(row->node, "path") != NULL)
		report_error(r, line,
			"host '%s' has a 'path', expected it with transport "
			"local or fake only, not '%s'",
			name, transport);
	if (row->transport == TRANSPORT_LOCAL && row->paths.count == 0 &&
		node_get(row->node, "path") == NULL)
		report_error(r, line,
			"host '%s' has no 'path', which transport 'local' "
			"needs: the directory that stands for its /",
			name);
	if (row->transport == TRANSPORT_FAKE && row->paths.count == 0 &&
		row->addresses.count == 0)
		report_error(r, line,
			"host '%s' has neither 'path' nor 'address', expected "
			"one of them with transport 'fake'",
			name);
	if (row->transport == TRANSPORT_LOCAL && r->s->has_people &&
		!r->s->allow_local)
		report_error(r, line,
			"host '%s' is local while 'people' are configured: "
			"its steps would run as the engine's user, expected "
			"allow_local = true if that is meant",
			name);
}

/* What would be read as an option or as something else than one host. */
static void
check_login(struct settings_reader *r, const struct row *row)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._:%-";
	size_t i;

	for (i = 0; i < row->addresses.count; i++) {
		const char *a = row->addresses.items[i];

		if (a[0] != '-' && a[strspn(a, allowed)] == '\0' &&
			strlen(a) <= 253)
			continue;
		report_error(r, node_line(row->node),
			"'%.80s' is not an address, expected a host name or "
			"an IP address",
			a);
		break;
	}
	if (row->user != NULL &&
		(row->user[0] == '-' || strpbrk(row->user, " :/") != NULL))
		report_error(r, node_line(row->node),
			"'hosts.user' is '%.80s', expected a login name",
			row->user);
}

static void
check_names(struct settings_reader *r, const struct row *row)
{
	size_t i;

	for (i = 0; i < row->names.count; i++) {
		if (text_is_name(row->names.items[i]))
			continue;
		report_error(r, node_line(row->node),
			"'hosts.name' gives '%.80s', expected a name: a "
			"letter or digit, then up to 62 letters, digits, "
			"'.', '_' or '-'",
			row->names.items[i]);
		return;
	}
}

static void
check_labels(struct settings_reader *r, const struct row *row)
{
	static const char *const taken[] = {"name", "address"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(taken); i++)
		if (pairs_get(&row->labels, taken[i]) != NULL)
			report_error(r, node_line(row->node),
				"label '%s' is there for every host by "
				"itself, expected another name",
				taken[i]);
}

static const char *
in_step(const struct strings *values, size_t i)
{
	if (values->count == 0)
		return NULL;
	return values->items[i < values->count && values->count > 1 ? i : 0];
}

/* The path of one host: placeholders expanded, absolute. */
static void
host_take_path(struct settings_reader *r, struct host *h, const char *path,
	int line)
{
	struct placeholder_values values = {
		.host = h->name,
		.address = h->address,
		.port = h->port,
		.labels = &h->labels,
	};
	char *expanded, *whole;
	struct error e;

	if (placeholder_expand(path, &values, &expanded, &e) == -1) {
		report_error(r, line, "'hosts.path': %s", e.text);
		return;
	}
	if (h->transport == TRANSPORT_FAKE) { /* a script, not a path */
		h->path = expanded;
		return;
	}
	whole = path_expand_home(expanded);
	free(expanded);
	h->path = whole;
	if (whole[0] != '/' || strstr(whole, "/../") != NULL ||
		(strlen(whole) > 2 &&
			strcmp(whole + strlen(whole) - 3, "/..") == 0))
		report_error(r, line,
			"'hosts.path' of '%s' is '%.200s', expected an "
			"absolute path without '..'",
			h->name, whole);
}

static void
add_host(struct settings_reader *r, const struct row *row, size_t i)
{
	struct host *h = &r->s->hosts[r->s->host_count];
	int line = node_line(row->node);

	memset(h, 0, sizeof(*h));
	h->name = xstrdup(row->names.items[i]);
	h->address = xstrdup_or_null(in_step(&row->addresses, i));
	h->port = row->port;
	h->user = xstrdup_or_null(
		row->user == NULL ? r->s->ssh_user : row->user);
	h->transport = row->transport;
	pairs_copy(&h->labels, &row->labels);
	if (in_step(&row->paths, i) != NULL)
		host_take_path(r, h, in_step(&row->paths, i), line);
	r->host_lines[r->s->host_count++] = line;
}

static void
add_row(struct settings_reader *r, const struct row *row)
{
	struct settings *s = r->s;
	size_t i, total = s->host_count + row->names.count;

	if (row->names.count == 0)
		return;
	if (total > HOSTSET_MAX) {
		report_error(r, node_line(row->node),
			"with '%.80s' there are more than %d hosts",
			row->names.items[0], HOSTSET_MAX);
		return;
	}
	check_names(r, row);
	check_step(r, row, &row->addresses, "address");
	check_step(r, row, &row->paths, "path");
	check_transport(r, row);
	check_login(r, row);
	check_labels(r, row);
	s->hosts = xrealloc(s->hosts, total, sizeof(*s->hosts));
	r->host_lines =
		xrealloc(r->host_lines, total, sizeof(*r->host_lines));
	for (i = 0; i < row->names.count; i++)
		add_host(r, row, i);
}

struct named {
	const char *name;
	int line;
};

static int
compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : x->line - y->line;
}

static void
check_twice(struct settings_reader *r)
{
	size_t count = r->s->host_count, i;
	struct named *sorted = xcalloc(count, sizeof(*sorted));

	for (i = 0; i < count; i++) {
		sorted[i].name = r->s->hosts[i].name;
		sorted[i].line = r->host_lines[i];
	}
	qsort(sorted, count, sizeof(*sorted), compare_named);
	for (i = 1; i < count; i++)
		if (strcmp(sorted[i - 1].name, sorted[i].name) == 0)
			report_error(r, sorted[i].line,
				"host '%.80s' is there already, in line %d",
				sorted[i].name, sorted[i - 1].line);
	free(sorted);
}

void
settings_read_hosts(struct settings_reader *r)
{
	const config_setting_t *list =
		config_lookup(&r->config, "hosts");
	int count = node_count(list), i;

	for (i = 0; i < count; i++) {
		struct row row;

		row_read(r, node_at(list, i), &row);
		add_row(r, &row);
		row_finish(&row);
	}
	check_twice(r);
}
