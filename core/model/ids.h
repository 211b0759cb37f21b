/* ids.h - short typed identifiers: C-42 is a change, R-57 a rollout. One
 * struct each, so that one cannot pass for another. number 0 means none. */
#ifndef SLUICE_MODEL_IDS_H
#define SLUICE_MODEL_IDS_H

#include <stdbool.h>
#include <stdint.h>

#define ID_TEXT_SIZE 24

struct change_id {
	int64_t number;
};

struct rollout_id {
	int64_t number;
};

struct proposal_id {
	int64_t number;
};

/* "C-42", "R-57" and "Q-3"; the letter in either case. False if s is not
 * one. */
bool change_id_parse(const char *s, struct change_id *ret_id);
bool rollout_id_parse(const char *s, struct rollout_id *ret_id);
bool proposal_id_parse(const char *s, struct proposal_id *ret_id);
void change_id_format(struct change_id id, char out[ID_TEXT_SIZE]);
void rollout_id_format(struct rollout_id id, char out[ID_TEXT_SIZE]);

void proposal_id_format(struct proposal_id id, char out[ID_TEXT_SIZE]);

#endif
