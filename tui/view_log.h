/* view_log.h - the log of a rollout as lines, shared by two views. */
#ifndef SLUICE_TUI_VIEW_LOG_H
#define SLUICE_TUI_VIEW_LOG_H

#include "tui/view.h"

/* Takes new lines of the ring into the pager. */
void log_lines_refresh(struct console *c, struct place *p);

/* "FOLLOW" or "HELD", with what it takes to change that. */
const char *log_state_text(const struct pager *p);

/* Search and movement in the log; false if the action is neither. */
bool log_act(struct console *c, struct place *p, enum action_id id);

#endif
