/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies between members, for router/transfer/transfer*.c. */
#ifndef ROUTER_TRANSFER_TRANSFER_PRIVATE_H
#define ROUTER_TRANSFER_TRANSFER_PRIVATE_H

#include "router/transfer/pattern.h"
#include "router/transfer/transfer.h"

struct transfer {
    struct channel channel;
    bool overwrites;
    struct profile_attributes session_only;
    struct profile_objects session_objects;
    bool trusts_catalogue; /* the target's */
    bool permits_repeats;
    transfer_teller *teller;
    struct sight sight;      /* of the target */
    const struct rung *last; /* that a key took: others of its kind do too */
    bool last_had_point;     /* and what else it took */
    enum traits_level last_level;
    struct patterns patterns; /* of copies that were right */

    /* What was tried last. */
    struct freight freight;
    struct traits traits;
    struct traits public_traits; /* of a private key */
    enum traits_level level;     /* that the target takes */
    bool is_reformed;            /* the traits are as the target takes them */
    bool is_repeated;            /* it is made as one like it was, untried */
    struct parcel parcel;
};

/* Private and secret keys. */
bool transfer_is_hidden(const struct identity *identity);

/* Whether what is copied can be known again, may leave its member, and may be
 * on the other one for good; and whether its place there is free, but for an
 * object. */
bool transfer_is_known(struct transfer *transfer,
                       struct transfer_outcome *outcome);
bool transfer_may_leave(const struct transfer *transfer,
                        struct transfer_outcome *outcome);
bool transfer_may_stay(const struct transfer *transfer,
                       struct transfer_outcome *outcome);
bool transfer_is_free(const struct transfer *transfer, CK_OBJECT_HANDLE but_for,
                      struct transfer_outcome *outcome);

/* What is copied, and as what. */
bool transfer_begin(struct transfer *transfer, CK_OBJECT_HANDLE object,
                    const struct identity *identity,
                    struct transfer_outcome *outcome);

/* Makes it, as its level and form are: for good or for the session. */
CK_RV transfer_give(struct transfer *transfer, CK_BBOOL is_token,
                    CK_OBJECT_HANDLE *out);

/* The level and the form that the target takes, by a copy for the session;
 * false: it takes none. And the form that the original has. */
bool transfer_try_levels(struct transfer *transfer, CK_OBJECT_HANDLE *out,
                         struct transfer_outcome *outcome);
void transfer_restore_form(struct transfer *transfer);

/* What the target said when it was given; false. Whether a copy may be there
 * all the same. */
bool transfer_refuse(const struct transfer *transfer,
                     enum transfer_verdict verdict, CK_RV rv,
                     struct transfer_outcome *outcome);
bool transfer_is_uncertain(const struct transfer *transfer, CK_RV rv);

/* Whether one like it was made for good, and was right: then it is ready to be
 * made the same way. What is right is remembered for that; what did not come to
 * anything though one like it did is forgotten, and to be tried. */
bool transfer_repeat(struct transfer *transfer,
                     struct transfer_outcome *outcome);
void transfer_remember(struct transfer *transfer, bool is_reformed,
                       const struct transfer_outcome *outcome);
void transfer_unlearn(struct transfer *transfer);

/* Reads a copy back, which is for good or for the session; one that is not
 * right is destroyed, false then. */
bool transfer_check(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
                    bool is_for_good, struct transfer_outcome *outcome);

/* Whether a copy is right and does an operation right; nothing is done with one
 * that is not. */
bool transfer_shows_all(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
                        struct transfer_outcome *outcome);

/* Whether an object of the target is the same as what is copied: by what it
 * shows of itself alone (with `may_search`, and by the public key with its
 * CKA_ID), or else by an operation too. */
enum proof transfer_compare_shown(const struct transfer *transfer,
                                  CK_OBJECT_HANDLE other, bool may_search);
enum proof transfer_compare(const struct transfer *transfer,
                            CK_OBJECT_HANDLE other);

static inline bool
transfer_fail(struct transfer_outcome *outcome, enum transfer_verdict verdict)
{
    return transfer_end(outcome, verdict, NULL, false, CKR_OK);
}

#endif
