/* test_openssh.c - what ssh(1) says, and what a person tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transports/openssh_says.h"
#include "transports/ssh_config.h"
#include "transports/transport.h"

#define PRINT "SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg"

/* Feeds the text in pieces of a size. */
static void
feed(struct openssh_says *s, const char *text, size_t piece)
{
	size_t len = strlen(text), n;

	openssh_says_init(s);
	for (; len > 0; text += n, len -= n) {
		n = len < piece ? len : piece;
		openssh_says_add(s, text, n);
	}
}

static const struct {
	const char *text;
	enum openssh_verdict verdict;
	bool is_open, is_proxied;
	unsigned fingerprints;
	const char *shown;
} sayings[] = {
	{"", OPENSSH_SILENT, false, false, 0, ""},
	{"OpenSSH_9.2p1 Debian\r\ndebug1: Connecting to a port 22.\r\n"
	 "debug1: Server host key: ssh-ed25519 " PRINT "\r\n"
	 "Authenticated to a ([1.2.3.4]:22) using \"publickey\".\r\n"
	 "debug1: Sending command: exec /bin/sh\r\n",
		OPENSSH_SILENT, true, false, 1, ""},
	{"debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com "
	 PRINT ", serial 0 ID \"h\" CA ssh-ed25519 SHA256:x valid forever\n"
	 "debug1: mux_client_request_session: master session id: 2\n",
		OPENSSH_SILENT, true, false, 1, ""},
	{"debug1: mux_client_request_stdio_fwd: master session id: 2\n",
		OPENSSH_SILENT, false, false, 0, ""},
	{"debug1: Setting implicit ProxyCommand from ProxyJump: ssh\n"
	 "debug1: Server host key: ssh-ed25519 " PRINT "\n"
	 "Host key verification failed.\r\n"
	 "kex_exchange_identification: Connection closed by remote host\r\n"
	 "Connection closed by UNKNOWN port 65535\r\n",
		OPENSSH_HOST_KEY, false, true, 1,
		"Host key verification failed."},
	{"a@b: Permission denied (publickey).\r\n", OPENSSH_DENIED, false,
		false, 0, "a@b: Permission denied (publickey)."},
	{"kex_exchange_identification: read: Connection reset by peer\r\n"
	 "Connection reset by 127.0.0.1 port 22\r\n",
		OPENSSH_BUSY, false, false, 0,
		"kex_exchange_identification: read: Connection reset by "
		"peer"},
	{"ssh: connect to host a port 22: Connection refused\r\n",
		OPENSSH_GONE, false, false, 0,
		"ssh: connect to host a port 22: Connection refused"},
	{"Unable to negotiate with a port 22: no matching host key type "
	 "found. Their offer: ssh-dss\n",
		OPENSSH_GONE, false, false, 0,
		"Unable to negotiate with a port 22: no matching host key "
		"type found. Their offer: ssh-dss"},
	{"/x/config: line 3: Bad configuration option: nonsense\n",
		OPENSSH_CONFIG, false, false, 0,
		"/x/config: line 3: Bad configuration option: nonsense"},
	{"a banner \033[31mred\n", OPENSSH_SILENT, false, false, 0,
		"a banner \xef\xbf\xbd[31mred"},
	/* The host talks: it may say what it likes. */
	{"debug1: Sending command: x\n"
	 "debug1: Server host key: ssh-ed25519 " PRINT "\n",
		OPENSSH_SILENT, true, false, 0, ""},
	/* A line that has no end is no line. */
	{"debug1: Sending command: x", OPENSSH_SILENT, false, false, 0, ""},
};

static void
test_says(void **state)
{
	struct openssh_says s;
	size_t i, piece;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sayings); i++)
		for (piece = 1; piece < 200; piece += 37) {
			feed(&s, sayings[i].text, piece);
			if (s.verdict != sayings[i].verdict ||
				s.is_open != sayings[i].is_open ||
				s.is_proxied != sayings[i].is_proxied ||
				s.fingerprints != sayings[i].fingerprints ||
				strcmp(s.text, sayings[i].shown) != 0)
				fail_msg("case %zu, piece %zu: %d '%s'", i,
					piece, (int)s.verdict, s.text);
			if (s.fingerprints > 0)
				assert_string_equal(s.fingerprint, PRINT);
			openssh_says_finish(&s);
		}
}

static void
test_flood(void **state)
{
	struct openssh_says s;
	char *text = malloc(1000000);
	size_t i;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 1000000);
	openssh_says_init(&s);
	for (i = 0; i < 20; i++)
		openssh_says_add(&s, text, 1000000);
	assert_true(s.line.len <= 8192);
	openssh_says_add(&s, "\nPermission denied (publickey).\n", 32);
	assert_int_equal(s.verdict, OPENSSH_DENIED);
	openssh_says_finish(&s);
	free(text);
}

static void
test_concern(void **state)
{
	static const struct {
		const char *text;
		bool concerns;
	} cases[] = {
		{"", false},
		{"# ProxyJump a\n\n", false},
		{"ServerAliveInterval 5\n", false},
		{"ProxyJump a\n", true},
		{"  proxyjump=a\n", true},
		{"\tPROXYCOMMAND\t\"nc %h %p\"\r\n", true},
		{"Host db-1\n  ProxyJump a\n", false},
		{"Host db-1 web-*\n  ProxyJump a\n", true},
		{"Host \"web-01\"\n  HostName 10.0.0.1\n", true},
		{"Host=web-01\nPort 2222\n", true},
		{"Host web-01\n  ForwardAgent yes\nHost db\n  Port 1\n",
			false},
		{"Host * !web-01\n  User x\n", true}, /* ssh knows better */
		{"Match all\n  Compression yes\n", true},
		{"Host db\n  Include more\n", true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = xstrdup(cases[i].text);

		if (ssh_config_text_may_concern(text, "web-01") !=
			cases[i].concerns)
			fail_msg("case %zu: '%s'", i, cases[i].text);
		free(text);
	}
}

static void
test_differs(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"", ""},
		{"host web\nuser me\nhostname web\nport 22\n", ""},
		{"user me\nproxyjump none\nproxycommand none\n", ""},
		{"user me\nproxyjump bastion\n", "proxyjump bastion"},
		{"proxycommand nc \033[1m\n",
			"proxycommand nc \xef\xbf\xbd[1m"},
		{"hostname 10.0.0.1\n", "hostname 10.0.0.1"},
		{"port 2222\n", "port 2222"},
		{"user you\n", "user you"},
		{"certificatefile /a b\n", "certificatefile /a b"},
	};
	static char name[] = "web", user[] = "me";
	struct host host = {
		.name = name, .address = name, .user = user, .port = 22};
	struct strbuf reason;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = xstrdup(cases[i].text);

		strbuf_init(&reason);
		assert_int_equal(ssh_config_differs(text, &host, &reason),
			*cases[i].reason != '\0');
		assert_string_equal(
			reason.len == 0 ? "" : reason.buf, cases[i].reason);
		strbuf_finish(&reason);
		free(text);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_concern),
		cmocka_unit_test(test_differs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
