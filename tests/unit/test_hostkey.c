/* test_hostkey.c - known_hosts files and what they say of a key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "transports/hostkey.h"

/* Two keys as ssh-keygen made them, and the fingerprint it gave the first. */
#define KEY_A                                                                  \
	"AAAAC3NzaC1lZDI1NTE5AAAAIKNJt2ZKS6F5rB5UOIzlpYtuC0+Bqv5mHJFMO0BiQyWZ"
#define KEY_B                                                                  \
	"AAAAC3NzaC1lZDI1NTE5AAAAIKNJt2ZKS6F5rB5UOIzlpYtuC0+Bqv5mHJFMO0BiQyWa"

static unsigned char blob_a[51], blob_b[51];
static char path[] = "/tmp/test_hostkey.XXXXXX";

static void
make_blob(unsigned char *blob, unsigned char last)
{
	static const unsigned char head[] = {0, 0, 0, 11, 's', 's', 'h', '-',
		'e', 'd', '2', '5', '5', '1', '9', 0, 0, 0, 32, 0xa3, 0x49,
		0xb7, 0x66, 0x4a, 0x4b, 0xa1, 0x79, 0xac, 0x1e, 0x54, 0x38,
		0x8c, 0xe5, 0xa5, 0x8b, 0x6e, 0x0b, 0x4f, 0x81, 0xaa, 0xfe,
		0x66, 0x1c, 0x91, 0x4c, 0x3b, 0x40, 0x62, 0x43, 0x25};

	memcpy(blob, head, sizeof(head));
	blob[50] = last;
}

static int
set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	make_blob(blob_a, 0x99);
	make_blob(blob_b, 0x9a);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

/* What a file with this text says of key A of a host. */
static enum error_code
says(const char *text, const char *address, int port, struct error *e)
{
	char *paths[] = {path, NULL};
	struct hostkey_db *db = hostkey_db_create(paths);
	struct hostkey_set set;

	error_clear(e);
	assert_int_equal(
		file_write_atomic(path, text, strlen(text), 0600, e), 0);
	assert_int_equal(hostkey_db_find(db, address, port, &set, e), 0);
	if (hostkey_set_check(&set, "web-01", blob_a, 51, e) == 0)
		error_clear(e);
	hostkey_set_finish(&set);
	hostkey_db_destroy(db);
	return e->code;
}

static void
test_names(void **state)
{
	static const struct {
		const char *hosts, *address;
		int port;
		enum error_code code;
	} cases[] = {
		{"web", "web", 22, ERROR_NONE},
		{"WEB", "Web", 22, ERROR_NONE},
		{"web", "web2", 22, ERROR_HOST_KEY},
		{"a,b,web", "web", 22, ERROR_NONE},
		{"web", "web", 2222, ERROR_HOST_KEY},
		{"[web]:2222", "web", 2222, ERROR_NONE},
		{"[web]:2222", "web", 22, ERROR_HOST_KEY},
		{"10.0.?.1*", "10.0.3.17", 22, ERROR_NONE},
		{"*", "web", 22, ERROR_NONE},
		{"*,!web", "web", 22, ERROR_HOST_KEY},
		{"!web,*", "web", 22, ERROR_HOST_KEY},
		{"!db,*", "web", 22, ERROR_NONE},
		{"!web", "db", 22, ERROR_HOST_KEY},
		{"|1|AAECAwQFBgcICQoLDA0ODxAREhM=|"
		 "8gIOEC5UbA/51N7pfEejONkBayA=",
			"web", 22, ERROR_NONE},
		{"|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|"
		 "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
			"web", 22, ERROR_HOST_KEY},
		{"|1|broken", "web", 22, ERROR_HOST_KEY},
		{"|1|", "web", 22, ERROR_HOST_KEY},
	};
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = xasprintf(
			"%s ssh-ed25519 %s\n", cases[i].hosts, KEY_A);

		if (says(text, cases[i].address, cases[i].port, &e) !=
			cases[i].code)
			fail_msg("case %zu, '%s': %s", i, cases[i].hosts,
				e.text);
		free(text);
	}
}

