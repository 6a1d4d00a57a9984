/* SPDX-License-Identifier: BSD-3-Clause */
/* Toy tokens: their objects, and searches for them. */
#include "tests/toy-inside.h"

#include "tests/modules/answer.h"

#include <string.h>

/* Those without attributes stand behind the others. */
enum { FIRST_HANDLE = 1000, FIRST_ANONYMOUS = 5000, SCOPE = 10000 };

/* -- The table
 * ----------------------------------------------------------------- */

CK_OBJECT_HANDLE
toy_handle(unsigned index, size_t position)
{
    return FIRST_HANDLE + index * 100 + position + toys[index].shift;
}

struct toy_object *
toy_object(unsigned index, CK_OBJECT_HANDLE handle)
{
    size_t position = handle - toy_handle(index, 0);

    return position < TOY_OBJECTS && toys[index].objects[position].number != 0
               ? &toys[index].objects[position]
               : NULL;
}

/* What a token that gives each session handles of its own adds to them. */
static CK_ULONG
scope_of(const struct toy_session *session)
{
    return toys[session->index].scopes_handles ? session->handle * SCOPE : 0;
}

struct toy_object *
toy_object_in(const struct toy_session *session, CK_OBJECT_HANDLE handle)
{
    return toy_object(session->index, handle - scope_of(session));
}

CK_OBJECT_HANDLE
toy_handle_in(const struct toy_session *session, size_t position)
{
    return toy_handle(session->index, position) + scope_of(session);
}

size_t
toy_count_objects(unsigned index)
{
    size_t count = 0;

    for (size_t i = 0; i < TOY_OBJECTS; i++)
        if (toys[index].objects[i].number != 0)
            count++;
    return count;
}

static struct toy_attribute *
find_attribute(struct toy_object *object, CK_ATTRIBUTE_TYPE type)
{
    for (size_t i = 0; i < object->n_attributes; i++)
        if (object->attributes[i].type == type)
            return &object->attributes[i];
    return NULL;
}

void
toy_set(struct toy_object *object, CK_ATTRIBUTE_TYPE type, const void *value,
        size_t length)
{
    struct toy_attribute *attribute = find_attribute(object, type);

    if (attribute == NULL)
        attribute = &object->attributes[object->n_attributes++];
    attribute->type = type;
    attribute->length = length;
    memcpy(attribute->value, value, length);
}

void
toy_set_flag(struct toy_object *object, CK_ATTRIBUTE_TYPE type, bool flag)
{
    CK_BBOOL value = flag ? CK_TRUE : CK_FALSE;

    toy_set(object, type, &value, sizeof(value));
}

/* A free place; the last one when there is none. */
static size_t
take_place(unsigned index)
{
    size_t position = 0;

    while (position < TOY_OBJECTS - 1 &&
           toys[index].objects[position].number != 0)
        position++;
    toys[index].objects[position] = (struct toy_object){ .number = 1 };
    return position;
}

CK_OBJECT_HANDLE
toy_add_key(unsigned index, CK_OBJECT_CLASS object_class, CK_ULONG number)
{
    static const CK_BYTE exponent[] = { 1, 0, 1 };
    CK_KEY_TYPE type = CKK_RSA;
    CK_BYTE modulus[32] = { 0xc0 };
    CK_BYTE id[] = { (CK_BYTE)(number >> 8), (CK_BYTE)number };
    size_t position = take_place(index);
    struct toy_object *object = &toys[index].objects[position];

    memcpy(modulus + 16, &number, sizeof(number));
    object->number = number;
    toy_set(object, CKA_CLASS, &object_class, sizeof(object_class));
    toy_set(object, CKA_KEY_TYPE, &type, sizeof(type));
    toy_set(object, CKA_MODULUS, modulus, sizeof(modulus));
    toy_set(object, CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent));
    toy_set(object, CKA_ID, id, sizeof(id));
    toy_set(object, CKA_LABEL, id, sizeof(id));
    toy_set_flag(object, CKA_TOKEN, true);
    toy_set_flag(object, CKA_PRIVATE, object_class == CKO_PRIVATE_KEY);
    return toy_handle(index, position);
}

/* -- Making and ending
 * ---------------------------------------------------------- */

static void
set_template(struct toy_object *object, const CK_ATTRIBUTE *template,
             CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++)
        toy_set(object, template[i].type, template[i].pValue,
                template[i].ulValueLen);
}

/* Whether it is the token's: one that says nothing is not. */
static bool
is_of_token(struct toy_object *object)
{
    const struct toy_attribute *token = find_attribute(object, CKA_TOKEN);

    return token != NULL && token->value[0] != CK_FALSE;
}

static bool
makes_for_token(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++)
        if (template[i].type == CKA_TOKEN)
            return *(const CK_BBOOL *)template[i].pValue != CK_FALSE;
    return false;
}

static void
set_owner(struct toy_object *object, CK_SESSION_HANDLE session)
{
    object->owner = is_of_token(object) ? 0 : session;
}

static bool
may_write(const struct toy_session *session)
{
    return (session->flags & CKF_RW_SESSION) != 0;
}

CK_RV
toy_create_object(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR template,
                  CK_ULONG count, CK_OBJECT_HANDLE_PTR out)
{
    const struct toy_session *session = toy_session(handle);
    size_t position;
    struct toy_object *object;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (makes_for_token(template, count) && !may_write(session))
        return CKR_SESSION_READ_ONLY;
    position = take_place(session->index);
    object = &toys[session->index].objects[position];
    set_template(object, template, count);
    set_owner(object, handle);
    *out = toy_handle_in(session, position);
    return CKR_OK;
}

