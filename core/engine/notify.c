/* notify.c - the outbox of notices. */
#include "engine/notify.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/text.h"
#include "base/units.h"
#include "engine/events.h"
#include "wire/json.h"

#define IN_FLIGHT_MOST 8
#define KEPT_S ((int64_t)30 * 86400)

/* One that is being sent. */
struct flight {
	struct engine *en;
	struct delivery d;
	bool is_new;   /* it was not begun yet */
	bool is_stale; /* the notifier has gone */
	struct flight *next;
};

/* What was last told of an object that goes through states. */
struct told {
	char *object, *what;
	UT_hash_handle hh;
};

struct notifier {
	struct told *told;
	struct sender *sender;
	struct flight *flights;
	int count;
	int64_t prune_at;
};

/* ---- entries ---- */

static char *
target_of(const struct notify_entry *n)
{
	return n->run != NULL ? xasprintf("run %s", n->run)
			      : xasprintf("url_file %s", n->url_file);
}

static const struct notify_entry *
find_entry(const struct settings *s, const char *target)
{
	size_t i;

	for (i = 0; i < s->notify_count; i++) {
		char *own = target_of(&s->notify[i]);
		bool is_it = strcmp(own, target) == 0;

		free(own);
		if (is_it)
			return &s->notify[i];
	}
	return NULL;
}

bool
notify_is_wanted(const struct engine *en, unsigned kinds)
{
	const struct settings *s = en->settings;
	size_t i;

	for (i = 0; i < s->notify_count; i++)
		if (s->notify[i].on & kinds)
			return true;
	return false;
}

/* ---- posting ---- */

static void
save(struct engine *en, const struct delivery *d)
{
	struct error e;

	engine_write(en);
	engine_must(store_delivery_put(en->store, d, &e), &e,
		"save a delivery");
}

static void
address(struct engine *en, int64_t notice, unsigned kinds)
{
	const struct settings *s = en->settings;
	size_t i;

	for (i = 0; i < s->notify_count; i++) {
		struct delivery d = {
			.notice = notice, .next_at = engine_now(en)};

		if (!(s->notify[i].on & kinds))
			continue;
		d.target = target_of(&s->notify[i]);
		save(en, &d);
		free(d.target);
	}
}

void
notify(struct engine *en, unsigned kinds, const char *what, const char *object,
	json_t *body)
{
	char *text;
	struct error e;
	int64_t id;

	json_object_update_new(body,
		json_pack("{s:s, s:s, s:o, s:o, s:s}", "event", what, "id",
			object, "at", json_time(engine_now(en)), "site",
			json_text(en->settings->site), "engine_id",
			store_engine_id(en->store)));
	text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(body);
	engine_write(en);
	engine_must(store_notice_add(en->store, what, object, engine_now(en),
			    text, &id, &e),
		&e, "save a notice");
	free(text);
	address(en, id, kinds);
}

/* What was told of it before this engine began. */
static char *
told_before(struct engine *en, const char *object)
{
	struct error e;
	char *what;
	int found = store_notice_latest(en->store, object, &what, &e);

	engine_must(found, &e, "read notices");
	return found == 1 ? what : xstrdup("");
}

bool
notify_is_new(struct engine *en, const char *object, const char *what)
{
	struct notifier *n = en->notifier;
	struct told *t;
	bool is_new;

	HASH_FIND_STR(n->told, object, t);
	if (t == NULL) {
		t = xcalloc(1, sizeof(*t));
		t->object = xstrdup(object);
		t->what = told_before(en, object);
		HASH_ADD_KEYPTR(
			hh, n->told, t->object, strlen(t->object), t);
	}
	is_new = strcmp(t->what, what) != 0;
	if (is_new)
		str_replace(&t->what, what);
	return is_new;
}

/* ---- what came of it ---- */

static void
give_up(struct engine *en, const struct flight *f)
{
	char *reason = xasprintf("given up after %d attempts: %s",
		f->d.attempts, f->d.error);

	engine_record(en, "engine", -1, "notice.failed", f->d.object, reason,
		json_pack("{s:I, s:s, s:s}", "notice",
			(json_int_t)f->d.notice, "event", f->d.kind, "to",
			strncmp(f->d.target, "run ", 4) == 0 ? "run"
							     : f->d.target));
	free(reason);
}

static void
came_back(struct engine *en, struct flight *f, const char *error)
{
	const struct notify_entry *to = find_entry(en->settings, f->d.target);
	int most = to == NULL ? 1 : to->attempts;
	int64_t wait = to == NULL ? 0 : to->retry_ms / 1000;

	free(f->d.error);
	f->d.error = error == NULL ? NULL : text_printable(error);
	if (error == NULL) {
		f->d.state = DELIVERY_SENT;
	} else if (f->d.attempts >= most) {
		f->d.state = DELIVERY_FAILED;
		give_up(en, f);
	} else {
		wait <<= f->d.attempts > 10 ? 10 : f->d.attempts - 1;
		f->d.next_at = engine_now(en) + (wait < 1 ? 1 : wait);
	}
	save(en, &f->d);
	events_engine(en);
}

