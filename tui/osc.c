/* osc.c - what is said to a terminal beside text. */
#include "tui/osc.h"

#include <stdio.h>
#include <string.h>

#define PIECE 76 /* of a device control string in GNU screen */

static void
add_base64(struct strbuf *out, const unsigned char *p, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < len; i += 3) {
		unsigned v = (unsigned)p[i] << 16 |
			     (i + 1 < len ? (unsigned)p[i + 1] << 8 : 0) |
			     (i + 2 < len ? p[i + 2] : 0u);

		strbuf_addc(out, digits[v >> 18]);
		strbuf_addc(out, digits[v >> 12 & 63]);
		strbuf_addc(out, i + 1 < len ? digits[v >> 6 & 63] : '=');
		strbuf_addc(out, i + 2 < len ? digits[v & 63] : '=');
	}
}

bool
osc_clipboard(struct strbuf *out, const char *text, bool in_screen)
{
	struct strbuf osc;
	size_t i;

	if (strlen(text) > OSC_CLIPBOARD_MAX)
		return false;
	strbuf_init(&osc);
	strbuf_adds(&osc, "\033]52;c;");
	add_base64(&osc, (const unsigned char *)text, strlen(text));
	strbuf_addc(&osc, '\a');
	for (i = 0; in_screen && i < osc.len; i += PIECE) {
		size_t n = osc.len - i < PIECE ? osc.len - i : PIECE;

		strbuf_adds(out, "\033P");
		strbuf_add(out, osc.buf + i, n);
		strbuf_adds(out, "\033\\");
	}
	if (!in_screen)
		strbuf_add(out, osc.buf, osc.len);
	strbuf_finish(&osc);
	return true;
}

static bool
is_clean(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p > 0x20 && *p < 0x7f)
		p++;
	return *p == '\0';
}

void
osc_link(struct strbuf *out, const char *url, const char *text)
{
	bool link = is_clean(url);

	if (link)
		strbuf_addf(out, "\033]8;;%s\033\\", url);
	strbuf_adds(out, text);
	if (link)
		strbuf_adds(out, "\033]8;;\033\\");
}

static void
add_clean(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++)
		strbuf_addc(out,
			(unsigned char)*text < 0x20 || *text == 0x7f ||
					*text == ';'
				? ' '
				: *text);
}

void
osc_notice(struct strbuf *out, int number, const char *title, const char *text,
	bool in_tmux)
{
	if (in_tmux)
		strbuf_adds(out, "\033Ptmux;\033");
	if (number == 777) {
		strbuf_adds(out, "\033]777;notify;");
		add_clean(out, title);
		strbuf_addc(out, ';');
	} else {
		strbuf_addf(out, "\033]%d;", number);
		add_clean(out, title);
		strbuf_adds(out, ": ");
	}
	add_clean(out, text);
	strbuf_adds(out, "\a");
	if (in_tmux)
		strbuf_adds(out, "\033\\");
}

bool
osc_has_title(const char *term)
{
	static const char *const like[] = {"xterm", "tmux", "screen", "rxvt",
		"foot", "alacritty", "kitty", "wezterm"};
	size_t i;

	for (i = 0; term != NULL && i < ARRAY_SIZE(like); i++)
		if (strncmp(term, like[i], strlen(like[i])) == 0)
			return true;
	return false;
}

void
osc_title(char *text, size_t size, size_t needs)
{
	if (needs > 0)
		snprintf(text, size, "\033]0;(%zu!) sluice\007", needs);
	else
		snprintf(text, size, "\033]0;sluice\007");
}
