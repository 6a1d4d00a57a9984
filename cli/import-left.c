/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks for a key that may have been made. */
#include "cli/import-left.h"

#include "cli/key-text.h"
#include "common/cleanup.h"
#include "router/tie.h"
#include "router/transfer/mend.h"

#include <stdlib.h>

/* A number that is the same while the member shows what is private; 0: it may
 * not. */
static uint64_t
see(const struct import_target *target)
{
    CK_SESSION_INFO info;

    if (C_GetSessionInfo(target->session, &info) != CKR_OK ||
        info.state != CKS_RW_USER_FUNCTIONS)
        return 0;
    return tie_login(target->session, target->member->index);
}

static CK_RV
search(const struct import_target *target, const struct identity *identity,
       CK_OBJECT_HANDLE **out, size_t *count)
{
    struct identity_place place = { key_text_functions(), target->session,
                                    NULL };
    CK_OBJECT_CLASS object_class = identity->object_class;
    CK_BBOOL is_token = CK_TRUE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
        { CKA_ID, identity->id, identity->id_length },
    };

    return identity_search(place, template, 3, out, count);
}

enum import_left
import_left_find(const struct import_target *target,
                 const struct identity *identity, CK_OBJECT_HANDLE *out)
{
    CLEANUP(freep) CK_OBJECT_HANDLE *found = NULL;
    bool is_private = mend_is_private(identity);
    uint64_t before = is_private ? see(target) : 0;
    size_t count;

    if (identity->id_length == 0 ||
        search(target, identity, &found, &count) != CKR_OK || count > 1)
        return IMPORT_LEFT_UNKNOWN;
    if (count == 1) {
        *out = found[0];
        return IMPORT_LEFT_ONE;
    }
    return !is_private || (before != 0 && before == see(target))
               ? IMPORT_LEFT_NONE
               : IMPORT_LEFT_UNKNOWN;
}
