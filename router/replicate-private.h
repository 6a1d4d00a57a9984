/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of router/replicate*.c share; for them alone. */
#ifndef ROUTER_REPLICATE_PRIVATE_H
#define ROUTER_REPLICATE_PRIVATE_H

#include "router/replica.h"
#include "router/replicate.h"
#include "router/transfer/transfer.h"

/* Of a call that copies nothing, so that nobody has to wait for it. */
enum { NO_JOURNAL = -1 };

/* What is on its way to a member, and where it has come to. */
struct round {
    struct call *call;
    struct replica from;
    struct replica to;
    struct transfer *transfer;
    struct transfer_outcome outcome;
    CK_RV rv; /* of what is no outcome of a transfer */
};

/* To a member of the call's token: in the call's own backend session where that
 * is there, unless an operation is active in it. */
CK_RV replicate_go(struct call *call, struct member *member,
                   struct replica *replica);

/* What is on its way between the two ends of the round; false: no memory. */
bool replicate_join(struct round *round);

/* The member cannot have what the round brings it. */
void replicate_give_up(struct round *round, const struct member *member);

/* From both, wherever the round has come to. */
void replicate_leave(struct round *round);

/* What others have left half way, once after each login and each copy in doubt
 * of this process. */
void replicate_mend(struct call *call);

/*
 * Looks what has come of a copy that is in doubt: true where it is whole, which
 * *out is then; false where there is none, or it stays in doubt, as the round's
 * outcome says.
 */
bool replicate_settle(struct round *round, const struct identity *identity,
                      CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *out);

/* The next lasting object of the call; false: the round says why. */
bool replicate_copy(struct round *round, unsigned i);

/* Whether a copy may be there that nobody knows to be right. */
static inline bool
replicate_is_in_doubt(const struct round *round)
{
    return round->outcome.verdict == TRANSFER_LEFT_BEHIND;
}

/* Whether the members do what the call asks for, each for itself: what an
 * application gives, or a member has, is not wrapped for that. */
bool replicate_is_repeated(const struct call *call);

/* The attributes that a call changes, as its own member has them. */
struct replicate_former {
    CK_ATTRIBUTE *items;
    CK_ULONG count;
};
CK_RV replicate_former_read(const struct call *call,
                            struct replicate_former *out);
void replicate_former_clear(struct replicate_former *former);

/* What another member has answered. */
struct replicate_answer {
    CK_RV rv;         /* as it says it; the call's is returned */
    bool is_in_doubt; /* it may have done it though it says no */
};

/* Has another member do with the object what the call does, or, with `former`,
 * make it as it was. One that does not have it has nothing to do. */
CK_RV replicate_ask(struct call *call, struct member *member,
                    const struct identity *identity,
                    const struct replicate_former *former,
                    struct replicate_answer *out);

/* The call's own member has refused: the others are as it is. */
void replicate_restore(struct call *call);

#endif
