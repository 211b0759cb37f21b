/* units.c - durations, sizes and times as people write them. */
#include "base/units.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "base/zone.h"

#define DAY_S 86400

struct unit {
	const char *name;
	double factor;
};

static const struct unit duration_units[] = {
	{"ms", 1}, {"s", 1000}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}};

static const struct unit size_units[] = {{"", 1}, {"B", 1}, {"KiB", 1024},
	{"MiB", 1048576}, {"GiB", 1073741824.0}, {"TiB", 1099511627776.0},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}};

/* One or more "number unit" pieces are not allowed: one number, one unit. */
static bool
quantity_parse(const char *s, const struct unit *units, size_t count,
	double *ret)
{
	size_t digits = strspn(s, "0123456789."), i;
	char number[32], *end;

	if (digits == 0 || digits >= sizeof(number) || s[0] == '.')
		return false;
	memcpy(number, s, digits);
	number[digits] = '\0';
	*ret = strtod(number, &end);
	if (*end != '\0')
		return false;
	for (i = 0; i < count; i++) {
		if (strcmp(s + digits, units[i].name) == 0) {
			*ret *= units[i].factor;
			return true;
		}
	}
	return false;
}

int
duration_parse(const char *s, int64_t *ret_ms, struct error *e)
{
	double ms = 0;

	if (strcmp(s, "0") != 0 && !quantity_parse(s, duration_units,
					   ARRAY_SIZE(duration_units), &ms))
		return error_set(e, ERROR_INVALID,
			"'%.40s' is not a duration, expected one such as "
			"90s, 10m, 2h, 3d or 200ms",
			s);
	if (ms > 3650.0 * DAY_S * 1000)
		return error_set(e, ERROR_INVALID,
			"'%.40s' is longer than ten years", s);
	*ret_ms = (int64_t)(ms + 0.5);
	return 0;
}

int
size_parse(const char *s, int64_t *ret_bytes, struct error *e)
{
	double bytes;

	if (!quantity_parse(s, size_units, ARRAY_SIZE(size_units), &bytes))
		return error_set(e, ERROR_INVALID,
			"'%.40s' is not a size, expected one such as "
			"64KiB, 10MB or 5GiB",
			s);
	if (bytes > 9e18)
		return error_set(e, ERROR_INVALID, "'%.40s' is too large", s);
	*ret_bytes = (int64_t)bytes;
	return 0;
}

static bool
parse_clock(const char *s, struct tm *tm)
{
	int used = 0;

	tm->tm_sec = 0;
	if (sscanf(s, "%2d:%2d:%2d%n", &tm->tm_hour, &tm->tm_min, &tm->tm_sec,
		    &used) == 3 &&
		s[used] == '\0')
		return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
	tm->tm_sec = 0;
	return sscanf(s, "%2d:%2d%n", &tm->tm_hour, &tm->tm_min, &used) == 2 &&
	       s[used] == '\0' && tm->tm_hour >= 0 && tm->tm_hour < 24 &&
	       tm->tm_min >= 0 && tm->tm_min < 60;
}

static bool
is_date(const struct tm *tm)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = tm->tm_year + 1900;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 1970 || year > 9999 || tm->tm_mon < 0 || tm->tm_mon > 11)
		return false;
	return tm->tm_mday >= 1 &&
	       tm->tm_mday <= days[tm->tm_mon] + (tm->tm_mon == 1 && leap);
}

/* Date, then nothing, "T" or space and a time, and perhaps an offset. */
static bool
parse_date(const char *s, int64_t *ret_at)
{
	struct tm tm = {0};
	int used = 0, hours, minutes;
	char clock[16] = "", sign;
	const char *rest;
	size_t len;

	if (sscanf(s, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		    &used) != 3 ||
		used != 10)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	rest = s + used;
	if (*rest == 'T' || *rest == 't' || *rest == ' ') {
		len = strspn(++rest, "0123456789:");
		if (len >= sizeof(clock))
			return false;
		memcpy(clock, rest, len);
		if (!parse_clock(clock, &tm))
			return false;
		rest += len;
		if (*rest == '.')
			rest += 1 + strspn(rest + 1, "0123456789");
	}
	if (!is_date(&tm))
		return false;
	if (*rest == '\0') {
		*ret_at = zone_resolve(timegm(&tm));
		return true;
	}
	*ret_at = timegm(&tm);
	if ((*rest == 'Z' || *rest == 'z') && rest[1] == '\0')
		return clock[0] != '\0';
	if (clock[0] == '\0' || sscanf(rest, "%c%2d:%2d%n", &sign, &hours,
					&minutes, &used) != 3 ||
		rest[used] != '\0' || strchr("+-", sign) == NULL ||
		hours > 23 || minutes > 59)
		return false;
	*ret_at += (sign == '-' ? 1 : -1) * (hours * 3600 + minutes * 60);
	return true;
}

