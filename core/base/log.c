/* log.c - one line per event to standard error. */
#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/units.h"

static const char *log_program = "sluice";
static bool log_debugging;

void
log_init(const char *program, bool debug)
{
	log_program = program;
	log_debugging = debug;
}

static void
log_line(const char *level, const char *fmt, va_list ap)
{
	struct strbuf message, line;
	char when[TIME_TEXT_SIZE];
	ssize_t ignored;

	strbuf_init(&message);
	strbuf_init(&line);
	strbuf_vaddf(&message, fmt, ap);
	time_format_utc(clock_wall_ms(clock_real()) / 1000, when);
	strbuf_addf(&line, "%s %s[%ld] %s: ", when, log_program,
		(long)getpid(), level);
	text_add_printable(&line, message.buf, message.len);
	strbuf_addc(&line, '\n');
	ignored = write(STDERR_FILENO, line.buf, line.len);
	(void)ignored;
	strbuf_finish(&line);
	strbuf_finish(&message);
}

#define LOG_LEVEL(name, level, when)                                           \
	void name(const char *fmt, ...)                                        \
	{                                                                      \
		va_list ap;                                                    \
                                                                               \
		if (!(when))                                                   \
			return;                                                \
		va_start(ap, fmt);                                             \
		log_line(level, fmt, ap);                                      \
		va_end(ap);                                                    \
	}

LOG_LEVEL(log_debug, "debug", log_debugging)
LOG_LEVEL(log_info, "info", true)
LOG_LEVEL(log_warn, "warning", true)
LOG_LEVEL(log_error, "error", true)
