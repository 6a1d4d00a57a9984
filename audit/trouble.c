/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts what a log could not be told, and tells it. */
#include "audit/trouble.h"

#include "audit/fields.h"
#include "common/error.h"
#include "common/log.h"

#include <errno.h>
#include <time.h>

enum { DETAIL_LENGTH = 256 };

/* -- Noting --------------------------------------------------------------- */

static void
note(unsigned long *count, char since[CLOCK_TEXT_LENGTH + 1], unsigned long n)
{
    struct timespec now;

    if (n > 0 && *count == 0 && since[0] == '\0') {
        clock_gettime(CLOCK_REALTIME, &now);
        clock_format(now, since);
    }
    *count += n;
}

void
trouble_note_loss(struct trouble *trouble, const struct batch_record *record,
                  int reason)
{
    note(&trouble->n_lost, trouble->lost_since, record->loses);
    note(&trouble->n_denied, trouble->denied_since, record->denies);
    trouble->reason = reason;
    if (record->is_told)
        return;
    atomic_fetch_add(&trouble->all_lost, record->loses);
    atomic_fetch_add(&trouble->all_denied, record->denies);
}

void
trouble_note_denial(struct trouble *trouble)
{
    note(&trouble->n_denied, trouble->denied_since, 1);
    atomic_fetch_add(&trouble->all_denied, 1);
}

/* -- Telling -------------------------------------------------------------- */

/* Whose records, and where they go. */
struct teller {
    const struct audit_program *program;
    const struct audit_user *user;
    struct audit_place *place;
    struct batch *batch;
};

static void
add(const struct teller *teller, const struct audit_event *event,
    const struct batch_record *record)
{
    char body[AUDIT_BODY_LENGTH + DETAIL_LENGTH];
    size_t length = audit_line_body(event, teller->program, teller->user, body,
                                    sizeof(body));

    batch_add(teller->batch, teller->place, body, length, record);
}

static void
add_count(const struct teller *teller, const struct audit_event *event,
          const struct batch_record *record, const char *what,
          const char *since, int reason)
{
    char detail[DETAIL_LENGTH];
    struct audit_event its = *event;
    struct fields fields;

    fields_begin(&fields, detail, sizeof(detail) - 1);
    fields_open(&fields, NULL, '{');
    fields_number(&fields, what, record->loses + record->denies);
    fields_text(&fields, "since", since, CLOCK_TEXT_LENGTH);
    fields_text(&fields, "reason", error_reason(reason), 100);
    fields_close(&fields, '}');
    detail[fields_length(&fields)] = '\0';
    its.detail = detail;
    add(teller, &its, record);
}

static void
tell(struct trouble *trouble, const struct audit_program *program,
     const struct audit_user *user, struct audit_place *place,
     struct batch *batch)
{
    struct teller teller = { program, user, place, batch };
    struct audit_event torn = { .kind = AUDIT_TORN,
                                .rv = CKR_FUNCTION_FAILED,
                                .detail =
                                    trouble->is_found ? "\"found\"" : NULL };
    struct audit_event lost = { .kind = AUDIT_LOST, .rv = CKR_FUNCTION_FAILED };
    struct audit_event deny = { .kind = AUDIT_DENY,
                                .rv = CKR_FUNCTION_FAILED,
                                .is_denied = true };
    struct batch_record silent = { .waiter = NULL };
    struct batch_record loss = { .loses = trouble->n_lost, .is_told = true };
    struct batch_record denial = { .denies = trouble->n_denied,
                                   .is_told = true };

    if (trouble->is_torn) {
        batch->bytes[batch->length++] = '\n';
        add(&teller, &torn, &silent);
    }
    if (loss.loses > 0)
        add_count(&teller, &lost, &loss, "records", trouble->lost_since,
                  trouble->reason);
    if (denial.denies > 0)
        add_count(&teller, &deny, &denial, "calls", trouble->denied_since,
                  trouble->reason);
    trouble->is_torn = false;
    trouble->n_lost = 0;
    trouble->n_denied = 0;
}

void
trouble_tell(struct trouble *trouble, const struct audit_program *program,
             const struct audit_user *user, struct audit_place *place,
             struct batch *batch)
{
    batch->begins_torn = trouble->is_torn;
    if (trouble->is_torn || trouble->n_lost > 0 || trouble->n_denied > 0)
        tell(trouble, program, user, place, batch);
}

void
trouble_was_told(struct trouble *trouble)
{
    trouble->is_found = false;
    if (trouble->n_lost == 0)
        trouble->lost_since[0] = '\0';
    if (trouble->n_denied == 0)
        trouble->denied_since[0] = '\0';
}

void
trouble_say(const char *name, int reason)
{
    if (reason == 0)
        log_write(LOG_LEVEL_WARNING, "audit log %s: is written again", name);
    else if (reason == ETIMEDOUT)
        log_write(LOG_LEVEL_ERROR,
                  "audit log %s: cannot be written: the last write hangs; see "
                  "to its file system, and it goes on by itself",
                  name);
    else
        log_write(LOG_LEVEL_ERROR,
                  "audit log %s: cannot be written: %s; make room or mend it, "
                  "and it goes on by itself",
                  name, error_reason(reason));
}
