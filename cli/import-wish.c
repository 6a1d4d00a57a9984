/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds out what the objects of an imported key are to be like. */
#include "cli/import-wish.h"

#include "cli/certificate-hint.h"
#include "cli/handles.h"
#include "cli/hex.h"
#include "cli/key-ring.h"
#include "cli/key-text.h"
#include "cli/memory.h"
#include "common/cleanup.h"

#include <stdlib.h>
#include <string.h>

/* What keys of a type are used for where nobody says. */
static const struct custom {
    CK_KEY_TYPE type;
    unsigned usages;
} customs[] = {
    { CKK_RSA, USAGE_SIGN | USAGE_DECRYPT | USAGE_UNWRAP },
    { CKK_EC, USAGE_SIGN | USAGE_DERIVE },
    { CKK_EC_EDWARDS, USAGE_SIGN },
};

static void
set_id(struct import_wish *wish, struct octets id)
{
    unsigned char *bytes = memory_new(id.length + 1, 1);

    memcpy(bytes, id.bytes, id.length);
    free((void *)(uintptr_t)wish->id.bytes);
    wish->id = (struct octets){ bytes, id.length };
    wish->wish.id = wish->id;
}

/* Takes it over; NULL: none. */
static void
set_label(struct import_wish *wish, char *label)
{
    if (label != wish->label)
        free(wish->label);
    wish->label = label;
    wish->wish.label = (struct octets){ (const unsigned char *)label,
                                        label == NULL ? 0 : strlen(label) };
}

static bool
is_for_key(const struct import_wish *wish, struct octets certificate)
{
    CLEANUP(key_info_clear) struct key_info its;

    return key_info_of_certificate(certificate, &its) &&
           memcmp(its.fingerprint, wish->info.fingerprint,
                  sizeof(its.fingerprint)) == 0;
}

static bool
find_leaf(struct import_wish *wish, const struct key_bundle *file,
          struct error *error)
{
    const struct certificate_file *certificates = &file->certificates;

    for (size_t i = 0; i < certificates->n_items && wish->leaf.length == 0; i++)
        if (is_for_key(wish, certificates->items[i]))
            wish->leaf = certificates->items[i];
    return wish->leaf.length > 0 || certificates->n_items == 0 ||
           error_set(error, CKR_DATA_INVALID,
                     "none of the certificates is for the key; name the one "
                     "that is with --cert, or take them out of the file");
}

static unsigned
custom_of(CK_KEY_TYPE type)
{
    unsigned usages = 0;

    for (size_t i = 0; i < sizeof(customs) / sizeof(customs[0]); i++)
        if (customs[i].type == type)
            usages = customs[i].usages;
    return usages;
}

/* What the certificate does not allow, the key is not to do; one that allows
 * nothing that keys of its type can do does not mean it. */
static void
follow_leaf(struct import_wish *wish)
{
    struct certificate_parts parts;
    struct certificate_hint hint;

    if (wish->leaf.length == 0 || !certificate_hint_read(wish->leaf, &hint))
        return;
    if (hint.has_usage && (wish->wish.usages & hint.usages) != 0)
        wish->wish.usages &= hint.usages;
    if (wish->label == NULL)
        wish->label = memory_copy(hint.name);
    if (certificate_find_parts(wish->leaf, &parts))
        wish->wish.subject = parts.subject;
    certificate_hint_clear(&hint);
}

bool
import_wish_make(const struct key_bundle *file, const struct choice *given,
                 bool is_extractable, struct import_wish *out,
                 struct error *error)
{
    *out = (struct import_wish){ .wish.is_extractable = is_extractable };
    if (!key_info_of_key(file->key, &out->info))
        return error_set(error, CKR_KEY_TYPE_INCONSISTENT,
                         "the key is of a form that no token knows");
    if (!find_leaf(out, file, error))
        return false;
    out->wish.usages = custom_of(out->info.key.type);
    out->label = memory_copy(given->label != NULL ? given->label : file->name);
    follow_leaf(out);
    set_id(out, given->id.length > 0
                    ? given->id
                    : (struct octets){ out->info.id, sizeof(out->info.id) });
    set_label(out, out->label);
    return true;
}

/* -- What the token has ------------------------------------------------------
 */

