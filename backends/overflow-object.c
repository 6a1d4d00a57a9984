/* SPDX-License-Identifier: BSD-3-Clause */
/* Making, reading, changing and destroying certificates. */
#include "backends/overflow-private.h"

#include "backends/certificate-selection.h"
#include "common/cleanup.h"
#include "config/config.h"

static bool
is_read_only(const struct overflow_session *session)
{
    return (session->flags & CKF_RW_SESSION) == 0;
}

/* What the template says of CKA_TOKEN, else `otherwise`. */
static bool
is_for_token(const CK_ATTRIBUTE *template, CK_ULONG count, bool otherwise)
{
    for (CK_ULONG i = 0; i < count; i++)
        if (template[i].type == CKA_TOKEN)
            return certificate_is_true(&template[i]);
    return otherwise;
}

static CK_RV
object_read(const struct overflow_session *session, CK_OBJECT_HANDLE handle,
            struct store_object *out)
{
    return memory_has(handle) ? memory_read(session->slot, handle, out)
                              : keep_read(session->slot, handle, out);
}

/* To be made before what it is about is done, which may not fail afterwards.
 * Objects of sessions are not worth a note. */
static CK_RV
make_note(const struct store_object *object, CK_OBJECT_HANDLE number,
          struct overflow_note *out)
{
    const CK_ATTRIBUTE *value = certificate_get(object, CKA_VALUE);

    out->number = memory_has(number) ? 0 : number;
    return crypto_sha256(value == NULL ? NULL : value->pValue,
                         value == NULL ? 0 : value->ulValueLen, out->sha256)
               ? CKR_OK
               : CKR_FUNCTION_FAILED;
}

bool
overflow_noted(CK_SESSION_HANDLE handle, struct overflow_note *out)
{
    const struct overflow_session *session = overflow_session(handle);

    if (session == NULL || session->note.number == 0)
        return false;
    *out = session->note;
    return true;
}

/* Takes the object over, also when it fails. */
static CK_RV
object_add(struct overflow_session *session, CK_SESSION_HANDLE handle,
           struct store_object *object, CK_OBJECT_HANDLE *out)
{
    CK_RV rv;

    if (!certificate_is(object, CKA_TOKEN))
        return memory_add(session->slot, handle, object, out);
    rv = make_note(object, 0, &session->note);
    if (rv == CKR_OK)
        rv = keep_create(session->slot, object, out);
    if (rv == CKR_OK)
        session->note.number = *out;
    store_object_clear(object);
    return rv;
}

CK_RV
overflow_check(CK_SLOT_ID slot, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    CLEANUP(store_object_clear) struct store_object object = { NULL, 0 };

    if (overflow_slot(slot) == NULL)
        return CKR_SLOT_ID_INVALID;
    if (template == NULL && count > 0)
        return CKR_ARGUMENTS_BAD;
    return certificate_make(template, count,
                            overflow_slot(slot)->settings->derive_missing,
                            &object);
}

typedef CK_RV certificate_rule(const struct store_object *object,
                               const CK_ATTRIBUTE *template, CK_ULONG count,
                               struct store_object *out);

static CK_RV
check_by(certificate_rule *rule, const CK_ATTRIBUTE *attributes,
         CK_ULONG n_attributes, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    CLEANUP(store_object_clear) struct store_object object = { NULL, 0 };
    CLEANUP(store_object_clear) struct store_object result = { NULL, 0 };
    CK_RV rv = certificate_make(attributes, n_attributes, false, &object);

    return rv == CKR_OK ? rule(&object, template, count, &result) : rv;
}

CK_RV
overflow_check_change(const CK_ATTRIBUTE *attributes, CK_ULONG n_attributes,
                      const CK_ATTRIBUTE *template, CK_ULONG count)
{
    return check_by(certificate_change, attributes, n_attributes, template,
                    count);
}

CK_RV
overflow_check_copy(const CK_ATTRIBUTE *attributes, CK_ULONG n_attributes,
                    const CK_ATTRIBUTE *template, CK_ULONG count)
{
    return check_by(certificate_copy, attributes, n_attributes, template,
                    count);
}

