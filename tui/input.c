/* input.c - bytes of the terminal made into keys. */
#include "tui/input.h"

#include <string.h>

#define REJOIN_MS 500
#define GUESS_PASTE_BYTES 8
#define SEQUENCE_WAIT_MS 500
#define PASTE_WAIT_MS 2000 /* a paste whose end got lost ends by itself */

struct out {
	input_sink sink;
	void *arg;
};

void
input_init(struct input *in, int escape_delay_ms, bool guess_paste)
{
	memset(in, 0, sizeof(*in));
	in->escape_delay_ms = escape_delay_ms;
	in->guess_paste = guess_paste;
	in->lone_esc_at_ms = -REJOIN_MS - 1;
	strbuf_init(&in->paste);
}

void
input_finish(struct input *in)
{
	strbuf_finish(&in->paste);
}

void
input_flush(struct input *in)
{
	in->pending_len = 0;
	in->in_paste = false;
	in->lone_esc_at_ms = -REJOIN_MS - 1;
	strbuf_clear(&in->paste);
	in->paste_length = 0;
}

bool
input_is_movement(uint32_t code)
{
	return (code >= INPUT_UP && code <= INPUT_PAGE_DOWN) ||
	       (code > 0 && code < 0x80 && strchr("jkhlgG", (int)code));
}

static void
emit(struct input *in, uint32_t code, const struct out *out)
{
	struct input_event ev = {.code = code, .burst = in->burst};

	if (code == INPUT_NONE)
		return;
	out->sink(&ev, out->arg);
	if (input_is_movement(code))
		in->burst = true;
}

static void
emit_paste(struct input *in, const struct out *out)
{
	struct input_event ev = {.code = INPUT_PASTE,
		.text = in->paste.buf,
		.length = in->paste_length};

	out->sink(&ev, out->arg);
	strbuf_clear(&in->paste);
	in->paste_length = 0;
}

static uint32_t
letter_key(unsigned char final)
{
	switch (final) {
	case 'A':
		return INPUT_UP;
	case 'B':
		return INPUT_DOWN;
	case 'C':
		return INPUT_RIGHT;
	case 'D':
		return INPUT_LEFT;
	case 'H':
		return INPUT_HOME;
	case 'F':
		return INPUT_END;
	case 'P':
		return INPUT_F1;
	case 'Z':
		return INPUT_BACKTAB;
	case 'M':
		return INPUT_ENTER;
	}
	return INPUT_NONE;
}

static uint32_t
tilde_key(int number)
{
	static const struct {
		int number;
		uint32_t code;
	} keys[] = {{1, INPUT_HOME}, {7, INPUT_HOME}, {2, INPUT_INSERT},
		{3, INPUT_DELETE}, {4, INPUT_END}, {8, INPUT_END},
		{5, INPUT_PAGE_UP}, {6, INPUT_PAGE_DOWN}, {11, INPUT_F1},
		{15, INPUT_F5}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].number == number)
			return keys[i].code;
	return INPUT_NONE;
}

/* The key of "[...X" at p (the Esc is gone); returns the bytes it has, 0 if
 * it is not complete. *ret_number is its first parameter. */
static size_t
parse_csi(
	const unsigned char *p, size_t len, uint32_t *ret_code, int *ret_number)
{
	size_t i = 1;
	int number = 0;
	bool first = true;

	while (i < len && p[i] >= 0x20 && p[i] <= 0x3f) {
		if (p[i] >= '0' && p[i] <= '9' && first && number < 10000)
			number = number * 10 + (p[i] - '0');
		else
			first = false;
		i++;
	}
	if (i == len)
		return 0;
	*ret_number = number;
	/* Whatever a report of the mouse ends in, it is no key. */
	*ret_code = p[1] == '<'	   ? INPUT_NONE
		    : p[i] == '~' ? tilde_key(number)
				  : letter_key(p[i]);
	return i + 1;
}

/* A mouse report "[<b;x;yM" (DEC mode 1006) at p: which button went down,
 * and where. False: it is none, or of no interest. */