static void
test_lines(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
	} cases[] = {
		{"", ERROR_HOST_KEY},
		{"\n\n# web ssh-ed25519 " KEY_A "\n", ERROR_HOST_KEY},
		{"  web\tssh-ed25519  " KEY_A " comment", ERROR_NONE},
		{"web ssh-ed25519 " KEY_A "\r\n", ERROR_NONE},
		{"web ssh-rsa " KEY_A "\n", ERROR_HOST_KEY},
		{"web ssh-ed25519 AAAA\n", ERROR_HOST_KEY},
		{"web ssh-ed25519 !!!!\n", ERROR_HOST_KEY},
		{"web ssh-ed25519\n", ERROR_HOST_KEY},
		{"web\n", ERROR_HOST_KEY},
		{"@cert-authority web ssh-ed25519 " KEY_A "\n",
			ERROR_HOST_KEY},
		{"@nonsense web ssh-ed25519 " KEY_A "\n", ERROR_HOST_KEY},
		{"web ssh-ed25519 " KEY_B "\nweb ssh-ed25519 " KEY_A "\n",
			ERROR_NONE},
		{"web ssh-ed25519 " KEY_A "\n@revoked * ssh-ed25519 " KEY_A
		 "\n",
			ERROR_HOST_KEY},
		{"web ssh-ed25519 " KEY_A "\n@revoked db ssh-ed25519 " KEY_A
		 "\n",
			ERROR_NONE},
		{"@revoked web ssh-ed25519 " KEY_B "\nweb ssh-ed25519 " KEY_A
		 "\n",
			ERROR_NONE},
	};
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (says(cases[i].text, "web", 22, &e) != cases[i].code)
			fail_msg("case %zu, '%s': %s", i, cases[i].text,
				e.text);
}

static void
test_words(void **state)
{
	struct error e;

	(void)state;
	says("\nweb ssh-ed25519 " KEY_B "\n", "web", 22, &e);
	assert_non_null(strstr(e.text, "has changed"));
	assert_non_null(strstr(e.text, "line 2 of"));
	assert_non_null(strstr(e.text, path));
	assert_non_null(strstr(e.hint,
		"sluice host trust web-01 --fingerprint SHA256:"));
	says("@revoked * ssh-ed25519 " KEY_A "\n", "web", 22, &e);
	assert_non_null(strstr(e.text, "revoked by line 1"));
	assert_string_equal(e.hint, "");
}

static void
test_methods(void **state)
{
	char *paths[] = {path, NULL};
	struct hostkey_db *db = hostkey_db_create(paths);
	struct hostkey_set set;
	struct strbuf out;
	struct error e;

	(void)state;
	strbuf_init(&out);
	assert_int_equal(file_write_atomic(path,
				 "web ssh-ed25519 " KEY_A "\n",
				 strlen("web ssh-ed25519 " KEY_A "\n"), 0600,
				 &e),
		0);
	assert_int_equal(hostkey_db_find(db, "web", 22, &set, &e), 0);
	hostkey_set_methods(&set, &out);
	assert_string_equal(out.buf, "ssh-ed25519");
	hostkey_set_finish(&set);
	assert_int_equal(hostkey_db_find(db, "db", 22, &set, &e), 0);
	strbuf_clear(&out);
	hostkey_set_methods(&set, &out);
	assert_string_equal(out.buf,
		"ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,"
		"ecdsa-sha2-nistp521");
	hostkey_set_finish(&set);
	strbuf_finish(&out);
	hostkey_db_destroy(db);
}

/* A file that changes is read again, one that cannot be read is an error. */
static void
test_refresh(void **state)
{
	char missing[] = "/nonexistent/known_hosts", dir[] = "/tmp";
	char *paths[] = {missing, path, NULL}, *bad[] = {dir, NULL};
	struct hostkey_db *db = hostkey_db_create(paths);
	struct hostkey_set set;
	struct error e;

	(void)state;
	assert_int_equal(file_write_atomic(path, "", 0, 0600, &e), 0);
	assert_int_equal(hostkey_db_find(db, "web", 22, &set, &e), 0);
	assert_int_equal(set.count, 0);
	assert_int_equal(file_write_atomic(path,
				 "web ssh-ed25519 " KEY_A "\n",
				 strlen("web ssh-ed25519 " KEY_A "\n"), 0600,
				 &e),
		0);
	assert_int_equal(hostkey_db_find(db, "web", 22, &set, &e), 0);
	assert_int_equal(set.count, 1);
	hostkey_set_finish(&set);
	hostkey_db_destroy(db);
	db = hostkey_db_create(bad);
	assert_int_equal(hostkey_db_find(db, "web", 22, &set, &e), -1);
	hostkey_db_destroy(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_refresh),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
