/* settings_schema.h - the table of settings.def, and the checks of one
 * value. */
#ifndef SLUICE_ENGINE_SETTINGS_SCHEMA_H
#define SLUICE_ENGINE_SETTINGS_SCHEMA_H

#include "engine/settings_reader.h"

enum setting_type {
	SETTING_GROUP,
	SETTING_GROUPS,
	SETTING_MAP,
	SETTING_TEXT,
	SETTING_COMMAND,
	SETTING_NAME,
	SETTING_NAMES,
	SETTING_TEXTS,
	SETTING_PATH,
	SETTING_PATHS,
	SETTING_PATTERN,
	SETTING_SELECTOR,
	SETTING_ONE_OF,
	SETTING_LIST_OF,
	SETTING_INT,
	SETTING_NUMBER,
	SETTING_BOOL,
	SETTING_DURATION,
	SETTING_SIZE,
	SETTING_ZONE,
	SETTING_PORTIONS,
	SETTING_UMASK,
	SETTING_REGEXES,
	SETTING_TYPE_COUNT
};

struct setting_row {
	const char *path;
	enum setting_type type;
	const char *range;
	const char *absent; /* default; "!": required */
	const char *sentence;
};

extern const struct setting_row setting_rows[];
extern const size_t setting_row_count;

/* "hosts.port" of "hosts[].port", for messages (owned). */
char *setting_title(const struct setting_row *row);

/* Whether value is a word of the list "a|b|c". */
bool setting_has_word(const char *list, const char *value);

/* Checks a value that is neither a group nor a list of them. */
void setting_check_value(struct settings_reader *r,
	const struct setting_row *row, const config_setting_t *node);

/* One element of a list of texts, a text, a label: no control characters
 * (a command may have newlines and tabs), not too long. */
bool setting_check_bytes(struct settings_reader *r, const char *title,
	const char *text, bool is_command, int line);

#endif
