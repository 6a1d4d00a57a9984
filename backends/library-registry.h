/* SPDX-License-Identifier: BSD-3-Clause */
/* The libraries of this process, for the two files that keep them. */
#ifndef BACKENDS_LIBRARY_REGISTRY_H
#define BACKENDS_LIBRARY_REGISTRY_H

#include "backends/image.h"
#include "backends/library.h"
#include "common/copy.h"

enum { STARTER_LENGTH = 128 };

struct library {
    struct library *next;
    struct library_identity identity; /* of the file, not of a copy */
    char *instance;
    struct image image;
    char *file;     /* the original's, as found */
    int descriptor; /* of a copy in memory, else -1 */
    const CK_FUNCTION_LIST *list;
    uint64_t load_us;
    struct door door;

    /* Under the registry's lock. */
    unsigned references;
    bool retired; /* replaced by a new copy: never to be touched again */
    enum library_state state;
    unsigned users; /* of what is initialised */
    unsigned generation;
    bool wants_serialise;
    bool has_info;
    CK_INFO info;
    char starter[STARTER_LENGTH];
};

struct registry {
    struct mutex lock;
    struct condition changed;
    struct library *first;  /* always a whole list, also amid a change */
    _Atomic(pid_t) process; /* that the states are true for */
};

extern struct registry registry;

#endif
