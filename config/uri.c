/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads PKCS#11 URIs with p11-kit, and is stricter about what is in them. */
#include "config/uri.h"

#include "common/cleanup.h"

#include <p11-kit/uri.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char scheme[] = P11_KIT_URI_SCHEME ":";

static const char selects_all[] =
    "it would select every token; add token=, serial=, manufacturer=, model= "
    "or slot-id=";

/* What a rule may ask of a token; slot-id is read apart. */
static const struct field {
    const char *name;
    size_t from;   /* in CK_TOKEN_INFO */
    size_t length; /* there */
    size_t to;     /* in struct uri */
} fields[] = {
    { "token", offsetof(CK_TOKEN_INFO, label), 32,
      offsetof(struct uri, token) },
    { "serial", offsetof(CK_TOKEN_INFO, serialNumber), 16,
      offsetof(struct uri, serial) },
    { "manufacturer", offsetof(CK_TOKEN_INFO, manufacturerID), 32,
      offsetof(struct uri, manufacturer) },
    { "model", offsetof(CK_TOKEN_INFO, model), 16,
      offsetof(struct uri, model) },
};

/* Beside the fields: what is read apart. */
enum {
    N_FIELDS = sizeof(fields) / sizeof(fields[0]),
    SLOT_ID = N_FIELDS,
    PIN_SOURCE
};

/* A signed 64-bit number never overflows with as many digits. */
enum { SLOT_ID_DIGITS = 18 };

/* One `name=value` of the URI. */
struct part {
    const char *name;
    size_t name_length;
    const char *value;
    size_t value_length;
    bool in_query; /* behind the "?" */
};

static bool __attribute__((format(printf, 2, 3)))
refuse(char mistake[URI_MISTAKE_LENGTH], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(mistake, URI_MISTAKE_LENGTH, format, arguments);
    va_end(arguments);
    return false;
}

static bool
part_is(const struct part *part, const char *name)
{
    return strlen(name) == part->name_length &&
           memcmp(name, part->name, part->name_length) == 0;
}

/* The number of the attribute in `fields`, SLOT_ID, PIN_SOURCE, or -1. */
static int
part_field(const struct part *part)
{
    if (part->in_query)
        return part_is(part, "pin-source") ? PIN_SOURCE : -1;
    for (int i = 0; i < N_FIELDS; i++)
        if (part_is(part, fields[i].name))
            return i;
    return part_is(part, "slot-id") ? SLOT_ID : -1;
}

static bool
part_check(const struct part *part, unsigned *seen,
           char mistake[URI_MISTAKE_LENGTH])
{
    int name_length = part->name_length > 32 ? 32 : (int)part->name_length;
    int field = part_field(part);

    if (field < 0)
        return refuse(mistake,
                      "%.*s does not select a token; use token, serial, "
                      "manufacturer, model and slot-id only",
                      name_length, part->name);
    if ((*seen & (1U << field)) != 0)
        return refuse(mistake, "%.*s is there twice; keep one of them",
                      name_length, part->name);
    *seen |= 1U << field;
    /* p11-kit reads a value that begins with NUL as "anything". */
    if (memmem(part->value, part->value_length, "%00", 3) != NULL)
        return refuse(mistake, "%.*s has a NUL in it; remove the %%00",
                      name_length, part->name);
    /* p11-kit reads no digits as 0, and too many as anything. */
    if (field == SLOT_ID &&
        (part->value_length == 0 || part->value_length > SLOT_ID_DIGITS ||
         strspn(part->value, "0123456789") < part->value_length))
        return refuse(mistake,
                      "slot-id is no number of at most %d digits; "
                      "give the module's number of the slot",
                      SLOT_ID_DIGITS);
    return true;
}

/* Whether a name may stand in a message: it is of the form of RFC 7512. */
static bool
name_is_plain(const char *name, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    return length > 0 && strspn(name, letters) >= length;
}

/*
 * Looks at the names, which p11-kit takes lightly: it leaves out what it does
 * not know, what is there twice, and all that follows an empty part.
 */
static bool
parts_check(const char *text, char mistake[URI_MISTAKE_LENGTH])
{
    bool in_query = text[0] == '?';
    unsigned seen = 0;

    if (in_query)
        text++;
    for (;;) {
        size_t length = strcspn(text, in_query ? "&" : ";?");
        const char *equals = memchr(text, '=', length);

        if (equals == NULL || !name_is_plain(text, (size_t)(equals - text)))
            return refuse(mistake, "a part is not of the form name=value; "
                                   "write such as \"pkcs11:token=NAME;"
                                   "serial=NUMBER\"");
        struct part part = { .name = text,
                             .name_length = (size_t)(equals - text),
                             .value = equals + 1,
                             .value_length =
                                 length - (size_t)(equals + 1 - text),
                             .in_query = in_query };
        if (!part_check(&part, &seen, mistake))
            return false;
        if (text[length] == '\0')
            break;
        in_query = in_query || text[length] == '?';
        text += length + 1;
    }
    return (seen & ~(1U << PIN_SOURCE)) != 0 ||
           refuse(mistake, "%s", selects_all);
}

/* Copies one field out of what p11-kit read; NULL stays where it is unset. */
static bool
field_copy(const struct field *field, const CK_TOKEN_INFO *info,
           struct uri *out)
{
    const char *from = (const char *)info + field->from;
    char **to = (char **)((char *)out + field->to);
    size_t length = field->length;

