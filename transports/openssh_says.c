/* openssh_says.c - what ssh(1) writes to its standard error. */
#include "transports/openssh_says.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LINE_MAX_BYTES 4096

/* Parts of lines; the first that fits decides what the line means. */
static const struct {
	const char *part;
	enum openssh_verdict verdict;
} phrases[] = {
	{"Host key verification failed", OPENSSH_HOST_KEY},
	{"REVOKED HOST KEY DETECTED", OPENSSH_HOST_KEY},
	{"Permission denied (", OPENSSH_DENIED},
	{"Too many authentication failures", OPENSSH_DENIED},
	{"no more authentication methods", OPENSSH_DENIED},
	{"Bad configuration option", OPENSSH_CONFIG},
	{"terminating, ", OPENSSH_CONFIG},
	{"Unable to negotiate with", OPENSSH_GONE},
	{"Connection refused", OPENSSH_GONE},
	{"timed out", OPENSSH_GONE},
	{"No route to host", OPENSSH_GONE},
	{"Network is unreachable", OPENSSH_GONE},
	{"Could not resolve hostname", OPENSSH_GONE},
	{"Name or service not known", OPENSSH_GONE},
	{"open failed: administratively prohibited", OPENSSH_GONE},
	{"kex_exchange_identification: ", OPENSSH_BUSY},
	{"ssh_exchange_identification: ", OPENSSH_BUSY},
	{"banner exchange: ", OPENSSH_BUSY},
	{"Connection reset by", OPENSSH_BUSY},
	{"Connection closed by", OPENSSH_BUSY},
};

/* Lines that say nothing of a failure. */
static const char *const idle_words[] = {"OpenSSH_", "Authenticated to ",
	"Transferred: ", "Bytes per second", "Warning: Permanently added ",
	"Pseudo-terminal ", "@@@@"};

void
openssh_says_init(struct openssh_says *s)
{
	memset(s, 0, sizeof(*s));
	strbuf_init(&s->line);
}

void
openssh_says_finish(struct openssh_says *s)
{
	strbuf_finish(&s->line);
}

static const char *
behind(const char *line, const char *start)
{
	size_t n = strlen(start);

	return strncmp(line, start, n) == 0 ? line + n : NULL;
}

/* "ssh-ed25519 SHA256:abc", perhaps with more behind a comma. */
static void
take_fingerprint(struct openssh_says *s, const char *rest)
{
	const char *print = strstr(rest, " SHA256:");
	size_t n;

	if (print == NULL)
		return;
	n = strcspn(++print, " ,\r");
	if (n >= sizeof(s->fingerprint))
		return;
	memcpy(s->fingerprint, print, n);
	s->fingerprint[n] = '\0';
	s->fingerprints++;
}

static void
take_debug(struct openssh_says *s, const char *line)
{
	const char *rest;

	if ((rest = behind(line, "Server host key:")) != NULL ||
		(rest = behind(line, "Server host certificate:")) != NULL)
		take_fingerprint(s, rest);
	else if (behind(line, "Sending command: ") != NULL ||
		behind(line, "mux_client_request_session: master session") !=
			NULL)
		s->is_open = true;
	else if (behind(line, "Executing proxy command: ") != NULL ||
		behind(line, "Setting implicit ProxyCommand") != NULL)
		s->is_proxied = true;
}

static void
take_text(struct openssh_says *s, const char *line)
{
	enum openssh_verdict verdict = OPENSSH_SILENT;
	char *shown;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(idle_words); i++)
		if (*line == '\0' || behind(line, idle_words[i]) != NULL)
			return;
	for (i = 0; i < ARRAY_SIZE(phrases) && verdict == OPENSSH_SILENT; i++)
		if (strstr(line, phrases[i].part) != NULL)
			verdict = phrases[i].verdict;
	if (verdict < s->verdict || (verdict == s->verdict && verdict > 0))
		return;
	s->verdict = verdict;
	shown = text_printable(line);
	snprintf(s->text, sizeof(s->text), "%s", shown);
	free(shown);
}

static void
take_line(struct openssh_says *s, char *line)
{
	const char *rest;
	size_t len = strlen(line);

	if (len > 0 && line[len - 1] == '\r')
		line[len - 1] = '\0';
	rest = behind(line, "debug1: ");
	if (rest != NULL && !s->is_open)
		take_debug(s, rest);
	else if (strncmp(line, "debug", 5) != 0)
		take_text(s, line);
}

void
openssh_says_add(struct openssh_says *s, const char *data, size_t len)
{
	while (len > 0) {
		const char *eol = memchr(data, '\n', len);
		size_t n = eol == NULL ? len : (size_t)(eol - data);

		if (s->line.len + n <= LINE_MAX_BYTES)
			strbuf_add(&s->line, data, n);
		if (eol == NULL)
			return;
		take_line(s, s->line.buf);
		strbuf_clear(&s->line);
		data += n + 1;
		len -= n + 1;
	}
}
