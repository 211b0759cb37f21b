/* console.c - places, keys, messages, time: the console without a terminal. */
#include "tui/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tui/states.h"
#include "tui/view.h"
#include "wire/json.h"

#define TOAST_MS 6000
#define THEMES_MS 2000 /* between looks at the files of the theme */

/* So long after a list was opened its rows come in one after the other, and
 * the cursor keeps to the first unless a key was pressed. */
#define COMING_IN_MS 1500

int64_t
console_now_ms(const struct console *c)
{
	return clock_mono_ms(c->clock);
}

void
console_place_finish(struct place *p)
{
	free(p->object);
	free(p->host);
	filter_finish(&p->filter);
	list_finish(&p->list);
	pager_finish(&p->pager);
	choices_finish(&p->choices);
	memset(p, 0, sizeof(*p));
}

struct place *
console_place(struct console *c)
{
	return &c->places[c->depth_places - 1];
}

void
console_say(struct console *c, enum style_role role, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->message, sizeof(c->message), fmt, ap);
	va_end(ap);
	c->message_role = role;
	c->announced[0] = '\0';
	c->message_counts = false;
	c->message_until_ms =
		role == STYLE_NOTICE_ERROR ? 0 : console_now_ms(c) + TOAST_MS;
	c->dirty = true;
}

void
console_send_raw(struct console *c, const char *bytes)
{
	strbuf_adds(&c->raw, bytes);
	c->dirty = true;
}

void
console_link(struct console *c, int y, int x, const char *url)
{
	struct link *l = &c->links[c->link_count];

	if (c->link_count == LINKS_MAX || strlen(url) >= sizeof(l->url))
		return;
	c->link_count++;
	l->y = y;
	l->x = x;
	snprintf(l->url, sizeof(l->url), "%s", url);
}

static void
place_open(struct console *c, struct place *p, const struct view *v,
	const char *object, const char *host)
{
	memset(p, 0, sizeof(*p));
	p->view = v;
	p->object = xstrdup_or_null(object);
	p->host = xstrdup_or_null(host);
	p->list.loose = true;
	p->opened_at_ms = console_now_ms(c);
	memory_recall(c, p);
	memory_changed(c, MEMORY_PLACE);
	if (v->open != NULL)
		v->open(c, p);
	console_refresh(c);
	c->dirty = true;
}

void
console_go(struct console *c, const struct view *v, const char *object,
	const char *host)
{
	char *o = xstrdup_or_null(object), *h = xstrdup_or_null(host);

	if (c->depth_places == PLACES_MAX)
		console_back(c);
	place_open(c, &c->places[c->depth_places++], v, o, h);
	free(o);
	free(h);
}

/* A place that comes to light again shows what is true now. */
static void
place_return(struct console *c)
{
	struct place *p = console_place(c);

	console_invalidate(c);
	if (p->view->open != NULL)
		p->view->open(c, p);
	console_refresh(c);
	c->dirty = true;
}

void
console_back(struct console *c)
{
	if (c->depth_places <= 1)
		return;
	memory_note(c, console_place(c));
	memory_changed(c, MEMORY_PLACE);
	console_place_finish(&c->places[--c->depth_places]);
	place_return(c);
}

void
console_root(struct console *c, const struct view *v)
{
	if (c->depth_places > 0)
		memory_note(c, &c->places[0]);
	while (c->depth_places > 0)
		console_place_finish(&c->places[--c->depth_places]);
	c->depth_places = 1;
	if (v->digit != c->digit) {
		c->last_digit = c->digit;
		c->digit = v->digit;
	}
	place_open(c, &c->places[0], v, NULL, NULL);
}

void
console_invalidate(struct console *c)
{
	console_place(c)->listed_version = UINT64_MAX;
}

void
console_refresh_place(struct console *c, struct place *p)
{
	if (p->listed_version == c->world->version && c->world->version > 0)
		return;
	p->listed_version = c->world->version;
	p->filter.now = clock_wall_ms(c->clock) / 1000;
	snprintf(p->filter.user, sizeof(p->filter.user), "%s", c->user);
	if (console_now_ms(c) - p->opened_at_ms > COMING_IN_MS)
		p->list.loose = false;
	if (p->view->refresh != NULL)
		p->view->refresh(c, p);
}

void
console_refresh(struct console *c)
{
	size_t i = c->depth_places - 1;

	/* What the menu or the help is about stands below it. */
	while (i > 0 && !c->places[i].view->has_rows &&
		c->places[i].object == NULL)
		console_refresh_place(c, &c->places[i--]);
	console_refresh_place(c, &c->places[i]);
}

