/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads where a PIN comes from; a PIN itself is refused and never shown. */
#include "config/pin.h"

#include "common/cleanup.h"
#include "config/letters.h"
#include "config/uri.h"
#include "config/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The longest name of a file. */
enum { MAX_CREDENTIAL_LENGTH = 255 };

/* Each says what is wrong with the text behind the kind's name. */
typedef const char *source_check(const char *rest);

static source_check check_file;
static source_check check_variable;
static source_check check_command;
static source_check check_credential;

static const struct source {
    const char *prefix;
    enum config_pin_kind kind;
    source_check *check;
} sources[] = {
    { "file:", PIN_FILE, check_file },
    { "env:", PIN_VARIABLE, check_variable },
    { "command:", PIN_COMMAND, check_command },
    { "credential:", PIN_CREDENTIAL, check_credential },
};

static const char scheme[] = "pkcs11:";

static const char *
check_file(const char *rest)
{
    return rest[0] == '/' ? NULL
                          : "is a file without its absolute path; give "
                            "\"file:/PATH\"";
}

static const char *
check_variable(const char *rest)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

    if (rest[0] != '\0' && !isdigit((unsigned char)rest[0]) &&
        rest[strspn(rest, letters)] == '\0')
        return NULL;
    return "names no variable; give \"env:NAME\" with letters, digits and "
           "\"_\"";
}

static const char *
check_command(const char *rest)
{
    return rest[strspn(rest, " ")] == '/'
               ? NULL
               : "is a command without its absolute path; give "
                 "\"command:/PROGRAM ARGUMENTS\"";
}

static const char *
check_credential(const char *rest)
{
    if (rest[0] != '\0' && strcmp(rest, ".") != 0 && strcmp(rest, "..") != 0 &&
        strchr(rest, '/') == NULL && strlen(rest) <= MAX_CREDENTIAL_LENGTH)
        return NULL;
    return "names no credential; give \"credential:NAME\", the name of a file "
           "in systemd's folder";
}

/* Copies what was found right. */
static bool
pin_take(const struct source *source, const char *rest, struct config_pin *out,
         const char **mistake)
{
    struct config_pin pin = { .kind = source->kind };

    if (source->kind == PIN_COMMAND &&
        !words_split(rest, &pin.arguments, mistake))
        return false;
    pin.text = strdup(rest);
    if (pin.text == NULL) {
        config_pin_clear(&pin);
        return false;
    }
    *out = pin;
    return true;
}

static bool
pin_parse_uri(const char *text, struct config_pin *out, const char **mistake)
{
    CLEANUP(freep) char *pin_source = NULL;
    char why[URI_MISTAKE_LENGTH];

    if (uri_parse_pin_source(text, &pin_source, why)) {
        out->text = strdup(text);
        if (out->text != NULL)
            out->kind = PIN_URI;
        return out->text != NULL;
    }
    if (why[0] != '\0')
        *mistake =
            "is no PKCS#11 URI with a pin-source and without "
            "pin-value; give \"pkcs11:?pin-source=file:/PATH\", " PIN_SOURCES
            ", never the PIN itself";
    return false;
}

bool
config_pin_parse(const char *text, struct config_pin *out, const char **mistake)
{
    *out = (struct config_pin){ 0 };
    *mistake = letters_check_text(text);
    if (*mistake != NULL)
        return false;
    if (strncmp(text, scheme, sizeof(scheme) - 1) == 0)
        return pin_parse_uri(text, out, mistake);
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        size_t length = strlen(sources[i].prefix);

        if (strncmp(text, sources[i].prefix, length) != 0)
            continue;
        *mistake = sources[i].check(text + length);
        return *mistake == NULL &&
               pin_take(&sources[i], text + length, out, mistake);
    }
    *mistake = "is not where a PIN comes from; give " PIN_SOURCES
               ", never the PIN itself";
    return false;
}

void
config_pin_store(struct config_reader *reader, const config_setting_t *setting,
                 const struct config_key *key, void *base)
{
    struct config_pin *pin = (struct config_pin *)((char *)base + key->offset);
    const char *mistake;

    if (config_pin_parse(config_setting_get_string(setting), pin, &mistake))
        pin->of_so = strcmp(config_key_name(key), "so_pin") == 0;
    else if (mistake == NULL)
        config_reader_no_memory(reader);
    else
        config_reader_mistake(reader, config_reader_line(setting), "%s %s",
                              config_key_name(key), mistake);
}

void
config_pin_clear(struct config_pin *pin)
{
    free(pin->text);
    words_free(pin->arguments);
    *pin = (struct config_pin){ 0 };
}
