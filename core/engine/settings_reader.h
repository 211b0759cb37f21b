/*
 * settings_reader.h - one load of the configuration, shared by settings_*.c.
 *
 * settings_scan looks at the bytes, libconfig parses, settings_schema checks
 * every key against settings.def, settings_read* take what is right over into
 * struct settings, settings_verify checks names against each other and
 * settings_outside what lies outside the file. Each step reports what it
 * finds and goes on, so that everything is said at once.
 */
#ifndef SLUICE_ENGINE_SETTINGS_READER_H
#define SLUICE_ENGINE_SETTINGS_READER_H

#include <libconfig.h>

#include "engine/settings.h"

struct settings_reader {
	const char *path; /* as the person wrote it */
	struct settings *s;
	struct settings_report *report;
	config_t config;
	/* Where each of these was written, beside the arrays in s. */
	int *host_lines;
	const config_setting_t **service_nodes;
	const config_setting_t **strategy_nodes;
	const config_setting_t **environment_nodes;
};

/* ---- problems ---- */
void report_error(struct settings_reader *r, int line, const char *fmt, ...)
	SLUICE_PRINTF(3, 4);
void report_warning(struct settings_reader *r, int line, const char *fmt, ...)
	SLUICE_PRINTF(3, 4);
/* By line; errors and warnings of one line stay in order. */
void report_sort(struct settings_report *report);

/* ---- the steps ---- */
void settings_scan(struct settings_reader *r, const char *text);
void settings_check_schema(struct settings_reader *r);
void settings_read(struct settings_reader *r);
void settings_read_hosts(struct settings_reader *r);
void settings_read_services(struct settings_reader *r);
void settings_read_strategies(struct settings_reader *r);
/* Groups, gates, analysis and fast track of a strategy. */
void settings_read_gates(struct settings_reader *r,
	const config_setting_t *node, struct strategy *s);
/* A list of portions, owned. */
void settings_read_portions(const config_setting_t *node, struct portion **ret,
	size_t *ret_count);
void settings_read_environments(struct settings_reader *r);
void settings_read_policies(struct settings_reader *r);
void settings_read_risk(struct settings_reader *r);
void settings_read_notify(struct settings_reader *r);
void settings_read_console(struct settings_reader *r);
void settings_verify_policies(struct settings_reader *r);
/* Windows, freezes and holidays of an environment, and its limits. */
void settings_read_calendar(struct settings_reader *r,
	const config_setting_t *node, struct environment *env);
void settings_verify(struct settings_reader *r);
void settings_outside(struct settings_reader *r);

/* What policies say; whose is what they are called in problems. */
void settings_read_policy(const config_setting_t *node, struct policy *p);
void settings_read_after(const config_setting_t *node, struct policy *p);
void settings_read_standard(
	const config_setting_t *list, struct environment *env);
void settings_check_policy(struct settings_reader *r, const struct policy *p,
	const char *whose);

/* The role table of the example. */
void settings_default_roles(struct settings *s);

/* ---- values; a wrong type reads as absent: it is reported already ---- */
int node_line(const config_setting_t *node);
const config_setting_t *node_get(
	const config_setting_t *group, const char *key);
/* Elements of a list, an array or a single value as if it were one. */
int node_count(const config_setting_t *node);
const config_setting_t *node_at(const config_setting_t *node, int i);
/* NULL: absent. Borrowed from the configuration. */
const char *node_text(const config_setting_t *group, const char *key);
int node_int(const config_setting_t *group, const char *key, int absent);
double node_real(
	const config_setting_t *group, const char *key, double absent);
bool node_bool(const config_setting_t *group, const char *key, bool absent);
int64_t node_duration(
	const config_setting_t *group, const char *key, int64_t absent_ms);
int64_t node_size(
	const config_setting_t *group, const char *key, int64_t absent_bytes);
void node_texts(
	const config_setting_t *group, const char *key, struct strings *ret);
void node_pairs(
	const config_setting_t *group, const char *key, struct pairs *ret);
/* Whole number of any integer type libconfig has; false: it is none. */
bool node_is_int(const config_setting_t *node, long long *ret);

/* The word of list that is nearest to word, NULL: none is near. Borrowed. */
const char *nearest_word(
	const char *word, const char *const *list, size_t count);

#endif
