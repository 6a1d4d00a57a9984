/* SPDX-License-Identifier: BSD-3-Clause */
/* The types of values, and how each gets into its field. */
#include "config/value.h"

#include "config/class.h"
#include "config/duration.h"
#include "config/letters.h"
#include "config/match.h"
#include "config/mechanism.h"
#include "config/module.h"
#include "config/pin.h"
#include "config/size.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A type of libconfig as one bit. */
#define KIND(its_type) (1U << CONFIG_TYPE_##its_type)

typedef void value_store(struct config_reader *reader,
                         const config_setting_t *setting,
                         const struct config_key *key, void *base);

static value_store text_store;
static value_store match_store;
static value_store word_store;
static value_store truth_store;
static value_store time_store;
static value_store size_store;
static value_store slot_store;
static value_store count_store;
static value_store words_store;

/* What each type asks for; `check` and `is_shown` are those of texts. */
static const struct type {
    unsigned kinds;
    const char *expected;
    value_store *store;
    const char *(*check)(const char *text);
    bool is_shown; /* the text may stand in a message */
} types[N_KEY_TYPES] = {
    [KEY_LIST] = { KIND(LIST), "a list of groups, ( { ... }, { ... } )",
                   config_reader_read_list, NULL, false },
    [KEY_GROUP] = { KIND(GROUP), "a group in braces, { ... }",
                    config_reader_read_nested, NULL, false },
    [KEY_NAME] = { KIND(STRING), "a name in quotes", text_store,
                   letters_check_name, true },
    [KEY_FIELD] = { KIND(STRING), "a text in quotes", text_store,
                    letters_check_field, true },
    [KEY_SERIAL] = { KIND(STRING), "a text in quotes", text_store,
                     letters_check_serial, true },
    [KEY_TEXT] = { KIND(STRING), "a text in quotes", text_store,
                   letters_check_text, false },
    [KEY_FOLDER] = { KIND(STRING), "an absolute path in quotes", text_store,
                     letters_check_folder, true },
    [KEY_TARGET] = { KIND(STRING),
                     "\"stderr\", \"syslog\", \"journal\" or \"file:/...\"",
                     text_store, letters_check_target, true },
    [KEY_MATCH] = { KIND(STRING), "a PKCS#11 URI, \"pkcs11:token=NAME\"",
                    match_store, NULL, false },
    [KEY_MODULE] = { KIND(STRING), "the name of a module in quotes",
                     config_module_store, NULL, true },
    [KEY_WORD] = { KIND(STRING), NULL, word_store, NULL, true },
    [KEY_TRUTH] = { KIND(BOOL), "true or false, without quotes", truth_store,
                    NULL, false },
    [KEY_ANSWER] = { KIND(BOOL), "true or false, without quotes", truth_store,
                     NULL, false },
    [KEY_TIME] = { KIND(STRING),
                   "a whole number with a unit in quotes, such as \"200ms\", "
                   "\"2s\", \"5m\", \"1h\" or \"7d\"",
                   time_store, NULL, true },
    [KEY_SIZE] = { KIND(STRING) | KIND(INT),
                   "a whole number with a unit in quotes, such as "
                   "\"512KiB\", \"64MiB\" or \"1GiB\", or 0",
                   size_store, NULL, true },
    [KEY_SLOT] = { KIND(INT) | KIND(INT64), "a whole number", slot_store, NULL,
                   false },
    [KEY_COUNT] = { KIND(INT) | KIND(INT64), "a whole number", count_store,
                    NULL, false },
    [KEY_PIN] = { KIND(STRING), PIN_SOURCES ", in quotes", config_pin_store,
                  NULL, false },
    [KEY_VARIABLES] = { KIND(GROUP), "a group of texts, { NAME = \"value\"; }",
                        config_module_store_variables, NULL, false },
    [KEY_MECHANISM] = { KIND(STRING) | KIND(INT) | KIND(INT64),
                        "\"0x8000abcd\", a number, or a name such as "
                        "\"CKM_RSA_PKCS\"",
                        config_mechanism_store_id, NULL, true },
    [KEY_CODE] = { KIND(STRING),
                   "\"0x80000001\", or a name such as \"CKR_DEVICE_ERROR\"",
                   config_class_store_code, NULL, true },
    [KEY_FUNCTION] = { KIND(STRING), "a function's name, such as \"C_Sign\"",
                       config_class_store_function, NULL, true },
    [KEY_OFFSETS] = { KIND(LIST) | KIND(ARRAY),
                      "a list of numbers, such as (0, 16)",
                      config_mechanism_store_offsets, NULL, false },
    [KEY_WORDS] = { KIND(LIST) | KIND(ARRAY),
                    "a list of words in quotes, such as (\"syslog\")",
                    words_store, NULL, true },
};

