/* SPDX-License-Identifier: BSD-3-Clause */
/* A ring of copies of records. */
#include "cli/note-list.h"

#include "cli/audit-detail.h"
#include "cli/memory.h"

#include <stdlib.h>
#include <string.h>

static void
clear_note(struct note_copy *note)
{
    free(note->time);
    free(note->event);
    free(note->token);
    free(note->object_class);
    free(note->label);
    free(note->id);
    free(note->fingerprint);
    free(note->user);
    free(note->exe);
    free(note->outcome);
    free(note->rv);
    free(note->detail);
}

void
note_list_add(struct note_list *list, const struct log_entry *entry)
{
    struct note_copy *note = &list->notes[list->n_added++ % NOTE_LIST_LENGTH];

    clear_note(note);
    *note = (struct note_copy){
        .line = entry->line,
        .time = memory_copy(entry->time),
        .event = memory_copy(entry->event),
        .token = memory_copy(entry->token),
        .object_class = memory_copy(entry->key.object_class),
        .label = memory_copy(entry->key.label),
        .id = memory_copy(entry->key.id),
        .fingerprint = memory_copy(entry->key.fingerprint),
        .user = memory_copy(entry->user),
        .exe = memory_copy(entry->exe),
        .outcome = memory_copy(entry->outcome),
        .rv = memory_copy(entry->rv),
        .detail = detail_text(entry),
    };
}

void
note_list_clear(struct note_list *list)
{
    for (size_t i = 0; i < NOTE_LIST_LENGTH; i++)
        clear_note(&list->notes[i]);
    memset(list, 0, sizeof(*list));
}

size_t
note_list_count(const struct note_list *list)
{
    return list->n_added < NOTE_LIST_LENGTH ? (size_t)list->n_added
                                            : NOTE_LIST_LENGTH;
}

const struct note_copy *
note_list_get(const struct note_list *list, size_t back)
{
    return &list->notes[(list->n_added - 1 - back) % NOTE_LIST_LENGTH];
}
