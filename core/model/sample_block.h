/*
 * sample_block.h - what one metric was on all hosts at one moment, packed.
 *
 * Two numbers (failures of the canary, of the baseline) and then, by host in
 * the order of the plan, the distance to the host before (from -1) and the
 * value. Numbers are base 128, low part first (LEB128); values are IEEE 754
 * single precision, low byte first: five bytes a sample while hosts follow
 * each other, and a moment that can be judged again gives the same verdict,
 * since samples are rounded before they are used.
 */
#ifndef SLUICE_MODEL_SAMPLE_BLOCK_H
#define SLUICE_MODEL_SAMPLE_BLOCK_H

#include "base/base.h"
#include "base/strbuf.h"

struct sample {
	int host; /* place in the plan, from 0 */
	double value;
};

struct sample_block {
	int failed_canary, failed_baseline;
	struct sample *items; /* owned; by host */
	size_t count, capacity;
};

void sample_block_finish(struct sample_block *b);
/* In any order; sample_block_pack sorts. */
void sample_block_add(struct sample_block *b, int host, double value);
void sample_block_pack(struct sample_block *b, struct strbuf *out);
/* The reverse; ret is finished by the caller only after 0. */
int sample_block_unpack(const void *bytes, size_t len, struct sample_block *ret,
	struct error *e);

/* As it is kept. */
double sample_round(double value);

/*
 * The number that a text is, but for white space around it: decimal, with a
 * sign, a point and an exponent if need be. 0, or -1 and why it is none: not
 * a number, NaN, infinite, or more than can be kept.
 */
int sample_parse(const char *text, double *ret, struct error *e);

#endif
