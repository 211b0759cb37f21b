/* zone.c - local times by the rules of a zone, of the C library. */
#include "base/zone.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

#define DAY_S 86400

static const char *
current_zone(void)
{
	return getenv("TZ");
}

void
zone_enter(struct zone_scope *scope, const char *zone)
{
	const char *now = current_zone();

	if (zone == NULL)
		zone = "UTC";
	scope->was_set = now != NULL;
	scope->saved = NULL;
	scope->is_same = now != NULL && strcmp(now, zone) == 0;
	if (scope->is_same)
		return;
	scope->saved = xstrdup_or_null(now);
	setenv("TZ", zone, 1);
	tzset();
}

void
zone_leave(struct zone_scope *scope)
{
	if (scope->is_same)
		return;
	if (scope->was_set)
		setenv("TZ", scope->saved, 1);
	else
		unsetenv("TZ");
	free(scope->saved);
	tzset();
}

int64_t
zone_offset(int64_t at)
{
	time_t t = at;
	struct tm tm;

	localtime_r(&t, &tm);
	return tm.tm_gmtoff;
}

int64_t
zone_local(int64_t at)
{
	return at + zone_offset(at);
}

/* The offsets of the days around it, the larger one first. */
struct around {
	int64_t before, early, late;
};

static struct around
offsets_around(int64_t local)
{
	int64_t before = zone_offset(local - DAY_S);
	int64_t after = zone_offset(local + DAY_S);
	struct around a = {before, before > after ? before : after,
		before > after ? after : before};

	return a;
}

int64_t
zone_resolve(int64_t local)
{
	struct around a = offsets_around(local);

	if (zone_offset(local - a.early) == a.early)
		return local - a.early;
	if (zone_offset(local - a.late) == a.late)
		return local - a.late;
	return local - a.before;
}

enum zone_edge
zone_edge(int64_t local)
{
	struct around a = offsets_around(local);
	bool early = zone_offset(local - a.early) == a.early;
	bool late = zone_offset(local - a.late) == a.late;

	if (!early && !late)
		return ZONE_NEVER;
	return early && late && a.early != a.late ? ZONE_TWICE : ZONE_PLAIN;
}

int64_t
zone_next_change(int64_t at, int64_t end)
{
	int64_t offset = zone_offset(at), high = at;

	/* Rules that last less than a week are not looked for. */
	while (high < end && zone_offset(high) == offset)
		high += 7 * DAY_S;
	if (zone_offset(high) == offset)
		return end;
	at = high - 7 * DAY_S;
	while (high - at > 1) {
		int64_t middle = at + (high - at) / 2;

		if (zone_offset(middle) == offset)
			at = middle;
		else
			high = middle;
	}
	return high < end ? high : end;
}

bool
zone_is_known(const char *zone)
{
	static const char base[] = "/usr/share/zoneinfo";
	char *path;
	bool known;

	if (strcmp(zone, "UTC") == 0)
		return true;
	if (*zone == '\0' || *zone == '/' || *zone == ':' ||
		strlen(zone) > 80 || strstr(zone, "..") != NULL ||
		strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
			     "wxyz0123456789/_+-") != strlen(zone))
		return false;
	path = xasprintf("%s/%s", base, zone);
	known = access(base, F_OK) == -1 || access(path, R_OK) == 0;
	free(path);
	return known;
}
