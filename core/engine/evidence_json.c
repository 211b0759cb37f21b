/* evidence_json.c - scans as SARIF, lists of parts as CycloneDX. */
#include <stdlib.h>
#include <string.h>

#include "engine/evidence_read.h"
#include "wire/json.h"

static int
malformed(struct error *e, const char *format, const char *what)
{
	return error_set(
		e, ERROR_INVALID, "it is not %s: %s", format, what);
}

/* ---- SARIF 2.1.0 ---- */

/* The rule of a result, by its index or id; NULL: it has none. */
static const json_t *
sarif_rule(const json_t *run, const json_t *result)
{
	const json_t *rules = json_object_get(
		json_object_get(json_object_get(run, "tool"), "driver"),
		"rules");
	const char *id = json_get_string(result, "ruleId", NULL);
	int64_t index = json_get_int(result, "ruleIndex", -1);
	const json_t *rule;
	size_t i;

	if (index >= 0)
		return json_array_get(rules, (size_t)index);
	json_array_foreach(rules, i, rule) {
		if (id != NULL &&
			strcmp(json_get_string(rule, "id", ""), id) == 0)
			return rule;
	}
	return NULL;
}

/* CVSS bands where the rule has a number, else by the level. */
static const char *
sarif_severity(const json_t *run, const json_t *result)
{
	const json_t *rule = sarif_rule(run, result);
	const char *number = json_get_string(
		json_object_get(rule, "properties"), "security-severity",
		NULL);
	const char *level = json_get_string(result, "level", NULL);
	double score;

	if (number != NULL) {
		score = strtod(number, NULL);
		return score >= 9.0   ? "critical"
		       : score >= 7.0 ? "high"
		       : score >= 4.0 ? "medium"
				      : "low";
	}
	if (level == NULL)
		level = json_get_string(
			json_object_get(rule, "defaultConfiguration"), "level",
			"warning");
	return strcmp(level, "error") == 0     ? "high"
	       : strcmp(level, "warning") == 0 ? "medium"
					       : "low";
}

/* Whether an accepted suppression holds now; *ret_until is its end or 0. */
static bool
sarif_is_waived(const json_t *result, int64_t now, int64_t *ret_until)
{
	const json_t *list = json_object_get(result, "suppressions"), *s;
	size_t i;

	json_array_foreach(list, i, s) {
		const char *status = json_get_string(s, "status", "accepted");
		const char *text = json_get_string(
			json_object_get(s, "properties"), "expires", NULL);

		*ret_until = evidence_time(text);
		if (strcmp(status, "accepted") == 0 &&
			(text == NULL || *ret_until > now))
			return true;
	}
	return false;
}

static void
sarif_result(const json_t *run, const json_t *result, int64_t now,
	struct evidence *v)
{
	const char *kind = json_get_string(result, "kind", "fail");
	int64_t until = 0;

	if (strcmp(kind, "fail") != 0)
		v->passed += strcmp(kind, "pass") == 0;
	else if (sarif_is_waived(result, now, &until))
		evidence_waive(v, until);
	else
		evidence_count(v, sarif_severity(run, result));
}

static int
sarif_run(const json_t *run, int64_t now, struct evidence *v,
	char named_sha256[DIGEST_HEX_SIZE], struct error *e)
{
	const json_t *results = json_object_get(run, "results"), *item;
	const json_t *calls = json_object_get(run, "invocations");
	size_t i;

	if (!json_is_string(json_object_get(
		    json_object_get(json_object_get(run, "tool"), "driver"),
		    "name")))
		return malformed(e, "SARIF", "a run does not name its tool");
	if (!json_is_array(results))
		return malformed(e, "SARIF", "a run has no results");
	json_array_foreach(results, i, item) {
		if (!json_is_object(item))
			return malformed(
				e, "SARIF", "a result is not an object");
		sarif_result(run, item, now, v);
	}
	json_array_foreach(calls, i, item) {
		int64_t at = evidence_time(
			json_get_string(item, "endTimeUtc", NULL));

		if (at > v->stated_at)
			v->stated_at = at;
		if (json_is_false(
			    json_object_get(item, "executionSuccessful")))
			return malformed(e, "a whole scan",
				"the tool says that it did not succeed");
	}
	evidence_name_digest(
		json_get_string(json_object_get(run, "properties"),
			"artefact_sha256", NULL),
		named_sha256);
	return 0;
}

