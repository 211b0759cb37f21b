/* room.c - room in the state directory, and the ballast that is kept there. */
#include "engine/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/events.h"
#include "engine/runner.h"

#define MIB 1048576
#define BALLAST_BYTES (8 * MIB)
/* New work needs so much beside the ballast. */
#define WORK_BYTES (16 * MIB)
#define WORK_INODES 64
/* Without a ballast the last of it is for steps in flight. */
#define LAST_BYTES (2 * MIB)

struct room {
	char *ballast_path;
	bool has_ballast;
	int64_t free_bytes, free_inodes; /* inodes -1: not counted there */
	char *problem;			 /* NULL: there is room */
	bool is_said;
};

static bool
ballast_is_there(const struct room *r)
{
	struct stat st;

	return lstat(r->ballast_path, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size == BALLAST_BYTES &&
	       st.st_blocks * 512 >= BALLAST_BYTES;
}

static void
ballast_make(struct room *r)
{
	int fd = open(r->ballast_path,
		O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	r->has_ballast =
		fd != -1 && posix_fallocate(fd, 0, BALLAST_BYTES) == 0;
	if (!r->has_ballast)
		unlink(r->ballast_path);
	if (fd != -1)
		close(fd);
}

/* The database asks, in the middle of a write. */
static bool
make_room(void *arg)
{
	struct room *r = arg;

	if (!r->has_ballast)
		return false;
	r->has_ballast = false;
	log_warn("the file system is full: the ballast is let go");
	return unlink(r->ballast_path) == 0;
}

static void
measure(struct room *r, const char *dir)
{
	struct statvfs fs;

	if (statvfs(dir, &fs) == -1)
		return;
	r->free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	r->free_inodes = fs.f_files == 0 ? -1 : (int64_t)fs.f_favail;
}

struct room *
room_create(struct engine *en)
{
	struct room *r = xcalloc(1, sizeof(*r));

	r->ballast_path = path_join(en->private_dir, "ballast");
	r->has_ballast = ballast_is_there(r);
	measure(r, en->private_dir);
	if (!r->has_ballast && r->free_bytes >= BALLAST_BYTES + WORK_BYTES)
		ballast_make(r);
	store_on_full(make_room, r);
	return r;
}

void
room_destroy(struct room *r)
{
	if (r == NULL)
		return;
	store_on_full(NULL, NULL);
	free(r->ballast_path);
	free(r->problem);
	free(r);
}

/* It is over only when there is more than it began with: not to and fro. */
static bool
is_short(struct room *r)
{
	int64_t more = r->problem == NULL ? 0 : BALLAST_BYTES;

	return !r->has_ballast || r->free_bytes < WORK_BYTES + more ||
	       (r->free_inodes >= 0 && r->free_inodes < WORK_INODES);
}

/* Without figures that change every second: it is compared and recorded. */
static char *
words(const struct room *r, const char *dir)
{
	if (r->free_inodes >= 0 && r->free_inodes < WORK_INODES)
		return xasprintf("the file system of '%s' has fewer than %d "
				 "inodes left",
			dir, WORK_INODES);
	return xasprintf("the file system of '%s' is full: fewer than %d MiB "
			 "are free",
		dir, (WORK_BYTES + BALLAST_BYTES) / MIB);
}

static void
say(struct engine *en, const char *problem)
{
	en->room->is_said = problem != NULL;
	engine_record(en, "engine", -1,
		problem != NULL ? "engine.disk_full" : "engine.room_again", "",
		problem, NULL);
	events_engine(en);
	if (problem == NULL)
		runner_pump(en->runner);
}

void
room_look(struct engine *en)
{
	struct room *r = en->room;

	measure(r, en->private_dir);
	if (!r->has_ballast && r->free_bytes >= BALLAST_BYTES + WORK_BYTES)
		ballast_make(r);
	if (!is_short(r)) {
		free(r->problem);
		r->problem = NULL;
	} else if (r->problem == NULL) {
		r->problem = words(r, en->state_dir);
	}
	if ((r->problem != NULL) != r->is_said)
		say(en, r->problem);
}

const char *
room_problem(const struct engine *en)
{
	return en->room->problem;
}

int
room_refuse(struct engine *en, enum method_kind kind, struct error *e)
{
	const struct room *r = en->room;

	room_look(en);
	if (r->problem == NULL || kind == METHOD_READ ||
		(kind == METHOD_ACT &&
			(r->has_ballast || r->free_bytes >= LAST_BYTES)))
		return 0;
	error_set(e, ERROR_NO_SPACE, "%s", r->problem);
	return error_hint(e,
		"make room there: old backups and logs, or a larger file "
		"system; all goes on by itself");
}
