/* estimate.h - what a change takes and risks, in words. */
#ifndef SLUICE_TUI_ESTIMATE_H
#define SLUICE_TUI_ESTIMATE_H

#include <jansson.h>

#include "base/strbuf.h"

/* "at least 10m, back in 1m30s; on 1, 5, 40 hosts after each wave" of the
 * `estimate` of a change, added to out; nothing where there is none. */
void estimate_words(const json_t *estimate, struct strbuf *out);

#endif
