/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks at an object on the old member once more. */
#include "cli/move-again.h"

#include "common/cleanup.h"

bool
move_is_lost(const struct move *move)
{
    const struct transfer_outcome *outcome = &move->outcome;

    return move->state == MOVE_STAYS &&
           (outcome->verdict == TRANSFER_GONE ||
            (outcome->verdict == TRANSFER_UNREADABLE &&
             outcome->rv == CKR_OBJECT_HANDLE_INVALID));
}

/* Nothing more is tried with it. */
static bool
end(struct move *move, CK_RV rv)
{
    bool is_gone = rv == CKR_OBJECT_HANDLE_INVALID;

    move->state = is_gone ? MOVE_GONE : MOVE_STAYS;
    return is_gone ? transfer_end(&move->outcome, TRANSFER_GONE, NULL, false,
                                  CKR_OK)
                   : transfer_end(&move->outcome, TRANSFER_UNREADABLE,
                                  "C_GetAttributeValue", false, rv);
}

/* Under its name: the same key under another one may be another object, which
 * has a row of its own. */
static CK_RV
find(struct move *move, const struct copying *copying)
{
    CLEANUP(identity_freep) struct identity *its = NULL;
    CK_OBJECT_HANDLE object;
    CK_RV rv =
        copying_find_again(copying, MIGRATE_OLD, move->identity, &object);

    if (rv != CKR_OK)
        return rv;
    rv = copying_read(copying, MIGRATE_OLD, object, &its);
    /* It was found just now. */
    if (rv == CKR_OBJECT_HANDLE_INVALID ||
        (rv == CKR_OK && !identity_is_called_alike(its, move->identity)))
        return CKR_FUNCTION_FAILED;
    if (rv == CKR_OK)
        move->object = object;
    return rv;
}

static CK_RV
read_old(struct move *move, const struct copying *copying,
         struct identity **out)
{
    CK_RV rv = copying_read(copying, MIGRATE_OLD, move->object, out);

    if (rv != CKR_OBJECT_HANDLE_INVALID)
        return rv;
    rv = find(move, copying);
    if (rv != CKR_OK)
        return rv;
    rv = copying_read(copying, MIGRATE_OLD, move->object, out);
    return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_FUNCTION_FAILED : rv;
}

/* So does the public key by which a private one is known. */
bool
move_read_anew(struct move *move, struct copying *copying)
{
    struct identity *identity = NULL;
    CK_RV rv = move_is_lost(move) ? find(move, copying) : CKR_OK;

    if (rv != CKR_OK)
        return end(move, rv);
    for (unsigned i = 0; i < MIGRATE_MEMBERS; i++)
        if (copying->catalogues[i] != NULL)
            copying_look(copying, i);
    rv = read_old(move, copying, &identity);
    if (rv != CKR_OK)
        return end(move, rv);
    identity_free(move->identity);
    move->identity = identity;
    return true;
}

void
move_end_lost(struct move *move, const struct copying *copying)
{
    CK_RV rv = find(move, copying);

    (void)end(move, rv == CKR_OK ? CKR_FUNCTION_FAILED : rv);
}
