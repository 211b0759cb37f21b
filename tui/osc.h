/*
 * osc.h - what is said to a terminal beside text: put this on the clipboard,
 * this is a link, tell the person. Made as bytes here, sent by screen.c.
 */
#ifndef SLUICE_TUI_OSC_H
#define SLUICE_TUI_OSC_H

#include "base/base.h"

/* xterm takes no more of a clipboard than this (ctlseqs, OSC 52). */
#define OSC_CLIPBOARD_MAX 74994

/*
 * OSC 52: text for the clipboard. In GNU screen it goes through in pieces of
 * a device control string; tmux takes it as it is with set-clipboard on.
 * False if the text is too long; nothing is added then.
 */
bool osc_clipboard(struct strbuf *out, const char *text, bool in_screen);

/* OSC 8: shown as text, opens url. Nothing but text where the url has a byte
 * that could end the sequence. */
void osc_link(struct strbuf *out, const char *url, const char *text);

/* A notice of the desktop: OSC 9 (iTerm2, WezTerm, Windows Terminal) or OSC
 * 777 (rxvt, foot, VTE). Passed through tmux where it runs. */
void osc_notice(struct strbuf *out, int number, const char *title,
	const char *text, bool in_tmux);

/* Whether a terminal of that name (NULL: none) is like xterm and has a title;
 * others would print it. */
bool osc_has_title(const char *term);

/* OSC 0: the title, with how much waits for the person. */
void osc_title(char *text, size_t size, size_t needs);

#endif
