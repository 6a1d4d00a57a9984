/* SPDX-License-Identifier: BSD-3-Clause */
/* Completes the function list of a module. */
#include "backends/list.h"

#include <string.h>

/* A row of functions.def names its parameters, and no answer needs them. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define FUNCTION(name, answer, parameters)                                     \
    static CK_RV lacking_##name parameters                                     \
    {                                                                          \
        return answer;                                                         \
    }
#include "common/functions.def"
#undef FUNCTION
#pragma GCC diagnostic pop

static const CK_FUNCTION_LIST_3_2 lacking = {
    .version = { 3, 2 },
#define FUNCTION(name, answer, parameters) .name = lacking_##name,
#include "common/functions.def"
#undef FUNCTION
};

/* All pointers to functions have one size (POSIX, dlsym). */
typedef void (*entry)(void);

static const size_t first = offsetof(CK_FUNCTION_LIST_3_2, C_Initialize);

#define HAS_ENTRIES(list, count)                                               \
    _Static_assert(sizeof(list) == offsetof(CK_FUNCTION_LIST, C_Initialize) +  \
                                       (count) * sizeof(entry),                \
                   #list " has not the functions it should have")
HAS_ENTRIES(CK_FUNCTION_LIST, 68);
HAS_ENTRIES(CK_FUNCTION_LIST_3_0, 92);
HAS_ENTRIES(CK_FUNCTION_LIST_3_2, 104);

/*
 * The first row that fits. Every 2.x has the 68 of 2.40: openCryptoki says
 * that it is 2.1. Later versions only ever append.
 */
static const struct {
    CK_BYTE major;
    CK_BYTE least_minor;
    size_t length;
} lengths[] = {
    { .major = 2, .least_minor = 0, .length = 68 },
    { .major = 3, .least_minor = 2, .length = 104 },
    { .major = 3, .least_minor = 0, .length = 92 },
};

/* The text of 3.2 ends before these two, the header after them. */
static const size_t wrap_auth_length = 2;

size_t
list_length(CK_VERSION version, bool wrap_auth)
{
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        if (version.major != lengths[i].major ||
            version.minor < lengths[i].least_minor)
            continue;
        if (lengths[i].length == 104 && !wrap_auth)
            return lengths[i].length - wrap_auth_length;
        return lengths[i].length;
    }
    return 0;
}

bool
list_complete(const CK_FUNCTION_LIST *from, bool wrap_auth,
              CK_FUNCTION_LIST_3_2 *out)
{
    size_t length = list_length(from->version, wrap_auth);
    const entry none = NULL;

    if (length == 0)
        return false;
    *out = lacking;
    for (size_t i = 0; i < length; i++) {
        size_t at = first + i * sizeof(entry);

        if (memcmp((const char *)from + at, &none, sizeof(none)) != 0)
            memcpy((char *)out + at, (const char *)from + at, sizeof(entry));
    }
    return true;
}

bool
list_has(const CK_FUNCTION_LIST_3_2 *list, size_t at)
{
    return memcmp((const char *)list + at, (const char *)&lacking + at,
                  sizeof(entry)) != 0;
}
