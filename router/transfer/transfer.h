/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies objects from one member to another: first for a session, to see that
 * it can be done and that the copy is the same, then for good, which others
 * like it are at once. A key is wrapped on the way, and its value is never in
 * this process.
 */
#ifndef ROUTER_TRANSFER_TRANSFER_H
#define ROUTER_TRANSFER_TRANSFER_H

#include "backends/profile.h"
#include "router/identity-read.h"
#include "router/transfer/outcome.h"
#include "router/transfer/proof.h"
#include "router/transfer/sight.h"
#include "router/transfer/traits.h"

struct transfer;

/* Both sessions may write, and are lent for its life; no operation is active on
 * them between calls. How the target behaves is lent for this call alone. NULL:
 * no memory. */
struct transfer *transfer_new(struct identity_place from,
                              struct identity_place to,
                              const struct profile *target);

/* Keys that are not sensitive and cannot be wrapped may pass through this
 * process's memory. */
void transfer_permit_cleartext(struct transfer *transfer);

/* What is copied lies open where it comes from, as in a file: it may leave
 * whatever its copy is to be like, and pass through this process's memory. */
void transfer_open(struct transfer *transfer);

/* Whether a name is free at the target may be known from its catalogue: who has
 * read that anew asks with transfer_is_alone before he believes what he made.
 */
void transfer_trust_catalogue(struct transfer *transfer);

/* What is like a copy that was made for good and was right is made for good at
 * once: nobody may use what is there until it has been proven. */
void transfer_permit_repeats(struct transfer *transfer);

/* Who is told what a copy at the target is, as soon as that has been read. */
typedef void transfer_teller(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE copy,
                             const struct identity *identity);
void transfer_tell(struct transfer *transfer, transfer_teller *teller);

/* What the target says that it does not have is believed to be gone only where
 * it has shown all; where nobody says so it always does. */
void transfer_watch(struct transfer *transfer, struct sight target);

/* Destroys what it has made for itself; NULL is fine. */
void transfer_free(struct transfer *transfer);
void transfer_freep(struct transfer **transfer);

/*
 * Whether an object, which is as `identity` says, can be copied: a copy has
 * been made for the session, has been found to be the same, and is gone again;
 * or, where that is permitted, one like it was made for good, and was right.
 * Both are lent until the next try. False: outcome->verdict says why not.
 */
bool transfer_try(struct transfer *transfer, CK_OBJECT_HANDLE object,
                  const struct identity *identity,
                  struct transfer_outcome *outcome);

/* Makes what was tried last, for good; false where there is no copy, or
 * (TRANSFER_LEFT_BEHIND) one may be there that nobody knows to be right. */
bool transfer_make(struct transfer *transfer, CK_OBJECT_HANDLE *out,
                   struct transfer_outcome *outcome);

/*
 * Whether what a copy was made of is still as it was then. Where it was changed
 * (TRANSFER_OVERTAKEN), destroyed (TRANSFER_GONE) or cannot be read, the copy
 * is destroyed; false then.
 */
bool transfer_confirm(struct transfer *transfer, CK_OBJECT_HANDLE copy,
                      struct transfer_outcome *outcome);

/* Destroys a copy that is not to stay, because of `verdict`; false. What has
 * its handle by now and is another object stays; then, and where it may be
 * there still though its handle is no good, so does the copy's file
 * (TRANSFER_LEFT_BEHIND). */
bool transfer_discard(const struct transfer *transfer, CK_OBJECT_HANDLE copy,
                      enum transfer_verdict verdict,
                      struct transfer_outcome *outcome);

/*
 * What was made last, to go on with it after others: transfer_confirm and
 * transfer_is_alone are about what was resumed. Its identity is lent until
 * then. Zero-initialised is none; to be cleared where it is not resumed.
 */
struct transfer_kept {
    CK_OBJECT_HANDLE object;
    const struct identity *identity;
    CK_OBJECT_HANDLE public_key; /* of a private key */
    CK_OBJECT_CLASS public_class;
    struct traits traits;
};
void transfer_keep(struct transfer *transfer, struct transfer_kept *out);
void transfer_resume(struct transfer *transfer, struct transfer_kept *kept);

/* Whether the copy is still shown, nothing else has come under its name
 * meanwhile, and none that it would mislead; else the copy is destroyed, and
 * false: TRANSFER_OVERTAKEN where the same has come, of which only who tries
 * anew knows that it stays. */
bool transfer_is_alone(struct transfer *transfer, CK_OBJECT_HANDLE copy,
                       struct transfer_outcome *outcome);

/* How well it is known that two objects are the same. */
struct transfer_evidence {
    enum proof proof;
    bool is_by_operation; /* else by what they show of themselves */
    struct trait_differences differences;
};

/*
 * Compares an object, which is as `identity` says, with its copy: by an
 * operation on both where they can do one, and attribute by attribute. False:
 * outcome->verdict says why that could not be done.
 */
bool transfer_verify(struct transfer *transfer, CK_OBJECT_HANDLE object,
                     const struct identity *identity, CK_OBJECT_HANDLE copy,
                     struct transfer_evidence *out,
                     struct transfer_outcome *outcome);

/* Whether an object of the target is a copy that is right, after what it lacks
 * has been made up for. False: it is another object (TRANSFER_TAKEN), which may
 * be taken for it all the same (TRANSFER_IN_DOUBT), is not right, or does not
 * tell (TRANSFER_UNPROVEN). Nothing is destroyed. */
bool transfer_look(struct transfer *transfer, CK_OBJECT_HANDLE object,
                   const struct identity *identity, CK_OBJECT_HANDLE copy,
                   struct transfer_outcome *outcome);

/* The same with one that was left half way, when nobody else copies: one that
 * is not right is destroyed, where it can be told that it may be
 * (TRANSFER_IN_DOUBT: it cannot). */
bool transfer_mend(struct transfer *transfer, CK_OBJECT_HANDLE object,
                   const struct identity *identity, CK_OBJECT_HANDLE copy,
                   struct transfer_outcome *outcome);

#endif
