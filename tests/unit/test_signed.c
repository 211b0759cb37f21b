/* test_signed.c - what is signed, and what a signature says of itself: whole,
 * cut short at every byte, and made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "model/signable.h"
#include "model/sshsig.h"

/* ---- signatures ---- */

static void
add_u32(struct strbuf *out, uint32_t n)
{
	unsigned char b[4] = {(unsigned char)(n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n};

	strbuf_add(out, b, sizeof(b));
}

static void
add_field(struct strbuf *out, const void *data, size_t len)
{
	add_u32(out, (uint32_t)len);
	strbuf_add(out, data, len);
}

static void
add_text(struct strbuf *out, const char *text)
{
	add_field(out, text, strlen(text));
}

/* The bytes of PROTOCOL.sshsig. flags: -1: a key that is in no device. */
static void
blob(struct strbuf *out, const char *type, const char *namespace, int flags)
{
	struct strbuf inner;
	unsigned char device[5] = {(unsigned char)flags, 0, 0, 0, 7};

	strbuf_init(out);
	strbuf_init(&inner);
	strbuf_add(out, "SSHSIG", 6);
	add_u32(out, 1);
	add_text(&inner, type);
	add_field(&inner, "0123456789abcdef0123456789abcdef", 32);
	add_field(out, inner.buf, inner.len);
	add_text(out, namespace);
	add_text(out, "");
	add_text(out, "sha512");
	strbuf_clear(&inner);
	add_text(&inner, type);
	add_field(&inner, "signature of some bytes", 23);
	if (flags != -1)
		strbuf_add(&inner, device, sizeof(device));
	add_field(out, inner.buf, inner.len);
	strbuf_finish(&inner);
}

/* Armoured in lines as ssh-keygen does (owned). */
static char *
armour(const char *data, size_t len)
{
	unsigned char *plain = xcalloc(1, len / 3 * 4 + 5);
	struct strbuf out;
	size_t i, size;

	size = (size_t)EVP_EncodeBlock(
		plain, (const unsigned char *)data, (int)len);
	strbuf_init(&out);
	strbuf_adds(&out, "-----BEGIN SSH SIGNATURE-----\n");
	for (i = 0; i < size; i += 70) {
		strbuf_add(&out, plain + i, size - i < 70 ? size - i : 70);
		strbuf_addc(&out, '\n');
	}
	strbuf_adds(&out, "-----END SSH SIGNATURE-----\n");
	free(plain);
	return strbuf_detach(&out);
}

static int
parse(const char *data, size_t len, struct sshsig *ret)
{
	char *text = armour(data, len);
	struct error e;
	int result = sshsig_parse(text, ret, &e);

	if (result == -1)
		assert_int_equal(e.code, ERROR_SIGNATURE);
	free(text);
	return result;
}

static void
test_signature_says(void **state)
{
	static const struct {
		const char *type;
		int flags;
		bool is_hardware, is_touched;
	} cases[] = {
		{"ssh-ed25519", -1, false, false},
		{"ssh-rsa", -1, false, false},
		{"sk-ssh-ed25519@openssh.com", 1, true, true},
		{"sk-ecdsa-sha2-nistp256@openssh.com", 5, true, true},
		{"sk-ssh-ed25519@openssh.com", 4, true, false},
		/* What calls itself a device without flags is not touched. */
		{"sk-ssh-ed25519@openssh.com", -1, true, false},
		/* Flags behind a plain key are no device. */
		{"ssh-ed25519", 1, false, false},
	};
	struct sshsig s;
	struct strbuf b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		blob(&b, cases[i].type, STATEMENT_NAMESPACE, cases[i].flags);
		assert_int_equal(parse(b.buf, b.len, &s), 0);
		assert_string_equal(s.type, cases[i].type);
		assert_string_equal(s.namespace, STATEMENT_NAMESPACE);
		assert_int_equal(s.is_hardware, cases[i].is_hardware);
		assert_int_equal(s.is_touched, cases[i].is_touched);
		sshsig_finish(&s);
		strbuf_finish(&b);
	}
}

