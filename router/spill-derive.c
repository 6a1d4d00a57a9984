/* SPDX-License-Identifier: BSD-3-Clause */
/* The CKA_ID that a certificate in the store has of the token's key (R8.16). */
#include "common/cleanup.h"
#include "router/identity.h"
#include "router/pool.h"
#include "router/public-key.h"
#include "router/session.h"
#include "router/spill-private.h"
#include "router/template.h"
#include "router/token.h"
#include "router/values.h"
#include "router/watch.h"

/* The key of the certificate, as something to look for; false when it has none
 * that is known. */
static bool
read_key(const struct call *call, struct identity *out)
{
    const CK_ATTRIBUTE *value =
        template_find(call->template[0], call -> template_count[0], CKA_VALUE);
    struct public_key key;

    *out =
        (struct identity){ .object_class = CKO_PRIVATE_KEY, .is_token = true };
    if (value == NULL || value->pValue == NULL ||
        !public_key_from_certificate((struct octets){ value->pValue,
                                                      value->ulValueLen },
                                     &key))
        return false;
    out->key_type = key.type;
    out->has_fingerprint = public_key_fingerprint(&key, out->fingerprint);
    public_key_clear(&key);
    return out->has_fingerprint;
}

/* The private key, or else the public one, which needs no login. */
static bool
find_key(const struct pool_session *pooled, struct identity *wanted,
         CK_OBJECT_HANDLE *out)
{
    static const CK_OBJECT_CLASS classes[] = { CKO_PRIVATE_KEY,
                                               CKO_PUBLIC_KEY };

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        wanted->object_class = classes[i];
        if (identity_find(pooled->functions, pooled->handle, wanted, false,
                          out) == CKR_OK)
            return true;
    }
    return false;
}

/* The caller clears the values where there are some. */
static bool
read_id(struct call *call, struct values *out)
{
    static const struct value_request request = { .type = CKA_ID,
                                                  .room = 256,
                                                  .may_be_longer = true };
    struct pool_session *pooled;
    struct identity wanted;
    CK_OBJECT_HANDLE key;
    struct stay stay;
    bool is_read;

    if (!read_key(call, &wanted) ||
        pool_take(call->token->members[0].pool, call->session, false,
                  &pooled) != CKR_OK)
        return false;
    is_read = pool_enter(pooled, CALL_C_FindObjects, &stay);
    if (is_read) {
        is_read = find_key(pooled, &wanted, &key) &&
                  values_read(pooled->functions, pooled->handle, key, &request,
                              1, out) == CKR_OK;
        stay_end(&stay);
    }
    pool_give(pooled, call->session, POOL_CLEAN);
    return is_read;
}

void
spill_derive_id(struct call *call)
{
    const CK_ATTRIBUTE *given =
        template_find(call->template[0], call -> template_count[0], CKA_ID);
    struct values values;
    struct octets id;

    if (!call->token->rule->certificates.derive_missing ||
        (given != NULL && given->ulValueLen > 0) || !read_id(call, &values))
        return;
    id = values_get(&values, CKA_ID);
    if (id.length > 0) {
        CK_ATTRIBUTE attribute = { CKA_ID, (void *)(uintptr_t)id.bytes,
                                   id.length };

        (void)call->backend->C_SetAttributeValue(call->backend_session,
                                                 call->made[0], &attribute, 1);
    }
    values_clear(&values);
}
