/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the list `classes` of a module. */
#include "config/class.h"

#include "common/names.h"
#include "common/text.h"
#include "config/repeat.h"
#include "config/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where each function is in a list. */
static const struct place {
    const char *function;
    uint16_t entry;
} places[] = {
#define FUNCTION(name, answer, parameters)                                     \
    { #name, offsetof(CK_FUNCTION_LIST_3_2, name) },
#include "common/functions.def"
#undef FUNCTION
};

enum { N_PLACES = sizeof(places) / sizeof(places[0]) };

/* "CKR_DEVICE_ERROR" or "0x80000001". */
static bool
code_parse(const char *text, CK_RV *out)
{
    char *end = NULL;

    if (name_find(NAME_CKR, text, out))
        return true;
    if (text[0] < '0' || text[0] > '9') /* strtoul takes signs and blanks */
        return false;
    errno = 0;
    *out = strtoul(text, &end, 0);
    return errno == 0 && *end == '\0' && *out <= UINT32_MAX;
}

void
config_class_store_code(struct config_reader *reader,
                        const config_setting_t *setting,
                        const struct config_key *key, void *base)
{
    struct config_class *class = base;
    const char *text = config_setting_get_string(setting);
    char quoted[QUOTE_LENGTH];

    if (!code_parse(text, &class->rv) || class->rv == CKR_OK)
        config_reader_mistake(
            reader, config_reader_line(setting),
            "%s %s is no error; give a name such as \"CKR_DEVICE_ERROR\" or a "
            "number such as \"0x80000001\"",
            config_key_name(key), mistake_quote(text, quoted));
}

static void
report_unknown(struct config_reader *reader, unsigned line, const char *text)
{
    const char *names[N_PLACES];
    const char *nearest;
    char quoted[QUOTE_LENGTH];

    for (size_t i = 0; i < N_PLACES; i++)
        names[i] = places[i].function;
    nearest = text_nearest(text, names, N_PLACES);
    config_reader_mistake(
        reader, line,
        "function %s is none of PKCS#11; did you mean \"%s\"? Without this "
        "key it is every function",
        mistake_quote(text, quoted), nearest == NULL ? "C_Sign" : nearest);
}

void
config_class_store_function(struct config_reader *reader,
                            const config_setting_t *setting,
                            const struct config_key *key, void *base)
{
    struct config_class *class = base;
    const char *text = config_setting_get_string(setting);

    (void)key;
    for (size_t i = 0; i < N_PLACES; i++)
        if (strcmp(places[i].function, text) == 0) {
            class->entry = places[i].entry;
            return;
        }
    report_unknown(reader, config_reader_line(setting), text);
}

static int
class_compare(const void *a, const void *b)
{
    const struct config_class *left = a;
    const struct config_class *right = b;

    if (left->rv != right->rv)
        return (left->rv > right->rv) - (left->rv < right->rv);
    return (left->entry > right->entry) - (left->entry < right->entry);
}

static void
class_report(struct config_reader *reader, const struct repeat_item *first,
             const struct repeat_item *again)
{
    const struct config_class *class = again->thing;
    const struct config_module *module = again->owner;
    char name[NAME_LENGTH];

    config_reader_mistake(
        reader, module->line,
        "classes %zu and %zu are both of %s from the same function; remove "
        "one of them",
        first->position + 1, again->position + 1,
        name_of(NAME_CKR, class->rv, name));
}

void
config_classes_check(struct config_reader *reader,
                     const struct config_module *module)
{
    size_t n_items = module->settings.n_classes;
    struct repeat_item *items = calloc(n_items + 1, sizeof(*items));

    if (items == NULL) {
        config_reader_no_memory(reader);
        return;
    }
    for (size_t i = 0; i < n_items; i++)
        items[i] = (struct repeat_item){ .thing = &module->settings.classes[i],
                                         .owner = module };
    repeat_find(reader, items, n_items, class_compare, class_report);
    free(items);
}
