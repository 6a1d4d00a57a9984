/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls on objects, their attributes, and searches. */
#include "common/names.h"
#include "tests/differential/ask.h"
#include "tests/differential/symbol.h"
#include "tests/differential/template.h"

#include <stdlib.h>
#include <string.h>

enum { PLENTY = 2048, MAX_FOUND = 256 };

static CK_OBJECT_HANDLE
made(struct talk *talk, CK_SESSION_HANDLE session, const char *function,
     CK_RV rv, CK_OBJECT_HANDLE object)
{
    talk_begin(talk, function, rv);
    if (rv == CKR_OK)
        talk_add(talk, "%s", symbol_new_object(talk, session, object));
    talk_end(talk);
    return rv == CKR_OK ? object : BAD_HANDLE;
}

CK_OBJECT_HANDLE
ask_create_of(struct talk *talk, CK_SESSION_HANDLE session,
              CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_OBJECT_HANDLE object = 0;
    CK_RV rv = talk->list->C_CreateObject(session, template, count, &object);

    return made(talk, session, "C_CreateObject", rv, object);
}

CK_OBJECT_HANDLE
ask_create(struct talk *talk, CK_SESSION_HANDLE session, const char *template)
{
    struct template parsed = template_parse(talk, template);

    return ask_create_of(talk, session, parsed.items, parsed.count);
}

CK_OBJECT_HANDLE
ask_copy(struct talk *talk, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
         const char *template)
{
    struct template parsed = template_parse(talk, template);
    CK_OBJECT_HANDLE copy = 0;
    CK_RV rv = talk->list->C_CopyObject(session, object, parsed.items,
                                        parsed.count, &copy);

    return made(talk, session, "C_CopyObject", rv, copy);
}

CK_RV
ask_destroy(struct talk *talk, CK_SESSION_HANDLE session,
            CK_OBJECT_HANDLE object)
{
    CK_RV rv = talk->list->C_DestroyObject(session, object);

    talk_begin(talk, "C_DestroyObject", rv);
    talk_add(talk, "%s", symbol_object(talk, object));
    talk_end(talk);
    if (rv == CKR_OK)
        symbol_forget_object(talk, object);
    return rv;
}

CK_RV
ask_size(struct talk *talk, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    CK_ULONG size = 0x5A;
    CK_RV rv = talk->list->C_GetObjectSize(session, object, &size);

    talk_begin(talk, "C_GetObjectSize", rv);
    talk_add(talk, "%s", symbol_object(talk, object));
    if (rv == CKR_OK)
        talk_add(talk, "%lx", size);
    talk_end(talk);
    return rv;
}

CK_RV
ask_set(struct talk *talk, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
        const char *template)
{
    struct template parsed = template_parse(talk, template);
    CK_RV rv = talk->list->C_SetAttributeValue(session, object, parsed.items,
                                               parsed.count);

    talk_begin(talk, "C_SetAttributeValue", rv);
    talk_add(talk, "%s", symbol_object(talk, object));
    talk_end(talk);
    return rv;
}

/* -- Reading attributes --------------------------------------------------- */

/* The whole room, so that what was written without being asked shows. */
static void
add_attribute(struct talk *talk, const CK_ATTRIBUTE *attribute, CK_ULONG room)
{
    char name[NAME_LENGTH];

    talk_add(talk, "%s", name_of(NAME_CKA, attribute->type, name));
    if (attribute->ulValueLen == CK_UNAVAILABLE_INFORMATION)
        talk_add(talk, "unavailable");
    else
        talk_add(talk, "%lu", attribute->ulValueLen);
    if (attribute->pValue == NULL)
        return;
    /* Where a module keeps a nested template as it came, it is addresses. */
    if (talk->hides_output || attribute->type == CKA_WRAP_TEMPLATE ||
        attribute->type == CKA_UNWRAP_TEMPLATE ||
        attribute->type == CKA_DERIVE_TEMPLATE)
        talk_add(talk, "hidden");
    else if (attribute->ulValueLen <= room)
        talk_add_bytes(talk, attribute->pValue, attribute->ulValueLen);
    else
        talk_add_bytes(talk, attribute->pValue, room);
}

static struct template words_parse(struct talk *talk, const char *text,
                                   CK_ULONG rooms[TEMPLATE_MAX])
{
    struct template wanted = { .count = 0 };
    char *rest = talk_keep(talk, text, strlen(text)), *word, *save;

    for (word = strtok_r(rest, " ", &save);
         word != NULL && wanted.count < TEMPLATE_MAX;
         word = strtok_r(NULL, " ", &save)) {
        CK_ATTRIBUTE *item = &wanted.items[wanted.count];
        char *room = strchr(word, ':');
        CK_BYTE fill[PLENTY];

        memset(fill, 0xA5, sizeof(fill));
        if (room != NULL)
            *room++ = '\0';
        item->type = constant_parse(word);
        item->ulValueLen = room == NULL   ? PLENTY
                           : *room == '-' ? 0
                                          : strtoul(room, NULL, 10);
        if (room == NULL || *room != '-')
            item->pValue = talk_keep(talk, fill, sizeof(fill));
        rooms[wanted.count++] = item->ulValueLen;
    }
    return wanted;
}