static bool
take_id(struct import_wish *wish, struct octets id, const struct choice *given,
        const char *label, struct error *error)
{
    CLEANUP(freep) char *text = NULL;

    if (id.length == 0 || octets_equal(id, wish->id))
        return true;
    if (given->id.length == 0) {
        set_id(wish, id);
        return true;
    }
    text = hex_text(id.bytes, id.length);
    return error_set(error, CKR_ATTRIBUTE_VALUE_INVALID,
                     "token \"%s\" has this key with the id %s; leave --id out "
                     "to give it what it lacks there",
                     label, text);
}

static bool
adopt_certificate(struct import_wish *wish, const struct visit *visit,
                  struct error *error)
{
    static const struct choice none;
    struct holdings holdings;
    bool is_read = holdings_read(visit, &holdings, error);

    for (size_t i = 0; is_read && i < holdings.n_items; i++)
        if (holdings.items[i].id.length > 0 &&
            is_for_key(wish, holdings.items[i].value)) {
            is_read = take_id(wish, holdings.items[i].id, &none,
                              visit->token->label, error);
            break;
        }
    holdings_clear(&holdings);
    return is_read;
}

/* R9.6: the key that moves here has the label that it has there. */
static bool
take_label(struct import_wish *wish, const struct identity *key,
           const struct visit *visit, const struct choice *given,
           struct error *error)
{
    CLEANUP(freep)
    char *label =
        memory_text("%.*s", (int)key->label_length, (const char *)key->label);

    if (given->label == NULL) {
        if (key->label_length > 0)
            set_label(wish, memory_copy(label));
        return true;
    }
    return visit->token->mode != GROUP_MIGRATE ||
           strcmp(given->label, label) == 0 ||
           error_set(error, CKR_ATTRIBUTE_VALUE_INVALID,
                     "token \"%s\" has this key with the label \"%s\" on its "
                     "old member; leave --label out",
                     visit->token->label, label);
}

/* One that was made just before its process died is not known by its public
 * key, which the old member alone has, but by its CKA_ID, as its twin there is.
 * Another key under that is refused when it is to be there (PROOF_DIFFERENT).
 */
static bool
find_private(const struct identity *key, const struct visit *visit,
             CK_OBJECT_HANDLE *out)
{
    CLEANUP(handles_clear) struct handles handles = { .items = NULL };
    CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_ID, key->id, key->id_length },
    };
    struct error ignored = { .rv = CKR_OK };

    if (key->object_class == CKO_PRIVATE_KEY)
        return identity_find(key_text_functions(), visit->session, key, true,
                             out) == CKR_OK;
    if (key->id_length == 0 ||
        !handles_find(visit->session, template, 2, &handles, &ignored) ||
        handles.n_items == 0)
        return false;
    *out = handles.items[0];
    return true;
}

/* R9.6: and what it may do. */
static void
take_usages(struct import_wish *wish, const struct identity *key,
            const struct visit *visit)
{
    static const struct {
        enum software_usage usage;
        CK_ATTRIBUTE_TYPE type;
    } usages[] = {
        { USAGE_SIGN, CKA_SIGN },
        { USAGE_DECRYPT, CKA_DECRYPT },
        { USAGE_UNWRAP, CKA_UNWRAP },
        { USAGE_DERIVE, CKA_DERIVE },
    };
    CK_OBJECT_HANDLE object;

    if (!find_private(key, visit, &object))
        return;
    wish->wish.usages = 0;
    for (size_t i = 0; i < sizeof(usages) / sizeof(usages[0]); i++) {
        CK_BBOOL may = CK_FALSE;
        CK_ATTRIBUTE attribute = { usages[i].type, &may, sizeof(may) };

        if (C_GetAttributeValue(visit->session, object, &attribute, 1) ==
                CKR_OK &&
            may)
            wish->wish.usages |= usages[i].usage;
    }
}

bool
import_wish_adopt(struct import_wish *wish, const struct visit *visit,
                  const struct choice *given, struct error *error)
{
    CLEANUP(key_ring_clear) struct key_ring ring;
    const struct identity *key;

    if (!key_ring_read(visit, &ring, error))
        return false;
    key = key_ring_find_key(&ring, wish->info.fingerprint);
    if (key == NULL)
        return given->id.length > 0 || adopt_certificate(wish, visit, error);
    take_usages(wish, key, visit);
    return take_label(wish, key, visit, given, error) &&
           take_id(wish, (struct octets){ key->id, key->id_length }, given,
                   visit->token->label, error);
}

void
import_wish_clear(struct import_wish *wish)
{
    key_info_clear(&wish->info);
    free((void *)(uintptr_t)wish->id.bytes);
    free(wish->label);
}
