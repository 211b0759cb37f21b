/*
 * job.h - one act on one host, as the engine asked for it (wire/push.h).
 * All that goes to the host is checked here, before anything is sent: what
 * cannot be carried as one line of data, or could leave its directory, is
 * refused.
 */
#ifndef SLUICE_JOB_H
#define SLUICE_JOB_H

#include <jansson.h>
#include <stdint.h>

#include "transports/transport.h"

enum job_op {
#define PUSH_OP(id, name) JOB_##id,
#include "transports/ops.def"
#undef PUSH_OP
	JOB_OP_COUNT
};

enum outcome {
	OUTCOME_DONE,
	OUTCOME_FAILED,
	OUTCOME_REFUSED,
	OUTCOME_INTERRUPTED,
	OUTCOME_UNREACHABLE,
	OUTCOME_LOST,
	OUTCOME_COUNT
};

struct job {
	int64_t id;
	enum job_op op;
	int64_t timeout_ms; /* 0 = none */
	struct host host;
	char *root;    /* as the host program sees it */
	json_t *lease; /* borrowed from message */
	json_t *args;  /* borrowed from message */
	json_t *message;
	const char **shared; /* borrowed strings */
	size_t shared_count;
	char *line; /* a manifest that is one short line; NULL */
	int attempts;  /* connections tried so far */
	bool is_hasty; /* a person waits, and need not for a key */
	struct job *next;
};

/* The message {"m":"job"} (one more reference is taken). NULL and an error
 * where it cannot be run. */
struct job *job_create(json_t *message, struct error *e);
void job_destroy(struct job *job);

/* A copy of its own, for a link that outlives the job; the strings that
 * struct host owns are owned. */
void host_copy(struct host *to, const struct host *from);
void host_finish(struct host *host);

const char *job_op_name(enum job_op op);
const char *outcome_name(enum outcome outcome);

/* OUTCOME_COUNT for a name nobody knows. */
enum outcome outcome_from_name(const char *name);

#endif
