/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies that are being made for good: a small file for each in the state
 * folder, from before its member is asked until it is known to be right. What a
 * process leaves there when it dies is mended by the next one that copies.
 */
#ifndef ROUTER_TRANSFER_JOURNAL_H
#define ROUTER_TRANSFER_JOURNAL_H

#include "common/birth.h"
#include "common/error.h"
#include "router/identity.h"

/* A member, by what the configuration says of it: members may have changed
 * places since. */
struct journal_member {
    char *module;
    char *match;
};

/* Nothing in it is secret. */
struct journal_entry {
    char *token; /* its label */
    struct journal_member from;
    struct journal_member to;
    struct identity *identity; /* of what is copied, where it is */
    char *path;                /* of its file */
};

/* Writes it, for as long as the process lives; everything in it is lent, and
 * the caller frees *out_path. The file and its name are on the disk then. */
bool journal_write(const char *state_dir, const struct journal_entry *entry,
                   char **out_path, struct error *error);

/* It is over. */
bool journal_remove(const char *path, struct error *error);

/* What dead processes have left. False: something there is not to be trusted,
 * or not understood. The caller clears *out in any case. */
struct journal {
    struct journal_entry *entries;
    size_t n_entries;
};
bool journal_read(const char *state_dir, struct journal *out,
                  struct error *error);
void journal_clear(struct journal *journal);

#endif
