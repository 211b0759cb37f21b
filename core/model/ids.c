/* ids.c - short typed identifiers. */
#include "model/ids.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
id_parse(const char *s, char letter, int64_t *ret)
{
	size_t digits;

	if (toupper((unsigned char)s[0]) != letter || s[1] != '-')
		return false;
	digits = strspn(s + 2, "0123456789");
	if (digits == 0 || digits > 15 || s[2 + digits] != '\0' || s[2] == '0')
		return false;
	*ret = strtoll(s + 2, NULL, 10);
	return true;
}

bool
change_id_parse(const char *s, struct change_id *ret_id)
{
	return id_parse(s, 'C', &ret_id->number);
}

bool
rollout_id_parse(const char *s, struct rollout_id *ret_id)
{
	return id_parse(s, 'R', &ret_id->number);
}

bool
proposal_id_parse(const char *s, struct proposal_id *ret_id)
{
	return id_parse(s, 'Q', &ret_id->number);
}

void
proposal_id_format(struct proposal_id id, char out[ID_TEXT_SIZE])
{
	snprintf(out, ID_TEXT_SIZE, "Q-%lld", (long long)id.number);
}

void
change_id_format(struct change_id id, char out[ID_TEXT_SIZE])
{
	snprintf(out, ID_TEXT_SIZE, "C-%lld", (long long)id.number);
}

void
rollout_id_format(struct rollout_id id, char out[ID_TEXT_SIZE])
{
	snprintf(out, ID_TEXT_SIZE, "R-%lld", (long long)id.number);
}
