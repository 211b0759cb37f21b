/* run_words.c - how a rollout stands, in words for its reason. */
#include "engine/run.h"

void
run_describe_failures(const struct run *run, struct strbuf *out)
{
	int bad = run->counts[HOST_FAILED] + run->counts[HOST_UNREACHABLE] +
		  run->counts[HOST_UNKNOWN];
	int named = 0;
	size_t i;

	if (run->counts[HOST_FAILED] > 0)
		strbuf_addf(out, "%d failed, ", run->counts[HOST_FAILED]);
	if (run->counts[HOST_UNREACHABLE] > 0)
		strbuf_addf(
			out, "%d unreachable, ", run->counts[HOST_UNREACHABLE]);
	if (run->counts[HOST_UNKNOWN] > 0)
		strbuf_addf(out, "%d unknown, ", run->counts[HOST_UNKNOWN]);
	if (bad > 0)
		out->len -= 2;
	strbuf_addf(out, " of %d hosts: ", run->taking_part);
	for (i = 0; i < run->host_count && named < 3; i++) {
		const struct rollout_host *d = &run->hosts[i].d;

		if (d->state != HOST_FAILED && d->state != HOST_UNREACHABLE &&
			d->state != HOST_UNKNOWN)
			continue;
		strbuf_addf(out, "%s%s (%.160s)", named++ ? ", " : "", d->host,
			d->error == NULL ? "" : d->error);
	}
	if (bad > named)
		strbuf_addf(out, " and %d more", bad - named);
}

/* Hosts that were left out, and those of them that stay as they are. */
void
run_describe_excluded(const struct run *run, struct strbuf *out)
{
	int touched = 0;
	size_t i;

	if (run->counts[HOST_EXCLUDED] == 0)
		return;
	for (i = 0; i < run->host_count; i++)
		touched += run->hosts[i].d.state == HOST_EXCLUDED &&
			   run->hosts[i].d.switched;
	strbuf_addf(out, "%s%d left out", out->len > 0 ? "; " : "",
		run->counts[HOST_EXCLUDED]);
	if (touched > 0)
		strbuf_addf(out, ", %d of them on %s as it failed there",
			touched, run->d.version);
}
