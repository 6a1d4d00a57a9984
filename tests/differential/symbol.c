/* SPDX-License-Identifier: BSD-3-Clause */
/* Symbols for handles: two lists, and how many were called by a name. */
#include "tests/differential/symbol.h"

#include "common/names.h"

#include <stdlib.h>
#include <string.h>

struct symbol {
    struct symbol *next;
    CK_ULONG handle;
    bool is_session;
    bool is_live;
    unsigned nth; /* of those with this base */
    char base[80];
    char text[96];
};

struct symbols {
    struct symbol *first;
};

struct symbols *
symbols_new(void)
{
    struct symbols *symbols = calloc(1, sizeof(*symbols));

    if (symbols == NULL)
        fixture_fail("no memory");
    return symbols;
}

void
symbols_free(struct symbols *symbols)
{
    while (symbols->first != NULL) {
        struct symbol *next = symbols->first->next;

        free(symbols->first);
        symbols->first = next;
    }
    free(symbols);
}

static struct symbol *
find(const struct talk *talk, bool is_session, CK_ULONG handle)
{
    struct symbol *symbol = talk->symbols->first;

    while (symbol != NULL &&
           !(symbol->is_live && symbol->is_session == is_session &&
             symbol->handle == handle))
        symbol = symbol->next;
    return symbol;
}

static void
forget(struct talk *talk, bool is_session, CK_ULONG handle)
{
    struct symbol *symbol = find(talk, is_session, handle);

    if (symbol != NULL)
        symbol->is_live = false;
}

static const char *
add(struct talk *talk, bool is_session, CK_ULONG handle, const char *base)
{
    struct symbol *symbol = calloc(1, sizeof(*symbol));
    struct symbol *other = talk->symbols->first;

    if (symbol == NULL)
        fixture_fail("no memory");
    forget(talk, is_session, handle);
    symbol->nth = 1;
    for (; other != NULL; other = other->next)
        if (other->is_session == is_session && strcmp(other->base, base) == 0)
            symbol->nth++;
    symbol->handle = handle;
    symbol->is_session = is_session;
    symbol->is_live = true;
    snprintf(symbol->base, sizeof(symbol->base), "%s", base);
    snprintf(symbol->text, sizeof(symbol->text), "%s#%u", base,
             is_session ? talk->n_opens : symbol->nth);
    symbol->next = talk->symbols->first;
    talk->symbols->first = symbol;
    return symbol->text;
}

static const char *
argument(struct talk *talk, bool is_session, CK_ULONG handle)
{
    const struct symbol *symbol = find(talk, is_session, handle);

    if (symbol != NULL)
        return symbol->text;
    return handle == 0 ? "0" : "unknown";
}

/* -- Sessions ------------------------------------------------------------- */

const char *
symbol_new_session(struct talk *talk, CK_SESSION_HANDLE session)
{
    return add(talk, true, session, "session");
}

const char *
symbol_session(struct talk *talk, CK_SESSION_HANDLE session)
{
    return argument(talk, true, session);
}

void
symbol_forget_session(struct talk *talk, CK_SESSION_HANDLE session)
{
    forget(talk, true, session);
}

/* -- Objects -------------------------------------------------------------- */

/* Both runs ask, so that both modules are asked the same. */
static void
describe(struct talk *talk, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
         char *out, size_t room)
{
    CK_OBJECT_CLASS class = CK_UNAVAILABLE_INFORMATION;
    char label[48] = "", name[NAME_LENGTH];
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class, sizeof(class) },
        { CKA_LABEL, label, sizeof(label) - 1 },
    };

    (void)talk->list->C_GetAttributeValue(session, object, template, 2);
    if (template[1].ulValueLen >= sizeof(label))
        template[1].ulValueLen = 0;
    label[template[1].ulValueLen] = '\0';
    snprintf(out, room, "%s:%s", name_of(NAME_CKO, class, name) + 4, label);
}

const char *
symbol_new_object(struct talk *talk, CK_SESSION_HANDLE session,
                  CK_OBJECT_HANDLE object)
{
    char base[80];

    describe(talk, session, object, base, sizeof(base));
    return add(talk, false, object, base);
}

const char *
symbol_found_object(struct talk *talk, CK_SESSION_HANDLE session,
                    CK_OBJECT_HANDLE object)
{
    const struct symbol *symbol = find(talk, false, object);

    return symbol != NULL ? symbol->text
                          : symbol_new_object(talk, session, object);
}

const char *
symbol_object(struct talk *talk, CK_OBJECT_HANDLE object)
{
    return argument(talk, false, object);
}

void
symbol_forget_object(struct talk *talk, CK_OBJECT_HANDLE object)
{
    forget(talk, false, object);
}

/* -- Slots ---------------------------------------------------------------- */

const char *
symbol_slot(struct talk *talk, CK_SLOT_ID slot)
{
    CK_TOKEN_INFO info;
    size_t length = sizeof(info.label);
    CK_RV rv = talk->list->C_GetTokenInfo(slot, &info);

    if (rv == CKR_SLOT_ID_INVALID)
        return "unknown";
    if (rv != CKR_OK || (info.flags & CKF_TOKEN_INITIALIZED) == 0)
        return "free";
    while (length > 0 && info.label[length - 1] == ' ')
        length--;
    return fixture_text("%.*s", (int)length, (const char *)info.label);
}
