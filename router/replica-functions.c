/* SPDX-License-Identifier: BSD-3-Clause */
/* A replica's functions: each goes into its member's module, and out of it. The
 * session handle is where the replica lies. */
#include "router/replica.h"

#include "router/watch.h"

/* A code that no device is suspected for; replica_code says it otherwise. */
static const CK_RV not_asked = CKR_FUNCTION_CANCELED;

/* NULL: nobody is asked there. */
static struct replica *
enter(CK_SESSION_HANDLE handle, unsigned function)
{
    struct replica *replica = (struct replica *)(uintptr_t)handle;

    if (replica->state != POOL_LOST &&
        stay_begin(&replica->stay, replica->member, replica->pooled->backend,
                   NULL, function))
        return replica;
    replica->is_shut = true;
    return NULL;
}

static CK_RV
leave(struct replica *replica, CK_RV rv)
{
    stay_end(&replica->stay);
    if (rv != CKR_OK)
        replica_note(replica, replica->stay.function, rv);
    return rv;
}

static CK_RV
create_object(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count,
              CK_OBJECT_HANDLE *out)
{
    struct replica *its = enter(handle, CALL_C_CreateObject);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_CreateObject(its->handle, template,
                                                      count, out));
}

static CK_RV
copy_object(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
            CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    struct replica *its = enter(handle, CALL_C_CopyObject);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_CopyObject(its->handle, object,
                                                    template, count, out));
}

static CK_RV
destroy_object(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object)
{
    struct replica *its = enter(handle, CALL_C_DestroyObject);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_DestroyObject(its->handle, object));
}

static CK_RV
get_attributes(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
               CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct replica *its = enter(handle, CALL_C_GetAttributeValue);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_GetAttributeValue(its->handle, object,
                                                           template, count));
}

static CK_RV
set_attributes(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
               CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct replica *its = enter(handle, CALL_C_SetAttributeValue);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_SetAttributeValue(its->handle, object,
                                                           template, count));
}

static CK_RV
find_init(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct replica *its = enter(handle, CALL_C_FindObjectsInit);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_FindObjectsInit(its->handle, template,
                                                         count));
}

static CK_RV
find_objects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *out, CK_ULONG room,
             CK_ULONG *count)
{
    struct replica *its = enter(handle, CALL_C_FindObjects);

    return its == NULL ? not_asked
                       : leave(its, its->list->C_FindObjects(its->handle, out,
                                                             room, count));
}

static CK_RV
find_final(CK_SESSION_HANDLE handle)
{
    struct replica *its = enter(handle, CALL_C_FindObjectsFinal);

    return its == NULL ? not_asked
                       : leave(its, its->list->C_FindObjectsFinal(its->handle));
}

static CK_RV
encrypt_init(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
             CK_OBJECT_HANDLE key)
{
    struct replica *its = enter(handle, CALL_C_EncryptInit);

    return its == NULL ? not_asked
                       : leave(its, its->list->C_EncryptInit(its->handle,
                                                             mechanism, key));
}

static CK_RV
encrypt_data(CK_SESSION_HANDLE handle, CK_BYTE *input, CK_ULONG length,
             CK_BYTE *out, CK_ULONG *out_length)
{
    struct replica *its = enter(handle, CALL_C_Encrypt);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_Encrypt(its->handle, input, length,
                                                 out, out_length));
}

static CK_RV
decrypt_init(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
             CK_OBJECT_HANDLE key)
{
    struct replica *its = enter(handle, CALL_C_DecryptInit);

    return its == NULL ? not_asked
                       : leave(its, its->list->C_DecryptInit(its->handle,
                                                             mechanism, key));
}

static CK_RV
decrypt_data(CK_SESSION_HANDLE handle, CK_BYTE *input, CK_ULONG length,
             CK_BYTE *out, CK_ULONG *out_length)
{
    struct replica *its = enter(handle, CALL_C_Decrypt);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_Decrypt(its->handle, input, length,
                                                 out, out_length));
}

