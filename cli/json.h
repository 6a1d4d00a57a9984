/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes JSON (RFC 8259), indented, to a stream. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdio.h>

struct json {
    FILE *stream;
    unsigned depth;
    bool has_members; /* of the object or list that is open */
};

/* `name` is NULL in lists and for the whole; names are not escaped. */
void json_begin_object(struct json *json, const char *name);
void json_end_object(struct json *json);
void json_begin_list(struct json *json, const char *name);
void json_end_list(struct json *json);

/* NULL becomes null. What is no UTF-8 becomes the replacement character. */
void json_text(struct json *json, const char *name, const char *text);
void json_number(struct json *json, const char *name,
                 unsigned long long number);
void json_truth(struct json *json, const char *name, bool truth);
void json_null(struct json *json, const char *name);

#endif
