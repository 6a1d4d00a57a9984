/* SPDX-License-Identifier: BSD-3-Clause */
/* A library file mapped into this process by the loader. */
#ifndef BACKENDS_IMAGE_H
#define BACKENDS_IMAGE_H

#include "common/error.h"

#include <stdbool.h>

struct image {
    void *handle; /* of dlopen; the same for every way to one library */
    char *file;   /* where the loader found it */
};

/*
 * Maps the file, by R1.7: RTLD_NOW and RTLD_LOCAL, never RTLD_DEEPBIND. A
 * path without a slash is searched for as the loader does. `called` is the
 * name for messages (a private copy has the original's). When it fails, the
 * message tells whether the file is missing, is no library, is for another
 * machine, or needs a library that is not there.
 */
bool image_open(const char *path, const char *called, struct image *out,
                struct error *error);

/* Frees the name, and unmaps the file only with `unmap`. */
void image_close(struct image *image, bool unmap);

#endif
