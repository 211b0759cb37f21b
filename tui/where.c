/* where.c - finding the engine, and starting one. */
#include "tui/where.h"

#include <errno.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "tui/program.h"

#define SYSTEM_CONFIG "/etc/sluice/sluice.conf"
#define SYSTEM_SOCKET "/run/sluice/engine.sock"

/* The value of a variable, NULL when it is unset or empty. */
static const char *
env_get(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

/* $XDG_x/sluice/name or ~/fallback/sluice/name (owned). */
static char *
xdg_path(const char *variable, const char *fallback, const char *name)
{
	const char *base = env_get(variable);
	char *dir, *path;

	if (base != NULL && *base == '/')
		return xasprintf("%s/sluice%s%s", base, *name ? "/" : "", name);
	dir = path_expand_home(fallback);
	path = xasprintf("%s/sluice%s%s", dir, *name ? "/" : "", name);
	free(dir);
	return path;
}

/* Sets w->config and whether somebody named it; a named one must be there. */
static int
find_config(struct where *w, const char *asked, bool *ret_named,
	struct error *e)
{
	const char *named = asked != NULL ? asked : env_get("SLUICE_CONFIG");
	char *user;

	*ret_named = named != NULL;
	if (named != NULL) {
		if (!file_exists(named)) {
			error_set_errno(e, errno,
				"cannot read configuration '%s'", named);
			e->code = ERROR_CONFIG;
			return error_hint(e, "%s", asked != NULL
				? "name an existing file with --config"
				: "SLUICE_CONFIG names it");
		}
		w->config = path_absolute(named);
		return 0;
	}
	user = xdg_path("XDG_CONFIG_HOME", "~/.config", "sluice.conf");
	if (file_exists("sluice.conf"))
		w->config = path_absolute("sluice.conf");
	else if (file_exists(user))
		w->config = xstrdup(user);
	else if (file_exists(SYSTEM_CONFIG))
		w->config = xstrdup(SYSTEM_CONFIG);
	free(user);
	return 0;
}

/* It says where the engine is and what runs on hosts: nobody else may have
 * written it. A file somebody named may be the engine's user's own. */
static int
check_owner(const char *path, bool named, struct error *e)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		error_set_errno(e, errno, "cannot read '%s'", path);
		e->code = ERROR_CONFIG;
		return -1;
	}
	if (st.st_mode & (S_IWGRP | S_IWOTH)) {
		error_set(e, ERROR_CONFIG,
			"configuration '%s' can be written by others", path);
		return error_hint(e, "chmod go-w '%s'", path);
	}
	if (!named && st.st_uid != geteuid() && st.st_uid != 0) {
		error_set(e, ERROR_CONFIG,
			"configuration '%s' belongs to another user", path);
		return error_hint(e, "if that is meant, name it: --config '%s'",
			path);
	}
	return 0;
}

/* A path of the configuration: ~/ is home, else it stands beside the file. */
static char *
config_path(const struct where *w, const char *value)
{
	char *expanded = path_expand_home(value), *dir, *joined, *path;

	if (*expanded == '/') {
		path = path_absolute(expanded);
		free(expanded);
		return path;
	}
	dir = xstrndup(
		w->config, (size_t)(strrchr(w->config, '/') - w->config));
	joined = path_join(*dir ? dir : "/", expanded);
	path = path_absolute(joined);
	free(dir);
	free(joined);
	free(expanded);
	return path;
}

static bool
is_others(const char *state)
{
	struct stat st;

	return stat(state, &st) == 0 && st.st_uid != geteuid();
}

static bool
is_system(const struct where *w)
{
	return w->config != NULL && strcmp(w->config, SYSTEM_CONFIG) == 0;
}

/* Takes what the client needs from the configuration; everything else is
 * read and judged by the engine. */