void
console_init(struct console *c, struct clock *clock,
	const struct console_io *io, void *io_arg)
{
	memset(c, 0, sizeof(*c));
	c->clock = clock;
	c->io = io;
	c->io_arg = io_arg;
	c->world = world_create();
	strbuf_init(&c->raw);
	c->width = 80;
	c->height = 24;
	c->digit = '1';
	theme_init(&c->theme);
	glyphs_init(&c->glyphs);
	c->depth_places = 1;
	c->places[0].view = &home_view;
	c->menu_run = ACTION_COUNT;
	c->dirty = true;
}

void
console_keep(struct console *c, void *object, void (*destroy)(void *))
{
	ARRAY_GROW(c->kept, c->kept_count, c->kept_capacity);
	c->kept[c->kept_count++] = (struct kept){object, destroy};
}

void
console_drop(struct console *c, void *object)
{
	size_t i;

	for (i = 0; i < c->kept_count; i++)
		if (c->kept[i].object == object) {
			c->kept[i] = c->kept[--c->kept_count];
			return;
		}
}

void
console_finish(struct console *c)
{
	struct draft *d;

	for (; c->kept_count > 0; c->kept_count--)
		c->kept[c->kept_count - 1].destroy(
			c->kept[c->kept_count - 1].object);
	free(c->kept);
	console_place_finish(&c->beside);
	while (c->depth_places > 0)
		console_place_finish(&c->places[--c->depth_places]);
	while ((d = c->drafts) != NULL) {
		c->drafts = d->next;
		free(d->key);
		free(d->text);
		free(d);
	}
	console_palette_finish(&c->palette);
	memory_finish(&c->memory);
	console_docs_finish(c);
	canary_finish(&c->canary);
	json_decref(c->permissions);
	calendar_finish(&c->calendar);
	free(c->plan_seen);
	free(c->known_needs);
	strbuf_finish(&c->raw);
	free(c->home_zone);
	world_destroy(c->world);
	memset(c, 0, sizeof(*c));
}

void
console_set_theme(struct console *c, const char *name)
{
	struct error e;

	if (theme_load(&c->theme, name, c->depth, &e) < 0)
		console_say(c, STYLE_NOTICE_ERROR, "%s", e.text);
	else if (c->theme.warning[0] != '\0')
		console_say(c, STYLE_NOTICE_WARN, "%s", c->theme.warning);
	if (strcmp(c->theme.glyphs, "auto") != 0 && !c->glyphs_chosen)
		glyphs_load(&c->glyphs, c->theme.glyphs, &e);
	console_set_borders(c);
	c->dirty = c->wants_redraw = true;
}