    if (from[0] == '\0')
        return true;
    while (length > 0 && from[length - 1] == ' ')
        length--;
    *to = strndup(from, length);
    return *to != NULL;
}

/* RFC 7512, section 2.4, has a file or a command; p11-kit hands any text to
 * the application. */
static bool
pin_source_copy(P11KitUri *parsed, char **out, char mistake[URI_MISTAKE_LENGTH])
{
    static const char file[] = "file:";
    const char *text = p11_kit_uri_get_pin_source(parsed);

    if (text == NULL || text[0] == '\0')
        return refuse(mistake, "it has no pin-source; add "
                               "?pin-source=file:/PATH");
    if (strncmp(text, file, sizeof(file) - 1) == 0 &&
        text[sizeof(file) - 1] != '/')
        return refuse(mistake, "pin-source is a file without its absolute "
                               "path; write such as "
                               "?pin-source=file:/PATH");
    *out = strdup(text);
    return *out != NULL;
}

static bool
uri_take(P11KitUri *parsed, struct uri *out, char mistake[URI_MISTAKE_LENGTH])
{
    const CK_TOKEN_INFO *info = p11_kit_uri_get_token_info(parsed);
    unsigned long slot_id = p11_kit_uri_get_slot_id(parsed);

    /* All names are known, so only a length is left that p11-kit refuses. */
    if (p11_kit_uri_any_unrecognized(parsed))
        return refuse(mistake, "a value is longer than a token's field; give "
                               "at most 32 bytes for token and manufacturer, "
                               "16 for serial and model");
    for (size_t i = 0; i < N_FIELDS; i++)
        if (!field_copy(&fields[i], info, out))
            return false;
    out->has_slot_id = slot_id != ~0UL;
    out->slot_id = out->has_slot_id ? slot_id : 0;
    return p11_kit_uri_get_pin_source(parsed) == NULL ||
           pin_source_copy(parsed, &out->pin_source, mistake);
}

bool
uri_parse(const char *text, struct uri *out, char mistake[URI_MISTAKE_LENGTH])
{
    P11KitUri *parsed;
    bool ok;
    int result;

    *out = (struct uri){ 0 };
    mistake[0] = '\0';
    if (strncmp(text, scheme, sizeof(scheme) - 1) != 0)
        return refuse(mistake,
                      "it does not begin with \"%s\"; write such as "
                      "\"%stoken=NAME\"",
                      scheme, scheme);
    if (text[sizeof(scheme) - 1] == '\0')
        return refuse(mistake, "%s", selects_all);
    /* p11-kit leaves blanks out, and would look for another token. */
    if (strpbrk(text, " \t\r\n\f\v") != NULL)
        return refuse(mistake, "it has a blank in it; write it as %%20");
    if (!parts_check(text + sizeof(scheme) - 1, mistake) ||
        (parsed = p11_kit_uri_new()) == NULL)
        return false;
    result = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, parsed);
    if (result == P11_KIT_URI_OK)
        ok = uri_take(parsed, out, mistake);
    else if (result == P11_KIT_URI_BAD_ENCODING)
        ok = refuse(mistake, "a %% has no two hexadecimal digits behind it; "
                             "write it as %%25");
    else if (result == P11_KIT_URI_UNEXPECTED)
        ok = false; /* no memory */
    else
        ok = refuse(mistake,
                    "p11-kit says: %s; write such as "
                    "\"%stoken=NAME\"",
                    p11_kit_uri_message(result), scheme);
    p11_kit_uri_free(parsed);
    if (!ok)
        uri_clear(out);
    return ok;
}

/* Also where p11-kit would not look: behind an empty part. */
static bool
has_pin_value(const char *text)
{
    static const char name[] = "pin-value=";

    for (const char *at = text; (at = strstr(at, name)) != NULL; at++)
        if (at > text && strchr(":;?&", at[-1]) != NULL)
            return true;
    return false;
}

bool
uri_parse_pin_source(const char *text, char **out,
                     char mistake[URI_MISTAKE_LENGTH])
{
    P11KitUri *parsed;
    bool ok;
    int result;

    *out = NULL;
    mistake[0] = '\0';
    if (has_pin_value(text))
        return refuse(mistake, "pin-value is the PIN itself; change that PIN, "
                               "and write ?pin-source=file:/PATH");
    if (strpbrk(text, " \t\r\n\f\v") != NULL)
        return refuse(mistake, "it has a blank in it; write it as %%20");
    parsed = p11_kit_uri_new();
    if (parsed == NULL)
        return false;
    result = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, parsed);
    if (result == P11_KIT_URI_OK && p11_kit_uri_any_unrecognized(parsed))
        ok = refuse(mistake, "a part of it is not known; write such as "
                             "\"pkcs11:?pin-source=file:/PATH\"");
    else if (result == P11_KIT_URI_OK)
        ok = pin_source_copy(parsed, out, mistake);
    else if (result == P11_KIT_URI_UNEXPECTED) /* it says no more */
        ok = refuse(mistake, "a part of it has a name that none can have; "
                             "write such as "
                             "\"pkcs11:?pin-source=file:/PATH\"");
    else
        ok = refuse(mistake, "p11-kit says: %s", p11_kit_uri_message(result));
    p11_kit_uri_free(parsed);
    return ok;
}

void
uri_clear(struct uri *uri)
{
    free(uri->token);
    free(uri->serial);
    free(uri->manufacturer);
    free(uri->model);
    free(uri->pin_source);
    *uri = (struct uri){ 0 };
}
