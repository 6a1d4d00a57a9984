/* SPDX-License-Identifier: BSD-3-Clause */
/* What p11mux is told of a token that is measured. */
#ifndef TESTS_BENCH_SETTINGS_H
#define TESTS_BENCH_SETTINGS_H

struct settings {
    const char *module;
    const char *label;
    const char *pool;
    const char *durability; /* of the audit log; NULL: there is none */
    const char *audit_path;
    const char *mode; /* of a group, whose second member is the same in a
                         library of its own; NULL: it is none */
};

/* Writes the configuration. */
void settings_write(const struct settings *settings);

#endif