static int
read_config(struct where *w, struct error *e)
{
	config_t config;
	config_setting_t *people;
	const char *value;
	int result = 0;

	config_init(&config);
	if (config_read_file(&config, w->config) != CONFIG_TRUE) {
		if (config_error_type(&config) == CONFIG_ERR_PARSE)
			error_set(e, ERROR_CONFIG, "%s:%d: %s",
				config_error_file(&config) != NULL
					? config_error_file(&config)
					: w->config,
				config_error_line(&config),
				config_error_text(&config));
		else
			error_set(e, ERROR_CONFIG,
				"cannot read configuration '%s'", w->config);
		result = error_hint(e, "see 'sluice config check %s'",
			w->config);
		goto out;
	}
	if (w->state == NULL &&
		config_lookup_string(&config, "state", &value) == CONFIG_TRUE)
		w->state = config_path(w, value);
	people = config_lookup(&config, "people");
	w->has_people = people != NULL && config_setting_length(people) > 0;
	w->is_shared = !w->state_is_named &&
		       (is_system(w) ||
			       (w->state == NULL ? w->has_people
						 : is_others(w->state)));
	if (config_lookup_string(&config, "socket", &value) == CONFIG_TRUE)
		w->socket = config_path(w, value);
out:
	config_destroy(&config);
	return result;
}

static int
check_socket(const struct where *w, struct error *e)
{
	size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

	if (strlen(w->socket) <= most)
		return 0;
	error_set(e, ERROR_INVALID,
		"the path of the engine's socket is %zu bytes long, at most "
		"%zu are possible: '%s'",
		strlen(w->socket), most, w->socket);
	return error_hint(e, "choose a shorter state directory with --state, "
		"or a short path with socket = \"...\" in the configuration");
}

int
where_find_config(
	const struct client_where *asked, char **ret_path, struct error *e)
{
	struct where w = {.config = NULL};
	bool named;

	if (find_config(&w, asked->config, &named, e) == -1)
		return -1;
	if (w.config == NULL) {
		error_set(e, ERROR_CONFIG, "there is no configuration");
		return error_hint(e, "write one with 'sluice init', or name "
				     "one with --config FILE");
	}
	*ret_path = w.config;
	return 0;
}

int
where_find(struct where *w, const struct client_where *asked, struct error *e)
{
	const char *state =
		asked->state != NULL ? asked->state : env_get("SLUICE_STATE");
	bool named;

	memset(w, 0, sizeof(*w));
	w->state_is_named = state != NULL;
	if (state != NULL)
		w->state = path_absolute(state);
	if (find_config(w, asked->config, &named, e) == -1)
		goto fail;
	if (w->config != NULL &&
		(check_owner(w->config, named, e) == -1 ||
			read_config(w, e) == -1))
		goto fail;
	w->may_use_system =
		state == NULL && (w->config == NULL || is_system(w));
	if (w->state == NULL)
		w->state = xdg_path("XDG_STATE_HOME", "~/.local/state", "");
	if (w->socket == NULL)
		w->socket = path_join(w->state, "engine.sock");
	if (check_socket(w, e) == 0)
		return 0;
fail:
	where_finish(w);
	return -1;
}

void
where_finish(struct where *w)
{
	free(w->config);
	free(w->state);
	free(w->socket);
	memset(w, 0, sizeof(*w));
}

/* The owner of the directory a path stands in; (uid_t)-1 if unknown. */
static uid_t
directory_owner(const char *path)
{
	char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	struct stat st;
	uid_t uid = stat(*dir ? dir : "/", &st) == 0 ? st.st_uid : (uid_t)-1;

	free(dir);
	return uid;
}

static int
check_peer(int fd, const char *path, struct ucred *peer, struct error *e)
{
	socklen_t len = sizeof(*peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &len) == -1)
		return error_set_errno(e, errno,
			"cannot see who listens on '%s'", path);
	if (peer->uid == geteuid() || peer->uid == 0 ||
		peer->uid == directory_owner(path))
		return 0;
	error_set(e, ERROR_NO_ENGINE,
		"'%s' is answered by user id %u, who is neither you, root nor "
		"the owner of its directory",
		path, (unsigned)peer->uid);
	return error_hint(e, "do not use this socket");
}

