/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What others have to know of an object and of two members: a small file for
 * each in the state folder. Copies that are being made for good have one from
 * before their member is asked until they are known to be right: what a process
 * leaves there when it dies is mended by the next one that copies. Tombstones
 * are router/tombstone.h's.
 */
#ifndef ROUTER_TRANSFER_JOURNAL_H
#define ROUTER_TRANSFER_JOURNAL_H

#include "common/birth.h"
#include "common/clock.h"
#include "common/error.h"
#include "router/identity.h"

struct member;

/* Each kind has a folder of its own. */
enum journal_kind { JOURNAL_COPY, JOURNAL_TOMBSTONE, JOURNAL_KINDS };

/* The caller frees it; NULL: no memory. */
char *journal_folder(const char *state_dir, enum journal_kind kind);

/* A member, by what the configuration says of it: members may have changed
 * places since. */
struct journal_member {
    char *module;
    char *match;
};

/* Nothing in it is secret. */
struct journal_entry {
    enum journal_kind kind;
    char *token; /* its label */
    struct journal_member from;
    struct journal_member to;
    char *from_token; /* which tokens they are; NULL: it is not known */
    char *to_token;
    struct identity *identity; /* of what is copied, where it is; of what is
                                  destroyed */
    bool is_by_name; /* of a tombstone: what has its name there, and does not
                        tell which key it is, is it */
    char *path;      /* of its file */
};

/* What the configuration says of it; lent. And whether an entry, which was
 * read, is about what is on that member. */
struct journal_member journal_member_of(const struct member *member);
bool journal_is_about(const struct journal_entry *entry,
                      const struct member *member);

/* Which token a member is, told from all that could take its place; the caller
 * frees it. NULL: no memory. */
char *journal_token_of(const struct member *member);

/*
 * Keeps others from copying on the token's members meanwhile: calls of
 * applications may be several at a time, who brings members level or mends
 * copies is alone. The lock, for journal_unlock; -1: somebody else still copies
 * at the deadline.
 */
int journal_lock(const char *state_dir, const char *label, bool is_alone,
                 struct deadline until, struct error *error);
void journal_unlock(int lock);

/* Whether a file could be written: before there is anything to write about. */
bool journal_is_writable(const char *state_dir, struct error *error);

/* Writes it, for as long as the process lives; everything in it is lent, and
 * the caller frees *out_path. The file and its name are on the disk then. */
bool journal_write(const char *state_dir, const struct journal_entry *entry,
                   char **out_path, struct error *error);

/* It is over. */
bool journal_remove(const char *path, struct error *error);

/* Nobody knows what has come of it: it is mended though this process lives on.
 */
bool journal_leave(const char *path, struct error *error);

/* What was left, by their paths alone. The caller clears *out in any case. */
struct journal {
    struct journal_entry *entries;
    size_t n_entries;
    uid_t owner; /* of their folder */
};
bool journal_read(const char *state_dir, struct journal *out,
                  struct error *error);

/* The same of all there are, also of processes that live and are about it. */
bool journal_read_all(const char *state_dir, struct journal *out,
                      struct error *error);
bool journal_read_tombstones(const char *state_dir, struct journal *out,
                             struct error *error);

/* Takes away what the dead had not written to its end: nothing was asked of a
 * member by then. */
void journal_sweep(const char *state_dir);

/* The rest of one. False: it is not to be trusted (others than root, the
 * process's user and the folder's owner could write it), or not understood. */
bool journal_read_entry(const struct journal *journal,
                        struct journal_entry *entry, struct error *error);
void journal_clear(struct journal *journal);

/* Reads the rest of all, and keeps those that are about the member. False, with
 * a sentence: there is one that cannot be read, or of which `is_astray` (or
 * NULL), which writes the sentence, says that nobody would know what it is
 * about. */
typedef bool journal_doubt(const struct journal_entry *entry,
                           const struct member *member, struct error *error);
bool journal_read_about(struct journal *journal, const struct member *member,
                        journal_doubt *is_astray, struct error *error);
void journal_entry_clear(struct journal_entry *entry);

#endif