static CK_RV
sign_init(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
          CK_OBJECT_HANDLE key)
{
    struct replica *its = enter(handle, CALL_C_SignInit);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_SignInit(its->handle, mechanism, key));
}

static CK_RV
sign_data(CK_SESSION_HANDLE handle, CK_BYTE *input, CK_ULONG length,
          CK_BYTE *out, CK_ULONG *out_length)
{
    struct replica *its = enter(handle, CALL_C_Sign);

    return its == NULL ? not_asked
                       : leave(its, its->list->C_Sign(its->handle, input,
                                                      length, out, out_length));
}

static CK_RV
verify_init(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
            CK_OBJECT_HANDLE key)
{
    struct replica *its = enter(handle, CALL_C_VerifyInit);

    return its == NULL ? not_asked
                       : leave(its, its->list->C_VerifyInit(its->handle,
                                                            mechanism, key));
}

static CK_RV
verify_data(CK_SESSION_HANDLE handle, CK_BYTE *input, CK_ULONG length,
            CK_BYTE *signature, CK_ULONG its_length)
{
    struct replica *its = enter(handle, CALL_C_Verify);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_Verify(its->handle, input, length,
                                                signature, its_length));
}

static CK_RV
generate_key(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
             CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    struct replica *its = enter(handle, CALL_C_GenerateKey);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_GenerateKey(its->handle, mechanism,
                                                     template, count, out));
}

static CK_RV
generate_pair(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
              CK_ATTRIBUTE *public, CK_ULONG n_public, CK_ATTRIBUTE *private,
              CK_ULONG n_private, CK_OBJECT_HANDLE *out_public,
              CK_OBJECT_HANDLE *out_private)
{
    struct replica *its = enter(handle, CALL_C_GenerateKeyPair);

    return its == NULL
               ? not_asked
               : leave(its,
                       its->list->C_GenerateKeyPair(its->handle, mechanism,
                                                    public, n_public, private,
                                                    n_private, out_public,
                                                    out_private));
}

static CK_RV
wrap_key(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE by,
         CK_OBJECT_HANDLE key, CK_BYTE *out, CK_ULONG *out_length)
{
    struct replica *its = enter(handle, CALL_C_WrapKey);

    return its == NULL
               ? not_asked
               : leave(its, its->list->C_WrapKey(its->handle, mechanism, by,
                                                 key, out, out_length));
}

static CK_RV
unwrap_key(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
           CK_OBJECT_HANDLE by, CK_BYTE *input, CK_ULONG length,
           CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    struct replica *its = enter(handle, CALL_C_UnwrapKey);

    return its == NULL
               ? not_asked
               : leave(its,
                       its->list->C_UnwrapKey(its->handle, mechanism, by, input,
                                              length, template, count, out));
}

/* What router/identity*.c, router/transfer and router/replicate*.c ask for. */
const CK_FUNCTION_LIST_3_2 replica_functions = {
    .version = { 3, 2 },
    .C_CreateObject = create_object,
    .C_CopyObject = copy_object,
    .C_DestroyObject = destroy_object,
    .C_GetAttributeValue = get_attributes,
    .C_SetAttributeValue = set_attributes,
    .C_FindObjectsInit = find_init,
    .C_FindObjects = find_objects,
    .C_FindObjectsFinal = find_final,
    .C_EncryptInit = encrypt_init,
    .C_Encrypt = encrypt_data,
    .C_DecryptInit = decrypt_init,
    .C_Decrypt = decrypt_data,
    .C_SignInit = sign_init,
    .C_Sign = sign_data,
    .C_VerifyInit = verify_init,
    .C_Verify = verify_data,
    .C_GenerateKey = generate_key,
    .C_GenerateKeyPair = generate_pair,
    .C_WrapKey = wrap_key,
    .C_UnwrapKey = unwrap_key,
};
