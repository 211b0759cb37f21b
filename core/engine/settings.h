/*
 * settings.h - the configuration (interface.md section 2): read, checked,
 * kept. One immutable value per load; a bad file never replaces a good one.
 */
#ifndef SLUICE_ENGINE_SETTINGS_H
#define SLUICE_ENGINE_SETTINGS_H

#include "base/digest.h"
#include "model/fleet.h"
#include "model/period.h"
#include "model/risk.h"

enum permission {
#define PERMISSION(id, name) PERMISSION_##id,
#include "engine/permissions.def"
#undef PERMISSION
	PERMISSION_COUNT
};

enum notice_kind {
	NOTICE_NEEDS_YOU,
	NOTICE_FAILED,
	NOTICE_FINISHED,
	NOTICE_ESCALATION,
	NOTICE_KIND_COUNT
};

struct role {
	char *name;
	unsigned may; /* bit 1 << enum permission */
};

struct person_entry {
	char *user, *group; /* one of them */
	char *person;	    /* NULL: the user's name */
	struct strings roles;
};

/* One entry of `notify`. */
struct notify_entry {
	unsigned on; /* bit 1 << enum notice_kind */
	char *run;	/* a command, or ... */
	char *url_file; /* "~/" expanded */
	int64_t timeout_ms, retry_ms;
	int attempts;
	int line;
};

/* Somebody who has no account on this machine: history.c. */
struct guest {
	int64_t uid;
	const char *person;
};

/* A list with a name, as the console's filter says it. */
struct console_section {
	char *view, *name, *query;
};

/* How consoles begin, until a person chooses something else. */
struct console_looks {
	char *theme, *glyphs;
	bool mouse;
	struct console_section *sections;
	size_t section_count;
};

struct settings {
	char *path;		      /* absolute */
	char digest[DIGEST_HEX_SIZE]; /* of the file's bytes */
	char *text;		      /* the file's bytes */
	char *site, *timezone;	      /* timezone: IANA, default "UTC" */
	char *state_dir, *socket;     /* as configured, NULL: default */
	bool allow_local;
	bool has_people;
	struct person_entry *people;
	size_t people_count;
	struct role *roles;
	size_t role_count;
	/* ssh */
	char *ssh_user; /* NULL: the engine's user */
	int ssh_port;
	struct strings ssh_keys, ssh_known_hosts; /* "~/" expanded */
	char *ssh_config; /* "~/" expanded; NULL: none is read */
	int64_t ssh_connect_timeout_ms;
	/* limits */
	int connections, unauthenticated_per_host;
	int64_t bandwidth_bytes;
	int64_t retention_artefacts_ms, retention_logs_ms;
	char *allowed_signers; /* path; NULL: neither set nor beside path */
	int64_t statement_valid_ms;
	struct strings redact;
	struct host *hosts;
	size_t host_count;
	struct service *services;
	size_t service_count;
	struct strategy *strategies;
	size_t strategy_count;
	struct environment *environments;
	size_t environment_count;
	struct policy_part *policies;
	size_t policy_count;
	struct period *periods; /* windows, freezes, holidays of all */
	size_t period_count;
	struct risk_table risk;
	struct notify_entry *notify;
	size_t notify_count;
	struct console_looks console;
	/* Who speaks in a history, by uid; never from a file. Borrowed. */
	const struct guest *guests;
	size_t guest_count;
};

struct settings_problem {
	char *where; /* "FILE:LINE" */
	char *text;  /* what is wrong, what was expected */
	bool is_warning;
};

struct settings_report {
	struct settings_problem *items;
	size_t count, errors;
};

/*
 * Reads and checks path; everything that is wrong goes into report (caller
 * finishes it). Returns the settings (owned), or NULL when there is an error.
 * A path of NULL gives the defaults: no hosts, no services.
 */
struct settings *settings_load(
	const char *path, struct settings_report *report);
void settings_destroy(struct settings *s);
void settings_report_finish(struct settings_report *r);

/* Owned by the caller, the engine's user or root and writable by no one else:
 * it holds code that runs on hosts. */
int settings_check_owner(const char *path, struct error *e);

const struct host *settings_host(const struct settings *s, const char *name);
const struct service *settings_service(
	const struct settings *s, const char *name);
/* "all" is always there. */
const struct strategy *settings_strategy(
	const struct settings *s, const char *name);
const struct environment *settings_environment(
	const struct settings *s, const char *name);

/*
 * The hosts of an environment that also match selector (NULL: all), in the
 * order of the configuration. *ret is an owned array of borrowed hosts.
 */
int settings_hosts_of(const struct settings *s, const struct environment *env,
	const char *selector, const struct host ***ret, size_t *ret_count,
	struct error *e);

/* The hosts that route for a blue-green strategy, behind those of the array
 * (grown) that are not there yet. */
void settings_add_routers(const struct settings *s,
	const struct strategy *strategy, const struct host ***hosts,
	size_t *host_count);

/* All that the environment and the policies that match ask of a change, still
 * without what its type overrides; caller finishes it. risk: -1 where it is
 * not known, so that all that speaks of a risk applies. */
void settings_policy(const struct settings *s, const struct environment *env,
	const char *service, const char *type, const char *strategy, int risk,
	struct policy *ret);

/*
 * `sluiced --check-config FILE`: prints what settings_load reports, one
 * "FILE:LINE: ..." a line, and "FILE: ok, ..." if it is. The exit code: 0 or
 * 2.
 */
int settings_check_main(const char *path);

/* Whether the environment's selector takes the host. */
bool settings_is_host_of(const struct settings *s,
	const struct environment *env, const struct host *h);

/* Who a user of this machine is. Without people the owner of the engine (and
 * nobody else) has every permission. */
struct identity {
	char *person; /* NULL: mapped to nobody */
	char *user;
	struct strings roles;
	unsigned may; /* permissions */
};
void settings_identify(
	const struct settings *s, int64_t uid, struct identity *ret);
void identity_finish(struct identity *i);

/* How many people may approve, with role (NULL: any), without one (NULL: all
 * of them); a group is as many as anybody could ask for. */
int settings_approvers(
	const struct settings *s, const char *role, const char *except);

/* Name of a permission as in the configuration: "break-glass". */
const char *permission_name(enum permission p);

#endif