CK_RV
overflow_create_object(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR template,
                       CK_ULONG count, CK_OBJECT_HANDLE_PTR out)
{
    struct overflow_session *session = overflow_session(handle);
    struct store_object object;
    CK_RV rv;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    session->note.number = 0;
    if ((template == NULL && count > 0) || out == NULL)
        return CKR_ARGUMENTS_BAD;
    if (is_for_token(template, count, false) && is_read_only(session))
        return CKR_SESSION_READ_ONLY;
    rv =
        certificate_make(template, count,
                         overflow_slot(session->slot)->settings->derive_missing,
                         &object);
    if (rv != CKR_OK)
        return rv;
    return object_add(session, handle, &object, out);
}

CK_RV
overflow_copy_object(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                     CK_ATTRIBUTE_PTR template, CK_ULONG count,
                     CK_OBJECT_HANDLE_PTR out)
{
    CLEANUP(store_object_clear) struct store_object its = { NULL, 0 };
    struct overflow_session *session = overflow_session(handle);
    struct store_object copy;
    CK_RV rv;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    session->note.number = 0;
    if ((template == NULL && count > 0) || out == NULL)
        return CKR_ARGUMENTS_BAD;
    rv = object_read(session, object, &its);
    if (rv != CKR_OK)
        return rv;
    if (is_for_token(template, count, certificate_is(&its, CKA_TOKEN)) &&
        is_read_only(session))
        return CKR_SESSION_READ_ONLY;
    rv = certificate_copy(&its, template, count, &copy);
    if (rv != CKR_OK)
        return rv;
    return object_add(session, handle, &copy, out);
}

CK_RV
overflow_destroy_object(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object)
{
    CLEANUP(store_object_clear) struct store_object its = { NULL, 0 };
    struct overflow_session *session = overflow_session(handle);
    struct overflow_note note;
    CK_RV rv;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    session->note.number = 0;
    rv = object_read(session, object, &its);
    if (rv != CKR_OK)
        return rv;
    if (!memory_has(object) && is_read_only(session))
        return CKR_SESSION_READ_ONLY;
    if (!certificate_is(&its, CKA_DESTROYABLE))
        return CKR_ACTION_PROHIBITED;
    rv = make_note(&its, object, &note);
    if (rv == CKR_OK)
        rv = memory_has(object) ? memory_destroy(session->slot, object)
                                : keep_destroy(session->slot, object);
    if (rv == CKR_OK)
        session->note = note;
    return rv;
}

CK_RV
overflow_get_object_size(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                         CK_ULONG_PTR size)
{
    CLEANUP(store_object_clear) struct store_object its = { NULL, 0 };
    const struct overflow_session *session = overflow_session(handle);
    CK_RV rv;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (size == NULL)
        return CKR_ARGUMENTS_BAD;
    rv = object_read(session, object, &its);
    if (rv == CKR_OK)
        *size = certificate_size(&its);
    return rv;
}

CK_RV
overflow_get_attribute_value(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                             CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    CLEANUP(store_object_clear) struct store_object its = { NULL, 0 };
    const struct overflow_session *session = overflow_session(handle);
    CK_RV rv;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (template == NULL && count > 0)
        return CKR_ARGUMENTS_BAD;
    rv = object_read(session, object, &its);
    if (rv != CKR_OK)
        return rv;
    return certificate_get_values(&its, template, count);
}

static CK_RV
change(const struct overflow_session *session, CK_OBJECT_HANDLE object,
       const struct store_object *its, const struct store_object *changes,
       struct overflow_note *note)
{
    CK_RV rv = make_note(its, object, note);

    if (rv != CKR_OK)
        return rv;
    return memory_has(object) ? memory_change(session->slot, object, changes)
                              : keep_change(session->slot, object, changes);
}

CK_RV
overflow_set_attribute_value(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                             CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    CLEANUP(store_object_clear) struct store_object its = { NULL, 0 };
    CLEANUP(store_object_clear) struct store_object changes = { NULL, 0 };
    struct overflow_session *session = overflow_session(handle);
    struct overflow_note note = { .number = 0 };
    CK_RV rv;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (template == NULL && count > 0)
        return CKR_ARGUMENTS_BAD;
    rv = object_read(session, object, &its);
    if (rv != CKR_OK)
        return rv;
    if (!memory_has(object) && is_read_only(session))
        return CKR_SESSION_READ_ONLY;
    rv = certificate_change(&its, template, count, &changes);
    if (rv == CKR_OK && changes.count > 0)
        rv = change(session, object, &its, &changes, &note);
    /* One that failed says nothing of what the session did before. */
    if (rv == CKR_OK)
        session->note = note;
    return rv;
}
