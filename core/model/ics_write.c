/* ics_write.c - a feed that ordinary calendar programs read. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/zone.h"
#include "model/ics.h"

#define DAY_S 86400
#define FOLD 73 /* octets of a line, without the blank of a folded one */

/* ---- lines ---- */

/* Folded between characters, never within one (section 3.1). */
static void
put_line(struct strbuf *out, const char *line, size_t len)
{
	size_t at = 0;

	while (len - at > FOLD) {
		size_t end = at + FOLD;

		while (end > at + 1 &&
			((unsigned char)line[end] & 0xc0) == 0x80)
			end--;
		strbuf_add(out, line + at, end - at);
		strbuf_adds(out, "\r\n ");
		at = end;
	}
	strbuf_add(out, line + at, len - at);
	strbuf_adds(out, "\r\n");
}

static void put(struct strbuf *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void
put(struct strbuf *out, const char *fmt, ...)
{
	struct strbuf line;
	va_list ap;

	strbuf_init(&line);
	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	put_line(out, line.buf, line.len);
	strbuf_finish(&line);
}

/* A value of type TEXT (section 3.3.11). */
static void
put_text(struct strbuf *out, const char *name, const char *value)
{
	struct strbuf line;

	if (value == NULL || *value == '\0')
		return;
	strbuf_init(&line);
	strbuf_addf(&line, "%s:", name);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			strbuf_adds(&line, "\\n");
		else if (strchr("\\;,", *value) != NULL)
			strbuf_addf(&line, "\\%c", *value);
		else if ((unsigned char)*value >= ' ')
			strbuf_addc(&line, *value);
	}
	put_line(out, line.buf, line.len);
	strbuf_finish(&line);
}

/* "20261224T180000" of a local time, or of an instant in UTC. */
static const char *
stamp(int64_t at, char text[TIME_TEXT_SIZE])
{
	char iso[TIME_TEXT_SIZE];
	size_t i, n = 0;

	time_format_utc(at, iso);
	for (i = 0; iso[i] != '\0'; i++)
		if (iso[i] != '-' && iso[i] != ':' && iso[i] != 'Z')
			text[n++] = iso[i];
	text[n] = '\0';
	return text;
}

/* ---- the whole ---- */

void
ics_begin(struct strbuf *out, const char *name)
{
	put(out, "BEGIN:VCALENDAR");
	put(out, "VERSION:2.0");
	put(out, "PRODID:-//sluice//release calendar//EN");
	put(out, "CALSCALE:GREGORIAN");
	put_text(out, "X-WR-CALNAME", name);
}

void
ics_end(struct strbuf *out)
{
	put(out, "END:VCALENDAR");
}

/* ---- zones ---- */

static void
add_offset(struct strbuf *out, int64_t offset)
{
	int64_t size = offset < 0 ? -offset : offset;

	strbuf_addf(out, "%c%02d%02d", offset < 0 ? '-' : '+',
		(int)(size / 3600), (int)(size / 60 % 60));
	if (size % 60 != 0)
		strbuf_addf(out, "%02d", (int)(size % 60));
}

/* One stretch of equal offset, from an instant on. */
static void
put_observance(struct strbuf *out, int64_t at, int64_t before, int64_t after)
{
	const char *kind = after > before ? "DAYLIGHT" : "STANDARD";
	char when[TIME_TEXT_SIZE];
	struct strbuf offsets;

	strbuf_init(&offsets);
	put(out, "BEGIN:%s", kind);
	put(out, "DTSTART:%s", stamp(at + before, when));
	add_offset(&offsets, before);
	put(out, "TZOFFSETFROM:%s", offsets.buf);
	strbuf_clear(&offsets);
	add_offset(&offsets, after);
	put(out, "TZOFFSETTO:%s", offsets.buf);
	put(out, "TZNAME:%s", offsets.buf);
	put(out, "END:%s", kind);
	strbuf_finish(&offsets);
}

void
ics_zone(struct strbuf *out, const char *zone, int64_t from, int64_t to)
{
	struct zone_scope scope;
	int64_t at = from, next;

	if (strcmp(zone, "UTC") == 0)
		return;
	zone_enter(&scope, zone);
	put(out, "BEGIN:VTIMEZONE");
	put(out, "TZID:%s", zone);
	put_observance(out, from, zone_offset(from), zone_offset(from));
	while ((next = zone_next_change(at, to)) < to) {
		put_observance(out, next, zone_offset(next - 1),
			zone_offset(next));
		at = next;
	}
	put(out, "END:VTIMEZONE");
	zone_leave(&scope);
}

/* ---- events ---- */

static const char *const status_names[] = {
	"TENTATIVE", "CONFIRMED", "CANCELLED"};

static void
put_about(struct strbuf *out, const struct ics_about *about)
{
	char when[TIME_TEXT_SIZE];

	put(out, "BEGIN:VEVENT");
	put_text(out, "UID", about->uid);
	put(out, "DTSTAMP:%sZ", stamp(about->stamp, when));
	put(out, "SEQUENCE:%lld", (long long)about->sequence);
	put_text(out, "SUMMARY", about->summary);
	put_text(out, "DESCRIPTION", about->description);
	put_text(out, "CATEGORIES", about->category);
	put(out, "STATUS:%s", status_names[about->status]);
	put(out, "TRANSP:%s", about->is_busy ? "OPAQUE" : "TRANSPARENT");
}

/* Whole days without a time of day. */
static bool
is_days(const struct period *p)
{
	size_t i;

	for (i = 0; i < p->exdate_count; i++)
		if (p->exdates[i] % DAY_S != 0)
			return false;
	return p->kind == PERIOD_HOLIDAY && p->starts_local % DAY_S == 0 &&
	       p->exact_s == 0 && p->days > 0;
}

static void
put_local(struct strbuf *out, const char *name, const struct period *p,
	int64_t local)
{
	char when[TIME_TEXT_SIZE];

	stamp(local, when);
	if (is_days(p))
		put(out, "%s;VALUE=DATE:%.8s", name, when);
	else if (strcmp(p->zone, "UTC") == 0)
		put(out, "%s:%sZ", name, when);
	else
		put(out, "%s;TZID=%s:%s", name, p->zone, when);
}

static void
put_duration(struct strbuf *out, const struct period *p)
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_addc(&text, 'P');
	if (p->days > 0)
		strbuf_addf(&text, "%lldD", (long long)p->days);
	if (p->exact_s > 0)
		strbuf_addf(&text, "T%lldH%lldM%lldS",
			(long long)(p->exact_s / 3600),
			(long long)(p->exact_s / 60 % 60),
			(long long)(p->exact_s % 60));
	put(out, "DURATION:%s", text.buf);
	strbuf_finish(&text);
}

void
ics_period(struct strbuf *out, const struct ics_about *about,
	const struct period *p)
{
	size_t i;

	put_about(out, about);
	put_local(out, "DTSTART", p, p->starts_local);
	put_duration(out, p);
	if (p->rrule != NULL)
		put(out, "RRULE:%s", p->rrule);
	for (i = 0; i < p->exdate_count; i++)
		put_local(out, "EXDATE", p, p->exdates[i]);
	put(out, "END:VEVENT");
}

void
ics_span(struct strbuf *out, const struct ics_about *about, int64_t start,
	int64_t end)
{
	char when[TIME_TEXT_SIZE];

	put_about(out, about);
	put(out, "DTSTART:%sZ", stamp(start, when));
	put(out, "DTEND:%sZ", stamp(end, when));
	put(out, "END:VEVENT");
}
