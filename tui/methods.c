/* methods.c - the engine's table of methods as data: the table is the
 * contract, and nothing of the engine is linked. */
#include "tui/methods.h"

#include <string.h>

#include "base/base.h"

enum { KIND_READ, KIND_ACT, KIND_WORK };

#define PERMISSION_NONE "nothing"
#define PERMISSION_VIEW "view"
#define PERMISSION_LOGS "logs"
#define PERMISSION_RELEASE "release"
#define PERMISSION_PLAN "plan"
#define PERMISSION_PLAN_OR_OPERATE "plan or operate"
#define PERMISSION_CALENDAR "calendar"
#define PERMISSION_OVERRIDE_ASK "plan, operate or calendar"
#define PERMISSION_DECIDE "approve or override"
#define PERMISSION_REVIEW "plan, approve or operate"
#define PERMISSION_OPERATE "operate"
#define PERMISSION_STOP_OR_OPERATE "stop or operate"
#define PERMISSION_ADMIN "admin"
#define PERMISSION_AUDIT "audit"
#define PERMISSION_SELF_ADMIN "admin, or being the engine's user or root"
#define PERMISSION_SELF_AUDIT "audit, or being the engine's user or root"

static const struct method_info methods[] = {
#define METHOD(name, permission, kind, handler, arguments, help)               \
	{name, PERMISSION_##permission, KIND_##kind != KIND_READ, arguments,   \
		help},
#include "engine/methods.def"
#undef METHOD
};

size_t
method_count(void)
{
	return ARRAY_SIZE(methods);
}

const struct method_info *
method_at(size_t i)
{
	return &methods[i];
}

const struct method_info *
method_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}
