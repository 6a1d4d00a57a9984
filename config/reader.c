/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads groups and lists of groups; what is in them is the tables' affair. */
#include "config/reader.h"

#include "common/cleanup.h"
#include "common/text.h"
#include "config/mechanism.h"
#include "config/module.h"
#include "config/token.h"
#include "config/value.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The groups that stand in lists. */
static const struct scope {
    const char *noun;  /* for messages */
    const char *title; /* the key whose text names the group; NULL: none */
    size_t size;       /* of its struct */
    size_t line;       /* offset of the field for the line; 0: none */
    int limit;
    void (*check)(struct config_reader *reader, const config_setting_t *group,
                  const void *element);
} scopes[N_SCOPES] = {
    [SCOPE_MODULE] = { .noun = "module",
                       .title = "name",
                       .size = sizeof(struct config_module),
                       .line = offsetof(struct config_module, line),
                       .limit = 1000,
                       .check = config_module_check },
    [SCOPE_CLASS] = { .noun = "class",
                      .size = sizeof(struct config_class),
                      .limit = 1000 },
    [SCOPE_MECHANISM] = { .noun = "mechanism",
                          .size = sizeof(struct config_mechanism),
                          .limit = 1000,
                          .check = config_mechanism_check },
    [SCOPE_TOKEN] = { .noun = "token",
                      .title = "label",
                      .size = sizeof(struct config_token),
                      .line = offsetof(struct config_token, line),
                      .limit = 4096,
                      .check = config_token_check },
    [SCOPE_MEMBER] = { .noun = "member",
                       .size = sizeof(struct config_member),
                       .line = offsetof(struct config_member, line),
                       .limit = 64 },
};

unsigned
config_reader_line(const config_setting_t *setting)
{
    return config_setting_source_line(setting);
}

void
config_reader_mistake(struct config_reader *reader, unsigned line,
                      const char *format, ...)
{
    CLEANUP(freep) char *what = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&what, format, arguments) < 0) {
        what = NULL;
        config_reader_no_memory(reader);
    } else {
        mistake_add(reader->mistakes, reader->file, line, "%s%s", reader->place,
                    what);
    }
    va_end(arguments);
}

void
config_reader_no_memory(struct config_reader *reader)
{
    reader->mistakes->out_of_memory = true;
}

/* Adds `part: ` to the place; returns its former length, for reader_leave. */
static size_t
reader_enter(struct config_reader *reader, const char *noun, const char *name)
{
    size_t length = strlen(reader->place);

    snprintf(reader->place + length, READER_PLACE_LENGTH - length,
             "%s%s%s: ", noun, name[0] == '\0' ? "" : " ", name);
    return length;
}

static void
reader_leave(struct config_reader *reader, size_t length)
{
    reader->place[length] = '\0';
}

static void
reader_unknown_key(struct config_reader *reader,
                   const config_setting_t *setting, enum key_scope scope)
{
    const char *name = config_setting_name(setting);
    const char *names[MOST_KEYS];
    size_t n_names = config_key_names(scope, names);
    const char *nearest = text_nearest(name, names, n_names);
    char quoted[QUOTE_LENGTH];
    char list[512] = "";

    mistake_quote(name, quoted);
    if (nearest != NULL) {
        config_reader_mistake(reader, config_reader_line(setting),
                              "key %s is not known; the nearest is \"%s\"",
                              quoted, nearest);
        return;
    }
    for (size_t i = 0; i < n_names; i++) {
        size_t length = strlen(list);

        snprintf(list + length, sizeof(list) - length, "%s%s",
                 i == 0 ? "" : ", ", names[i]);
    }
    config_reader_mistake(reader, config_reader_line(setting),
                          "key %s is not known; the keys here are %s", quoted,
                          list);
}

void
config_reader_read_defaults(struct config_reader *reader, enum key_scope scope,
                            void *base)
{
    for (size_t i = 0; i < n_key_rows; i++)
        if (key_rows[i].scope == scope)
            config_value_read_default(reader, &key_rows[i], base);
}

void
config_reader_read_group(struct config_reader *reader,
                         const config_setting_t *group, enum key_scope scope,
                         void *base)
{
    int n_settings = config_setting_length(group);

    for (int i = 0; i < n_settings; i++) {
        const config_setting_t *setting =
            config_setting_get_elem(group, (unsigned)i);

        if (config_key_find(scope, config_setting_name(setting)) == NULL)
            reader_unknown_key(reader, setting, scope);
    }
    /* In the table's order: modules are there when tokens name them. */
    for (size_t i = 0; i < n_key_rows; i++) {
        const struct config_key *key = &key_rows[i];
        const config_setting_t *setting;

        if (key->scope != scope)
            continue;
        setting = config_setting_get_member(group, config_key_name(key));
        if (setting == NULL && key->is_required)
            config_reader_mistake(reader, config_reader_line(group),
                                  "%s is missing; add %s", config_key_name(key),
                                  key->advice);
        else if (setting == NULL)
            config_value_read_default(reader, key, base);
        else
            config_value_read(reader, setting, key, base);
    }
}

void
config_reader_read_nested(struct config_reader *reader,
                          const config_setting_t *group,
                          const struct config_key *key, void *base)
{
    size_t length = reader_enter(reader, config_key_name(key), "");

    config_reader_read_group(reader, group, key->inner, base);
    reader_leave(reader, length);
}

/* Reads one group of a list, `number` of it counted from 1. */
static void
reader_read_element(struct config_reader *reader, const config_setting_t *group,
                    enum key_scope scope, unsigned number, void *element)
{
    const struct scope *facts = &scopes[scope];
    size_t n_mistakes = reader->mistakes->n_items;
    char name[QUOTE_LENGTH];
    const char *title = NULL;
    size_t length;

    if (facts->line != 0)
        *(unsigned *)((char *)element + facts->line) =
            config_reader_line(group);
    if (facts->title == NULL ||
        config_setting_lookup_string(group, facts->title, &title) !=
            CONFIG_TRUE)
        snprintf(name, sizeof(name), "%u", number);
    else
        mistake_quote(title, name);
    length = reader_enter(reader, facts->noun, name);
    config_reader_read_group(reader, group, scope, element);
    /* What is wrong by itself is not held against the rest as well. */
    if (facts->check != NULL && reader->mistakes->n_items == n_mistakes)
        facts->check(reader, group, element);
    reader_leave(reader, length);
}

void
config_reader_read_list(struct config_reader *reader,
                        const config_setting_t *list,
                        const struct config_key *key, void *base)
{
    const struct scope *facts = &scopes[key->inner];
    int n_elements = config_setting_length(list);
    char *array;

    if (n_elements > facts->limit) {
        config_reader_mistake(reader, config_reader_line(list),
                              "%s has %d groups; remove some, %d are the most",
                              config_key_name(key), n_elements, facts->limit);
        return;
    }
    if (n_elements == 0)
        return;
    array = calloc((size_t)n_elements, facts->size);
    if (array == NULL) {
        config_reader_no_memory(reader);
        return;
    }
    memcpy((char *)base + key->offset, &array, sizeof(array));
    *(size_t *)((char *)base + key->count) = (size_t)n_elements;
    for (int i = 0; i < n_elements; i++) {
        const config_setting_t *group =
            config_setting_get_elem(list, (unsigned)i);

        if (config_setting_is_group(group))
            reader_read_element(reader, group, key->inner, (unsigned)i + 1,
                                array + (size_t)i * facts->size);
        else
            config_reader_mistake(
                reader, config_reader_line(group),
                "%s %d is %s; give a group in braces, { ... }", facts->noun,
                i + 1, config_value_kind(group));
    }
}
