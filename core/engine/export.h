/*
 * export.h - what an export (audit.export) is made of. The engine writes
 * pieces of files, {"file": NAME, "text": TEXT} a line, to the descriptor
 * that the client gave; the client makes the files.
 */
#ifndef SLUICE_ENGINE_EXPORT_H
#define SLUICE_ENGINE_EXPORT_H

#include "engine/clients.h"

struct export {
	struct request *rq;
	struct strbuf out;	/* pieces of this turn */
	struct strbuf checks;	/* commands of the README */
	struct strings shared;	/* files that are written already */
	struct change_id change; /* 0: a period */
	int64_t from, to;
	int64_t ledger_after, entries;
	struct change_id *changes; /* to be written */
	size_t change_count, change_capacity, change_at;
	int64_t signatures;
	uv_idle_t idle;
	uv_work_t work;
	struct error error;
	int result;
};

/* Adds to a file of the export; text is taken as it is. */
void export_add(struct export *x, const char *file, const char *text);
void export_add_json(struct export *x, const char *file, json_t *o);

/* Everything about one change, under "C-42/": its plans, what was said, the
 * signatures, the release with its evidence, its rollouts. */
void export_change(struct export *x, struct change_id id);

/* How all of it is checked. */
void export_readme(struct export *x);

#endif
