/* SPDX-License-Identifier: BSD-3-Clause */
/* What a set of backends is made of, for the files that make and start it. */
#ifndef BACKENDS_SET_H
#define BACKENDS_SET_H

#include "backends/backend-private.h"

struct backend_set {
    const struct config *config;
    bool may_create_threads;
    struct backend **backends;
    size_t count;
};

/* The error of a critical backend that is not up. */
bool set_fail(const struct backend_set *set, const struct backend *backend,
              const char *why, struct error *error);

#endif
