/*
 * evidence_read.h - what a file of evidence says: JUnit XML, SARIF, CycloneDX
 * JSON, or a file that states its result ({"result": "pass"}, or a first line
 * "result: pass"). Files are hostile until they are read to their end.
 */
#ifndef SLUICE_ENGINE_EVIDENCE_READ_H
#define SLUICE_ENGINE_EVIDENCE_READ_H

#include <jansson.h>

#include "model/evidence.h"

#define EVIDENCE_MOST ((size_t)16 * 1024 * 1024)

/*
 * Fills format, result, the counts and stated_at of v, and named_sha256 with
 * the digest of the artefact that the file says it is about (empty: it does
 * not). The kinds junit, sarif and cyclonedx must be what they say; for any
 * other the content decides. Malformed: -1.
 */
int evidence_read(const char *kind, const char *data, size_t len, int64_t now,
	struct evidence *v, char named_sha256[DIGEST_HEX_SIZE],
	struct error *e);

/* One format each. */
int evidence_read_junit(const char *data, size_t len, struct evidence *v,
	char named_sha256[DIGEST_HEX_SIZE], struct error *e);
int evidence_read_sarif(const json_t *o, int64_t now, struct evidence *v,
	char named_sha256[DIGEST_HEX_SIZE], struct error *e);
int evidence_read_cyclonedx(const json_t *o, int64_t now, struct evidence *v,
	char named_sha256[DIGEST_HEX_SIZE], struct error *e);

/* A finding of that weight: "critical" "high" "medium" "low"; anything else
 * is low. */
void evidence_count(struct evidence *v, const char *severity);

/* A finding that is waived until then (0: for good). */
void evidence_waive(struct evidence *v, int64_t until);

/* "pass" unless something critical or high is there. */
void evidence_judge(struct evidence *v);

/* A time as the formats write them; 0: it is none. */
int64_t evidence_time(const char *text);

/* Takes text as a digest of the artefact if it is one: 64 hex digits. */
void evidence_name_digest(const char *text, char ret[DIGEST_HEX_SIZE]);

#endif
