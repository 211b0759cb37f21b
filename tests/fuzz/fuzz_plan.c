/* fuzz_plan.c - texts of plans: what is taken is printed byte by byte. */
#include <string.h>

#include "model/plan.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_corpus[] = "plan";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf again;
	struct plan p;
	struct error e;
	size_t i;

	if (plan_parse((const char *)data, size, &p, &e) == -1) {
		MUST(e.code == ERROR_CORRUPT && e.text[0] != '\0');
		return 0;
	}
	strbuf_init(&again);
	plan_print(&p, &again);
	MUST(again.len == size && memcmp(again.buf, data, size) == 0);
	MUST(p.host_count > 0 && p.waves > 0);
	for (i = 0; i < p.host_count; i++)
		MUST(p.hosts[i].wave >= 1 && p.hosts[i].wave <= p.waves);
	strbuf_finish(&again);
	plan_finish(&p);
	return 0;
}
