/* sshsig.c - the armour and the fields of a signature of ssh-keygen. */
#include "model/sshsig.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define BEGIN "-----BEGIN SSH SIGNATURE-----"
#define END "-----END SSH SIGNATURE-----"
#define MAGIC "SSHSIG"
#define SK_TOUCHED 0x01 /* user presence, of PROTOCOL.u2f */

struct reader {
	const unsigned char *at;
	size_t left;
	bool failed;
};

struct field {
	const unsigned char *data;
	size_t len;
};

static uint32_t
read_u32(struct reader *r)
{
	uint32_t n;

	if (r->left < 4) {
		r->failed = true;
		return 0;
	}
	n = (uint32_t)r->at[0] << 24 | (uint32_t)r->at[1] << 16 |
	    (uint32_t)r->at[2] << 8 | r->at[3];
	r->at += 4;
	r->left -= 4;
	return n;
}

static struct field
read_field(struct reader *r)
{
	struct field f = {NULL, read_u32(r)};

	if (r->failed || f.len > r->left) {
		r->failed = true;
		f.len = 0;
		return f;
	}
	f.data = r->at;
	r->at += f.len;
	r->left -= f.len;
	return f;
}

static char *
field_text(struct field f)
{
	return xstrndup((const char *)f.data, f.len);
}

static struct reader
reader_of(struct field f)
{
	struct reader r = {f.data, f.len, false};

	return r;
}

/* The bytes between BEGIN and END; NULL where there are none. Owned. */
static unsigned char *
unarmour(const char *text, size_t *ret_len)
{
	const char *begin = strstr(text, BEGIN), *end;
	unsigned char *bytes = NULL;
	struct strbuf plain;

	if (begin == NULL)
		return NULL;
	begin += sizeof(BEGIN) - 1;
	end = strstr(begin, END);
	if (end == NULL)
		return NULL;
	strbuf_init(&plain);
	for (; begin < end; begin++)
		if (strchr(" \t\r\n", *begin) == NULL)
			strbuf_addc(&plain, *begin);
	if (plain.len > 0)
		bytes = base64_decode(plain.buf, plain.len, ret_len);
	strbuf_finish(&plain);
	return bytes;
}

/* Behind the signature of a device: its flags, and how often it signed. */
static bool
is_touched(struct field signature)
{
	struct reader r = reader_of(signature);

	read_field(&r);
	read_field(&r);
	return !r.failed && r.left == 5 && (r.at[0] & SK_TOUCHED) != 0;
}

static int
parse(struct reader *r, struct sshsig *ret)
{
	struct field key, namespace, signature, type;
	struct reader inside;

	if (r->left < 6 || memcmp(r->at, MAGIC, 6) != 0)
		return -1;
	r->at += 6;
	r->left -= 6;
	if (read_u32(r) != 1)
		return -1;
	key = read_field(r);
	namespace = read_field(r);
	read_field(r); /* reserved */
	read_field(r); /* the hash that was taken */
	signature = read_field(r);
	inside = reader_of(key);
	type = read_field(&inside);
	if (r->failed || inside.failed || type.len == 0 || r->left != 0)
		return -1;
	ret->type = field_text(type);
	ret->namespace = field_text(namespace);
	ret->is_hardware = strncmp(ret->type, "sk-", 3) == 0;
	ret->is_touched = ret->is_hardware && is_touched(signature);
	return 0;
}

int
sshsig_parse(const char *text, struct sshsig *ret, struct error *e)
{
	unsigned char *bytes;
	struct reader r = {0};
	int result = -1;

	memset(ret, 0, sizeof(*ret));
	if (strlen(text) > SSHSIG_TEXT_MOST)
		return error_set(e, ERROR_SIGNATURE,
			"the signature is longer than %d bytes",
			SSHSIG_TEXT_MOST);
	bytes = unarmour(text, &r.left);
	if (bytes != NULL) {
		r.at = bytes;
		result = parse(&r, ret);
	}
	free(bytes);
	if (result == 0)
		return 0;
	error_set(e, ERROR_SIGNATURE, "this is no signature of ssh-keygen -Y "
				    "sign, or a broken one");
	return error_hint(e, "a signature begins with '" BEGIN "'");
}

void
sshsig_finish(struct sshsig *s)
{
	free(s->type);
	free(s->namespace);
	memset(s, 0, sizeof(*s));
}
