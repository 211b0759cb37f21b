/* release.h - service + version + artefact, known by its SHA-256. */
#ifndef SLUICE_MODEL_RELEASE_H
#define SLUICE_MODEL_RELEASE_H

#include "base/digest.h"
#include "model/fleet.h"

enum payload_format {
	PAYLOAD_TAR,
	PAYLOAD_TAR_GZ,
	PAYLOAD_FILE,
	PAYLOAD_FORMAT_COUNT
};

const char *payload_format_name(enum payload_format f); /* "tar.gz" */
int payload_format_parse(const char *s);

struct release_file {
	char *path;
	char *link; /* target of a symbolic link, else NULL */
	int mode;
	int64_t size_bytes;
	char sha256[DIGEST_HEX_SIZE]; /* empty for links and directories */
};

struct release {
	char *service, *version;
	char sha256[DIGEST_HEX_SIZE]; /* of the bytes that were given */
	int64_t size_bytes;
	int64_t files;
	char *file_name; /* as it was called when given */
	/* What travels to hosts: the same bytes, or the artefact packed so that
	 * tar and gzip suffice. */
	enum payload_format format;
	char payload_sha256[DIGEST_HEX_SIZE];
	int64_t payload_bytes;
	int64_t unpacked_bytes;
	char *notes, *commit;
	int64_t committed_at; /* 0: not told */
	int64_t created_at;
	char *created_by;
	char *quarantine; /* reason, NULL: not quarantined */
	char *signed_by;
	/* Releases of other services that must be where this one goes, each
	 * "SERVICE=VERSION", sorted; see release_need_parse. */
	struct strings needs;
};

void release_finish(struct release *r);

/* One of needs: that release of another service, or one that was registered
 * after it. */
struct release_need {
	char service[64];
	const char *version; /* borrowed from what was parsed */
};

/* False: it is no "SERVICE=VERSION". */
bool release_need_parse(const char *text, struct release_need *ret);

#define RELEASE_DIR_SIZE 80

/* VERSION-SHA12, the directory's name on hosts. */
void release_dir(const char *version, const char *sha256,
	char out[RELEASE_DIR_SIZE]);

#endif
