/*
 * console_lock.c - the write lock: a guard against slips, not against people.
 * Each protected environment is locked until somebody unlocks it for a while.
 */
#include <stdio.h>
#include <string.h>

#include "tui/console_act.h"

const char *
act_env(const struct target *t, const char **ret_protect)
{
	if (t->change != NULL) {
		*ret_protect = t->change->protect;
		return t->change->env;
	}
	if (t->rollout != NULL) {
		*ret_protect = t->rollout->protect;
		return t->rollout->env;
	}
	*ret_protect = "none";
	return "";
}

bool
act_is_protected(const char *protect)
{
	return strcmp(protect, "none") != 0;
}

static struct env_lock *
lock_find(struct console *c, const char *env)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(c->locks); i++)
		if (strcmp(c->locks[i].env, env) == 0)
			return &c->locks[i];
	return NULL;
}

int64_t
act_unlocked_ms(struct console *c, const char *env)
{
	const struct env_lock *l = lock_find(c, env);
	int64_t left = l == NULL ? 0 : l->unlocked_until_ms - console_now_ms(c);

	return left > 0 ? left : 0;
}

void
act_unlock(struct console *c, const char *env)
{
	struct env_lock *l = lock_find(c, env);
	size_t i, oldest = 0;

	for (i = 1; l == NULL && i < ARRAY_SIZE(c->locks); i++)
		if (c->locks[i].unlocked_until_ms <
			c->locks[oldest].unlocked_until_ms)
			oldest = i;
	if (l == NULL)
		l = &c->locks[oldest];
	snprintf(l->env, sizeof(l->env), "%s", env);
	l->unlocked_until_ms = console_now_ms(c) + UNLOCK_MS;
}

void
console_lock(struct console *c)
{
	memset(c->locks, 0, sizeof(c->locks));
	console_say(c, STYLE_NOTICE_INFO, "locked");
}

void
console_unlock(struct console *c)
{
	struct target t = console_target(c);
	const char *protect, *env = act_env(&t, &protect);

	if (env[0] == '\0' || !act_is_protected(protect)) {
		console_say(c, STYLE_NOTICE_WARN,
			"nothing is locked here: unlock on a change or rollout "
			"of a protected environment");
		return;
	}
	act_unlock(c, env);
	console_say(c, STYLE_NOTICE_WARN, "%s is unlocked for 15 minutes", env);
}

void
console_lock_text(struct console *c, char *out, size_t size)
{
	struct target t = console_target(c);
	const char *protect, *env = act_env(&t, &protect);
	int64_t left = act_unlocked_ms(c, env);

	if (env[0] == '\0' || !act_is_protected(protect))
		out[0] = '\0';
	else if (left > 0)
		snprintf(out, size, "UNLOCKED %dm",
			(int)((left + 59999) / 60000));
	else
		snprintf(out, size, "LOCKED");
}