static void
on_ended(void *arg, const char *error)
{
	struct flight *f = arg, **slot;
	struct notifier *n = f->en->notifier;

	if (!f->is_stale) {
		for (slot = &n->flights; *slot != f; slot = &(*slot)->next)
			;
		*slot = f->next;
		n->count--;
		came_back(f->en, f, error);
	}
	delivery_finish(&f->d);
	free(f);
}

/* ---- sending ---- */

static bool
is_in_flight(const struct notifier *n, const struct delivery *d)
{
	const struct flight *f;

	for (f = n->flights; f != NULL; f = f->next)
		if (f->d.notice == d->notice &&
			strcmp(f->d.target, d->target) == 0)
			return true;
	return false;
}

/* What is due, before any of it is written: the list is being read. */
static int
take(const struct delivery *d, void *arg)
{
	struct engine *en = arg;
	struct notifier *n = en->notifier;
	struct flight *f;

	if (is_in_flight(n, d))
		return 0;
	if (n->count == IN_FLIGHT_MOST)
		return 1;
	f = xcalloc(1, sizeof(*f));
	f->en = en;
	f->d = *d;
	f->d.target = xstrdup(d->target);
	f->d.error = xstrdup_or_null(d->error);
	f->d.kind = xstrdup(d->kind);
	f->d.object = xstrdup(d->object);
	f->d.body = xstrdup(d->body);
	f->is_new = true;
	f->next = n->flights;
	n->flights = f;
	n->count++;
	return 0;
}

/* The attempt is counted before it is made. */
static void
begin(struct engine *en, struct flight *f)
{
	const struct notify_entry *to = find_entry(en->settings, f->d.target);

	f->is_new = false;
	if (to == NULL) {
		f->d.state = DELIVERY_DROPPED;
		save(en, &f->d);
		return;
	}
	f->d.attempts++;
	save(en, &f->d);
	sender_send(en->notifier->sender, to, f->d.body, f);
}

static void
forget_dropped(struct notifier *n)
{
	struct flight **slot = &n->flights, *f;

	while ((f = *slot) != NULL) {
		if (f->d.state != DELIVERY_DROPPED) {
			slot = &f->next;
			continue;
		}
		*slot = f->next;
		n->count--;
		delivery_finish(&f->d);
		free(f);
	}
}

static void
prune(struct engine *en)
{
	struct notifier *n = en->notifier;
	struct error e;

	if (engine_now(en) < n->prune_at)
		return;
	n->prune_at = engine_now(en) + 86400;
	engine_write(en);
	engine_must(store_notice_prune(
			    en->store, engine_now(en) - KEPT_S, &e),
		&e, "forget old notices");
}

void
notifier_run(struct engine *en)
{
	struct flight *f;
	struct error e;

	prune(en);
	engine_must(store_delivery_due_each(
			    en->store, engine_now(en), take, en, &e),
		&e, "read notices that are due");
	for (f = en->notifier->flights; f != NULL; f = f->next)
		if (f->is_new)
			begin(en, f);
	forget_dropped(en->notifier);
}

/* ---- looking ---- */

static int
add_trouble(const struct delivery *d, void *arg)
{
	const char *what = strncmp(d->target, "run ", 4) == 0
				   ? "the command of 'notify'"
				   : d->target;
	char next[TIME_TEXT_SIZE];

	time_format_utc(d->next_at, next);
	json_array_append_new(arg,
		json_sprintf("%s does not take notices: %s; %s %s about %s",
			what, d->error,
			d->state == DELIVERY_FAILED ? "given up" : "next try",
			d->state == DELIVERY_FAILED ? "the one" : next,
			d->object));
	return 0;
}

json_t *
notify_troubles(struct engine *en)
{
	json_t *list = json_array();
	struct error e;

	engine_must(store_delivery_trouble_each(
			    en->store, add_trouble, list, &e),
		&e, "read deliveries");
	return list;
}

/* ---- life ---- */

struct notifier *
notifier_create(struct engine *en)
{
	struct notifier *n = xcalloc(1, sizeof(*n));

	n->sender = sender_create(en, on_ended, en->loop);
	return n;
}

void
notifier_destroy(struct notifier *n)
{
	struct told *t, *next;
	struct flight *f;

	if (n == NULL)
		return;
	HASH_ITER(hh, n->told, t, next)
	{
		HASH_DEL(n->told, t);
		free(t->object);
		free(t->what);
		free(t);
	}
	/* What is cut off here is sent again by the next engine. */
	for (f = n->flights; f != NULL; f = f->next)
		f->is_stale = true;
	sender_destroy(n->sender);
	free(n);
}
