/* fuzz_values.c - what people write in one line: ranges, selectors,
 * placeholders, durations, sizes, times, ids; and output of commands. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "model/hostset.h"
#include "model/ids.h"
#include "model/waves.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_corpus[] = "values";

static void
try_hosts(const char *text)
{
	char name[] = "web-01", address[] = "10.0.0.1";
	struct host h = {.name = name, .address = address};
	struct placeholder_values values = {.host = name};
	struct strings names;
	struct selector *selector;
	struct error e;
	char *expanded;

	if (hostset_expand(text, &names, &e) == 0) {
		MUST(names.count >= 1 && names.count <= HOSTSET_MAX);
		strings_finish(&names);
	}
	if (selector_parse(text, &selector, &e) == 0) {
		selector_matches(selector, &h);
		selector_destroy(selector);
	}
	if (placeholder_expand(text, &values, &expanded, &e) == 0) {
		MUST(strchr(text, '{') != NULL ||
			strcmp(text, expanded) == 0);
		free(expanded);
	}
}

static void
try_units(const char *text)
{
	struct rollout_id rollout;
	struct change_id change;
	struct portion portion;
	struct error e;
	int64_t value;

	if (duration_parse(text, &value, &e) == 0)
		MUST(value >= 0 && value <= (int64_t)3650 * 86400 * 1000);
	if (size_parse(text, &value, &e) == 0)
		MUST(value >= 0);
	time_parse(text, "Europe/Berlin", 1795442700, &value, &e);
	if (portion_parse(text, &portion, &e) == 0)
		MUST(portion_of(&portion, 100) >= 1);
	if (change_id_parse(text, &change))
		MUST(change.number > 0);
	if (rollout_id_parse(text, &rollout))
		MUST(rollout.number > 0);
}

/* Nothing that a terminal would obey. */
static void
try_output(const char *data, size_t size)
{
	struct strbuf out;
	size_t i;

	strbuf_init(&out);
	text_add_output(&out, data, size);
	MUST(text_is_utf8(out.buf, out.len));
	for (i = 0; i < out.len; i++) {
		unsigned char c = (unsigned char)out.buf[i];

		MUST(c >= 0x20 || c == '\n' || c == '\t');
		MUST(c != 0x7f);
		if (c == 0xc2)
			MUST((unsigned char)out.buf[i + 1] >= 0xa0);
	}
	strbuf_finish(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size);

	try_hosts(text);
	try_units(text);
	try_output((const char *)data, size);
	free(text);
	return 0;
}
