/*
 * input.h - bytes of the terminal made into keys.
 *
 * Knows escape sequences (CSI, SS3), UTF-8 and bracketed paste. A lone Esc
 * becomes a key after a short delay; when the rest of an arrow key arrives
 * later (a slow link cuts sequences in two) it is put together again for
 * half a second, so that "[B" is never read as two commands. Works on bytes
 * and times alone; the caller reads the terminal and owns the timer.
 */
#ifndef SLUICE_TUI_INPUT_H
#define SLUICE_TUI_INPUT_H

#include "base/base.h"

/* Keys that are no character; above every Unicode point. */
enum input_code {
	INPUT_UP = 0x110000,
	INPUT_DOWN,
	INPUT_LEFT,
	INPUT_RIGHT,
	INPUT_HOME,
	INPUT_END,
	INPUT_PAGE_UP,
	INPUT_PAGE_DOWN,
	INPUT_INSERT,
	INPUT_DELETE,
	INPUT_BACKTAB,
	INPUT_F1,
	INPUT_F5,
	INPUT_MOUSE, /* a button went down or a wheel turned */
	INPUT_PASTE, /* a paste ended; see text of the event */
	INPUT_NONE   /* a sequence that means nothing to us */
};

#define INPUT_CTRL(c) ((c)&0x1f)
#define INPUT_ENTER '\r'
#define INPUT_TAB '\t'
#define INPUT_ESC 0x1b
#define INPUT_BACKSPACE 0x7f

enum input_button {
	INPUT_LEFT_BUTTON,
	INPUT_RIGHT_BUTTON = 2,
	INPUT_WHEEL_UP = 64,
	INPUT_WHEEL_DOWN
};

#define INPUT_PASTE_MAX 4096 /* more of a paste is counted, not kept */

struct input_event {
	uint32_t code;
	/* A key of movement came earlier in the same read: after a lag, so
	 * what is selected may not be what the person saw. */
	bool burst;
	const char *text; /* of a paste: borrowed, may be cut */
	size_t length;	  /* characters of the whole paste */
	enum input_button button; /* of the mouse, and where, from 0 */
	int x, y;
};

struct input {
	unsigned char pending[64];
	size_t pending_len;
	int64_t pending_since_ms;
	int64_t lone_esc_at_ms; /* when an Esc was given out as a key */
	int escape_delay_ms;
	bool in_paste;
	bool burst;
	bool guess_paste; /* the terminal has no bracketed paste */
	struct strbuf paste;
	size_t paste_length;
};

typedef void (*input_sink)(const struct input_event *ev, void *arg);

/* guess_paste: eight or more printable bytes at once that are not all keys
 * of movement count as a paste. */
void input_init(struct input *in, int escape_delay_ms, bool guess_paste);
void input_finish(struct input *in);

/* Bytes of one read. */
void input_feed(struct input *in, const unsigned char *bytes, size_t len,
	int64_t now_ms, input_sink sink, void *arg);

/* Gives out what waited too long; call when input_wait says so. */
void input_tick(struct input *in, int64_t now_ms, input_sink sink, void *arg);

/* Milliseconds until input_tick has something to do, or -1. */
int input_wait(const struct input *in, int64_t now_ms);

/* Forgets what has not become a key yet. */
void input_flush(struct input *in);

/* Whether the key only moves, such as j or an arrow. */
bool input_is_movement(uint32_t code);

#endif
