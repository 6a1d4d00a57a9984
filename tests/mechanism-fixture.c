/* SPDX-License-Identifier: BSD-3-Clause */
/* Members, parameters and keys for the tests of mechanisms. */
#include "tests/mechanism-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static bool
fixture_resolve(void *context, CK_OBJECT_HANDLE handle, CK_OBJECT_HANDLE *out)
{
    (void)context;
    if (handle == 0 || handle >= GOOD_MAX)
        return false;
    *out = handle + MEMBER;
    return true;
}

const struct mechanism_resolver fixture_resolver = { .resolve =
                                                         fixture_resolve };

CK_OBJECT_HANDLE
fixture_made(void *context, CK_OBJECT_HANDLE member_handle)
{
    struct fixture_made *made = context;

    cr_assert_lt(made->count, 16);
    made->seen[made->count++] = member_handle;
    return made->count == made->fail_at ? 0 : member_handle + SEEN;
}

CK_RV
fixture_rewrite(const CK_MECHANISM *mechanism, struct mechanism_copy *copy)
{
    memset(copy, 0xee, sizeof(*copy)); /* nothing in it is relied upon */
    return mechanism_rewrite(mechanism, NULL, 0, fixture_resolver, copy);
}

void
word_put(void *base, size_t offset, CK_ULONG word)
{
    memcpy((unsigned char *)base + offset, &word, sizeof(word));
}

CK_ULONG
word_get(const void *base, size_t offset)
{
    CK_ULONG word;

    memcpy(&word, (const unsigned char *)base + offset, sizeof(word));
    return word;
}

CK_MECHANISM
fixture_parameter(const struct mechanism_in_row *row, unsigned char *bytes)
{
    memset(bytes, row->filling, PARAMETER);
    if (row->condition_size == 1)
        bytes[row->condition_at] = CK_TRUE;
    else if (row->condition_size != 0)
        word_put(bytes, row->condition_at, row->condition);
    for (size_t i = 0; i < row->n_handles; i++)
        word_put(bytes, row->handles[i], i + 1);
    return (CK_MECHANISM){ row->type, bytes, row->size };
}

void
fixture_kdf(struct fixture_kdf *kdf)
{
    memset(kdf, 0, sizeof(*kdf));
    kdf->in = 3;
    kdf->data[0] = (CK_PRF_DATA_PARAM){ CK_SP800_108_ITERATION_VARIABLE,
                                        &kdf->counter, sizeof(kdf->counter) };
    kdf->data[1] = (CK_PRF_DATA_PARAM){ CK_SP800_108_KEY_HANDLE, &kdf->in,
                                        sizeof(kdf->in) };
    kdf->data[2] = (CK_PRF_DATA_PARAM){ CK_SP800_108_BYTE_ARRAY, kdf->iv, 8 };
    kdf->keys[0].phKey = &kdf->out[0];
    kdf->keys[1].phKey = NULL;
    kdf->keys[2].phKey = &kdf->out[1];
    kdf->plain = (CK_SP800_108_KDF_PARAMS){ CKM_SHA256_HMAC, 3, kdf->data, 3,
                                            kdf->keys };
    kdf->feedback =
        (CK_SP800_108_FEEDBACK_KDF_PARAMS){ CKM_SHA256_HMAC, 3, kdf->data, 8,
                                            kdf->iv,         3, kdf->keys };
}
