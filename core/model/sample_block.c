/* sample_block.c - samples, packed. */
#include "model/sample_block.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 60

void
sample_block_finish(struct sample_block *b)
{
	free(b->items);
	memset(b, 0, sizeof(*b));
}

void
sample_block_add(struct sample_block *b, int host, double value)
{
	ARRAY_GROW(b->items, b->count, b->capacity);
	b->items[b->count].host = host;
	b->items[b->count++].value = value;
}

static int
compare(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return (x->host > y->host) - (x->host < y->host);
}

static void
pack_number(struct strbuf *out, uint32_t n)
{
	for (; n >= 0x80; n >>= 7)
		strbuf_addc(out, (char)(n & 0x7f) | (char)0x80);
	strbuf_addc(out, (char)n);
}

static void
pack_value(struct strbuf *out, double value)
{
	float f = (float)value;
	uint32_t bits;
	int i;

	memcpy(&bits, &f, sizeof(bits));
	for (i = 0; i < 4; i++)
		strbuf_addc(out, (char)(bits >> (8 * i) & 0xff));
}

void
sample_block_pack(struct sample_block *b, struct strbuf *out)
{
	int before = -1;
	size_t i;

	if (b->count > 1)
		qsort(b->items, b->count, sizeof(*b->items), compare);
	pack_number(out, (uint32_t)b->failed_canary);
	pack_number(out, (uint32_t)b->failed_baseline);
	for (i = 0; i < b->count; i++) {
		pack_number(out, (uint32_t)(b->items[i].host - before));
		pack_value(out, b->items[i].value);
		before = b->items[i].host;
	}
}

static bool
unpack_number(const unsigned char **at, const unsigned char *end, int *ret)
{
	uint32_t n = 0;
	int shift;

	for (shift = 0; shift <= 21 && *at < end; shift += 7) {
		unsigned char c = *(*at)++;

		n |= (uint32_t)(c & 0x7f) << shift;
		if (c < 0x80) {
			*ret = (int)n;
			return true;
		}
	}
	return false;
}

static bool
unpack_value(const unsigned char **at, const unsigned char *end, double *ret)
{
	uint32_t bits = 0;
	float f;
	int i;

	if (end - *at < 4)
		return false;
	for (i = 0; i < 4; i++)
		bits |= (uint32_t)*(*at)++ << (8 * i);
	memcpy(&f, &bits, sizeof(f));
	*ret = (double)f;
	return isfinite(f);
}

int
sample_block_unpack(const void *bytes, size_t len, struct sample_block *ret,
	struct error *e)
{
	const unsigned char *at = bytes, *end = at + len;
	struct sample_block b = {0};
	int host = -1, distance;
	bool ok = unpack_number(&at, end, &b.failed_canary) &&
		  unpack_number(&at, end, &b.failed_baseline);

	while (ok && at < end) {
		double value;

		ok = unpack_number(&at, end, &distance) && distance >= 0 &&
		     unpack_value(&at, end, &value);
		if (!ok)
			break;
		host += distance;
		sample_block_add(&b, host, value);
	}
	if (!ok) {
		sample_block_finish(&b);
		return error_set(e, ERROR_CORRUPT,
			"stored samples cannot be read");
	}
	*ret = b;
	return 0;
}

double
sample_round(double value)
{
	return (double)(float)value;
}

int
sample_parse(const char *text, double *ret, struct error *e)
{
	static const char space[] = " \t\r\n";
	const char *from = text + strspn(text, space);
	size_t len = strlen(from);
	char number[64], *end;

	while (len > 0 && strchr(space, from[len - 1]) != NULL)
		len--;
	if (len == 0)
		return error_set(e, ERROR_INVALID, "nothing was answered");
	if (len >= sizeof(number) ||
		strspn(from, "+-.0123456789eE") < len) {
		error_set(e, ERROR_INVALID, "'%.*s' is not a number",
			len > SHOWN ? SHOWN : (int)len, from);
		return -1;
	}
	memcpy(number, from, len);
	number[len] = '\0';
	*ret = strtod(number, &end);
	if (*end != '\0' || end == number)
		return error_set(
			e, ERROR_INVALID, "'%s' is not a number", number);
	if (!isfinite(*ret) || fabs(*ret) > (double)FLT_MAX)
		return error_set(e, ERROR_INVALID,
			"'%s' is more than can be kept", number);
	return 0;
}