/* Rules as the theme wants them, of what the glyphs have. */
void
console_set_borders(struct console *c)
{
	static const struct {
		const char *border, *utf8, *ascii;
	} rules[] = {{"none", " ", " "}, {"ascii", "-", "-"},
		{"heavy", "\342\224\201", "="}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (strcmp(c->theme.border, rules[i].border) == 0)
			snprintf(c->glyphs.text[GLYPH_BOX_H],
				sizeof(c->glyphs.text[GLYPH_BOX_H]), "%s",
				c->glyphs.ascii ? rules[i].ascii
						: rules[i].utf8);
}

void
console_set_glyphs(struct console *c, const char *name)
{
	struct error e;

	if (glyphs_load(&c->glyphs, name, &e) < 0)
		console_say(c, STYLE_NOTICE_ERROR, "%s", e.text);
	console_set_borders(c);
	c->dirty = c->wants_redraw = true;
}

void
console_resize(struct console *c, int width, int height)
{
	c->width = width;
	c->height = height;
	c->dirty = true;
}

/* --- time --- */

void
console_time(const struct console *c, int64_t at, struct strbuf *out)
{
	time_t t = (time_t)at, now = (time_t)(clock_wall_ms(c->clock) / 1000);
	struct tm tm, today;
	char text[32];

	if (at <= 0)
		return;
	if (c->relative) {
		view_ago((int64_t)now - at, out);
		return;
	}
	if (c->utc) {
		gmtime_r(&t, &tm);
		gmtime_r(&now, &today);
	} else {
		localtime_r(&t, &tm);
		localtime_r(&now, &today);
	}
	if (tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday)
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	else
		strftime(text, sizeof(text), "%d %b %H:%M", &tm);
	strbuf_adds(out, text);
}

/* A file of the look was written: a bad one keeps the old look, says why. */
static void
reload_theme(struct console *c)
{
	struct error e;

	if (!theme_is_outdated(&c->theme))
		return;
	theme_take_note(&c->theme);
	if (theme_load(&c->theme, c->theme.name, c->depth, &e) < 0) {
		console_say(c, STYLE_NOTICE_ERROR, "%s", e.text);
		return;
	}
	if (c->theme.warning[0] != '\0')
		console_say(c, STYLE_NOTICE_WARN, "%s", c->theme.warning);
	else
		console_say(c, STYLE_NOTICE_INFO, "theme %s read anew",
			c->theme.name);
	console_set_borders(c);
	c->wants_redraw = true;
}

/* The person's own keys, where their file is new; a bad one changes none. */
void
console_load_keys(struct console *c)
{
	char *path = keys_path();
	struct error e;

	if (keys_changed(path, &c->keys_seen) && keys_load(path, &e) == -1)
		console_say(c, STYLE_NOTICE_ERROR, "%s", e.text);
	free(path);
}

const char *
console_zone_word(const struct console *c, int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	if (c->utc)
		return "UTC";
	localtime_r(&t, &tm);
	return tm.tm_zone;
}

bool
console_is_counting(const struct console *c)
{
	const struct collection *rollouts = &c->world->lists[WORLD_ROLLOUTS];
	size_t i;

	if (c->link == LINK_STATE_LOST || c->message_until_ms > 0)
		return true;
	for (i = 0; i < rollouts->count; i++) {
		const void *r = rollouts->items[i];

		if (rollout_is_live(r) &&
			strcmp(((const struct world_rollout *)r)->state,
				"paused") != 0)
			return true;
	}
	return false;
}

void
console_tick(struct console *c)
{
	int64_t now = console_now_ms(c);
	int64_t minute = clock_wall_ms(c->clock) / 60000;

	if (c->message_until_ms > 0 && now >= c->message_until_ms) {
		c->message[0] = '\0';
		c->message_until_ms = 0;
		c->stale = true;
	}
	if (minute != c->painted_minute)
		c->stale = true;
	notice_remind(c);
	if (!c->settled && c->link == LINK_STATE_LIVE &&
		now - console_place(c)->opened_at_ms >= COMING_IN_MS) {
		c->settled = c->stale = true;
		console_invalidate(c);
	}
	memory_flush(c);
	if (now - c->themes_seen_ms >= THEMES_MS) {
		c->themes_seen_ms = now;
		reload_theme(c);
		console_load_keys(c);
	}
	if (c->log_waits) {
		console_invalidate(c);
		c->stale = true;
	}
	if (c->motion != MOTION_NONE && console_is_counting(c) &&
		now / 10000 != c->painted_step)
		c->stale = true;
	if (c->message_counts && !c->slow_link && c->motion == MOTION_FULL)
		c->stale = true;
}

/* --- engine --- */

/* An engine that does not say is left to refuse by itself. */
static bool
may(const json_t *hello, const char *permission)
{
	const json_t *list = json_object_get(hello, "permissions"), *v;
	size_t i;

	json_array_foreach(
		list, i, v) if (json_is_string(v) &&
				strcmp(json_string_value(v), permission) ==
					0) return true;
	return !json_is_array(list);
}

void
console_link_up(struct console *c, const json_t *hello)
{
	char *started = record_text(hello, "started_at");
	bool another = c->engine_started[0] != '\0' &&
		       strcmp(c->engine_started, started) != 0;
	char *user = record_text(hello, "user");
	char *person = record_text(hello, "person");
	size_t i;

	if (another) {
		for (i = 0; i < TOPICS_MAX; i++)
			c->topics[i].seq = -1;
		console_say(c, STYLE_NOTICE_INFO,
			"the engine was started again; everything is read "
			"anew");
	} else if (c->link == LINK_STATE_LOST) {
		console_say(c, STYLE_NOTICE_OK, "the engine is back");
	}
	snprintf(c->engine_started, sizeof(c->engine_started), "%s", started);
	snprintf(c->user, sizeof(c->user), "%s", user);
	snprintf(c->person, sizeof(c->person), "%s",
		person[0] != '\0' ? person : user);
	snprintf(c->engine_zone, sizeof(c->engine_zone), "%.60s",
		json_get_string(hello, "timezone", ""));
	console_follow_zone(c);
	json_decref(c->permissions);
	c->permissions = json_is_array(json_object_get(hello, "permissions"))
		? json_deep_copy(json_object_get(hello, "permissions")) : NULL;
	c->single_user = json_is_true(json_object_get(hello, "single_user"));
	c->may_operate = may(hello, "operate");
	c->may_stop = c->may_operate || may(hello, "stop");
	free(started);
	free(user);
	free(person);
	c->link = c->world->ready ? LINK_STATE_LIVE : LINK_STATE_READING;
	c->generation++;
	c->needs_asked = c->canary_asked = false;
	console_docs_stale(c);
	console_subscribe(c);
	if (!c->memory.loaded)
		memory_load(c);
	console_load_needs(c);
	c->stale = true;
}

void
console_link_down(struct console *c, const struct error *why)
{
	size_t i;

	if (c->link != LINK_STATE_LOST)
		c->lost_at_ms = console_now_ms(c);
	c->link = LINK_STATE_LOST;
	for (i = 0; i < TOPICS_MAX; i++)
		c->topics[i].active = false;
	snprintf(c->lost_why, sizeof(c->lost_why), "%.150s",
		why != NULL ? why->text : "the connection ended");
	c->message[0] = '\0';
	c->dirty = true;
}
