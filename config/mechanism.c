/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the list `mechanisms` of a module. */
#include "config/mechanism.h"

#include "common/names.h"
#include "config/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The last mechanism number a vendor may use (PKCS#11, section 3.4). */
static const CK_MECHANISM_TYPE last_mechanism = 0xffffffffUL;

/* No parameter known to us is as long. */
enum { LAST_OFFSET = 65535 };

/* "0x8000abcd", "2147527629" or a name; false when it is none of them. */
static bool
mechanism_parse(const char *text, CK_MECHANISM_TYPE *out)
{
    char *end = NULL;

    if (name_find(NAME_CKM, text, out))
        return true;
    if (text[0] < '0' || text[0] > '9') /* strtoull takes signs and blanks */
        return false;
    errno = 0;
    *out = strtoull(text, &end,
                    text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
    return errno == 0 && *end == '\0' && *out <= last_mechanism;
}

void
config_mechanism_store_id(struct config_reader *reader,
                          const config_setting_t *setting,
                          const struct config_key *key, void *base)
{
    struct config_mechanism *mechanism = base;
    const char *text = config_setting_get_string(setting);
    long long number;
    char quoted[QUOTE_LENGTH];

    if (text != NULL) {
        if (!mechanism_parse(text, &mechanism->type))
            config_reader_mistake(
                reader, config_reader_line(setting),
                "%s %s is no mechanism; give a number such as "
                "\"0x8000abcd\" or a name such as "
                "\"CKM_RSA_PKCS\"",
                config_key_name(key), mistake_quote(text, quoted));
        return;
    }
    number = config_value_number(setting);
    if (number < 0 || (CK_MECHANISM_TYPE)number > last_mechanism)
        config_reader_mistake(reader, config_reader_line(setting),
                              "%s is %lld; give a number from 0 to 0xffffffffL",
                              config_key_name(key), number);
    else
        mechanism->type = (CK_MECHANISM_TYPE)number;
}

static bool
offset_read(struct config_reader *reader, const config_setting_t *setting,
            const char *name, size_t *out)
{
    int type = config_setting_type(setting);
    long long number = 0;

    if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
        config_reader_mistake(reader, config_reader_line(setting),
                              "%s has %s in it; give offsets in bytes, such as "
                              "(0, 16)",
                              name, config_value_kind(setting));
        return false;
    }
    number = config_value_number(setting);
    if (number < 0 || number > LAST_OFFSET) {
        config_reader_mistake(
            reader, config_reader_line(setting),
            "%s has %lld in it; give offsets from 0 to %d bytes", name, number,
            LAST_OFFSET);
        return false;
    }
    *out = (size_t)number;
    return true;
}

void
config_mechanism_store_offsets(struct config_reader *reader,
                               const config_setting_t *setting,
                               const struct config_key *key, void *base)
{
    int n_offsets = config_setting_length(setting);
    size_t *offsets;

    if (n_offsets == 0)
        return;
    offsets = calloc((size_t)n_offsets, sizeof(*offsets));
    if (offsets == NULL) {
        config_reader_no_memory(reader);
        return;
    }
    memcpy((char *)base + key->offset, &offsets, sizeof(offsets));
    *(size_t *)((char *)base + key->count) = (size_t)n_offsets;
    for (int i = 0; i < n_offsets; i++)
        if (!offset_read(reader, config_setting_get_elem(setting, (unsigned)i),
                         config_key_name(key), &offsets[i]))
            return;
}

void
config_mechanism_check(struct config_reader *reader,
                       const config_setting_t *group, const void *element)
{
    const struct config_mechanism *mechanism = element;

    if (mechanism->n_handles + mechanism->n_out == 0)
        config_reader_mistake(
            reader, config_reader_line(group),
            "no offsets are given; add handles = (0), out = (0) or "
            "both, or remove it");
}

void
config_mechanisms_free(const struct config_mechanism *mechanisms,
                       size_t n_mechanisms)
{
    for (size_t i = 0; i < n_mechanisms; i++) {
        free(mechanisms[i].handles);
        free(mechanisms[i].out);
    }
    /* Const for whoever reads them: a vendor profile's are static. */
    free((void *)(uintptr_t)mechanisms);
}