CK_RV
toy_copy_object(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE from,
                CK_ATTRIBUTE_PTR template, CK_ULONG count,
                CK_OBJECT_HANDLE_PTR out)
{
    const struct toy_session *session = toy_session(handle);
    struct toy_object *source, *object;
    size_t position;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    source = toy_object_in(session, from);
    if (source == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    if ((is_of_token(source) || makes_for_token(template, count)) &&
        !may_write(session))
        return CKR_SESSION_READ_ONLY;
    position = take_place(session->index);
    object = &toys[session->index].objects[position];
    *object = *source;
    set_template(object, template, count);
    set_owner(object, handle);
    *out = toy_handle_in(session, position);
    return CKR_OK;
}

CK_RV
toy_destroy_object(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object)
{
    const struct toy_session *session = toy_session(handle);
    struct toy_object *found;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    found = toy_object_in(session, object);
    if (found == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    if (is_of_token(found) && !may_write(session))
        return CKR_SESSION_READ_ONLY;
    found->number = 0;
    return CKR_OK;
}

CK_RV
toy_generate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                 CK_ATTRIBUTE_PTR template, CK_ULONG count,
                 CK_OBJECT_HANDLE_PTR key)
{
    CK_RV rv = toy_create_object(session, template, count, key);

    if (rv == CKR_OK)
        toy_session(session)->validated = mechanism->mechanism;
    return rv;
}

CK_RV
toy_generate_pair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                  CK_ATTRIBUTE_PTR public_template, CK_ULONG public_count,
                  CK_ATTRIBUTE_PTR private_template, CK_ULONG private_count,
                  CK_OBJECT_HANDLE_PTR public_key,
                  CK_OBJECT_HANDLE_PTR private_key)
{
    CK_RV rv =
        toy_create_object(session, public_template, public_count, public_key);

    (void)mechanism;
    return rv != CKR_OK ? rv
                        : toy_create_object(session, private_template,
                                            private_count, private_key);
}

/* -- Attributes ----------------------------------------------------------- */

CK_RV
toy_get_attributes(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                   CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    const struct toy_session *session = toy_session(handle);
    struct toy_object *found;
    CK_RV result = CKR_OK;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    found = toy_object_in(session, object);
    if (found == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    for (CK_ULONG i = 0; i < count; i++) {
        const struct toy_attribute *attribute =
            find_attribute(found, template[i].type);
        CK_RV rv = CKR_ATTRIBUTE_TYPE_INVALID;

        if (attribute != NULL)
            rv = answer_attribute(attribute->value, attribute->length,
                                  &template[i]);
        else
            template[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
        if (rv != CKR_OK)
            result = rv;
    }
    return result;
}

CK_RV
toy_set_attributes(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                   CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    const struct toy_session *session = toy_session(handle);
    struct toy_object *found;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    found = toy_object_in(session, object);
    if (found == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    if (is_of_token(found) && !may_write(session))
        return CKR_SESSION_READ_ONLY;
    set_template(found, template, count);
    return CKR_OK;
}

/* -- Searches
 * -------------------------------------------------------------------- */

static bool
is_wanted(struct toy_object *object, const CK_ATTRIBUTE *template,
          CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        const struct toy_attribute *attribute =
            find_attribute(object, template[i].type);

        if (attribute == NULL || attribute->length != template[i].ulValueLen ||
            memcmp(attribute->value, template[i].pValue, attribute->length) !=
                0)
            return false;
    }
    return true;
}

CK_RV
toy_find_init(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR template,
              CK_ULONG count)
{
    struct toy_session *session = toy_session(handle);
    struct toy *toy;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (session->has_search)
        return CKR_OPERATION_ACTIVE;
    toy = &toys[session->index];
    session->has_search = true;
    session->searches_anonymous = count == 0;
    session->next_anonymous = 0;
    session->n_found = 0;
    session->n_given = 0;
    for (size_t i = 0; i < TOY_OBJECTS; i++)
        if (toy->objects[i].number != 0 &&
            is_wanted(&toy->objects[i], template, count))
            session->found[session->n_found++] = toy_handle_in(session, i);
    return CKR_OK;
}

CK_RV
toy_find(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE_PTR objects, CK_ULONG room,
         CK_ULONG_PTR count)
{
    struct toy_session *session = toy_session(handle);
    const struct toy *toy;
    CK_ULONG most;

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (!session->has_search)
        return CKR_OPERATION_NOT_INITIALIZED;
    toy = &toys[session->index];
    most = toy->most_at_once != 0 && toy->most_at_once < room
               ? toy->most_at_once
               : room;
    *count = 0;
    while (*count < most && session->n_given < session->n_found)
        objects[(*count)++] = session->found[session->n_given++];
    while (*count < most && session->searches_anonymous &&
           session->next_anonymous < toy->n_anonymous)
        objects[(*count)++] = FIRST_ANONYMOUS + toy->shift + scope_of(session) +
                              session->next_anonymous++;
    return CKR_OK;
}

CK_RV
toy_find_final(CK_SESSION_HANDLE handle)
{
    struct toy_session *session = toy_session(handle);

    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (!session->has_search)
        return CKR_OPERATION_NOT_INITIALIZED;
    session->has_search = false;
    return CKR_OK;
}
