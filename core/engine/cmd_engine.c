/* cmd_engine.c - the engine itself: who am I talking to, status, stop,
 * configuration, backup, checks. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/cmd.h"
#include "engine/objects.h"
#include "store/backup.h"
#include "wire/json.h"

static json_t *
permissions_json(unsigned may)
{
	json_t *array = json_array();
	int i;

	for (i = 0; i < PERMISSION_COUNT; i++)
		if (may & (1u << i))
			json_array_append_new(array,
				json_string(
					permission_name((enum permission)i)));
	return array;
}

void
cmd_hello(struct request *rq)
{
	int64_t protocol = json_get_int(rq->args, "protocol", 0);
	const struct engine *en = rq->en;

	if (protocol != ENGINE_PROTOCOL) {
		request_refuse(rq, ERROR_PROTOCOL,
			"use the sluice that came with this engine",
			"the client speaks protocol %lld, this engine (%s) "
			"speaks %d",
			(long long)protocol, PACKAGE_VERSION, ENGINE_PROTOCOL);
		return;
	}
	request_done(rq,
		json_pack("{s:i, s:s, s:s, s:I, s:s, s:I, s:o, s:o, s:o, s:b, "
			  "s:o, s:o, s:i, s:o, s:s}",
			"protocol", ENGINE_PROTOCOL, "engine_id",
			store_engine_id(en->store), "version", PACKAGE_VERSION,
			"epoch", (json_int_t)store_epoch(en->store), "user",
			rq->who.user, "uid", (json_int_t)rq->uid, "person",
			json_text(rq->who.person), "roles",
			strings_json(&rq->who.roles), "permissions",
			permissions_json(rq->who.may), "single_user",
			!en->settings->has_people, "site",
			json_text(en->settings->site), "timezone",
			json_text(en->settings->timezone), "pid", (int)getpid(),
			"started_at", json_time(en->started_at), "state_dir",
			en->state_dir));
}

void
cmd_engine_status(struct request *rq)
{
	request_done(rq, engine_status_json(rq->en));
}

/* "R-233 (paused), R-240 (running)": why each is no bad surprise. */
static int
add_under_way(const struct rollout *r, void *arg)
{
	struct strbuf *out = arg;
	char id[ID_TEXT_SIZE];

	rollout_id_format(r->id, id);
	strbuf_addf(out, "%s%s (%s)", out->len > 0 ? ", " : "", id,
		rollout_state_name(r->state));
	return 0;
}

static void
refuse_to_stop(struct request *rq)
{
	struct rollout_filter active = {.state = -1, .only_active = true};
	struct strbuf list;
	struct error e;

	strbuf_init(&list);
	engine_must(store_rollout_each(rq->en->store, &active, add_under_way,
			    &list, &e),
		&e, "read rollouts");
	request_refuse(rq, ERROR_CONFIRM,
		"say --yes",
		"rollouts are not over: %.400s; they stay as they are and go "
		"on when the engine starts again",
		list.buf);
	strbuf_finish(&list);
}

void
cmd_engine_stop(struct request *rq)
{
	bool restart = json_get_bool(rq->args, "restart", false);
	struct actor by = request_actor(rq);
	struct engine *en = rq->en;
	json_t *status = engine_status_json(en);
	json_t *running = json_incref(json_object_get(status, "rollouts"));

	json_decref(status);
	if (json_array_size(running) > 0 &&
		!json_get_bool(rq->args, "yes", false)) {
		refuse_to_stop(rq);
		json_decref(running);
		return;
	}
	engine_record(en, by.who, by.uid,
		restart ? "engine.restart" : "engine.stop", "", "", NULL);
	request_done(rq, json_pack("{s:o, s:i}", "rollouts", running, "pid",
				 (int)getpid()));
	engine_stop(en, restart);
}

/* ---- configuration ---- */

void
cmd_config_show(struct request *rq)
{
	const struct settings *s = rq->en->settings;

	request_done(
		rq, json_pack("{s:o, s:s, s:o}", "path", json_text(s->path),
			    "digest", s->digest, "text",
			    json_text(s->text == NULL ? "" : s->text)));
}

static json_t *
report_json(const struct settings_report *report)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < report->count; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:b}", "where",
				      report->items[i].where, "text",
				      report->items[i].text, "warning",
				      (int)report->items[i].is_warning));
	return list;
}

