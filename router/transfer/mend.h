/* SPDX-License-Identifier: BSD-3-Clause */
/* What a process has left half way between two members (journal.h) is
 * completed, or else taken back. */
#ifndef ROUTER_TRANSFER_MEND_H
#define ROUTER_TRANSFER_MEND_H

#include "config/config.h"
#include "router/identity-read.h"
#include "router/transfer/journal.h"
#include "router/transfer/sight.h"
#include "router/transfer/transfer.h"

struct token;

enum { MEND_NOWHERE = MOST_MEMBERS };

/* The member of that rule, by its index. */
unsigned mend_find(const struct token *token,
                   const struct journal_member *wanted);

/* Both ends, which answer. */
struct mend {
    const struct member *from;
    const struct member *to;
    struct identity_place from_place;
    struct identity_place to_place;
    struct transfer *transfer; /* between these places */
    struct sight sight;        /* of the latter */
    /* Whether an object there is known to be none of what is looked for. */
    bool (*is_others)(const struct mend *mend, CK_OBJECT_HANDLE object);
    const void *context; /* for that */
};

enum mend_answer { MEND_IS_WHOLE, MEND_IS_NOT_THERE, MEND_IS_NOT_TOLD };

/* What has come of a copy whose making was not answered well, while others may
 * be copying: nothing is destroyed. *out is one that is right. */
enum mend_answer mend_look(const struct mend *mend,
                           const struct identity *identity,
                           CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *out);

/* Its file is gone then. False, with a sentence: neither can be done, and it
 * stays as it is. */
bool mend_copy(const struct mend *mend, const struct journal_entry *entry,
               struct error *error);

/* The same, where no other token is in the place of one of the two. */
bool mend_by_name(const struct mend *mend, const struct journal_entry *entry,
                  struct error *error);

/* Whether no other token is in a member's place. */
bool mend_is_token(const struct member *member, const char *wanted);

/* Whether only its user sees it, by what it is or says. */
bool mend_is_private(const struct identity *identity);

/* Says why not; false. */
bool mend_refuse(const struct journal_entry *entry, const char *why,
                 struct error *error);

#endif