/* "today", "tomorrow 08:00", "mon 09:30": a day by name and a time. */
static bool
parse_day(const char *s, int64_t now, int64_t *ret_at)
{
	static const char *const names[] = {
		"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
	size_t len = strcspn(s, " "), i;
	time_t t = now;
	struct tm tm;
	int ahead = -1;

	localtime_r(&t, &tm);
	if (len == 5 && strncasecmp(s, "today", 5) == 0)
		ahead = 0;
	if (len == 8 && strncasecmp(s, "tomorrow", 8) == 0)
		ahead = 1;
	for (i = 0; ahead < 0 && len == 3 && i < ARRAY_SIZE(names); i++)
		if (strncasecmp(s, names[i], 3) == 0)
			ahead = ((int)i - tm.tm_wday + 7) % 7;
	if (ahead < 0)
		return false;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	if (s[len] == ' ' && !parse_clock(s + len + 1, &tm))
		return false;
	tm.tm_mday += ahead;
	*ret_at = zone_resolve(timegm(&tm));
	if (len == 3 && *ret_at <= now) {
		tm.tm_mday += 7;
		*ret_at = zone_resolve(timegm(&tm));
	}
	return true;
}

int
time_parse(const char *s, const char *zone, int64_t now, int64_t *ret_at,
	struct error *e)
{
	struct zone_scope scope;
	int64_t ms, at = 0;
	bool ok;

	if (strcmp(s, "now") == 0) {
		*ret_at = now;
		return 0;
	}
	if (s[0] == '+' || s[0] == '-') {
		if (duration_parse(s + 1, &ms, e) == -1)
			return -1;
		*ret_at = now + (s[0] == '+' ? ms : -ms) / 1000;
		return 0;
	}
	zone_enter(&scope, zone);
	ok = parse_date(s, &at) || parse_day(s, now, &at);
	zone_leave(&scope);
	if (!ok)
		return error_set(e, ERROR_INVALID,
			"'%.40s' is not a time, expected one such as "
			"2026-11-24T08:00:00Z, '2026-11-24 08:00', +2h, "
			"'tomorrow 08:00' or 'mon 09:30'",
			s);
	*ret_at = at;
	return 0;
}

int
time_parse_local(const char *s, const char *zone, int64_t *ret_local,
	struct error *e)
{
	struct zone_scope scope;
	int64_t at, elsewhere;

	if (*s < '0' || *s > '9')
		return error_set(e, ERROR_INVALID,
			"'%.40s' is not a time with a date, expected one "
			"such as 2026-11-24 08:00",
			s);
	if (time_parse(s, "UTC", 0, &at, e) == -1 ||
		time_parse(s, "Etc/GMT+1", 0, &elsewhere, e) == -1)
		return -1;
	if (at == elsewhere) { /* it has an offset of its own */
		zone_enter(&scope, zone);
		at = zone_local(at);
		zone_leave(&scope);
	}
	*ret_local = at;
	return 0;
}

void
time_format_utc(int64_t at, char out[TIME_TEXT_SIZE])
{
	time_t t = at;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void
duration_format(int64_t ms, char out[TIME_TEXT_SIZE])
{
	long s = (long)((ms + 500) / 1000);

	if (ms < 1000)
		snprintf(out, TIME_TEXT_SIZE, "%dms", (int)ms);
	else if (s < 60)
		snprintf(out, TIME_TEXT_SIZE, "%lds", s);
	else if (s < 3600)
		snprintf(out, TIME_TEXT_SIZE, "%ldm%02ld", s / 60, s % 60);
	else if (s < DAY_S)
		snprintf(out, TIME_TEXT_SIZE, "%ldh%02ld", s / 3600,
			s % 3600 / 60);
	else
		snprintf(out, TIME_TEXT_SIZE, "%ldd %ldh", s / DAY_S,
			s % DAY_S / 3600);
}

void
size_format(int64_t bytes, char out[TIME_TEXT_SIZE])
{
	static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double value = (double)bytes;
	size_t i = 0;

	while (value >= 1024 && i + 1 < ARRAY_SIZE(names)) {
		value /= 1024;
		i++;
	}
	snprintf(out, TIME_TEXT_SIZE, i == 0 || value >= 100 ? "%.0f %s"
							      : "%.1f %s",
		value, names[i]);
}
