/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a token is to have a certificate, by what is configured (8.1, R8.6):
 * before it is asked. */
#include "router/session.h"
#include "router/spill-private.h"
#include "router/template.h"
#include "router/token.h"

#include <stdlib.h>

static bool
is_too_large(const struct config_certificates *settings,
             const CK_ATTRIBUTE *template, CK_ULONG count)
{
    const CK_ATTRIBUTE *value = template_find(template, count, CKA_VALUE);

    return settings->max_size != 0 && value != NULL &&
           value->ulValueLen > settings->max_size;
}

/* Where it cannot be counted the token says itself how much it has. */
static bool
has_enough(const struct call *call, size_t max)
{
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_BBOOL is_token = CK_TRUE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
    };
    CK_OBJECT_HANDLE *found = calloc(max, sizeof(*found));
    CK_ULONG n_found = 0;
    bool is_enough;

    if (found == NULL)
        return false;
    is_enough = spill_search(call->pooled, template, 2, found, max, &n_found) ==
                    CKR_OK &&
                n_found >= max;
    free(found);
    return is_enough;
}

/* One with the same CKA_ID would be gone without a word (R8.6). The same one
 * again may take its own place. */
static bool
would_replace(const struct call *call, const CK_ATTRIBUTE *template,
              CK_ULONG count)
{
    const CK_ATTRIBUTE *id = template_find(template, count, CKA_ID);
    const CK_ATTRIBUTE *value = template_find(template, count, CKA_VALUE);
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_ATTRIBUTE wanted[3] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
    };
    CK_OBJECT_HANDLE found;
    CK_ULONG n_found = 0;

    if (id == NULL || id->ulValueLen == 0)
        return false;
    wanted[1] = *id;
    if (spill_search(call->pooled, wanted, 2, &found, 1, &n_found) != CKR_OK ||
        n_found == 0)
        return false;
    if (value == NULL)
        return true;
    wanted[2] = *value;
    return spill_search(call->pooled, wanted, 3, &found, 1, &n_found) !=
               CKR_OK ||
           n_found == 0;
}

bool
spill_has_no_place(const struct call *call, const CK_ATTRIBUTE *template,
                   CK_ULONG count)
{
    const struct config_certificates *settings =
        &call->token->rule->certificates;
    const struct config_profile *profile =
        &backend_profile(call->pooled->backend)->settings;

    return is_too_large(settings, template, count) ||
           (settings->max != 0 && has_enough(call, settings->max)) ||
           (profile->create_overwrites == ANSWER_YES && !settings->replaces &&
            would_replace(call, template, count));
}
