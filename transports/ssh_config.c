/* ssh_config.c - does a person's ssh_config(5) speak of a host? */
#include "transports/ssh_config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/text.h"
#include "transports/pusher.h"

#define FILE_MAX_BYTES (1024 * 1024)

/* What makes the way to a host another one. */
static const char *const way_words[] = {"proxyjump", "proxycommand",
	"hostname", "port", "user", "hostkeyalias", "certificatefile",
	"canonicalizehostname"};

static const char *const key_words[] = {"identityfile", "certificatefile",
	"pkcs11provider", "identityagent", "include", "match"};

/* The text of the file (owned); NULL where there is none. */
static char *
read_config(const struct pusher *p)
{
	char *path, *text = NULL;
	size_t len;
	struct error e;

	if (p->settings.config == NULL)
		return NULL;
	path = path_expand_home(p->settings.config);
	if (file_read(path, FILE_MAX_BYTES, &text, &len, &e) < 0)
		text = NULL;
	free(path);
	return text;
}

/* The next line without its end; NULL behind the last. */
static char *
next_line(char **at)
{
	char *line = *at;

	if (line == NULL || *line == '\0')
		return NULL;
	*at += strcspn(*at, "\n");
	if (**at != '\0')
		*(*at)++ = '\0';
	line[strcspn(line, "\r")] = '\0';
	return line;
}

/* The keyword of a line, and *ret_rest what it is given; "" for none. */
static char *
keyword_of(char *line, char **ret_rest)
{
	char *word = line + strspn(line, " \t\f");
	char *end = word + strcspn(word, " \t\f=\"");

	*ret_rest = end + strspn(end, " \t\f=");
	if (*word == '#')
		*word = '\0';
	if (*ret_rest == end && *end != '\0') /* key"value" */
		return word;
	*end = '\0';
	return word;
}

static bool
is_in(const char *word, const char *const *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcasecmp(word, list[i]) == 0)
			return true;
	return false;
}

/* One pattern of the line fits; negated ones are for ssh to judge. */
static bool
is_named(char *patterns, const char *address)
{
	char *at = patterns;

	while (*at != '\0') {
		char *word = at + strspn(at, " \t\"");

		at = word + strcspn(word, " \t\"");
		if (*at != '\0')
			*at++ = '\0';
		if (*word != '\0' && *word != '!' &&
			text_matches(word, address))
			return true;
	}
	return false;
}

bool
ssh_config_text_may_concern(char *text, const char *address)
{
	bool applies = true;
	char *line, *word, *rest;

	while ((line = next_line(&text)) != NULL) {
		word = keyword_of(line, &rest);
		if (strcasecmp(word, "match") == 0 ||
			strcasecmp(word, "include") == 0)
			return true;
		if (strcasecmp(word, "host") == 0)
			applies = is_named(rest, address);
		else if (applies &&
			is_in(word, way_words, ARRAY_SIZE(way_words)))
			return true;
	}
	return false;
}

bool
ssh_config_may_concern(const struct pusher *p, const char *address)
{
	char *text = read_config(p);
	bool concerns =
		text != NULL && ssh_config_text_may_concern(text, address);

	free(text);
	return concerns;
}

bool
ssh_config_has_keys(const struct pusher *p)
{
	char *text = read_config(p), *at = text, *line, *rest;
	bool found = false;

	while (!found && (line = next_line(&at)) != NULL)
		found = is_in(keyword_of(line, &rest), key_words,
			ARRAY_SIZE(key_words));
	free(text);
	return found;
}

/* Does this line of `ssh -G` say another thing than sluice? */
static bool
line_differs(const char *word, const char *value, const struct host *host)
{
	static const char *const ways[] = {"proxyjump", "proxycommand",
		"hostkeyalias", "certificatefile"};
	char port[16];

	if (is_in(word, ways, ARRAY_SIZE(ways)))
		return strcasecmp(value, "none") != 0;
	if (strcmp(word, "hostname") == 0)
		return strcasecmp(value, host->address) != 0;
	if (strcmp(word, "user") == 0)
		return strcmp(value,
			       host->user != NULL && *host->user != '\0'
				       ? host->user
				       : pusher_own_user()) != 0;
	snprintf(port, sizeof(port), "%d", host->port);
	return strcmp(word, "port") == 0 && strcmp(value, port) != 0;
}

bool
ssh_config_differs(
	char *printed, const struct host *host, struct strbuf *ret_reason)
{
	char *line, *word, *value;

	while ((line = next_line(&printed)) != NULL) {
		word = keyword_of(line, &value);
		if (!line_differs(word, value, host))
			continue;
		strbuf_addf(ret_reason, "%s ", word);
		text_add_printable(ret_reason, value, strlen(value));
		return true;
	}
	return false;
}