static bool
parse_mouse(const unsigned char *p, size_t len, struct input_event *ev)
{
	int number[3] = {0, 0, 0};
	size_t i, n = 0;

	for (i = 2; i + 1 < len; i++) {
		if (p[i] == ';' && n < 2)
			n++;
		else if (p[i] >= '0' && p[i] <= '9' && number[n] < 10000)
			number[n] = number[n] * 10 + (p[i] - '0');
		else
			return false;
	}
	if (n != 2 || p[len - 1] != 'M' || number[1] < 1 || number[2] < 1 ||
		(number[0] != INPUT_LEFT_BUTTON &&
			number[0] != INPUT_RIGHT_BUTTON &&
			number[0] != INPUT_WHEEL_UP &&
			number[0] != INPUT_WHEEL_DOWN))
		return false;
	ev->code = INPUT_MOUSE;
	ev->button = (enum input_button)number[0];
	ev->x = number[1] - 1;
	ev->y = number[2] - 1;
	return true;
}

/* Gives out the mouse report of len bytes at p, if it is one of interest. */
static void
emit_mouse(struct input *in, const unsigned char *p, size_t len,
	const struct out *out)
{
	struct input_event ev = {.burst = in->burst};

	if (!parse_mouse(p, len, &ev))
		return;
	out->sink(&ev, out->arg);
	in->burst = true;
}

/* Drops the first n pending bytes. */
static void
drop(struct input *in, size_t n)
{
	in->pending_len -= n;
	memmove(in->pending, in->pending + n, in->pending_len);
}

/* An escape sequence behind the Esc at pending[0]; false: not complete. */
static bool
take_sequence(struct input *in, const struct out *out)
{
	const unsigned char *p = in->pending + 1;
	size_t len = in->pending_len - 1, n = 0;
	uint32_t code = INPUT_NONE;
	int number = 0;
	bool csi;

	if (len == 0)
		return false;
	csi = p[0] == '[';
	if (csi) {
		n = parse_csi(p, len, &code, &number);
		if (n == 0 && in->pending_len < sizeof(in->pending))
			return false;
		if (n == 0)
			n = len;
	} else if (p[0] == 'O') {
		if (len < 2)
			return false;
		code = letter_key(p[1]);
		n = 2;
	} else {
		/* Esc and a key at once: the Esc alone is the key. */
		code = INPUT_ESC;
	}
	if (csi && n > 2 && p[1] == '<')
		emit_mouse(in, p, n, out);
	drop(in, n + 1);
	if (csi && number == 200 && code == INPUT_NONE)
		in->in_paste = true;
	emit(in, code, out);
	return true;
}

static size_t
utf8_need(unsigned char lead)
{
	return lead < 0xc2   ? 1
	       : lead < 0xe0 ? 2
	       : lead < 0xf0 ? 3
	       : lead < 0xf5 ? 4
			     : 1;
}

/* A character at pending[0]; false: not complete. */
static bool
take_character(struct input *in, const struct out *out)
{
	const unsigned char *p = in->pending;
	size_t need = utf8_need(p[0]), i;
	uint32_t cp = need == 1 ? p[0] : p[0] & (0xffu >> (need + 1));

	if (in->pending_len < need)
		return false;
	for (i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			drop(in, i);
			return true;
		}
		cp = cp << 6 | (p[i] & 0x3f);
	}
	drop(in, need);
	if (need == 1 && cp >= 0x80)
		return true;
	if (cp == '\n')
		cp = INPUT_ENTER;
	if (cp == '\b')
		cp = INPUT_BACKSPACE;
	emit(in, cp, out);
	return true;
}

/* "[B", "OB" or "[5~" soon after an Esc that was given out: the key it was.
 * *ret_done: something was taken. False: wait for more. */
static bool
rejoin(struct input *in, int64_t now_ms, const struct out *out, bool *ret_done)
{
	const unsigned char *p = in->pending;
	uint32_t code = INPUT_NONE;
	size_t n;
	int number;

	*ret_done = false;
	if (now_ms - in->lone_esc_at_ms > REJOIN_MS)
		return true;
	if (p[0] != '[' && p[0] != 'O') {
		in->lone_esc_at_ms = -REJOIN_MS - 1;
		return true;
	}
	if (in->pending_len < 2)
		return false;
	if (p[0] == 'O') {
		code = letter_key(p[1]);
		n = 2;
	} else {
		n = parse_csi(p, in->pending_len, &code, &number);
		if (n == 0)
			return false;
	}
	in->lone_esc_at_ms = -REJOIN_MS - 1;
	if (p[0] == '[' && p[1] == '<')
		emit_mouse(in, p, n, out);
	else if (code == INPUT_NONE)
		return true;
	drop(in, n);
	emit(in, code, out);
	*ret_done = true;
	return true;
}

