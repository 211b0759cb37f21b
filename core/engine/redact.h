/* redact.h - hides secrets in output before it is stored or shown. */
#ifndef SLUICE_ENGINE_REDACT_H
#define SLUICE_ENGINE_REDACT_H

#include "model/fleet.h"

struct redactor;

/* Patterns are regular expressions (PCRE2); those that do not compile were
 * refused when the configuration was read. */
struct redactor *redactor_create(const struct strings *patterns);
void redactor_destroy(struct redactor *r);

/* text with every match replaced by "[redacted]" (owned). */
char *redactor_apply(const struct redactor *r, const char *text, size_t len);

#endif
