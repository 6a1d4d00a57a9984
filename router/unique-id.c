/* SPDX-License-Identifier: BSD-3-Clause */
/* The CKA_UNIQUE_ID of a group's objects (R7.17). */
#include "router/unique-id.h"

#include "common/cleanup.h"
#include "common/crypto.h"
#include "common/der.h"
#include "router/object.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What it is made of; each piece after its length. */
enum { MAX_PARTS = 12 };

struct parts {
    struct octets octets[MAX_PARTS];
    size_t count;
};

static void
add(struct parts *parts, const void *bytes, size_t length)
{
    parts->octets[parts->count++] = (struct octets){ bytes, length };
}

static void
add_text(struct parts *parts, const char *text)
{
    add(parts, text, text == NULL ? 0 : strlen(text));
}

static bool
digest(const struct parts *parts, char out[GROUP_ID_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    struct crypto_piece pieces[2 * MAX_PARTS];
    unsigned char hash[SHA256_LENGTH];

    for (size_t i = 0; i < parts->count; i++) {
        const struct octets *its = &parts->octets[i];

        pieces[2 * i] =
            (struct crypto_piece){ &its->length, sizeof(its->length) };
        pieces[2 * i + 1] = (struct crypto_piece){ its->bytes, its->length };
    }
    if (!crypto_sha256_pieces(pieces, 2 * parts->count, hash))
        return false;
    for (size_t i = 0; i < GROUP_ID_LENGTH; i++)
        out[i] = digits[hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    out[GROUP_ID_LENGTH] = '\0';
    return true;
}

/* -- What an object is -------------------------------------------------------
 */

/* What it has in common with its twins (identity_is_same_key). */
static void
add_shared(struct parts *parts, const struct identity *identity)
{
    switch (identity->object_class) {
    case CKO_PUBLIC_KEY:
    case CKO_PRIVATE_KEY:
        add(parts, identity->fingerprint, sizeof(identity->fingerprint));
        break;
    case CKO_SECRET_KEY:
        add(parts, &identity->key_type, sizeof(identity->key_type));
        add(parts, identity->id, identity->id_length);
        add(parts, identity->label, identity->label_length);
        add(parts, identity->check_value, sizeof(identity->check_value));
        break;
    case CKO_CERTIFICATE:
        add(parts, identity->content, sizeof(identity->content));
        add(parts, identity->id, identity->id_length);
        break;
    default:
        add(parts, identity->content, sizeof(identity->content));
        add(parts, identity->label, identity->label_length);
        break;
    }
}

/* Of what no other member can have: which member that is, as it is configured,
 * and the member's own id, or else whatever is known. */
static void
add_own(struct parts *parts, const struct token *token, CK_OBJECT_HANDLE object,
        const struct identity *identity)
{
    const struct config_member *rule = NULL;
    const struct config_module *module;

    for (unsigned i = 0; i < token->n_members && rule == NULL; i++)
        if (object_space_was_seen(token->objects, object, i))
            rule = atomic_load(&token->members[i].rule);
    module = rule == NULL ? NULL : rule->module;
    add_text(parts, module == NULL ? NULL : module->name);
    add_text(parts, rule == NULL ? NULL : rule->match.uri);
    add(parts, identity->unique_id, identity->unique_id_length);
    if (identity->unique_id_length > 0)
        return;
    add(parts, &identity->key_type, sizeof(identity->key_type));
    add(parts, identity->id, identity->id_length);
    add(parts, identity->label, identity->label_length);
    add(parts, identity->fingerprint, sizeof(identity->fingerprint));
    add(parts, identity->content, sizeof(identity->content));
}

bool
unique_id_of(const struct token *token, CK_OBJECT_HANDLE object,
             char out[GROUP_ID_LENGTH + 1])
{
    CLEANUP(identity_freep)
    struct identity *identity = object_space_identity(token->objects, object);
    struct parts parts = { .count = 0 };
    pid_t process = getpid();

    add_text(&parts, token->label);
    if ((object_space_flags(token->objects, object) & OBJECT_IS_SESSION) != 0) {
        /* It is this process's, and may be like any other. */
        add_text(&parts, "session");
        add(&parts, &process, sizeof(process));
        add(&parts, &object, sizeof(object));
        return digest(&parts, out);
    }
    if (identity == NULL)
        return false;
    add(&parts, &identity->object_class, sizeof(identity->object_class));
    if (identity_is_same_key(identity, identity)) {
        add_text(&parts, "shared");
        add_shared(&parts, identity);
    } else {
        add_text(&parts, "own");
        add_own(&parts, token, object, identity);
    }
    return digest(&parts, out);
}

/* -- Searches ----------------------------------------------------------------
 */

enum unique_id_wish
unique_id_wish(const CK_ATTRIBUTE *template, CK_ULONG count,
               char out[GROUP_ID_LENGTH])
{
    enum unique_id_wish wish = UNIQUE_ID_ANY;

    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].type != CKA_UNIQUE_ID)
            continue;
        if (template[i].pValue == NULL ||
            template[i].ulValueLen != GROUP_ID_LENGTH ||
            (wish != UNIQUE_ID_ANY &&
             memcmp(out, template[i].pValue, GROUP_ID_LENGTH) != 0))
            return UNIQUE_ID_OF_NONE;
        memcpy(out, template[i].pValue, GROUP_ID_LENGTH);
        wish = UNIQUE_ID_OF_ONE;
    }
    return wish;
}

CK_ATTRIBUTE *
unique_id_strip(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *n_left)
{
    CK_ATTRIBUTE *left = calloc(count, sizeof(*left));

    *n_left = 0;
    for (CK_ULONG i = 0; left != NULL && i < count; i++)
        if (template[i].type != CKA_UNIQUE_ID)
            left[(*n_left)++] = template[i];
    return left;
}

void
unique_id_select(const struct token *token, enum unique_id_wish wish,
                 const char wanted[GROUP_ID_LENGTH], CK_OBJECT_HANDLE *handles,
                 size_t *count)
{
    char its[GROUP_ID_LENGTH + 1];
    bool is_found = false;
    size_t kept = 0;

    for (size_t i = 0; wish != UNIQUE_ID_ANY && i < *count; i++) {
        bool is_stored = token->overflow != NULL &&
                         object_space_was_seen(token->objects, handles[i],
                                               token->overflow->index);
        bool is_it = wish == UNIQUE_ID_OF_ONE && !is_stored && !is_found &&
                     unique_id_of(token, handles[i], its) &&
                     memcmp(its, wanted, GROUP_ID_LENGTH) == 0;

        is_found = is_found || is_it;
        if (is_stored || is_it)
            handles[kept++] = handles[i];
    }
    if (wish != UNIQUE_ID_ANY)
        *count = kept;
}
