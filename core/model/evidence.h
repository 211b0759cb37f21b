/* evidence.h - what is shown about a release: tests, scans, lists of parts,
 * sign-offs. Bound to the digest of the artefact it speaks of. */
#ifndef SLUICE_MODEL_EVIDENCE_H
#define SLUICE_MODEL_EVIDENCE_H

#include "base/digest.h"
#include "model/fleet.h"

enum evidence_format {
	EVIDENCE_JUNIT,
	EVIDENCE_SARIF,
	EVIDENCE_CYCLONEDX,
	EVIDENCE_STATED, /* a file that states its result */
	EVIDENCE_SIGNOFF,
	EVIDENCE_FORMAT_COUNT
};

struct evidence {
	int64_t id;
	char *service, *version;
	char sha256[DIGEST_HEX_SIZE]; /* of the artefact */
	char *kind;		      /* "scan", "tests", "signoff" ... */
	enum evidence_format format;
	char *role; /* of a sign-off, else NULL */
	char *file_name;
	char file_sha256[DIGEST_HEX_SIZE]; /* empty for a sign-off */
	int64_t size_bytes;
	char *result; /* "pass", "fail", "none": it states none */
	int64_t passed, failed, skipped;
	int64_t critical, high, medium, low; /* findings, without waived ones */
	int64_t waived;
	int64_t waived_until; /* the first waiver ends, 0: none does */
	int64_t stated_at;    /* when it was made, as it says, or 0 */
	char *added_by;	      /* person */
	int64_t added_uid, added_at;
	char *text; /* words of who added it */
};

void evidence_finish(struct evidence *v);

const char *evidence_format_name(enum evidence_format f);
int evidence_format_parse(const char *s); /* -1: nobody knows it */

/* When it was made, as far as anybody can tell: never after it came. */
int64_t evidence_made_at(const struct evidence *v);

/*
 * Whether the newest of list (oldest first) that rule asks for satisfies it
 * now, for the artefact sha256. Says why in out, in either case.
 */
bool evidence_satisfies(const struct evidence_rule *rule,
	const struct evidence *list, size_t count, const char *sha256,
	int64_t now, struct strbuf *out);

/* "12 passed, 1 failed", "2 high, 3 waived"; nothing where nothing counts. */
void evidence_describe(const struct evidence *v, struct strbuf *out);

#endif