static void
test_cut_signature_is_none(void **state)
{
	struct sshsig s;
	struct strbuf b;
	size_t len;

	(void)state;
	blob(&b, "ssh-ed25519", STATEMENT_NAMESPACE, -1);
	for (len = 0; len < b.len; len++)
		assert_int_equal(parse(b.buf, len, &s), -1);
	strbuf_addc(&b, 'x');
	assert_int_equal(parse(b.buf, b.len, &s), -1);
	strbuf_finish(&b);
}

/* Each byte another: never more than is there, whatever lengths it names. */
static void
test_altered_signature_is_read_safely(void **state)
{
	struct sshsig s;
	struct strbuf b;
	size_t i;

	(void)state;
	blob(&b, "sk-ssh-ed25519@openssh.com", STATEMENT_NAMESPACE, 1);
	for (i = 0; i < b.len; i++) {
		b.buf[i] = (char)(b.buf[i] ^ 0xff);
		if (parse(b.buf, b.len, &s) == 0) {
			assert_non_null(s.type);
			assert_non_null(s.namespace);
			sshsig_finish(&s);
		}
		b.buf[i] = (char)(b.buf[i] ^ 0xff);
	}
	strbuf_finish(&b);
}

static void
test_what_is_no_armour(void **state)
{
	static const char *const texts[] = {"", "hello",
		"-----BEGIN SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
		"-----BEGIN SSH SIGNATURE-----\n*!*\n"
		"-----END SSH SIGNATURE-----\n",
		"-----END SSH SIGNATURE-----\n-----BEGIN SSH SIGNATURE-----\n"};
	struct sshsig s;
	struct error e;
	size_t i;
	char *long_one;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(sshsig_parse(texts[i], &s, &e), -1);
	long_one = xcalloc(1, SSHSIG_TEXT_MOST + 2);
	memset(long_one, 'A', SSHSIG_TEXT_MOST + 1);
	assert_int_equal(sshsig_parse(long_one, &s, &e), -1);
	assert_non_null(strstr(e.text, "longer than"));
	free(long_one);
}

/* ---- statements ---- */

static void
test_statement_says_all(void **state)
{
	struct signable s = {.nonce = "00112233445566778899aabbccddeeff",
		.object = xstrdup("C-42"),
		.about = xstrdup("shop 1.4 to production"),
		.revision = 3,
		.digest = "9f2c",
		.verb = DECISION_APPROVE,
		.expires_at = 1764000000};

	(void)state;
	signable_write(&s, "2880464f", 17, "abcd");
	assert_string_equal(s.text,
		"sluice decision 1\n"
		"engine 2880464f\n"
		"object C-42\n"
		"about shop 1.4 to production\n"
		"revision 3\n"
		"plan_digest 9f2c\n"
		"verb approve\n"
		"expires 2025-11-24T16:00:00Z\n"
		"nonce 00112233445566778899aabbccddeeff\n"
		"ledger 17 abcd\n");
	assert_true(signable_says(s.text, "verb", "approve"));
	assert_false(signable_says(s.text, "verb", "app"));
	assert_false(signable_says(s.text, "verb", "reject"));
	assert_false(signable_says(s.text, "object", "C-4"));
	signable_finish(&s);
}

/* Words of people are one line: they add none of their own. */
static void
test_statement_keeps_its_lines(void **state)
{
	struct signable s = {.nonce = "00",
		.object = xstrdup("Q-3"),
		.about = xstrdup("import a\nverb reject\r\nb\033[2Jc"),
		.digest = "9f2c",
		.verb = DECISION_APPROVE};
	const char *p;
	int lines = 0;

	(void)state;
	signable_write(&s, "e", 1, "h");
	for (p = s.text; *p != '\0'; p++) {
		lines += *p == '\n';
		assert_true(*p == '\n' || (unsigned char)*p >= ' ');
	}
	assert_int_equal(lines, 10);
	assert_false(signable_says(s.text, "verb", "reject"));
	assert_true(signable_says(s.text, "verb", "approve"));
	signable_finish(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signature_says),
		cmocka_unit_test(test_cut_signature_is_none),
		cmocka_unit_test(test_altered_signature_is_read_safely),
		cmocka_unit_test(test_what_is_no_armour),
		cmocka_unit_test(test_statement_says_all),
		cmocka_unit_test(test_statement_keeps_its_lines),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
