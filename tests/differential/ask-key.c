/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that make, wrap, unwrap and derive keys. */
#include "common/names.h"
#include "tests/differential/ask.h"
#include "tests/differential/symbol.h"
#include "tests/differential/template.h"

static void
add_mechanism(struct talk *talk, const CK_MECHANISM *mechanism)
{
    char name[NAME_LENGTH];

    talk_add(talk, "%s",
             mechanism == NULL ? "NULL"
                               : name_of(NAME_CKM, mechanism->mechanism, name));
}

/* What a module gets: nobody may change the tables. */
static CK_MECHANISM *
copy_of(const CK_MECHANISM *mechanism, CK_MECHANISM *copy)
{
    if (mechanism == NULL)
        return NULL;
    *copy = *mechanism;
    return copy;
}

static CK_OBJECT_HANDLE
made(struct talk *talk, CK_SESSION_HANDLE session, const char *function,
     const CK_MECHANISM *mechanism, CK_RV rv, CK_OBJECT_HANDLE object)
{
    talk_begin(talk, function, rv);
    add_mechanism(talk, mechanism);
    if (rv == CKR_OK)
        talk_add(talk, "%s", symbol_new_object(talk, session, object));
    talk_end(talk);
    return rv == CKR_OK ? object : BAD_HANDLE;
}

CK_OBJECT_HANDLE
ask_generate(struct talk *talk, CK_SESSION_HANDLE session,
             const CK_MECHANISM *mechanism, const char *template)
{
    struct template parsed = template_parse(talk, template);
    CK_OBJECT_HANDLE key = 0;
    CK_MECHANISM copy;
    CK_RV rv = talk->list->C_GenerateKey(session, copy_of(mechanism, &copy),
                                         parsed.items, parsed.count, &key);

    return made(talk, session, "C_GenerateKey", mechanism, rv, key);
}

CK_RV
ask_generate_pair(struct talk *talk, CK_SESSION_HANDLE session,
                  const CK_MECHANISM *mechanism, const char *public_template,
                  const char *private_template, CK_OBJECT_HANDLE out[2])
{
    struct template public = template_parse(talk, public_template);
    struct template private = template_parse(talk, private_template);
    CK_OBJECT_HANDLE keys[2] = { 0, 0 };
    CK_MECHANISM copy;
    CK_RV rv =
        talk->list->C_GenerateKeyPair(session, copy_of(mechanism, &copy),
                                      public.items, public.count, private.items,
                                      private.count, &keys[0], &keys[1]);

    talk_begin(talk, "C_GenerateKeyPair", rv);
    add_mechanism(talk, mechanism);
    for (int i = 0; i < 2; i++) {
        if (rv == CKR_OK)
            talk_add(talk, "%s", symbol_new_object(talk, session, keys[i]));
        out[i] = rv == CKR_OK ? keys[i] : BAD_HANDLE;
    }
    talk_end(talk);
    return rv;
}

CK_RV
ask_wrap(struct talk *talk, CK_SESSION_HANDLE session,
         const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping,
         CK_OBJECT_HANDLE key, long room)
{
    CK_ULONG *length = talk_room(talk, room);
    CK_MECHANISM copy;
    CK_RV rv = talk->list->C_WrapKey(session, copy_of(mechanism, &copy),
                                     wrapping, key, talk->to, length);

    talk_begin(talk, "C_WrapKey", rv);
    add_mechanism(talk, mechanism);
    talk_add(talk, "%s %s room %ld", symbol_object(talk, wrapping),
             symbol_object(talk, key), room);
    talk_add_output(talk, rv);
    talk_end(talk);
    return rv;
}

CK_OBJECT_HANDLE
ask_unwrap(struct talk *talk, CK_SESSION_HANDLE session,
           const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE unwrapping,
           struct bytes wrapped, const char *template)
{
    struct template parsed = template_parse(talk, template);
    CK_OBJECT_HANDLE key = 0;
    CK_MECHANISM copy;
    CK_RV rv = talk->list->C_UnwrapKey(session, copy_of(mechanism, &copy),
                                       unwrapping, wrapped.at, wrapped.length,
                                       parsed.items, parsed.count, &key);

    return made(talk, session, "C_UnwrapKey", mechanism, rv, key);
}

CK_OBJECT_HANDLE
ask_derive(struct talk *talk, CK_SESSION_HANDLE session,
           const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base,
           const char *template)
{
    struct template parsed = template_parse(talk, template);
    CK_OBJECT_HANDLE key = 0;
    CK_MECHANISM copy;
    CK_RV rv = talk->list->C_DeriveKey(session, copy_of(mechanism, &copy), base,
                                       parsed.items, parsed.count, &key);

    return made(talk, session, "C_DeriveKey", mechanism, rv, key);
}