/* Bytes of a bracketed paste up to its end mark; false: wait for more. */
static bool
take_paste(struct input *in, const struct out *out)
{
	static const char end[] = "\x1b[201~";
	size_t n = sizeof(end) - 1;

	if (in->pending[0] == end[0]) {
		size_t have = in->pending_len < n ? in->pending_len : n;

		if (memcmp(in->pending, end, have) == 0) {
			if (have < n)
				return false;
			drop(in, n);
			in->in_paste = false;
			emit_paste(in, out);
			return true;
		}
	}
	if ((in->pending[0] & 0xc0) != 0x80)
		in->paste_length++;
	if (in->paste.len < INPUT_PASTE_MAX)
		strbuf_addc(&in->paste, (char)in->pending[0]);
	drop(in, 1);
	return true;
}

static bool
take_one(struct input *in, int64_t now_ms, const struct out *out)
{
	bool done;

	if (in->in_paste)
		return take_paste(in, out);
	if (in->pending[0] == INPUT_ESC)
		return take_sequence(in, out);
	if (!rejoin(in, now_ms, out, &done))
		return false;
	return done || take_character(in, out);
}

/* Without bracketed paste: many printable bytes at once were not typed,
 * unless they are a held key of movement or begin a field of text. */
static bool
looks_pasted(const struct input *in, const unsigned char *bytes, size_t len)
{
	size_t i;
	bool moves = true;

	if (!in->guess_paste || in->in_paste || in->pending_len > 0 ||
		len < GUESS_PASTE_BYTES || bytes[0] == ':' || bytes[0] == '/')
		return false;
	for (i = 0; i < len; i++) {
		if (bytes[i] == INPUT_ESC)
			return false;
		if (!input_is_movement(bytes[i]))
			moves = false;
	}
	return !moves;
}

void
input_feed(struct input *in, const unsigned char *bytes, size_t len,
	int64_t now_ms, input_sink sink, void *arg)
{
	struct out out = {sink, arg};

	in->burst = false;
	if (looks_pasted(in, bytes, len)) {
		strbuf_add(&in->paste, bytes,
			len < INPUT_PASTE_MAX ? len : INPUT_PASTE_MAX);
		in->paste_length = len;
		emit_paste(in, &out);
		return;
	}
	while (len > 0) {
		size_t room = sizeof(in->pending) - in->pending_len;
		size_t n = len < room ? len : room;

		memcpy(in->pending + in->pending_len, bytes, n);
		in->pending_len += n;
		bytes += n;
		len -= n;
		while (in->pending_len > 0 && take_one(in, now_ms, &out))
			;
		if (n == 0)
			in->pending_len = 0;
	}
	in->pending_since_ms = now_ms;
}

int
input_wait(const struct input *in, int64_t now_ms)
{
	int64_t limit = in->escape_delay_ms, left;

	if (in->pending_len == 0 && !in->in_paste)
		return -1;
	if (in->in_paste)
		limit = PASTE_WAIT_MS;
	else if (in->pending[0] != INPUT_ESC || in->pending_len > 1)
		limit = SEQUENCE_WAIT_MS;
	left = in->pending_since_ms + limit - now_ms;
	return left < 0 ? 0 : (int)left;
}

void
input_tick(struct input *in, int64_t now_ms, input_sink sink, void *arg)
{
	struct out out = {sink, arg};

	if (input_wait(in, now_ms) != 0)
		return;
	in->burst = false;
	if (in->in_paste) {
		in->in_paste = false;
		in->pending_len = 0;
		emit_paste(in, &out);
		return;
	}
	if (in->pending[0] == INPUT_ESC) {
		drop(in, 1);
		in->lone_esc_at_ms =
			in->pending_len == 0 ? now_ms : -REJOIN_MS - 1;
		emit(in, INPUT_ESC, &out);
	} else {
		in->lone_esc_at_ms = -REJOIN_MS - 1;
	}
	while (in->pending_len > 0) {
		size_t before = in->pending_len;

		if (!take_one(in, now_ms, &out) || in->pending_len == before)
			in->pending_len = 0;
	}
}
