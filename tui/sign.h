/* sign.h - signing on this side: the private key stays with whoever has it. */
#ifndef SLUICE_TUI_SIGN_H
#define SLUICE_TUI_SIGN_H

#include <jansson.h>

#include "base/base.h"

/*
 * The signature (owned, armoured) of a statement as change.statement answers
 * it, by `ssh-keygen -Y sign -f key`; key is a private key, or a public one
 * whose private key an agent has. A passphrase is asked for on the terminal.
 * Refuses a statement that does not say exactly this.
 */
int sign_statement(const json_t *statement, const char *verb,
	const char *digest, const char *key, char **ret_signature,
	struct error *e);

#endif