CK_RV
ask_get(struct talk *talk, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
        const char *words)
{
    CK_ULONG rooms[TEMPLATE_MAX];
    struct template wanted = words_parse(talk, words, rooms);
    CK_RV rv = talk->list->C_GetAttributeValue(session, object, wanted.items,
                                               wanted.count);

    talk_begin(talk, "C_GetAttributeValue", rv);
    talk_add(talk, "%s", symbol_object(talk, object));
    for (CK_ULONG i = 0; i < wanted.count; i++)
        add_attribute(talk, &wanted.items[i], rooms[i]);
    talk_end(talk);
    return rv;
}

CK_RV
ask_get_nested(struct talk *talk, CK_SESSION_HANDLE session,
               CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
               const char *inner)
{
    CK_ULONG rooms[TEMPLATE_MAX];
    struct template wanted = words_parse(talk, inner, rooms);
    CK_ATTRIBUTE outer = { type, wanted.items,
                           wanted.count * sizeof(wanted.items[0]) };
    CK_RV rv = talk->list->C_GetAttributeValue(session, object, &outer, 1);

    talk_begin(talk, "C_GetAttributeValue", rv);
    talk_add(talk, "%s nested %ld", symbol_object(talk, object),
             (long)outer.ulValueLen);
    for (CK_ULONG i = 0; i < wanted.count; i++)
        add_attribute(talk, &wanted.items[i], rooms[i]);
    talk_end(talk);
    return rv;
}

/* -- Searches ------------------------------------------------------------- */

CK_RV
ask_find_init(struct talk *talk, CK_SESSION_HANDLE session,
              const char *template)
{
    struct template parsed = template_parse(talk, template);

    return talk_result(talk, "C_FindObjectsInit",
                       talk->list->C_FindObjectsInit(session, parsed.items,
                                                     parsed.count));
}

CK_ULONG
ask_find_next(struct talk *talk, CK_SESSION_HANDLE session, CK_ULONG room)
{
    CK_OBJECT_HANDLE objects[MAX_FOUND];
    CK_ULONG count = 0x5A;
    CK_RV rv = talk->list->C_FindObjects(session, objects, room, &count);

    talk_begin(talk, "C_FindObjects", rv);
    talk_add(talk, "room %lu", room);
    if (rv == CKR_OK)
        talk_add(talk, "%lu", count);
    talk_end(talk);
    return rv == CKR_OK ? count : 0;
}

CK_RV
ask_find_final(struct talk *talk, CK_SESSION_HANDLE session)
{
    return talk_result(talk, "C_FindObjectsFinal",
                       talk->list->C_FindObjectsFinal(session));
}

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
add_found(struct talk *talk, CK_SESSION_HANDLE session,
          const CK_OBJECT_HANDLE *objects, size_t count)
{
    const char *names[MAX_FOUND];

    for (size_t i = 0; i < count; i++)
        names[i] = symbol_found_object(talk, session, objects[i]);
    qsort(names, count, sizeof(names[0]), compare_texts);
    for (size_t i = 0; i < count; i++)
        talk_add(talk, "%s", names[i]);
}

CK_OBJECT_HANDLE
ask_find(struct talk *talk, CK_SESSION_HANDLE session, const char *template,
         CK_ULONG chunk)
{
    CK_OBJECT_HANDLE objects[MAX_FOUND];
    CK_ULONG count = 0, total = 0;
    CK_RV rv;

    if (ask_find_init(talk, session, template) != CKR_OK)
        return BAD_HANDLE;
    do {
        rv = talk->list->C_FindObjects(session, objects + total, chunk, &count);
        talk_begin(talk, "C_FindObjects", rv);
        talk_add(talk, "room %lu", chunk);
        if (rv == CKR_OK)
            talk_add(talk, "%lu", count);
        talk_end(talk);
        total += rv == CKR_OK ? count : 0;
    } while (rv == CKR_OK && count > 0 && total + chunk <= MAX_FOUND);
    rv = talk->list->C_FindObjectsFinal(session);
    talk_begin(talk, "C_FindObjectsFinal", rv);
    add_found(talk, session, objects, total);
    talk_end(talk);
    return total > 0 ? objects[0] : BAD_HANDLE;
}
