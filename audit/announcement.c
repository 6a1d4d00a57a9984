/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes records of checkpoints. */
#include "audit/announcement.h"

#include "audit/fields.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DETAIL_LENGTH = NOTE_KEY_TEXT_LENGTH + 128 };

/* NAME+ID of NAME+ID+BASE64: neither of the two has a plus sign. */
static void
put_key(struct fields *fields, const struct note_key *key)
{
    char text[NOTE_KEY_TEXT_LENGTH];

    if (key == NULL) {
        fields_null(fields, "key");
        return;
    }
    note_key_write_verifier(key, text);
    text[strlen(note_key_name(key)) + 1 + 2 * (size_t)NOTE_KEY_ID_LENGTH] =
        '\0';
    fields_text(fields, "key", text, sizeof(text));
}

void
announcement_write(struct audit_log *log, const struct note_key *key,
                   uint64_t previous)
{
    char detail[DETAIL_LENGTH];
    struct audit_event event = { .kind = AUDIT_CHECKPOINT, .detail = detail };
    struct fields fields;

    fields_begin(&fields, detail, sizeof(detail) - 1);
    fields_open(&fields, NULL, '{');
    put_key(&fields, key);
    fields_number(&fields, "previous", previous);
    fields_close(&fields, '}');
    detail[fields_length(&fields)] = '\0';
    (void)audit_log_write_always(log, &event);
}

void
announcement_write_alone(const char *path, uint64_t sinks,
                         const struct note_key *key, uint64_t previous)
{
    struct config_audit settings = { .file = strdup(path), .sinks = sinks };
    struct error error = { .rv = CKR_OK };
    struct audit_log *log = NULL;
    struct stat entry;

    /* Only who writes it makes a log; its group is whose it is. */
    if (settings.file != NULL && stat(path, &entry) == 0 &&
        audit_log_new(&settings, entry.st_gid, false, false, &log, &error))
        announcement_write(log, key, previous);
    audit_log_free(log);
    free(settings.file);
}
