/* SPDX-License-Identifier: BSD-3-Clause */
/* Walks over the members of a record, which fields.c has written. */
#include "audit/view.h"

#include <string.h>

static const struct {
    const char *group; /* the object that it is in; NULL: the record itself */
    const char *name;
} fields[VIEW_FIELDS] = {
    [VIEW_RUN] = { NULL, "run" },
    [VIEW_N] = { NULL, "n" },
    [VIEW_TIME] = { NULL, "time" },
    [VIEW_EVENT] = { NULL, "event" },
    [VIEW_FUNCTION] = { NULL, "function" },
    [VIEW_OUTCOME] = { NULL, "outcome" },
    [VIEW_RV] = { NULL, "rv" },
    [VIEW_TOKEN] = { NULL, "token" },
    [VIEW_SLOT] = { NULL, "slot" },
    [VIEW_MEMBER] = { NULL, "member" },
    [VIEW_KEY_LABEL] = { "key", "label" },
    [VIEW_KEY_ID] = { "key", "id" },
    [VIEW_KEY_FINGERPRINT] = { "key", "fingerprint" },
    [VIEW_MECHANISM] = { NULL, "mechanism" },
    [VIEW_SESSION] = { NULL, "session" },
    [VIEW_PID] = { NULL, "pid" },
    [VIEW_UID] = { NULL, "uid" },
    [VIEW_USER] = { NULL, "user" },
    [VIEW_EXE] = { NULL, "exe" },
    [VIEW_UNIT] = { NULL, "unit" },
    [VIEW_HOST] = { NULL, "host" },
};

/* A piece of the line. */
struct piece {
    const char *at;
    const char *end;
};

/* -- Walking -------------------------------------------------------------- */

/* The comma or bracket behind a value; NULL: there is none. */
static const char *
value_end(struct piece piece)
{
    unsigned depth = 0;
    bool is_in_text = false;

    for (const char *at = piece.at; at < piece.end; at++) {
        if (is_in_text) {
            if (*at == '\\')
                at++;
            else if (*at == '"')
                is_in_text = false;
            continue;
        }
        if (depth == 0 && (*at == ',' || *at == '}'))
            return at;
        if (*at == '"')
            is_in_text = true;
        else if (*at == '{' || *at == '[')
            depth++;
        else if ((*at == '}' || *at == ']') && depth > 0)
            depth--;
    }
    return NULL;
}

static bool
is_text(struct piece piece, const char *text)
{
    size_t length = strlen(text);

    return (size_t)(piece.end - piece.at) == length &&
           memcmp(piece.at, text, length) == 0;
}

static bool
is_field(enum view_field field, const char *group, struct piece name)
{
    const char *its = fields[field].group;

    return (its == NULL) == (group == NULL) &&
           (its == NULL || strcmp(its, group) == 0) &&
           is_text(name, fields[field].name);
}

static void
take(struct view *view, const char *group, struct piece name,
     struct piece value)
{
    if (is_text(value, "null"))
        return;
    if (value.end - value.at >= 2 && *value.at == '"') {
        value.at++;
        value.end--;
    }
    for (unsigned field = 0; field < VIEW_FIELDS; field++)
        if (is_field(field, group, name))
            view->values[field] =
                (struct view_value){ value.at, (size_t)(value.end - value.at) };
}

/* Takes one member and goes behind it; false: there is no more. */
static bool
next_member(struct piece *rest, struct piece *name, struct piece *value)
{
    const char *end;

    if (rest->at >= rest->end || *rest->at != '"')
        return false;
    name->at = rest->at + 1;
    name->end = memchr(name->at, '"', (size_t)(rest->end - name->at));
    if (name->end == NULL || rest->end - name->end < 2 || name->end[1] != ':')
        return false;
    value->at = name->end + 2;
    value->end = rest->end;
    end = value_end(*value);
    if (end == NULL)
        return false;
    value->end = end;
    rest->at = end + 1;
    return true;
}

static void
read_key(struct piece members, struct view *out)
{
    struct piece name, value;

    while (next_member(&members, &name, &value))
        take(out, "key", name, value);
}

void
view_read(const char *line, size_t length, struct view *out)
{
    struct piece rest = { line, line + length };
    struct piece name, value;

    memset(out, 0, sizeof(*out));
    if (length == 0 || *rest.at++ != '{')
        return;
    while (next_member(&rest, &name, &value))
        if (is_text(name, "key") && *value.at == '{')
            read_key((struct piece){ value.at + 1, value.end }, out);
        else
            take(out, NULL, name, value);
}

/* -- Values --------------------------------------------------------------- */

bool
view_has(const struct view *view, enum view_field field)
{
    return view->values[field].json != NULL;
}

bool
view_is(const struct view *view, enum view_field field, const char *text)
{
    const struct view_value *value = &view->values[field];

    return value->json != NULL &&
           is_text((struct piece){ value->json, value->json + value->length },
                   text);
}

static unsigned
digit_value(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* What a backslash begins; how much of the text it takes. */
static size_t
unescape(struct piece text, char out[3], size_t *out_length)
{
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    size_t left = (size_t)(text.end - text.at);

    *out_length = 1;
    if (left >= 6 && memcmp(text.at, "\\u00", 4) == 0) {
        out[0] = (char)(digit_value(text.at[4]) << 4 | digit_value(text.at[5]));
        return 6;
    }
    if (left >= 6 && text.at[1] == 'u') {
        memcpy(out, replacement, *out_length = 3);
        return 6;
    }
    out[0] = left >= 2 ? text.at[1] : text.at[0];
    return left >= 2 ? 2 : 1;
}

size_t
view_text(const struct view *view, enum view_field field,
          char out[VIEW_TEXT_LENGTH])
{
    const struct view_value *value = &view->values[field];
    struct piece text = { value->json, value->json };
    size_t length = 0;

    if (value->json != NULL)
        text.end += value->length;
    while (text.at < text.end && length + 3 <= VIEW_TEXT_LENGTH) {
        size_t n = 1;

        if (*text.at == '\\')
            text.at += unescape(text, out + length, &n);
        else
            out[length] = *text.at++;
        length += n;
    }
    return length;
}