static int
connect_to(const char *path, int *ret_fd, struct ucred *peer, struct error *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		return error_set_errno(e, errno, "cannot make a socket");
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			error_set(e, ERROR_NO_ENGINE,
				"no engine answers at '%s'", path);
		else
			error_set_errno(e, errno,
				"cannot connect to the engine at '%s'", path);
		e->code = ERROR_NO_ENGINE;
		close(fd);
		return -1;
	}
	if (check_peer(fd, path, peer, e) == -1) {
		close(fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

int
where_connect(const struct where *w, int *ret_fd, struct ucred *ret_peer,
	struct error *e)
{
	struct error system;

	if (connect_to(w->socket, ret_fd, ret_peer, e) == 0)
		return 0;
	if (w->may_use_system &&
		connect_to(SYSTEM_SOCKET, ret_fd, ret_peer, &system) == 0)
		return 0;
	/* The engine for all is meant, unless `socket` says where it is. */
	if (w->may_use_system && is_system(w) &&
		strncmp(w->socket, w->state, strlen(w->state)) == 0)
		*e = system;
	if (w->has_people || w->is_shared ||
		strcmp(w->socket, SYSTEM_SOCKET) == 0)
		return error_hint(e, "start it: systemctl start sluice");
	if (w->config == NULL && w->state_is_named &&
		access(w->state, F_OK) == -1)
		return error_hint(e, "there is no state directory '%s': name "
				     "another with --state or SLUICE_STATE, or "
				     "a configuration with --config",
			w->state);
	if (w->config == NULL)
		return error_hint(e, "write a configuration with "
				     "'sluice init', then 'sluice engine "
				     "start'");
	return error_hint(e, "start it: sluice engine start");
}

/* Own directory, or none yet and the nearest one above can be written. */
static bool
owns_state(const char *state)
{
	char *path = xstrdup(state), *slash;
	struct stat st;
	bool result;

	if (stat(path, &st) == 0) {
		free(path);
		return st.st_uid == geteuid();
	}
	while (stat(path, &st) == -1 && (slash = strrchr(path, '/')) != NULL &&
		slash != path)
		*slash = '\0';
	result = access(path, W_OK | X_OK) == 0;
	free(path);
	return result;
}

bool
where_may_start(const struct where *w)
{
	return !w->has_people && !w->is_shared && w->config != NULL &&
	       owns_state(w->state);
}

int
where_check_start(const struct where *w, struct error *e)
{
	if (!w->is_shared)
		return 0;
	error_set(e, ERROR_DENIED,
		"'%s' is for an engine of another user, or one that many "
		"people share",
		w->config);
	return error_hint(e, "start that one: systemctl start sluice; or name "
			     "a state directory for another: --state DIR");
}

void
where_argv(const struct where *w, const char *program, const char *extra,
	const char *argv[WHERE_ARGV_MAX])
{
	size_t n = 0;

	argv[n++] = program;
	if (w->config != NULL) {
		argv[n++] = "--config";
		argv[n++] = w->config;
	}
	argv[n++] = "--state";
	argv[n++] = w->state;
	if (extra != NULL)
		argv[n++] = extra;
	argv[n] = NULL;
	assert(n < WHERE_ARGV_MAX);
}

int
where_start(const struct where *w, struct error *e)
{
	char *program = program_find("sluiced", e), *words;
	const char *argv[WHERE_ARGV_MAX];
	int status;

	if (program == NULL)
		return -1;
	where_argv(w, program, "--background", argv);
	status = program_capture(argv, &words);
	free(program);
	if (status != 0)
		program_failed(e,
			status == 2   ? ERROR_CONFIG
			: status == 3 ? ERROR_DENIED
				      : ERROR_NO_ENGINE,
			"the engine did not start: ", words);
	free(words);
	return status == 0 ? 0 : -1;
}