const char *
config_value_kind(const config_setting_t *setting)
{
    static const char *const kinds[] = {
        [CONFIG_TYPE_NONE] = "nothing",
        [CONFIG_TYPE_GROUP] = "a group, { }",
        [CONFIG_TYPE_INT] = "a number",
        [CONFIG_TYPE_INT64] = "a number",
        [CONFIG_TYPE_FLOAT] = "a number with a point",
        [CONFIG_TYPE_STRING] = "a text",
        [CONFIG_TYPE_BOOL] = "true or false",
        [CONFIG_TYPE_ARRAY] = "an array, [ ]",
        [CONFIG_TYPE_LIST] = "a list, ( )",
    };

    return kinds[config_setting_type(setting)];
}

long long
config_value_number(const config_setting_t *setting)
{
    if (config_setting_type(setting) == CONFIG_TYPE_INT64)
        return config_setting_get_int64(setting);
    /* libconfig keeps 0x80000001 as a negative int. */
    if (config_setting_get_format(setting) == CONFIG_FORMAT_HEX)
        return (unsigned)config_setting_get_int(setting);
    return config_setting_get_int(setting);
}

/* A number goes into a field of whatever width it has. */
static void
number_store(const struct config_key *key, void *base, uint64_t number)
{
    void *field = (char *)base + key->offset;

    if (key->size == sizeof(bool))
        *(bool *)field = number != 0;
    else if (key->size == sizeof(unsigned))
        memcpy(field, &(unsigned){ (unsigned)number }, sizeof(unsigned));
    else if (key->size == sizeof(uint64_t))
        memcpy(field, &number, sizeof(number));
}

/* A copy of the text; the field is empty before. */
static void
text_copy_to(struct config_reader *reader, const struct config_key *key,
             void *base, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        config_reader_no_memory(reader);
    else
        memcpy((char *)base + key->offset, &copy, sizeof(copy));
}

static void
text_store(struct config_reader *reader, const config_setting_t *setting,
           const struct config_key *key, void *base)
{
    const struct type *type = &types[key->type];
    const char *text = config_setting_get_string(setting);
    const char *mistake = type->check(text);
    char quoted[QUOTE_LENGTH];

    if (mistake != NULL && type->is_shown && text[0] != '\0')
        config_reader_mistake(reader, config_reader_line(setting), "%s %s %s",
                              config_key_name(key), mistake_quote(text, quoted),
                              mistake);
    else if (mistake != NULL)
        config_reader_mistake(reader, config_reader_line(setting), "%s %s",
                              config_key_name(key), mistake);
    else if (key->limit != 0 && strlen(text) > key->limit)
        config_reader_mistake(reader, config_reader_line(setting),
                              "%s %s is %zu bytes long; shorten it to %zu",
                              config_key_name(key), mistake_quote(text, quoted),
                              strlen(text), key->limit);
    else
        text_copy_to(reader, key, base, text);
}

static void
match_store(struct config_reader *reader, const config_setting_t *setting,
            const struct config_key *key, void *base)
{
    struct config_match *match =
        (struct config_match *)((char *)base + key->offset);
    char mistake[MATCH_MISTAKE_LENGTH];

    if (config_match_parse(config_setting_get_string(setting), match, mistake))
        return;
    if (mistake[0] == '\0')
        config_reader_no_memory(reader);
    else
        config_reader_mistake(reader, config_reader_line(setting), "%s: %s",
                              config_key_name(key), mistake);
}

static void
word_store(struct config_reader *reader, const config_setting_t *setting,
           const struct config_key *key, void *base)
{
    const char *text = config_setting_get_string(setting);
    const struct config_word *word = config_word_find(key, text);
    char quoted[QUOTE_LENGTH];
    char list[WORDS_LENGTH];

    if (word == NULL)
        config_reader_mistake(reader, config_reader_line(setting),
                              "%s is %s; use %s", config_key_name(key),
                              mistake_quote(text, quoted),
                              config_words_list(key->words, list));
    else
        number_store(key, base, word->value);
}

/* A bit for each word of a list. */
static void
words_store(struct config_reader *reader, const config_setting_t *setting,
            const struct config_key *key, void *base)
{
    uint64_t bits = 0;

    for (int i = 0; i < config_setting_length(setting); i++) {
        const char *text = config_setting_get_string_elem(setting, i);
        const struct config_word *word =
            text == NULL ? NULL : config_word_find(key, text);
        char list[WORDS_LENGTH];
        char quoted[QUOTE_LENGTH];

        if (word != NULL)
            bits |= UINT64_C(1) << word->value;
        else
            config_reader_mistake(reader, config_reader_line(setting),
                                  "%s has %s in it; use %s",
                                  config_key_name(key),
                                  text == NULL ? "something that is no text"
                                               : mistake_quote(text, quoted),
                                  config_words_list(key->words, list));
    }
    number_store(key, base, bits);
}

