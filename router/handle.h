/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handles as applications see them (R2.4): generation, kind and index of a
 * cell in a table that is never given back, so that a stale or forged handle
 * is always told from a good one.
 */
#ifndef ROUTER_HANDLE_H
#define ROUTER_HANDLE_H

#include "common/cryptoki.h"

#include <stdint.h>

enum handle_kind { HANDLE_SESSION, HANDLE_OBJECT };

#if __SIZEOF_LONG__ == 8
enum { HANDLE_INDEX_BITS = 23, HANDLE_GENERATION_BITS = 38 };
#else
enum { HANDLE_INDEX_BITS = 19, HANDLE_GENERATION_BITS = 11 };
#endif

#define HANDLE_MAX_INDEX      ((UINT32_C(1) << HANDLE_INDEX_BITS) - 1)
#define HANDLE_MAX_GENERATION ((UINT64_C(1) << HANDLE_GENERATION_BITS) - 1)

static inline CK_ULONG
handle_make(enum handle_kind kind, uint64_t generation, uint32_t index)
{
    return (CK_ULONG)generation << (HANDLE_INDEX_BITS + 1) |
           (CK_ULONG)kind << HANDLE_INDEX_BITS | index;
}

static inline enum handle_kind
handle_kind(CK_ULONG handle)
{
    return (enum handle_kind)(handle >> HANDLE_INDEX_BITS & 1);
}

static inline uint32_t
handle_index(CK_ULONG handle)
{
    return (uint32_t)handle & HANDLE_MAX_INDEX;
}

/* May be above HANDLE_MAX_GENERATION in a forged handle: no cell has it. */
static inline uint64_t
handle_generation(CK_ULONG handle)
{
    return (uint64_t)handle >> (HANDLE_INDEX_BITS + 1);
}

#endif
