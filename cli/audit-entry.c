/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads records of an audit log: at a glance where they are as p11mux writes
 * most of them, else with Jansson. */
#include "cli/audit-entry.h"

#include "audit/link.h"
#include "cli/audit-glance.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Up to here a double has all whole numbers. */
static const double largest_number = 9007199254740992.0;

struct text_field {
    const char *name;
    size_t offset;
};

static const struct text_field texts[] = {
    { "run", offsetof(struct log_entry, run) },
    { "time", offsetof(struct log_entry, time) },
    { "event", offsetof(struct log_entry, event) },
    { "function", offsetof(struct log_entry, function) },
    { "outcome", offsetof(struct log_entry, outcome) },
    { "rv", offsetof(struct log_entry, rv) },
    { "token", offsetof(struct log_entry, token) },
    { "mechanism", offsetof(struct log_entry, mechanism) },
    { "user", offsetof(struct log_entry, user) },
    { "exe", offsetof(struct log_entry, exe) },
    { "host", offsetof(struct log_entry, host) },
};

static const struct text_field key_texts[] = {
    { "class", offsetof(struct entry_key, object_class) },
    { "type", offsetof(struct entry_key, type) },
    { "label", offsetof(struct entry_key, label) },
    { "id", offsetof(struct entry_key, id) },
    { "fingerprint", offsetof(struct entry_key, fingerprint) },
};

/* What is no text stays NULL. */
static void
read_texts(const json_t *object, const struct text_field *fields,
           size_t n_fields, void *out)
{
    for (size_t i = 0; i < n_fields; i++) {
        const char *text =
            json_string_value(json_object_get(object, fields[i].name));

        memcpy((char *)out + fields[i].offset, &text, sizeof(text));
    }
}

static bool
read_number(const json_t *object, const char *name, uint64_t *out)
{
    const json_t *value = json_object_get(object, name);
    double number = json_number_value(value);

    if (!json_is_number(value) || number < 0 || number > largest_number)
        return false;
    *out = (uint64_t)number;
    return true;
}

/* Numbers above 2^63 are read as well as a double can: an application may call
 * with any session handle. */
static json_t *
load(const char *text, size_t length)
{
    json_error_t error;
    json_t *json = json_loadb(text, length, JSON_ALLOW_NUL, &error);

    if (json == NULL && json_error_code(&error) == json_error_numeric_overflow)
        json = json_loadb(text, length,
                          JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
    return json;
}

static void
read_certificate(struct log_entry *entry)
{
    const json_t *certificate =
        json_object_get(json_object_get(entry->json, "detail"), "certificate");

    entry->certificate_sha256 =
        json_string_value(json_object_get(certificate, "sha256"));
    entry->has_certificate_number =
        read_number(certificate, "store", &entry->certificate_number);
}

static void
read_count(struct log_entry *entry)
{
    const json_t *detail = json_object_get(entry->json, "detail");

    entry->has_count = read_number(detail, "records", &entry->count) ||
                       read_number(detail, "calls", &entry->count);
}

static bool
read_record(struct log_entry *entry)
{
    if (glance_read(entry))
        return true;
    entry->json = load(entry->text, entry->length);
    if (entry->json == NULL)
        return false;
    read_texts(entry->json, texts, sizeof(texts) / sizeof(texts[0]), entry);
    read_texts(json_object_get(entry->json, "key"), key_texts,
               sizeof(key_texts) / sizeof(key_texts[0]), &entry->key);
    entry->has_us = read_number(entry->json, "us", &entry->us);
    entry->has_uid = read_number(entry->json, "uid", &entry->uid);
    entry->has_pid = read_number(entry->json, "pid", &entry->pid);
    read_count(entry);
    read_certificate(entry);
    return entry->run != NULL && entry->time != NULL && entry->event != NULL;
}

enum entry_kind
entry_read(const struct line *line, struct log_entry *out)
{
    size_t piece = link_find(line->bytes, line->length);

    memset(out, 0, sizeof(*out));
    out->line = line->number;
    out->text = line->bytes + piece;
    out->length = line->length - piece;
    if (out->length > 0 && read_record(out))
        return piece == 0 ? ENTRY_RECORD : ENTRY_BEHIND_PIECE;
    if (line->length == 0)
        return ENTRY_NOTHING;
    return line->is_whole ? ENTRY_DAMAGED : ENTRY_UNFINISHED;
}

void
entry_clear(struct log_entry *entry)
{
    json_decref(entry->json);
    entry->json = NULL;
    free(entry->copy);
    entry->copy = NULL;
}
