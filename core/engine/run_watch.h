/* run_watch.h - the analysis of a wave while it bakes; see run_watch.c. */
#ifndef SLUICE_ENGINE_RUN_WATCH_H
#define SLUICE_ENGINE_RUN_WATCH_H

#include "engine/run.h"
#include "model/comparison.h"
#include "model/sample_block.h"

struct watch_host {
	struct run_host *host;
	enum side side;
};

/* What a counter was on one host. */
struct counted {
	double value;
	int64_t at_ms; /* 0: not known */
};

struct watch {
	struct comparison comparison;
	int wave;
	int64_t began_at_ms, moment_ms; /* wall; moment 0: none is open */
	int64_t due_ms;	 /* monotonic: next moment, or the end of this one */
	int64_t next_ms; /* monotonic: when the next one begins */
	struct watch_host *hosts;
	size_t host_count;
	struct counted *counted; /* by metric and host of this list */
	struct sample_block *blocks; /* of the moment, by metric */
	int waiting;		     /* answers of the moment */
};

/* run_sides.c: fills w->hosts for its wave. */
void watch_choose(struct run *run);
/* How many hosts of the canary will be sampled. */
int watch_canaries(const struct run *run);
/* The side of a sample that was taken in that wave. */
enum side watch_side(const struct run *run, int wave, int host);
struct watch_host *watch_find(struct watch *w, const struct run_host *h);

/* run_sample.c: asks everybody for everything. */
void watch_ask(struct run *run);
/* The address of a metric that is fetched from that host (owned text). */
char *watch_url(const struct run_host *h, const struct metric *m);
/* The number in what was answered; -1 and why there is none. */
int watch_read(const struct metric *m, const struct fetched *f, double *ret,
	struct error *e);
/* Metrics that a command on the host measures. */
bool metric_is_command(const struct metric *m);
/* What a host printed about its metrics: calls fn for each. */
void watch_each_printed(const char *output,
	void (*fn)(int metric, int status, const char *text, void *arg),
	void *arg);

#endif
