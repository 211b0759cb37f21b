/*
 * notice.h - what the person should hear of: a bell, a notification of the
 * terminal, the announced line, and the messages (view 0) where all of it
 * stays while the console runs.
 */
#ifndef SLUICE_TUI_NOTICE_H
#define SLUICE_TUI_NOTICE_H

#include "base/base.h"

#define MESSAGES_MAX 200

struct console;

enum notice_kind {
	NOTICE_NEEDS_YOU,
	NOTICE_WENT_WRONG,
	NOTICE_FINISHED,
	NOTICE_INFO,
	NOTICE_KIND_COUNT
};

enum notice_method {
	NOTICE_BELL,
	NOTICE_OSC9,   /* iTerm2, kitty, Windows Terminal, foot */
	NOTICE_OSC99,  /* kitty, foot */
	NOTICE_OSC777, /* urxvt, foot, Ghostty, VTE with a patch */
	NOTICE_OFF,
	NOTICE_METHOD_COUNT
};

struct message {
	int64_t at;
	enum notice_kind kind;
	char id[32]; /* what it is about */
	char text[160];
	bool is_read;
};

struct notices {
	struct message messages[MESSAGES_MAX]; /* a ring */
	size_t first, count;
	enum notice_method method;
	int quiet_from, quiet_to; /* minutes of the day; equal: never */
	bool announce;		  /* the last one stays on the screen */
	char muted[8][32];	  /* what nothing is heard of ... */
	int64_t muted_until_ms[8]; /* ... until then, monotonic */
	bool rings;		  /* something is to be heard now */
	int64_t reminded_minute;  /* since 1970 */
	char ring_text[160];
};

/* The i-th, newest first, or NULL. */
struct message *notice_at(struct notices *n, size_t i);
size_t notice_unread(const struct notices *n);

void notice_add(struct console *c, enum notice_kind kind, const char *id,
	const char *fmt, ...) SLUICE_PRINTF(4, 5);

/* "needs you", "went wrong" ... */
const char *notice_word(enum notice_kind kind);
const char *notice_method_name(enum notice_method method);
bool notice_method_parse(const char *name, enum notice_method *ret);

/* "22:00-07:00", "off"; false: it is no such thing. */
bool notice_quiet_parse(struct notices *n, const char *text);
void notice_quiet_text(const struct notices *n, char *out, size_t size);

/* Nothing is heard of id for an hour, or again. Returns whether it is now
 * muted. */
bool notice_mute(struct console *c, const char *id);

/* A rollout was in that state before the event; "" if nobody knew it. */
void notice_rollout(struct console *c, const char *id, const char *before);

/* What needs you and wants its answer within ten minutes rings again, once a
 * minute. */
void notice_remind(struct console *c);

/* What the terminal is told, "" nothing, and forgotten. */
void notice_bytes(struct console *c, bool in_tmux, char *out, size_t size);

#endif
