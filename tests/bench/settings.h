/* SPDX-License-Identifier: BSD-3-Clause */
/* What p11mux is told of a token that is measured. */
#ifndef TESTS_BENCH_SETTINGS_H
#define TESTS_BENCH_SETTINGS_H

#include <stdbool.h>

struct settings {
    const char *module;
    const char *label;
    const char *pool;
    const char *durability; /* of the audit log; NULL: there is none */
    const char *audit_path;
    bool is_group; /* its second member is the same in a library of its own */
};

/* Writes the configuration. */
void settings_write(const struct settings *settings);

#endif
