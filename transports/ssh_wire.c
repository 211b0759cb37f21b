/* ssh_wire.c - numbers and strings as the SSH protocols write them. */
#include "transports/ssh_wire.h"

#include <string.h>

uint32_t
ssh_read_u32(struct ssh_reader *r)
{
	uint32_t n;

	if (r->bad || r->left < 4) {
		r->bad = true;
		return 0;
	}
	n = (uint32_t)r->at[0] << 24 | (uint32_t)r->at[1] << 16 |
		(uint32_t)r->at[2] << 8 | r->at[3];
	r->at += 4;
	r->left -= 4;
	return n;
}

const unsigned char *
ssh_read_string(struct ssh_reader *r, size_t *ret_len)
{
	uint32_t len = ssh_read_u32(r);
	const unsigned char *at = r->at;

	*ret_len = 0;
	if (r->bad || len > r->left) {
		r->bad = true;
		return (const unsigned char *)"";
	}
	r->at += len;
	r->left -= len;
	*ret_len = len;
	return at;
}

char *
ssh_read_text(struct ssh_reader *r)
{
	size_t len;
	const unsigned char *at = ssh_read_string(r, &len);

	return xstrndup((const char *)at, len);
}

void
ssh_add_u32(struct strbuf *out, uint32_t n)
{
	unsigned char b[4] = {(unsigned char)(n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n};

	strbuf_add(out, b, sizeof(b));
}

void
ssh_add_string(struct strbuf *out, const void *data, size_t len)
{
	ssh_add_u32(out, (uint32_t)len);
	strbuf_add(out, data, len);
}

void
ssh_add_mpint(struct strbuf *out, const unsigned char *data, size_t len)
{
	bool needs_zero;

	while (len > 0 && *data == 0) {
		data++;
		len--;
	}
	needs_zero = len > 0 && (*data & 0x80) != 0;
	ssh_add_u32(out, (uint32_t)(len + needs_zero));
	if (needs_zero)
		strbuf_addc(out, '\0');
	strbuf_add(out, data, len);
}
