/* SPDX-License-Identifier: BSD-3-Clause */
/* Return values by class: the table of SEMANTICS 7.1. */
#include "router/outcome.h"

#include "router/facts.h"
#include "router/pool.h"
#include "router/token.h"

#include <stddef.h>

static const struct {
    CK_RV rv;
    enum outcome outcome;
} outcomes[] = {
    { CKR_DEVICE_REMOVED, OUTCOME_MEMBER_LOST },
    { CKR_TOKEN_NOT_PRESENT, OUTCOME_MEMBER_LOST },
    { CKR_TOKEN_NOT_RECOGNIZED, OUTCOME_MEMBER_LOST },
    { CKR_TOKEN_NOT_INITIALIZED, OUTCOME_MEMBER_LOST },
    { CKR_SLOT_ID_INVALID, OUTCOME_MEMBER_LOST },
    { CKR_CRYPTOKI_NOT_INITIALIZED, OUTCOME_MEMBER_LOST },
    { CKR_FIPS_SELF_TEST_FAILED, OUTCOME_MEMBER_LOST },
    { CKR_LIBRARY_LOAD_FAILED, OUTCOME_MEMBER_LOST },
    { CKR_DEVICE_ERROR, OUTCOME_AMBIGUOUS },
    { CKR_GENERAL_ERROR, OUTCOME_AMBIGUOUS },
    { CKR_FUNCTION_FAILED, OUTCOME_AMBIGUOUS },
    { CKR_HOST_MEMORY, OUTCOME_AMBIGUOUS },
    { CKR_DEVICE_MEMORY, OUTCOME_AMBIGUOUS },
    { CKR_EXCEEDED_MAX_ITERATIONS, OUTCOME_AMBIGUOUS },
    { CKR_SESSION_HANDLE_INVALID, OUTCOME_SESSION_LOST },
    { CKR_SESSION_CLOSED, OUTCOME_SESSION_LOST },
    { CKR_USER_NOT_LOGGED_IN, OUTCOME_LOGIN_LOST },
    { CKR_SESSION_COUNT, OUTCOME_BUSY },
    { CKR_TOKEN_RESOURCE_EXCEEDED, OUTCOME_BUSY },
    { CKR_OPERATION_ACTIVE, OUTCOME_BUSY },
    { CKR_KEY_HANDLE_INVALID, OUTCOME_HANDLE },
    { CKR_OBJECT_HANDLE_INVALID, OUTCOME_HANDLE },
    { CKR_WRAPPING_KEY_HANDLE_INVALID, OUTCOME_HANDLE },
    { CKR_UNWRAPPING_KEY_HANDLE_INVALID, OUTCOME_HANDLE },
};

/* What every vendor means by it. A device without room for a new object is
 * well. */
static enum outcome
find_outcome(unsigned function, CK_RV rv)
{
    if (rv == CKR_DEVICE_MEMORY && function < N_CALLS &&
        call_facts[function].access == ACCESS_MAKE)
        return OUTCOME_USER;
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        if (outcomes[i].rv == rv)
            return outcomes[i].outcome;
    return rv >= CKR_VENDOR_DEFINED ? OUTCOME_AMBIGUOUS : OUTCOME_USER;
}

/* That of one function comes before that of all. */
static const struct config_class *
find_row(const struct config_class *rows, size_t count, unsigned function,
         CK_RV rv)
{
    const struct config_class *of_all = NULL;

    for (size_t i = 0; i < count; i++) {
        if (rows[i].rv != rv)
            continue;
        if (rows[i].entry == 0)
            of_all = &rows[i];
        else if (function < N_CALLS &&
                 rows[i].entry == call_facts[function].entry)
            return &rows[i];
    }
    return of_all;
}

/* What the configuration says, then what is known of the vendor. */
enum outcome
outcome_of(const struct backend *backend, unsigned function, CK_RV rv)
{
    const struct config_class *row = NULL;

    if (backend != NULL) {
        const struct profile *profile = backend_profile(backend);

        row = find_row(profile->settings.classes, profile->settings.n_classes,
                       function, rv);
        if (row == NULL)
            row = find_row(profile->classes.rows, profile->classes.count,
                           function, rv);
    }
    return row == NULL ? find_outcome(function, rv) : row->outcome;
}

enum outcome
outcome_of_call(const struct call *call)
{
    const struct backend *backend = NULL;

    if (call->pooled != NULL)
        backend = call->pooled->backend;
    else if (call->member != NULL)
        backend = atomic_load(&call->member->backend);
    return outcome_of(backend, call->id, call->rv);
}

static bool
is_among(const CK_RV *codes, size_t n_codes, CK_RV rv)
{
    for (size_t i = 0; i < n_codes; i++)
        if (codes[i] == rv)
            return true;
    return false;
}

bool
outcome_is_clean(CK_RV rv)
{
    static const CK_RV clean[] = {
        CKR_OK,
        CKR_SIGNATURE_INVALID,
        CKR_SIGNATURE_LEN_RANGE,
        CKR_DATA_INVALID,
        CKR_DATA_LEN_RANGE,
        CKR_ENCRYPTED_DATA_INVALID,
        CKR_ENCRYPTED_DATA_LEN_RANGE,
        CKR_AEAD_DECRYPT_FAILED,
    };

    return is_among(clean, sizeof(clean) / sizeof(clean[0]), rv);
}

bool
outcome_is_refusal(CK_RV rv)
{
    return rv == CKR_ARGUMENTS_BAD || rv == CKR_FUNCTION_NOT_SUPPORTED;
}

bool
outcome_is_key_refusal(CK_RV rv)
{
    static const CK_RV refusals[] = {
        CKR_KEY_INDIGESTIBLE,
        CKR_KEY_HANDLE_INVALID,
        CKR_KEY_SIZE_RANGE,
        CKR_KEY_TYPE_INCONSISTENT,
    };

    return outcome_is_refusal(rv) ||
           is_among(refusals, sizeof(refusals) / sizeof(refusals[0]), rv);
}