static void
truth_store(struct config_reader *reader, const config_setting_t *setting,
            const struct config_key *key, void *base)
{
    bool truth = config_setting_get_bool(setting) == CONFIG_TRUE;

    (void)reader;
    if (key->type == KEY_ANSWER)
        number_store(key, base, truth ? ANSWER_YES : ANSWER_NO);
    else
        number_store(key, base, truth);
}

static void
time_store(struct config_reader *reader, const config_setting_t *setting,
           const struct config_key *key, void *base)
{
    const char *text = config_setting_get_string(setting);
    char quoted[QUOTE_LENGTH];
    uint64_t milliseconds = 0;

    switch (duration_parse(text, &milliseconds)) {
    case DURATION_OK:
        if (milliseconds < key->limit)
            config_reader_mistake(reader, config_reader_line(setting),
                                  "%s is %s; give at least \"%zums\"",
                                  config_key_name(key),
                                  mistake_quote(text, quoted), key->limit);
        else
            number_store(key, base,
                         milliseconds == 0 && key->has_none ? NO_TIME
                                                            : milliseconds);
        break;
    case DURATION_MALFORMED:
        config_reader_mistake(reader, config_reader_line(setting),
                              "%s is %s; give %s", config_key_name(key),
                              mistake_quote(text, quoted),
                              types[key->type].expected);
        break;
    case DURATION_TOO_LONG:
        config_reader_mistake(reader, config_reader_line(setting),
                              "%s is %s; give at most \"" DURATION_LONGEST "\"",
                              config_key_name(key),
                              mistake_quote(text, quoted));
        break;
    }
}

static void
size_store(struct config_reader *reader, const config_setting_t *setting,
           const struct config_key *key, void *base)
{
    const char *text = config_setting_get_string(setting);
    char quoted[QUOTE_LENGTH];
    uint64_t bytes = 0;

    if (text != NULL ? size_parse(text, &bytes)
                     : config_setting_get_int(setting) == 0)
        number_store(key, base, bytes);
    else
        config_reader_mistake(reader, config_reader_line(setting),
                              "%s is %s; give %s", config_key_name(key),
                              text != NULL ? mistake_quote(text, quoted)
                                           : "a number without a unit",
                              types[key->type].expected);
}

/* Whether the number is one from `smallest`; else a mistake. */
static bool
number_is_in(struct config_reader *reader, const config_setting_t *setting,
             const struct config_key *key, long long smallest, long long number)
{
    if (number >= smallest && number <= INT_MAX)
        return true;
    config_reader_mistake(reader, config_reader_line(setting),
                          "%s is %lld; give a number from %lld to %d",
                          config_key_name(key), number, smallest, INT_MAX);
    return false;
}

static void
slot_store(struct config_reader *reader, const config_setting_t *setting,
           const struct config_key *key, void *base)
{
    long long number = config_value_number(setting);

    if (number_is_in(reader, setting, key, 0, number))
        number_store(key, base, (uint64_t)number);
}

static void
count_store(struct config_reader *reader, const config_setting_t *setting,
            const struct config_key *key, void *base)
{
    long long number = config_value_number(setting);

    if (number_is_in(reader, setting, key, 1, number))
        number_store(key, base, (uint64_t)number);
}

void
config_value_read(struct config_reader *reader, const config_setting_t *setting,
                  const struct config_key *key, void *base)
{
    const struct type *type = &types[key->type];
    char list[WORDS_LENGTH];

    if ((type->kinds & 1U << config_setting_type(setting)) != 0)
        type->store(reader, setting, key, base);
    else
        config_reader_mistake(reader, config_reader_line(setting),
                              "%s is %s; give %s", config_key_name(key),
                              config_value_kind(setting),
                              key->words != NULL
                                  ? config_words_list(key->words, list)
                                  : type->expected);
}

void
config_value_read_default(struct config_reader *reader,
                          const struct config_key *key, void *base)
{
    uint64_t number = 0;

    if (key->type == KEY_GROUP)
        config_reader_read_defaults(reader, key->inner, base);
    else if (key->type ==
             KEY_SLOT) /* till config_tokens_check gives them out */
        number_store(key, base, CK_UNAVAILABLE_INFORMATION);
    if (key->initial == NULL)
        return;
    if (key->words != NULL)
        number_store(key, base, config_word_find(key, key->initial)->value);
    else if (key->type == KEY_TRUTH)
        number_store(key, base, strcmp(key->initial, "true") == 0);
    else if (key->type == KEY_TIME &&
             duration_parse(key->initial, &number) == DURATION_OK)
        number_store(key, base, number);
    else if (key->type == KEY_SIZE && size_parse(key->initial, &number))
        number_store(key, base, number);
    else if (key->type == KEY_COUNT)
        number_store(key, base, strtoull(key->initial, NULL, 10));
    else
        text_copy_to(reader, key, base, key->initial);
}
