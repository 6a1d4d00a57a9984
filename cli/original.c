/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks at an object that is copied once more. */
#include "cli/original.h"

#include "common/cleanup.h"

bool
original_is_lost(const struct transfer_outcome *outcome)
{
    return outcome->verdict == TRANSFER_GONE ||
           (outcome->verdict == TRANSFER_UNREADABLE &&
            outcome->rv == CKR_OBJECT_HANDLE_INVALID);
}

bool
original_is_in_doubt(const struct transfer_outcome *outcome)
{
    return outcome->verdict == TRANSFER_OVERTAKEN || original_is_lost(outcome);
}

CK_RV
original_find(const struct copying *copying, unsigned member,
              const struct identity *identity, CK_OBJECT_HANDLE *out)
{
    CLEANUP(identity_freep) struct identity *its = NULL;
    CK_OBJECT_HANDLE object;
    CK_RV rv = copying_find_again(copying, member, identity, &object);

    if (rv != CKR_OK)
        return rv;
    rv = copying_read(copying, member, object, &its);
    /* It was found just now. */
    if (rv == CKR_OBJECT_HANDLE_INVALID ||
        (rv == CKR_OK && !identity_is_called_alike(its, identity)))
        return CKR_FUNCTION_FAILED;
    if (rv == CKR_OK)
        *out = object;
    return rv;
}

static CK_RV
read_found(const struct copying *copying, unsigned member,
           const struct identity *identity, CK_OBJECT_HANDLE *object,
           struct identity **out)
{
    CK_RV rv = copying_read(copying, member, *object, out);

    if (rv != CKR_OBJECT_HANDLE_INVALID)
        return rv;
    rv = original_find(copying, member, identity, object);
    if (rv != CKR_OK)
        return rv;
    rv = copying_read(copying, member, *object, out);
    return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_FUNCTION_FAILED : rv;
}

/* So does the public key by which a private one is known. */
CK_RV
original_read_anew(struct copying *copying, unsigned member,
                   const struct transfer_outcome *outcome,
                   CK_OBJECT_HANDLE *object, struct identity **identity)
{
    struct identity *its = NULL;
    CK_RV rv = CKR_OK;

    if (original_is_lost(outcome))
        rv = original_find(copying, member, *identity, object);
    if (rv != CKR_OK)
        return rv;
    for (unsigned i = 0; i < MOST_MEMBERS; i++)
        if (copying->catalogues[i] != NULL)
            copying_look(copying, i);
    rv = read_found(copying, member, *identity, object, &its);
    if (rv != CKR_OK)
        return rv;
    identity_free(*identity);
    *identity = its;
    return CKR_OK;
}

bool
original_end(CK_RV rv, struct transfer_outcome *outcome)
{
    if (rv != CKR_OBJECT_HANDLE_INVALID)
        return transfer_end(outcome, TRANSFER_UNREADABLE, "C_GetAttributeValue",
                            false, rv);
    (void)transfer_end(outcome, TRANSFER_GONE, NULL, false, CKR_OK);
    return true;
}
