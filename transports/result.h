/* result.h - what a host said in the course of one job, and the message to
 * the engine that is made of it. */
#ifndef SLUICE_RESULT_H
#define SLUICE_RESULT_H

#include <jansson.h>

#include "transports/job.h"

struct result {
	json_t *facts; /* name: text, or a list where it came again */
	size_t facts_bytes;
	struct strbuf line; /* output that is not a whole line yet */
	struct strbuf tail; /* the last of a flood, not sent yet */
	size_t tail_start;
	uint64_t output_sent, sent_bytes;
	int64_t asked_ms, asked_wall_ms; /* when the request was sent */
};

void result_init(struct result *r);
void result_finish(struct result *r);

/* A datum of the host; refuses too much of it. */
int result_add(struct result *r, const char *name, const char *text,
	size_t len, struct error *e);

/* Output of the command; whole lines go on at once. */
void result_add_output(struct result *r, const char *data, size_t len,
	struct lane *lane);
void result_flush_output(struct result *r, struct lane *lane);

/* "data" of the job's result (wire/push.h); owned. */
json_t *result_data(const struct result *r, const struct job *job);

/* "error" of the job's result, made of the host's code and message. */
void result_error(const struct result *r, const struct job *job,
	enum error_code code, struct error *e);

/* The data of a hostkey job. */
json_t *result_host_key(const unsigned char *blob, size_t len);

#endif
