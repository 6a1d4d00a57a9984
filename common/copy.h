/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A private copy of a library's file, so that the loader maps it as a library
 * of its own. What the library finds beside its own file ($ORIGIN, dladdr) it
 * does not find beside a copy, and the libraries that it is linked with are
 * shared by all copies.
 */
#ifndef COMMON_COPY_H
#define COMMON_COPY_H

#include "common/error.h"

#include <limits.h>
#include <stdbool.h>

struct copy {
    int descriptor;      /* -1: none */
    char path[PATH_MAX]; /* to be mapped */
    bool is_on_disk;
};

/*
 * A copy in memory. Its descriptor must stay open for as long as it is mapped:
 * the loader knows libraries by name, and another file at the same number
 * would be taken for this one. Where a host closed it nevertheless, later
 * copies have other numbers.
 */
bool copy_in_memory(const char *file, struct copy *out, struct error *error);

/* A copy in a folder, where memory may not be mapped executable. */
bool copy_in_folder(const char *file, const char *folder, struct copy *out,
                    struct error *error);

/* To be called when it is mapped, or cannot be: a file on disk goes away, and
 * without `keep` the descriptor too. */
void copy_finish(struct copy *copy, bool keep);

#endif
