/*
 * where.h - which configuration, state directory and socket are meant
 * (interface.md section 1), and starting the engine there.
 */
#ifndef SLUICE_TUI_WHERE_H
#define SLUICE_TUI_WHERE_H

#include <sys/socket.h>
#include <sys/types.h>

#include "base/base.h"
#include "tui/client.h"

struct where {
	char *config; /* absolute; NULL: there is none */
	char *state;  /* absolute */
	char *socket; /* absolute */
	bool has_people;
	bool state_is_named; /* with --state or SLUICE_STATE */
	bool may_use_system; /* /run/sluice/engine.sock when ours is silent */
	bool is_shared; /* an engine for all is meant: not ours to start */
};

/* Fills w; fails on a configuration that cannot be read or that somebody
 * else could have written, and on a socket path that is too long. */
int where_find(
	struct where *w, const struct client_where *asked, struct error *e);
void where_finish(struct where *w);

/* Only the configuration's path (owned), unread; fails if there is none. */
int where_find_config(
	const struct client_where *asked, char **ret_path, struct error *e);

/*
 * Connects to the engine, checks that it runs as the caller, root or the
 * owner of the socket's directory. ret_fd is owned. ERROR_NO_ENGINE when
 * nobody answers.
 */
int where_connect(const struct where *w, int *ret_fd, struct ucred *ret_peer,
	struct error *e);

/* Whether the caller may start an engine here without being asked to: no
 * people, and the state directory is theirs or can be made. */
bool where_may_start(const struct where *w);

/* Fails with ERROR_DENIED where even asked to: the configuration is that of an
 * engine for all, and nobody named a state directory for another one. */
int where_check_start(const struct where *w, struct error *e);

/* Starts sluiced and returns when it answers; its own words if it does not. */
int where_start(const struct where *w, struct error *e);

/* The words of the command line of sluiced for this place: argv[0] and the
 * options; NULL-terminated. Strings are borrowed from w and extra. */
#define WHERE_ARGV_MAX 8
void where_argv(const struct where *w, const char *program, const char *extra,
	const char *argv[WHERE_ARGV_MAX]);

#endif
