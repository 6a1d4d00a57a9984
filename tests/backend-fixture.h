/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of backends/ stand on: a configuration, a clock, the module
 * `start`. Whatever cannot be set up ends the process. */
#ifndef TESTS_BACKEND_FIXTURE_H
#define TESTS_BACKEND_FIXTURE_H

#include "backends/backend.h"
#include "tests/fixture.h"
#include "tests/modules/start.h"

/* A configuration without modules, its state in the test's folder. */
struct config *backend_config(void);

/* Adds a module; it may be changed until the next one is added. */
struct config_module *backend_config_module(struct config *config,
                                            const char *name, const char *path);

/* Adds the entry for all modules of p11-kit. */
struct config_module *backend_config_p11_kit(struct config *config);

/* Gives the module an environment variable. */
void backend_config_env(struct config_module *module, const char *name,
                        const char *value);

/* Makes the set; fails the test when it cannot be made. */
struct backend_set *backend_make(const struct config *config);

/* Makes and starts it. */
struct backend_set *backend_make_and_start(const struct config *config);

/* Starts a set, for pthread_create. */
void *backend_start_set(void *set);

/* By its name; fails the test when there is none. */
struct backend *backend_find(const struct backend_set *set, const char *name);

/* The variable of that name in the library that the backend uses. */
void *backend_symbol(const struct backend *backend, const char *name);
struct start_script *backend_script(const struct backend *backend);

/* Why it is down. */
const char *backend_why(struct backend *backend);

/* A copy of the module `start` in which the first `old` is `new`, which has as
 * many bytes. */
const char *backend_forge(const char *name, const void *old, const void *new,
                          size_t length);

/* A clock that stands still until it is moved, and one that goes on by a
 * second each time it is looked at. */
void backend_clock_stop(void);
void backend_clock_tick(void);
void backend_clock_move(uint64_t milliseconds);

/* Runs it in a forked child and fails the test unless it returns there. */
void backend_in_child(void (*run)(void));

#endif
