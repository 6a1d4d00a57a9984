/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes JSON (RFC 8259), indented, to a stream. */
#include "cli/json.h"

#include "cli/utf8.h"

/* The short forms; other control characters are written as \u00XX. */
static const struct {
    uint32_t character;
    const char *escape;
} escapes[] = {
    { '"', "\\\"" }, { '\\', "\\\\" }, { '\n', "\\n" },
    { '\r', "\\r" }, { '\t', "\\t" },
};

static const char *
find_escape(uint32_t character)
{
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
        if (escapes[i].character == character)
            return escapes[i].escape;
    return NULL;
}

static void
write_string(FILE *stream, const char *text)
{
    (void)fputc('"', stream);
    while (*text != '\0') {
        uint32_t character;
        size_t length = utf8_next(text, &character);
        const char *escape = find_escape(character);

        if (escape != NULL)
            (void)fputs(escape, stream);
        else if (character == UTF8_INVALID)
            (void)fputs("\\ufffd", stream);
        else if (character < 0x20 || (character >= 0x7f && character < 0xa0))
            (void)fprintf(stream, "\\u%04x", (unsigned)character);
        else
            (void)fwrite(text, 1, length, stream);
        text += length;
    }
    (void)fputc('"', stream);
}

static void
start_line(const struct json *json)
{
    (void)fputc('\n', json->stream);
    for (unsigned i = 0; i < json->depth; i++)
        (void)fputs("  ", json->stream);
}

/* What stands before every value. */
static void
begin_value(struct json *json, const char *name)
{
    if (json->has_members)
        (void)fputc(',', json->stream);
    if (json->depth > 0)
        start_line(json);
    if (name != NULL)
        (void)fprintf(json->stream, "\"%s\": ", name);
    json->has_members = true;
}

static void
begin(struct json *json, const char *name, char bracket)
{
    begin_value(json, name);
    (void)fputc(bracket, json->stream);
    json->depth++;
    json->has_members = false;
}

static void
end(struct json *json, char bracket)
{
    json->depth--;
    if (json->has_members)
        start_line(json);
    (void)fputc(bracket, json->stream);
    json->has_members = true;
    if (json->depth == 0)
        (void)fputc('\n', json->stream);
}

void
json_begin_object(struct json *json, const char *name)
{
    begin(json, name, '{');
}

void
json_end_object(struct json *json)
{
    end(json, '}');
}

void
json_begin_list(struct json *json, const char *name)
{
    begin(json, name, '[');
}

void
json_end_list(struct json *json)
{
    end(json, ']');
}

void
json_text(struct json *json, const char *name, const char *text)
{
    if (text == NULL) {
        json_null(json, name);
        return;
    }
    begin_value(json, name);
    write_string(json->stream, text);
}

void
json_number(struct json *json, const char *name, unsigned long long number)
{
    begin_value(json, name);
    (void)fprintf(json->stream, "%llu", number);
}

void
json_truth(struct json *json, const char *name, bool truth)
{
    begin_value(json, name);
    (void)fputs(truth ? "true" : "false", json->stream);
}

void
json_null(struct json *json, const char *name)
{
    begin_value(json, name);
    (void)fputs("null", json->stream);
}
