/* widget_field.h - one line of text that is being typed; every printable
 * key types itself. */
#ifndef SLUICE_TUI_WIDGET_FIELD_H
#define SLUICE_TUI_WIDGET_FIELD_H

#include "tui/canvas.h"

#define FIELD_MAX 400 /* bytes */

struct field_input {
	char text[FIELD_MAX + 8];
	size_t len, at; /* bytes; at is where the next character goes */
};

void field_set(struct field_input *f, const char *text);

/* Whether the key was one for the field. */
bool field_key(struct field_input *f, uint32_t code);

/* Adds pasted text, made printable. */
void field_paste(struct field_input *f, const char *text);

/* Paints it scrolled so that the cursor is seen, and puts the cursor of the
 * canvas there if it has the focus. */
void field_paint(const struct field_input *f, struct canvas *c, int y, int x,
	int width, bool focus);

#endif
