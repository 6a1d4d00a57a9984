/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the fields of a record one after the other, as audit/fields.c has
 * written them. */
#include "cli/audit-glance.h"

#include "cli/memory.h"
#include "cli/utf8.h"

#include <stdlib.h>
#include <string.h>

/* So many digits are exact, also as a double. */
enum { MOST_DIGITS = 15 };

enum target { TARGET_NONE, TARGET_TEXT, TARGET_US, TARGET_UID, TARGET_PID };

struct field {
    const char *before; /* with what ends the field before it */
    enum target target;
    size_t offset; /* of a text */
};

#define TEXT(name) TARGET_TEXT, offsetof(struct log_entry, name)

static const struct field head[] = {
    { "{\"v\":", TARGET_NONE, 0 },
    { ",\"run\":", TEXT(run) },
    { ",\"n\":", TARGET_NONE, 0 },
    { ",\"prev\":", TARGET_NONE, 0 },
    { ",\"time\":", TEXT(time) },
    { ",\"event\":", TEXT(event) },
    { ",\"function\":", TEXT(function) },
    { ",\"outcome\":", TEXT(outcome) },
    { ",\"rv\":", TEXT(rv) },
    { ",\"token\":", TEXT(token) },
    { ",\"slot\":", TARGET_NONE, 0 },
    { ",\"member\":", TARGET_NONE, 0 },
};

static const struct field key[] = {
    { ",\"key\":{\"class\":", TEXT(key.object_class) },
    { ",\"type\":", TEXT(key.type) },
    { ",\"label\":", TEXT(key.label) },
    { ",\"id\":", TEXT(key.id) },
    { ",\"fingerprint\":", TEXT(key.fingerprint) },
};

static const struct field no_key[] = { { ",\"key\":", TARGET_NONE, 0 } };

static const struct field tail[] = {
    { ",\"mechanism\":", TEXT(mechanism) }, { ",\"in\":", TARGET_NONE, 0 },
    { ",\"out\":", TARGET_NONE, 0 },        { ",\"us\":", TARGET_US, 0 },
    { ",\"session\":", TARGET_NONE, 0 },    { ",\"pid\":", TARGET_PID, 0 },
    { ",\"tid\":", TARGET_NONE, 0 },        { ",\"uid\":", TARGET_UID, 0 },
    { ",\"user\":", TEXT(user) },           { ",\"exe\":", TEXT(exe) },
    { ",\"unit\":", TARGET_NONE, 0 },       { ",\"host\":", TEXT(host) },
};

#define LENGTH(fields) (sizeof(fields) / sizeof((fields)[0]))

static bool
pass(char **at, const char *text)
{
    size_t length = strlen(text);

    if (strncmp(*at, text, length) != 0)
        return false;
    *at += length;
    return true;
}

/* Up to the quotation mark, which becomes the NUL behind the text. */
static bool
pass_text(char **at, const char **out)
{
    char *end = *at;

    *out = end;
    while (*end != '"') {
        unsigned char byte = (unsigned char)*end;
        uint32_t character;

        if (byte < ' ' || byte == '\\')
            return false;
        end += byte < 0x80 ? 1 : utf8_next(end, &character);
        if (byte >= 0x80 && character == UTF8_INVALID)
            return false;
    }
    *end = '\0';
    *at = end + 1;
    return true;
}

static bool
pass_number(char **at, uint64_t *out)
{
    const char *first = *at;

    *out = 0;
    while (**at >= '0' && **at <= '9')
        *out = *out * 10 + (uint64_t)(*(*at)++ - '0');
    return *at > first && *at - first <= MOST_DIGITS &&
           (*first != '0' || *at == first + 1);
}

static void
take_number(struct log_entry *entry, enum target target, uint64_t number)
{
    switch (target) {
    case TARGET_US:
        entry->has_us = true;
        entry->us = number;
        break;
    case TARGET_UID:
        entry->has_uid = true;
        entry->uid = number;
        break;
    case TARGET_PID:
        entry->has_pid = true;
        entry->pid = number;
        break;
    case TARGET_NONE:
    case TARGET_TEXT:
        break;
    }
}

static bool
pass_fields(char **at, const struct field *fields, size_t n_fields,
            struct log_entry *entry)
{
    for (size_t i = 0; i < n_fields; i++) {
        const char *text;
        uint64_t number;

        if (!pass(at, fields[i].before))
            return false;
        if (pass(at, "null"))
            continue;
        if (pass(at, "\"")) {
            if (!pass_text(at, &text))
                return false;
            if (fields[i].target == TARGET_TEXT)
                memcpy((char *)entry + fields[i].offset, &text, sizeof(text));
        } else if (pass_number(at, &number)) {
            take_number(entry, fields[i].target, number);
        } else {
            return false;
        }
    }
    return true;
}

static bool
pass_record(char *at, struct log_entry *entry)
{
    if (!pass_fields(&at, head, LENGTH(head), entry))
        return false;
    if (strncmp(at, ",\"key\":{", sizeof(",\"key\":{") - 1) == 0) {
        if (!pass_fields(&at, key, LENGTH(key), entry) || !pass(&at, "}"))
            return false;
    } else if (!pass_fields(&at, no_key, LENGTH(no_key), entry)) {
        return false;
    }
    return pass_fields(&at, tail, LENGTH(tail), entry) &&
           pass(&at, ",\"detail\":null}") && *at == '\0';
}

bool
glance_read(struct log_entry *entry)
{
    const struct log_entry before = *entry;
    char *copy;

    if (memchr(entry->text, '\\', entry->length) != NULL ||
        memchr(entry->text, '\0', entry->length) != NULL)
        return false;
    copy = memory_new(entry->length + 1, 1);
    memcpy(copy, entry->text, entry->length);
    if (pass_record(copy, entry) && entry->run != NULL && entry->time != NULL &&
        entry->event != NULL) {
        entry->copy = copy;
        return true;
    }
    free(copy);
    *entry = before;
    return false;
}
