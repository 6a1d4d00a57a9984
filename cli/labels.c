/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the labels of a sample for Prometheus. */
#include "cli/labels.h"

#include "cli/utf8.h"

#include <inttypes.h>

void
labels_add(FILE *stream, const char *name, const char *value)
{
    (void)fprintf(stream, "%s=\"", name);
    while (*value != '\0') {
        uint32_t character;
        size_t length = utf8_next(value, &character);

        if (character == UTF8_INVALID)
            (void)fputs("\xef\xbf\xbd", stream);
        else if (character == '\n')
            (void)fputs("\\n", stream);
        else
            (void)fprintf(stream, "%s%.*s",
                          character == '"' || character == '\\' ? "\\" : "",
                          (int)length, value);
        value += length;
    }
    (void)fputc('"', stream);
}

const char *
labels_begin(FILE *stream, const struct whose *whose)
{
    const char *comma = "";

    (void)fputc('{', stream);
    if (whose->process != NULL) {
        (void)fprintf(stream,
                      "pid=\"%" PRIu64 "\",pid_namespace=\"%" PRIu64
                      "\",uid=\"%lu\"",
                      whose->process->pid, whose->process->namespace,
                      (unsigned long)whose->process->user);
        comma = ",";
    }
    if (whose->token != NULL) {
        (void)fprintf(stream, "%sslot=\"%" PRIu64 "\",", comma,
                      whose->token->slot);
        labels_add(stream, "token", whose->token->label);
        comma = ",";
    }
    if (whose->member != NULL) {
        (void)fprintf(stream, ",member=\"%zu\",", whose->nth + 1);
        labels_add(stream, "module", whose->member->name);
    }
    return comma;
}

void
labels_write(FILE *stream, const struct whose *whose, const char *name,
             const char *value, const char *limit)
{
    const char *comma;

    if (whose->process == NULL && whose->token == NULL && name == NULL)
        return;
    comma = labels_begin(stream, whose);
    if (name != NULL)
        (void)fprintf(stream, "%s%s=\"%s\"", comma, name, value);
    if (limit != NULL)
        (void)fprintf(stream, ",le=\"%s\"", limit);
    (void)fputc('}', stream);
}
