/* restore_main.c - `sluiced --restore FILE`. */
#include "engine/restore_main.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/restore.h"

int
restore_become_owner(const char *state_dir, struct error *e)
{
	struct stat st;
	struct passwd *pw;

	if (geteuid() != 0 || stat(state_dir, &st) == -1 || st.st_uid == 0)
		return 0;
	pw = getpwuid(st.st_uid);
	if (pw == NULL || initgroups(pw->pw_name, pw->pw_gid) == -1 ||
		setgid(pw->pw_gid) == -1 || setuid(pw->pw_uid) == -1)
		return error_set_errno(e, errno,
			"cannot become the owner of '%s'", state_dir);
	return 0;
}

int
restore_print(const struct engine *en, int fd, uid_t by, struct error *e)
{
	struct passwd *pw = getpwuid(by);
	struct restore_summary s;
	json_t *o;

	if (restore_backup(fd, en->private_dir, en->clock,
		    pw == NULL ? "unknown" : pw->pw_name, (int64_t)by, &s,
		    e) == -1)
		return -1;
	o = json_pack("{s:s, s:I, s:I, s:i, s:s, s:s}", "engine_id",
		s.engine_id, "epoch", (json_int_t)s.epoch, "ledger_seq",
		(json_int_t)s.ledger_seq, "rollouts_paused", s.paused,
		"state_dir", en->state_dir, "extra", s.extra);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
	free(s.extra);
	return fflush(stdout) == 0 ? 0
				   : error_set(e, ERROR_IO, "cannot print");
}
