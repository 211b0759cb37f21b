/*
 * plain_work.c - a prompt over the console's model: a number chooses what is
 * listed, then what to do with it; any other line is a command of sluice.
 *
 * What is possible now, and why not, is asked of the same table as the screen
 * asks; what is done is done by the same commands as in a script, shown before
 * they run, so that the prompt teaches them. An act is typed for, never
 * confirmed by an empty line.
 */
#include "tui/plain_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tui/console_deed.h"
#include "tui/plain_want.h"
#include "tui/program.h"
#include "tui/states.h"
#include "tui/view.h"

#define ITEMS_MOST 200
#define WORDS_MOST 40

/* What needs no quotes in a shell. */
#define PLAIN_BYTES                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"       \
	"-_./:@%+=,"

enum asks { ASKS_NOTHING, ASKS_WANT, ASKS_WORD };

struct plain_work {
	struct console *console;
	const struct client_where *where;
	char *self;
	char items[ITEMS_MOST][32]; /* ids of the list that was printed last */
	size_t count;
	char id[32]; /* what was chosen, "" nothing */
	enum action_id acts[ACTION_COUNT];
	size_t act_count;
	enum asks asks; /* the next line is the answer to that */
	enum action_id act;
	struct wants wants;
	char word[80];
};

struct plain_work *
plain_work_create(struct console *c, const struct client_where *where)
{
	struct plain_work *w = xcalloc(1, sizeof(*w));

	w->console = c;
	w->where = where;
	w->self = path_find_program("sluice");
	return w;
}

void
plain_work_destroy(struct plain_work *w)
{
	if (w == NULL)
		return;
	free(w->self);
	free(w);
}

/* ---- lists ---- */

static void
item(struct plain_work *w, const char *id, const char *text)
{
	if (w->count == ITEMS_MOST)
		return;
	snprintf(w->items[w->count++], sizeof(w->items[0]), "%s", id);
	printf("%zu. %s %s\n", w->count, id, text);
}

static void
rollout_item(struct plain_work *w, const struct world_rollout *r)
{
	char lost[64], *text;

	rollout_lost_text(r, lost, sizeof(lost));
	text = xasprintf("%s, %s %s to %s, %s: %lld of %lld hosts done, %lld "
			 "failed, %s%s%s",
		r->state, r->service, r->version, r->env,
		env_word(r->env_kind, r->env), (long long)r->hosts_done,
		(long long)r->hosts_total, (long long)r->hosts_failed, lost,
		r->reason[0] != '\0' ? ": " : "", r->reason);
	item(w, r->record.id, text);
	free(text);
}

static void
change_item(struct plain_work *w, const struct world_change *ch)
{
	char *text = xasprintf("%s, %s %s to %s, %s, by %s: %lld of %lld "
			       "approvals, risk %lld %s%s%s",
		ch->state, ch->service, ch->version, ch->env,
		env_word(ch->env_kind, ch->env), ch->author,
		(long long)ch->approvals_given,
		(long long)ch->approvals_required, (long long)ch->risk,
		ch->risk_band, ch->waiting_for[0] != '\0' ? ", waits for " : "",
		ch->waiting_for);

	item(w, ch->record.id, text);
	free(text);
}

static void
list_rollouts(struct plain_work *w)
{
	const struct collection *list =
		&w->console->world->lists[WORLD_ROLLOUTS];
	size_t i, before = w->count;

	printf("Rolling out:\n");
	for (i = list->count; i > 0; i--) {
		const struct world_rollout *r =
			(const void *)list->items[i - 1];

		if (rollout_is_live(r))
			rollout_item(w, r);
	}
	if (w->count == before)
		printf("nothing\n");
}

static bool
is_open_change(const struct world_change *ch)
{
	static const char *const open[] = {"draft", "submitted", "approved",
		"scheduled", "voided", "mixed"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(open); i++)
		if (strcmp(open[i], ch->state) == 0)
			return true;
	return false;
}

static void
list_changes(struct plain_work *w)
{
	const struct collection *list =
		&w->console->world->lists[WORLD_CHANGES];
	size_t i, before = w->count;

	printf("Changes that wait:\n");
	for (i = list->count; i > 0; i--) {
		const struct world_change *ch =
			(const void *)list->items[i - 1];

		if (is_open_change(ch))
			change_item(w, ch);
	}
	if (w->count == before)
		printf("none\n");
}

