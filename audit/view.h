/* SPDX-License-Identifier: BSD-3-Clause */
/* The line of a record, looked at: where in it each field is. */
#ifndef AUDIT_VIEW_H
#define AUDIT_VIEW_H

#include <stdbool.h>
#include <stddef.h>

enum view_field {
    VIEW_RUN,
    VIEW_N,
    VIEW_TIME,
    VIEW_EVENT,
    VIEW_FUNCTION,
    VIEW_OUTCOME,
    VIEW_RV,
    VIEW_TOKEN,
    VIEW_SLOT,
    VIEW_MEMBER,
    VIEW_KEY_LABEL,
    VIEW_KEY_ID,
    VIEW_KEY_FINGERPRINT,
    VIEW_MECHANISM,
    VIEW_SESSION,
    VIEW_PID,
    VIEW_UID,
    VIEW_USER,
    VIEW_EXE,
    VIEW_UNIT,
    VIEW_HOST,
    VIEW_FIELDS
};

/* What is longer than this is cut. */
enum { VIEW_TEXT_LENGTH = 1024 };

/* As it stands in the line, a text without its quotation marks; NULL where the
 * record has none. */
struct view_value {
    const char *json;
    size_t length;
};

struct view {
    struct view_value values[VIEW_FIELDS];
};

/* What is no record of p11mux has no fields. `line` is lent to the view. */
void view_read(const char *line, size_t length, struct view *out);

bool view_has(const struct view *view, enum view_field field);

/* Whether the field is this text, which has nothing that JSON escapes. */
bool view_is(const struct view *view, enum view_field field, const char *text);

/* The value without JSON's escapes, and its length, 0 where there is none; no
 * NUL is put behind it. */
size_t view_text(const struct view *view, enum view_field field,
                 char out[VIEW_TEXT_LENGTH]);

#endif
