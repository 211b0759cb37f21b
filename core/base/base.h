/* base.h - what every file of every layer may use. */
#ifndef SLUICE_BASE_BASE_H
#define SLUICE_BASE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define SLUICE_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