/* Acts that wait for a second person. */
static void
list_requests(struct plain_work *w)
{
	const struct collection *list =
		&w->console->world->lists[WORLD_REQUESTS];
	size_t i, before = w->count;

	for (i = list->count; i > 0; i--) {
		const struct world_request *q =
			(const void *)list->items[i - 1];
		char *text;

		if (strcmp(q->state, "submitted") != 0)
			continue;
		if (w->count == before)
			printf("Requests:\n");
		text = xasprintf("by %s: %s, because %s", q->author, q->what,
			q->why);
		item(w, q->record.id, text);
		free(text);
	}
}

static void
list_all(struct plain_work *w)
{
	w->id[0] = '\0';
	w->count = w->act_count = 0;
	list_rollouts(w);
	list_changes(w);
	list_requests(w);
}

void
plain_work_prompt(struct plain_work *w)
{
	if (w->asks == ASKS_WANT)
		wants_prompt(&w->wants);
	else if (w->asks == ASKS_WORD)
		printf("type %s to go on, anything else to leave it: ",
			w->word);
	else
		printf("%s> ", w->id);
	fflush(stdout);
}

static void
help(void)
{
	printf("A number chooses what is listed. An empty line lists again.\n"
	       "Any command of sluice can be typed, without sluice in front: "
	       "queue, rollout ls, change show C-42, calendar, help.\n"
	       "What changes is printed by itself. b goes back, q leaves; "
	       "rollouts go on.\n");
}

void
plain_work_begin(struct plain_work *w)
{
	struct console *c = w->console;

	printf("sluice without a screen, as %s%s. ? explains it.\n", c->user,
		c->single_user ? ", single user" : "");
	list_all(w);
	plain_work_prompt(w);
}

/* ---- commands ---- */

static void
run(struct plain_work *w, const char *const *words, size_t count)
{
	const char *argv[WORDS_MOST + 8];
	size_t n = 0, i;

	if (w->self == NULL) {
		printf("this program is not found; nothing was run\n");
		return;
	}
	argv[n++] = w->self;
	if (w->where->config != NULL) {
		argv[n++] = "--config";
		argv[n++] = w->where->config;
	}
	if (w->where->state != NULL) {
		argv[n++] = "--state";
		argv[n++] = w->where->state;
	}
	argv[n++] = "--no-color";
	for (i = 0; i < count && i < WORDS_MOST; i++)
		argv[n++] = words[i];
	argv[n] = NULL;
	fflush(stdout);
	program_run(argv);
}

/* Words between blanks; quotes hold some together, as in a shell. */
static size_t
split_words(char *line, const char **words, size_t most)
{
	size_t n = 0;
	char *in = line, *out;

	for (;;) {
		char quote = '\0';

		while (*in == ' ' || *in == '\t')
			in++;
		if (*in == '\0' || n == most)
			return n;
		words[n++] = out = in;
		for (; *in != '\0' && (quote != '\0' || *in != ' '); in++) {
			if (quote == *in)
				quote = '\0';
			else if (quote == '\0' && (*in == '"' || *in == '\''))
				quote = *in;
			else
				*out++ = *in;
		}
		if (*in != '\0')
			in++;
		*out = '\0';
	}
}

static void
run_line(struct plain_work *w, char *line)
{
	const char *words[WORDS_MOST];
	size_t n = split_words(line, words, WORDS_MOST);

	if (n > 0 && strcmp(words[0], "sluice") == 0)
		run(w, words + 1, n - 1);
	else
		run(w, words, n);
}

/* ---- one object ---- */

static bool
is_rollout(const char *id)
{
	return id[0] == 'R';
}

/* What a command line can do about it, by number; what it cannot now, why. */
static void
list_acts(struct plain_work *w)
{
	struct console *c = w->console;
	const char *usage;
	int i;

	w->act_count = 0;
	for (i = 0; i < ACTION_COUNT; i++) {
		const struct action *a = action_get((enum action_id)i);
		const char *why;

		if (a->tier == 0 || !console_applies(c, (enum action_id)i) ||
			command_of_method(deed_method((enum action_id)i, w->id),
				&usage) == NULL)
			continue;
		why = console_reason(c, (enum action_id)i);
		if (why != NULL) {
			printf("not now: %s, %s\n", a->name, why);
			continue;
		}
		w->acts[w->act_count++] = (enum action_id)i;
		printf("%zu. %s: %s\n", w->act_count, a->name, a->sentence);
	}
}

