/* estimate.c - what a change takes and risks, in words. */
#include "tui/estimate.h"

#include "base/base.h"
#include "base/units.h"
#include "wire/json.h"

#define WAVES_SHOWN 8

static void
add_duration(const json_t *estimate, const char *key, struct strbuf *out)
{
	char words[TIME_TEXT_SIZE];

	duration_format(json_get_int(estimate, key, 0) * 1000, words);
	strbuf_adds(out, words);
}

void
estimate_words(const json_t *estimate, struct strbuf *out)
{
	const json_t *risk = json_object_get(estimate, "hosts_at_risk"), *n;
	size_t i;

	if (!json_is_object(estimate))
		return;
	strbuf_adds(out, "at least ");
	add_duration(estimate, "shortest_s", out);
	strbuf_adds(out, ", back in ");
	add_duration(estimate, "rollback_s", out);
	json_array_foreach(risk, i, n) {
		if (i == WAVES_SHOWN)
			break;
		strbuf_addf(out, "%s%lld", i == 0 ? "; on " : ", ",
			(long long)json_integer_value(n));
	}
	if (i > 0)
		strbuf_adds(out, i < json_array_size(risk)
					 ? " ... hosts after each wave"
					 : i > 1 ? " hosts after each wave"
						 : " hosts after its wave");
}
