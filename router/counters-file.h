/* SPDX-License-Identifier: BSD-3-Clause */
/* The file in which this process shows its counters, mapped and written by one
 * thread at a time. No descriptor of it is kept. */
#ifndef ROUTER_COUNTERS_FILE_H
#define ROUTER_COUNTERS_FILE_H

#include "common/error.h"
#include "router/counters-layout.h"

#include <stdbool.h>

struct counters_file;

/*
 * Makes it in the user's folder of the runtime directory, from which what dead
 * processes left is removed, with room for so many. NULL with `error`, and
 * errno, where there is none to be had.
 */
struct counters_file *counters_file_new(const char *runtime_dir,
                                        uint32_t n_tokens, uint32_t n_members,
                                        struct error *error);

/* Whether it has its name still, and room for so many. */
bool counters_file_is_good(const struct counters_file *file, uint32_t n_tokens,
                           uint32_t n_members);

/* The picture to draw, all zero, where tokens and members are then; and the
 * one that is shown from now on. */
struct counters_picture *counters_file_begin(struct counters_file *file,
                                             struct counters_token **tokens,
                                             struct counters_member **members);
void counters_file_show(struct counters_file *file);

/* Removes it. */
void counters_file_free(struct counters_file *file);

#endif
