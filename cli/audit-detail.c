/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the JSON of a detail without its brackets. */
#include "cli/audit-detail.h"

#include "cli/memory.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* Names and values, one after the other. */
static void
put_detail(FILE *stream, json_t *detail)
{
    const char *between = "";
    const char *name;
    json_t *value;
    size_t i;

    switch (json_typeof(detail)) {
    case JSON_OBJECT:
        json_object_foreach(detail, name, value)
        {
            (void)fprintf(stream, "%s%s ", between, name);
            put_detail(stream, value);
            between = ", ";
        }
        break;
    case JSON_ARRAY:
        json_array_foreach(detail, i, value)
        {
            (void)fputs(between, stream);
            put_detail(stream, value);
            between = "; ";
        }
        break;
    case JSON_STRING:
        (void)fputs(json_string_value(detail), stream);
        break;
    case JSON_INTEGER:
        (void)fprintf(stream, "%" JSON_INTEGER_FORMAT,
                      json_integer_value(detail));
        break;
    case JSON_REAL:
        (void)fprintf(stream, "%.17g", json_real_value(detail));
        break;
    case JSON_TRUE:
        (void)fputs("yes", stream);
        break;
    case JSON_FALSE:
        (void)fputs("no", stream);
        break;
    case JSON_NULL:
        (void)fputs("none", stream);
        break;
    }
}

char *
detail_text(const struct log_entry *entry)
{
    json_t *detail = json_object_get(entry->json, "detail");
    char *text = NULL;
    size_t length;
    FILE *stream;

    if (detail == NULL || json_is_null(detail))
        return NULL;
    stream = open_memstream(&text, &length);
    memory_need(stream);
    put_detail(stream, detail);
    memory_need(fclose(stream) == 0 ? text : NULL);
    return text;
}
