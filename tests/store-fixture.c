/* SPDX-License-Identifier: BSD-3-Clause */
/* Stores for tests, filled with what numbers make. */
#include "tests/store-fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store *store;
uint64_t life;

static CK_ULONG certificate_class = CKO_CERTIFICATE;
static CK_ULONG x_509 = CKC_X_509;
static CK_BBOOL yes = CK_TRUE;

struct store *
store_open(void)
{
    struct error error = { .rv = CKR_OK };
    struct store *opened;

    if (!store_new(store_place_url(), (gid_t)-1, &opened, &error))
        fixture_fail("%s", error.text);
    return opened;
}

void
store_setup(void)
{
    const struct store_owner owner = { "token", NULL };

    store = store_open();
    if (store_find_life(store, &owner, &life, NULL) != STORE_DONE)
        fixture_fail("the token has no life");
}

void
store_finish(void)
{
    store_free(store);
}

static void
add(struct certificate *certificate, CK_ATTRIBUTE_TYPE type, void *value,
    size_t length)
{
    certificate->attributes[certificate->count++] =
        (CK_ATTRIBUTE){ type, value, length };
}

static void __attribute__((format(printf, 4, 5)))
add_text(struct certificate *certificate, CK_ATTRIBUTE_TYPE type, char *room,
         const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsprintf(room, format, arguments);
    va_end(arguments);
    add(certificate, type, room, strlen(room));
}

void
certificate_make(unsigned number, struct certificate *out)
{
    *out = (struct certificate){ .count = 0 };
    add(out, CKA_CLASS, &certificate_class, sizeof(certificate_class));
    add(out, CKA_CERTIFICATE_TYPE, &x_509, sizeof(x_509));
    add(out, CKA_TOKEN, &yes, sizeof(yes));
    add_text(out, CKA_VALUE, out->value, "value %u", number);
    add_text(out, CKA_ID, out->ident, "id %u", number);
    add_text(out, CKA_LABEL, out->label, "label %u", number % 10);
    add_text(out, CKA_SUBJECT, out->subject, "subject %u", number);
    add_text(out, CKA_ISSUER, out->issuer, "issuer %u", number % 3);
    add_text(out, CKA_SERIAL_NUMBER, out->serial, "%u", number / 3);
    add(out, CKA_URL, NULL, 0);
}

CK_ATTRIBUTE *
certificate_get(struct certificate *certificate, CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = 0; i < certificate->count; i++)
        if (certificate->attributes[i].type == type)
            return &certificate->attributes[i];
    fixture_fail("it has no such attribute");
}

uint64_t
certificate_add(unsigned number)
{
    struct certificate certificate;
    uint64_t object;

    certificate_make(number, &certificate);
    if (store_create(store, life, certificate.attributes, certificate.count,
                     &object) != STORE_DONE)
        fixture_fail("certificate %u cannot be made", number);
    return object;
}

static bool
has(const struct store_object *object, const CK_ATTRIBUTE *wanted)
{
    for (CK_ULONG i = 0; i < object->count; i++)
        if (object->attributes[i].type == wanted->type)
            return object->attributes[i].ulValueLen == wanted->ulValueLen &&
                   (wanted->ulValueLen == 0 ||
                    memcmp(object->attributes[i].pValue, wanted->pValue,
                           wanted->ulValueLen) == 0);
    return false;
}

bool
certificate_is(uint64_t number, const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    struct store_object object;
    bool is_it = store_read(store, life, number, &object) == STORE_DONE &&
                 object.count == count;

    for (CK_ULONG i = 0; is_it && i < count; i++)
        is_it = has(&object, &attributes[i]);
    store_object_clear(&object);
    return is_it;
}

const char *
store_found(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    const char *text = "";
    uint64_t *numbers;
    size_t n;

    if (store_find(store, life, template, count, &numbers, &n) != STORE_DONE)
        return "-";
    for (size_t i = 0; i < n; i++)
        text = fixture_text("%s%s%llu", text, i > 0 ? " " : "",
                            (unsigned long long)numbers[i]);
    free(numbers);
    return text;
}

bool
certificate_is_there(unsigned number)
{
    struct certificate certificate;
    const char *found;

    certificate_make(number, &certificate);
    found = store_found(certificate.attributes, certificate.count);
    if (strcmp(found, "-") == 0)
        fixture_fail("certificate %u cannot be looked for", number);
    return *found != '\0';
}

enum store_result
try_create(unsigned number)
{
    struct certificate certificate;
    uint64_t made;

    certificate_make(number, &certificate);
    return store_create(store, life, certificate.attributes, certificate.count,
                        &made);
}

enum store_result
try_count(void)
{
    size_t count;

    return store_count(store, life, &count);
}

bool
store_said(const char *heard, const char *text)
{
    const char *first = strstr(heard, "certificate store ");

    return first != NULL && strstr(first + 1, "certificate store ") == NULL &&
           strstr(first, text) != NULL;
}