static void
describe_report(const struct settings_report *report, struct error *e)
{
	size_t i;

	error_set(e, ERROR_CONFIG, "the configuration was not taken");
	for (i = 0; i < report->count; i++) {
		if (report->items[i].is_warning)
			continue;
		error_set(e, ERROR_CONFIG, "%s: %s", report->items[i].where,
			report->items[i].text);
		break;
	}
	if (report->errors > 1)
		error_hint(e, "and %zu more; see sluice config check",
			report->errors - 1);
}

void
cmd_config_reload(struct request *rq)
{
	struct actor by = request_actor(rq);
	struct settings_report report = {0};
	struct engine *en = rq->en;
	struct settings *settings;
	struct error e;

	settings = settings_load(en->settings->path, &report);
	if (settings == NULL) {
		describe_report(&report, &e);
		request_fail(rq, &e);
	} else {
		bool same = strcmp(settings->digest, en->settings->digest) == 0;

		engine_use_settings(en, settings, by.who, by.uid);
		request_done(
			rq, json_pack("{s:o, s:s, s:b, s:o}", "path",
				    json_text(en->settings->path), "digest",
				    en->settings->digest, "changed", !same,
				    "problems", report_json(&report)));
	}
	settings_report_finish(&report);
}

/* ---- backup: copied in slices on the loop, packed by a worker ---- */

#define BACKUP_PAGES 256

struct backing_up {
	struct request *rq;
	struct backup *backup;
	struct backup_summary summary;
	uv_idle_t idle;
	uv_work_t work;
	struct error error;
	int result;
};

static void
backup_free(uv_handle_t *handle)
{
	free(handle->data);
}

static void
backup_answer(struct backing_up *b)
{
	const struct backup_summary *s = &b->summary;
	struct actor by = request_actor(b->rq);

	if (b->result == -1) {
		request_fail(b->rq, &b->error);
	} else {
		engine_record(b->rq->en, by.who, by.uid, "engine.backup", "",
			"", NULL);
		request_done(b->rq,
			json_pack("{s:I, s:I, s:I, s:I, s:I, s:s, s:s}",
				"files", (json_int_t)s->files, "size_bytes",
				(json_int_t)s->bytes, "missing_artefacts",
				(json_int_t)s->missing, "epoch",
				(json_int_t)s->epoch, "ledger_seq",
				(json_int_t)s->ledger_seq, "ledger_head",
				s->ledger_hash, "engine_id", s->engine_id));
	}
	backup_destroy(b->backup);
	uv_close((uv_handle_t *)&b->idle, backup_free);
}

static void
backup_work(uv_work_t *work)
{
	struct backing_up *b = work->data;

	b->result = backup_pack(
		b->backup, clock_real(), b->rq->fds[0], &b->summary, &b->error);
}

static void
backup_done(uv_work_t *work, int status)
{
	(void)status;
	backup_answer(work->data);
}

static void
backup_slice(uv_idle_t *idle)
{
	struct backing_up *b = idle->data;
	struct engine *en = b->rq->en;

	/* A copy is of what is committed. */
	engine_flush(en);
	b->result = backup_step(b->backup, BACKUP_PAGES, &b->error);
	if (b->result == 1)
		return;
	uv_idle_stop(idle);
	if (b->result == -1)
		backup_answer(b);
	else
		uv_queue_work(en->loop, &b->work, backup_work, backup_done);
}

void
cmd_engine_backup(struct request *rq)
{
	struct engine *en = rq->en;
	const struct settings *s = en->settings;
	struct backup_files files = {
		.paths = {[BACKUP_CONFIG] = s->path,
			[BACKUP_ALLOWED_SIGNERS] = s->allowed_signers,
			[BACKUP_SSH_CONFIG] = s->ssh_config},
		.known_hosts = &s->ssh_known_hosts};
	struct backing_up *b;
	struct error e;

	if (rq->fd_count != 1) {
		request_refuse(rq, ERROR_USAGE, NULL,
			"no file came along with the request");
		return;
	}
	b = xcalloc(1, sizeof(*b));
	if (backup_begin(en->store, en->private_dir, &files, &b->backup,
		    &e) == -1) {
		free(b);
		request_fail(rq, &e);
		return;
	}
	b->rq = rq;
	b->work.data = b->idle.data = b;
	uv_idle_init(en->loop, &b->idle);
	uv_idle_start(&b->idle, backup_slice);
}