int
evidence_read_sarif(const json_t *o, int64_t now, struct evidence *v,
	char named_sha256[DIGEST_HEX_SIZE], struct error *e)
{
	const json_t *runs = json_object_get(o, "runs"), *run;
	const char *version = json_get_string(o, "version", "");
	size_t i;

	v->format = EVIDENCE_SARIF;
	if (strncmp(version, "2.", 2) != 0)
		return malformed(e, "SARIF", "its version is not 2.x");
	if (!json_is_array(runs) || json_array_size(runs) == 0)
		return malformed(e, "SARIF", "it has no runs");
	json_array_foreach(runs, i, run)
		if (sarif_run(run, now, v, named_sha256, e) == -1)
			return -1;
	evidence_judge(v);
	return 0;
}

/* ---- CycloneDX ---- */

static const char *
cyclonedx_severity(const json_t *vulnerability)
{
	static const char *const order[] = {"critical", "high", "medium"};
	const json_t *ratings = json_object_get(vulnerability, "ratings");
	const json_t *rating;
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(order); k++)
		json_array_foreach(ratings, i, rating) {
			if (strcmp(json_get_string(rating, "severity", ""),
				    order[k]) == 0)
				return order[k];
		}
	return "low";
}

static void
cyclonedx_vulnerability(const json_t *o, int64_t now, struct evidence *v)
{
	static const char *const waived[] = {"resolved",
		"resolved_with_pedigree", "false_positive", "not_affected"};
	const json_t *analysis = json_object_get(o, "analysis");
	const char *state = json_get_string(analysis, "state", "");
	const json_t *list = json_object_get(o, "properties"), *item;
	int64_t until = 0;
	bool is_waived = false;
	size_t i;

	json_array_foreach(list, i, item) {
		if (strcmp(json_get_string(item, "name", ""),
			    "waived_until") == 0)
			until = evidence_time(
				json_get_string(item, "value", NULL));
	}
	for (i = 0; i < ARRAY_SIZE(waived); i++)
		is_waived = is_waived || strcmp(state, waived[i]) == 0;
	if (until != 0)
		is_waived = until > now;
	if (is_waived)
		evidence_waive(v, until);
	else
		evidence_count(v, cyclonedx_severity(o));
}

static void
cyclonedx_subject(const json_t *metadata, struct evidence *v,
	char named_sha256[DIGEST_HEX_SIZE])
{
	const json_t *hashes = json_object_get(
		json_object_get(metadata, "component"), "hashes");
	const json_t *hash;
	size_t i;

	v->stated_at =
		evidence_time(json_get_string(metadata, "timestamp", NULL));
	json_array_foreach(hashes, i, hash) {
		if (strcmp(json_get_string(hash, "alg", ""), "SHA-256") == 0)
			evidence_name_digest(
				json_get_string(hash, "content", NULL),
				named_sha256);
	}
}

int
evidence_read_cyclonedx(const json_t *o, int64_t now, struct evidence *v,
	char named_sha256[DIGEST_HEX_SIZE], struct error *e)
{
	const json_t *parts = json_object_get(o, "components");
	const json_t *found = json_object_get(o, "vulnerabilities"), *item;
	size_t i;

	v->format = EVIDENCE_CYCLONEDX;
	if (strcmp(json_get_string(o, "bomFormat", ""), "CycloneDX") != 0)
		return malformed(e, "CycloneDX", "bomFormat says otherwise");
	if (json_get_string(o, "specVersion", NULL) == NULL)
		return malformed(e, "CycloneDX", "it has no specVersion");
	if (parts != NULL && !json_is_array(parts))
		return malformed(e, "CycloneDX", "components is not a list");
	json_array_foreach(parts, i, item)
		if (!json_is_string(json_object_get(item, "name")))
			return malformed(
				e, "CycloneDX", "a component has no name");
	v->passed = (int64_t)json_array_size(parts);
	json_array_foreach(found, i, item)
		cyclonedx_vulnerability(item, now, v);
	cyclonedx_subject(json_object_get(o, "metadata"), v, named_sha256);
	evidence_judge(v);
	return 0;
}