static void
choose(struct plain_work *w, const char *id)
{
	const char *words[3] = {is_rollout(id) ? "rollout"
				: id[0] == 'Q' ? "request"
					       : "change",
		"show", id};

	snprintf(w->id, sizeof(w->id), "%s", id);
	console_root(w->console, &home_view);
	console_go(w->console, is_rollout(id) ? &rollout_view : &change_view,
		id, NULL);
	run(w, words, 3);
	list_acts(w);
}

static const char *
digest_of(const struct plain_work *w)
{
	struct target t = console_target(w->console);

	return t.change != NULL	   ? t.change->plan_digest
	       : t.request != NULL ? t.request->plan_digest
				   : "";
}

/* "production" where the environment asks for it, else "yes". */
static void
ask_word(struct plain_work *w)
{
	struct target t = console_target(w->console);
	const char *env = t.rollout != NULL ? t.rollout->env
			  : t.change != NULL ? t.change->env
					     : "";
	const char *protect = t.rollout != NULL ? t.rollout->protect
			      : t.change != NULL ? t.change->protect
						 : "";

	snprintf(w->word, sizeof(w->word), "%s",
		strcmp(protect, "typed") == 0 && env[0] != '\0' ? env : "yes");
	w->asks = ASKS_WORD;
}

/* A word as a shell takes it. */
static void
put_word(const char *word)
{
	if (word[0] != '\0' && word[strspn(word, PLAIN_BYTES)] == '\0') {
		printf(" %s", word);
		return;
	}
	printf(" '");
	for (; *word != '\0'; word++)
		if (*word == '\'')
			printf("'\\''");
		else
			putchar(*word);
	putchar('\'');
}

/* Says how it is typed, and runs it. */
static void
carry_out(struct plain_work *w)
{
	const char *digest = digest_of(w), *usage, *argv[WORDS_MOST];
	bool decides = w->act == ACTION_APPROVE || w->act == ACTION_REJECT;
	char *words = xstrdup(
		command_of_method(deed_method(w->act, w->id), &usage));
	size_t n = split_words(words, argv, 3), i;

	n = wants_add(&w->wants, w->id, argv, n);
	/* The decision is about what was read here. */
	if (decides && digest[0] != '\0') {
		argv[n++] = "--digest";
		argv[n++] = digest;
	}
	printf("sluice");
	for (i = 0; i < n; i++)
		put_word(argv[i]);
	putchar('\n');
	argv[n++] = "--yes";
	w->asks = ASKS_NOTHING;
	run(w, argv, n);
	free(words);
}

static void
ask_next(struct plain_work *w)
{
	if (wants_is_next(&w->wants))
		w->asks = ASKS_WANT;
	else
		ask_word(w);
}

/* Stopping is never slowed down; all else is typed for. */
static void
begin_act(struct plain_work *w, enum action_id id)
{
	const char *usage;

	w->act = id;
	command_of_method(deed_method(id, w->id), &usage);
	wants_collect(&w->wants, usage);
	if (id == ACTION_PAUSE)
		carry_out(w);
	else
		ask_next(w);
}

/* ---- lines ---- */

static void
answer(struct plain_work *w, const char *line)
{
	if (w->asks == ASKS_WANT && wants_answer(&w->wants, line)) {
		ask_next(w);
	} else if (w->asks == ASKS_WORD && strcmp(line, w->word) == 0) {
		carry_out(w);
	} else {
		w->asks = ASKS_NOTHING;
		printf("nothing was done\n");
	}
}

static void
take_number(struct plain_work *w, size_t number)
{
	if (w->id[0] != '\0' && number >= 1 && number <= w->act_count)
		begin_act(w, w->acts[number - 1]);
	else if (w->id[0] == '\0' && number >= 1 && number <= w->count)
		choose(w, w->items[number - 1]);
	else
		printf("there is no number %zu here\n", number);
}

bool
plain_work_line(struct plain_work *w, char *line)
{
	char *end;
	unsigned long number = strtoul(line, &end, 10);

	if (w->asks != ASKS_NOTHING)
		answer(w, line);
	else if (strcmp(line, "q") == 0 || strcmp(line, "quit") == 0)
		return false;
	else if (line[0] == '\0' || strcmp(line, "b") == 0)
		list_all(w);
	else if (strcmp(line, "?") == 0)
		help();
	else if (line[0] >= '0' && line[0] <= '9' && *end == '\0')
		take_number(w, number);
	else
		run_line(w, line);
	plain_work_prompt(w);
	return true;
}
