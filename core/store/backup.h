/*
 * backup.h - one tar with all that another machine needs: the database, the
 * artefacts it refers to, the configuration and the files that it names. No
 * keys, and no addresses that are secrets (url_file).
 *
 *	BACKUP		 what this is: "sluice backup 1", engine id, epoch ...
 *	sluice.db
 *	artefacts/SHA256, artefacts/SHA256.manifest
 *	sluice.conf, allowed_signers, ssh_config
 *	known_hosts/N
 *	SHA256SUMS	 of all before it: unpack, and sha256sum -c checks it
 *
 * The engine copies the database in slices on its loop (backup_begin,
 * backup_step) and leaves the rest to a worker thread (backup_pack), which
 * opens the copy only.
 */
#ifndef SLUICE_STORE_BACKUP_H
#define SLUICE_STORE_BACKUP_H

#include "model/fleet.h"
#include "store/store.h"

struct backup; /* one backup that is being made */

struct backup_summary {
	int64_t files, bytes; /* without SHA256SUMS */
	int64_t missing;      /* artefacts that the store has no more */
	int64_t epoch, ledger_seq;
	char ledger_hash[DIGEST_HEX_SIZE];
	char engine_id[33];
};

/* Files beside the store that go along, where they are set and there. */
enum backup_file {
	BACKUP_CONFIG,
	BACKUP_ALLOWED_SIGNERS,
	BACKUP_SSH_CONFIG,
	BACKUP_FILE_COUNT
};

struct backup_files { /* all borrowed */
	const char *paths[BACKUP_FILE_COUNT];
	const struct strings *known_hosts;
};

/* What such a file is called in a backup. */
extern const char *const backup_file_names[BACKUP_FILE_COUNT];

/* DIR is that of store_open; files are copied. Destroy removes what was put
 * into DIR. */
int backup_begin(struct store *s, const char *dir,
	const struct backup_files *files, struct backup **ret,
	struct error *e);
/* Copies up to so many pages of 4 KiB; 1: there is more, 0: all. */
int backup_step(struct backup *b, int pages, struct error *e);
/*
 * Checks the copy (rows, whole ledger) and writes the tar to fd; if fd can be
 * read again, reads it and compares. Any thread; not together with others of
 * the same backup. fd is borrowed.
 */
int backup_pack(struct backup *b, struct clock *clock, int fd,
	struct backup_summary *ret, struct error *e);
void backup_destroy(struct backup *b);

/* All of the above at once. */
int backup_write(struct store *s, struct clock *clock, const char *dir,
	const struct backup_files *files, int fd, struct backup_summary *ret,
	struct error *e);

/* Reads a backup from fd's place to its end: complete and unaltered? */
int backup_check(int fd, struct error *e);

/* Removes what backups that never ended left in DIR; store_open does it. */
void backup_sweep(const char *dir);

/* A directory with nothing but a database in it, and what SQLite keeps beside
 * that; one with more stays. */
void backup_remove_copy(const char *copy_dir);

#endif
