/* settings_risk.c - the table that the risk of a change is made of. */
#include <stdio.h>
#include <string.h>

#include "engine/settings_reader.h"

/* "08:00-18:00" as minutes of the day. */
static bool
parse_hours(const char *text, int *ret_from, int *ret_to)
{
	unsigned h1, m1, h2, m2;
	int used = 0;

	if (sscanf(text, "%2u:%2u-%2u:%2u%n", &h1, &m1, &h2, &m2, &used) !=
			4 ||
		text[used] != '\0' || h1 > 23 || h2 > 24 || m1 > 59 ||
		m2 > 59 || (h2 == 24 && m2 > 0))
		return false;
	*ret_from = (int)(h1 * 60 + m1);
	*ret_to = (int)(h2 * 60 + m2);
	return true;
}

static void
read_times(struct settings_reader *r, const config_setting_t *risk)
{
	static const char *const days[] = {
		"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
	struct risk_table *t = &r->s->risk;
	const char *hours = node_text(risk, "hours");
	struct strings list = {0};
	size_t i;

	if (hours != NULL && !parse_hours(hours, &t->day_starts_min,
				     &t->day_ends_min))
		report_error(r, node_line(node_get(risk, "hours")),
			"'risk.hours' is '%.40s', expected two times of the "
			"day such as \"08:00-18:00\"",
			hours);
	if (node_get(risk, "days") == NULL)
		return;
	node_texts(risk, "days", &list);
	t->days = 0;
	for (i = 0; i < ARRAY_SIZE(days); i++)
		if (strings_has(&list, days[i]))
			t->days |= 1u << i;
	strings_finish(&list);
}

/* Each band must be there for some change: a top band that no score can reach
 * would say that nothing is ever critical. */
static void
check_bands(struct settings_reader *r, const config_setting_t *risk)
{
	const struct risk_table *t = &r->s->risk;
	int most = risk_table_most(t), i;

	for (i = RISK_BAND_MEDIUM; i < RISK_BAND_COUNT; i++) {
		const char *name = risk_band_name((enum risk_band)i);
		const config_setting_t *node = node_get(risk, name);

		if (t->from[i] <= t->from[i - 1])
			report_error(r, node_line(node == NULL ? risk : node),
				"risk band '%s' begins at %d, expected more "
				"than the %d of '%s'",
				name, t->from[i], t->from[i - 1],
				risk_band_name((enum risk_band)(i - 1)));
		else if (t->from[i] > most)
			report_error(r, node_line(node == NULL ? risk : node),
				"risk band '%s' begins at %d and can never be "
				"reached, expected at most %d: all of "
				"'risk.points' that add",
				name, t->from[i], most);
	}
}

void
settings_read_risk(struct settings_reader *r)
{
	const config_setting_t *risk = config_lookup(&r->config, "risk");
	const config_setting_t *points = node_get(risk, "points");
	struct risk_table *t = &r->s->risk;
	int i;

	risk_table_init(t);
	if (risk == NULL)
		return;
	for (i = RISK_BAND_MEDIUM; i < RISK_BAND_COUNT; i++)
		t->from[i] = node_int(
			risk, risk_band_name((enum risk_band)i), t->from[i]);
	for (i = 0; i < RISK_FACTOR_COUNT; i++)
		t->points[i] = node_int(points,
			risk_factor_name((enum risk_factor)i), t->points[i]);
	read_times(r, risk);
	check_bands(r, risk);
}
