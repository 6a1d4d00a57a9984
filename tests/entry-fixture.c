/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads records with Jansson, and compares them. */
#include "tests/entry-fixture.h"

#include <stdlib.h>
#include <string.h>

/* Its text is not to be looked at any more. */
enum entry_kind
entry_read_spaced(const char *record, size_t length, struct log_entry *out)
{
    char *spaced = malloc(length + 1);
    struct line line = {
        .bytes = spaced, .length = length + 1, .is_whole = true, .number = 7
    };
    enum entry_kind kind;

    if (spaced == NULL)
        abort();
    memcpy(spaced, record, length - 1);
    memcpy(spaced + length - 1, " }", 2);
    kind = entry_read(&line, out);
    out->text = NULL;
    free(spaced);
    return kind;
}

static bool
is_same_text(const char *one, const char *other)
{
    return (one == NULL) == (other == NULL) &&
           (one == NULL || strcmp(one, other) == 0);
}

bool
entry_is_same(const struct log_entry *one, const struct log_entry *other)
{
    return is_same_text(one->run, other->run) &&
           is_same_text(one->time, other->time) &&
           is_same_text(one->event, other->event) &&
           is_same_text(one->function, other->function) &&
           is_same_text(one->outcome, other->outcome) &&
           is_same_text(one->rv, other->rv) &&
           is_same_text(one->token, other->token) &&
           is_same_text(one->key.object_class, other->key.object_class) &&
           is_same_text(one->key.type, other->key.type) &&
           is_same_text(one->key.label, other->key.label) &&
           is_same_text(one->key.id, other->key.id) &&
           is_same_text(one->key.fingerprint, other->key.fingerprint) &&
           is_same_text(one->mechanism, other->mechanism) &&
           is_same_text(one->user, other->user) &&
           is_same_text(one->exe, other->exe) &&
           is_same_text(one->host, other->host) &&
           one->has_us == other->has_us && one->us == other->us &&
           one->has_uid == other->has_uid && one->uid == other->uid &&
           one->has_pid == other->has_pid && one->pid == other->pid;
}
