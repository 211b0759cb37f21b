/*
 * restore.h - a state directory from a backup (backup.h).
 *
 * Everything is unpacked beside, the database last of all under its own name:
 * a restore that was cut off leaves no database. The epoch is raised, so that
 * hosts refuse the engine that was backed up; what it was doing is held:
 * rollouts are paused (cause engine), intents without outcome are unknown,
 * and hosts are marked "reconcile" until they were asked.
 */
#ifndef SLUICE_STORE_RESTORE_H
#define SLUICE_STORE_RESTORE_H

#include "store/store.h"

struct restore_summary {
	char engine_id[33];
	int64_t epoch; /* the new one */
	int64_t ledger_seq;
	int paused; /* rollouts */
	char *extra; /* where configuration and known hosts are; owned */
};

/*
 * Checks the backup (fd can be read again) and restores it into DIR, which
 * exists and has no database. who and uid go to the ledger. The caller holds
 * the directory's lock.
 */
int restore_backup(int fd, const char *dir, struct clock *clock,
	const char *who, int64_t uid, struct restore_summary *ret,
	struct error *e);

#endif
