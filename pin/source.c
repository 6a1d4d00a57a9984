/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a PIN from the source that the configuration names. */
#include "pin/source.h"

#include "common/cancel.h"
#include "common/cleanup.h"
#include "pin/callback.h"
#include "pin/command.h"
#include "pin/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

static const char file_scheme[] = "file:";

typedef bool source_read(const struct config_pin *source, const char *token_uri,
                         struct secret *out, struct error *error);
typedef bool source_check(const struct config_pin *source, struct error *error);

static source_read read_unset;
static source_read read_file;
static source_read read_variable;
static source_read read_command;
static source_read read_uri;
static source_check check_unset;
static source_check check_file;
static source_check check_variable;
static source_check check_command;
static source_check check_uri;

static const struct {
    const char *prefix;
    source_read *read;
    source_check *check;
    bool is_elsewhere;
} kinds[] = {
    [PIN_UNSET] = { "", read_unset, check_unset, false },
    [PIN_FILE] = { file_scheme, read_file, check_file, false },
    [PIN_VARIABLE] = { "env:", read_variable, check_variable, true },
    [PIN_COMMAND] = { "command:", read_command, check_command, false },
    [PIN_CREDENTIAL] = { "credential:", read_file, check_file, true },
    [PIN_URI] = { "pin-source ", read_uri, check_uri, true },
};

static bool
fail(const struct config_pin *source, const char *why, struct error *error)
{
    char name[PIN_SOURCE_NAME_LENGTH];

    return error_set(error, CKR_FUNCTION_FAILED, "PIN source %s: %s",
                     pin_source_name(source, name), why);
}

static bool
fail_memory(const struct config_pin *source, struct error *error)
{
    char name[PIN_SOURCE_NAME_LENGTH];

    return error_set(error, CKR_HOST_MEMORY,
                     "PIN source %s: no memory to read it; free some",
                     pin_source_name(source, name));
}

/* -- None -------------------------------------------------------------------
 */

static bool
check_unset(const struct config_pin *source, struct error *error)
{
    (void)source;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "no PIN source is configured; add pin = \"file:/...\" to "
                     "the token");
}

static bool
read_unset(const struct config_pin *source, const char *token_uri,
           struct secret *out, struct error *error)
{
    (void)token_uri;
    (void)out;
    return check_unset(source, error);
}

/* -- Files and credentials --------------------------------------------------
 */

/* A credential is a file in the folder of the service. NULL with a sentence;
 * the caller frees it. */
static char *
find_path(const struct config_pin *source, struct error *error)
{
    const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
    char *path = NULL;

    if (source->kind == PIN_FILE) {
        path = strdup(source->text);
    } else if (folder == NULL || folder[0] != '/') {
        fail(source,
             "CREDENTIALS_DIRECTORY is not set: this is no service of systemd "
             "with LoadCredential=; add that to its unit",
             error);
        return NULL;
    } else if (asprintf(&path, "%s/%s", folder, source->text) < 0) {
        path = NULL;
    }
    if (path == NULL)
        fail_memory(source, error);
    return path;
}

static bool
check_file(const struct config_pin *source, struct error *error)
{
    CLEANUP(freep) char *path = find_path(source, error);

    return path != NULL && pin_file_check(path, error);
}

static bool
read_file(const struct config_pin *source, const char *token_uri,
          struct secret *out, struct error *error)
{
    CLEANUP(freep) char *path = find_path(source, error);

    (void)token_uri;
    return path != NULL && pin_file_read(path, out, error);
}

/* -- Variables --------------------------------------------------------------
 */

/* A caller who may set variables must not choose the PIN for a program that
 * may do more than the caller. */
static bool
is_raised(void)
{
    return getauxval(AT_SECURE) != 0;
}

static bool
check_variable(const struct config_pin *source, struct error *error)
{
    const char *value = getenv(source->text);

    if (is_raised())
        return fail(source,
                    "it is not looked at in a process with raised privileges; "
                    "use file:/PATH",
                    error);
    if (value == NULL)
        return fail(source,
                    "the variable is not set; set it for the process that uses "
                    "the token",
                    error);
    if (strlen(value) > SECRET_MAX_LENGTH)
        return fail(source,
                    "the value is longer than any PIN; check which variable it "
                    "is",
                    error);
    return true;
}

static bool
read_variable(const struct config_pin *source, const char *token_uri,
              struct secret *out, struct error *error)
{
    const char *value = getenv(source->text);

    (void)token_uri;
    return check_variable(source, error) &&
           (secret_set(out, value, strlen(value)) ||
            fail_memory(source, error));
}

/* -- Commands ---------------------------------------------------------------
 */

static bool
check_command(const struct config_pin *source, struct error *error)
{
    return pin_command_check(source->arguments, error);
}

static bool
read_command(const struct config_pin *source, const char *token_uri,
             struct secret *out, struct error *error)
{
    (void)token_uri;
    return pin_command_read(source->arguments, is_raised(), out, error);
}

/* -- PKCS#11 URIs -----------------------------------------------------------
 */

/* Of "file:/path" and "file:///path", the path; else NULL. */
static const char *
path_of(const char *pin_source)
{
    if (strncmp(pin_source, file_scheme, sizeof(file_scheme) - 1) != 0)
        return NULL;
    pin_source += sizeof(file_scheme) - 1;
    return strncmp(pin_source, "///", 3) == 0 ? pin_source + 2 : pin_source;
}

static bool
fail_unanswered(const struct config_pin *source, struct error *error)
{
    return fail(source,
                "the application gave no PIN; have it register a callback with "
                "p11-kit, or use file:/PATH",
                error);
}

static bool
check_uri(const struct config_pin *source, struct error *error)
{
    CLEANUP(freep) char *pin_source = callback_source(source->text);

    if (pin_source == NULL)
        return fail_memory(source, error);
    return path_of(pin_source) != NULL
               ? pin_file_check(path_of(pin_source), error)
               : fail_unanswered(source, error);
}

static bool
read_uri(const struct config_pin *source, const char *token_uri,
         struct secret *out, struct error *error)
{
    CLEANUP(freep) char *pin_source = NULL;

    switch (callback_ask(source->text, token_uri, source->of_so, out,
                         &pin_source)) {
    case CALLBACK_GAVE:
        return true;
    case CALLBACK_NOTHING:
        break;
    case CALLBACK_TOO_LONG:
        return fail(source,
                    "the application gave more than a PIN can have; correct "
                    "its callback",
                    error);
    case CALLBACK_NO_MEMORY:
        return fail_memory(source, error);
    }
    if (path_of(pin_source) != NULL)
        return pin_file_read(path_of(pin_source), out, error);
    return fail_unanswered(source, error);
}

/* -- All of them ------------------------------------------------------------
 */

bool
pin_read(const struct config_pin *source, const char *token_uri,
         struct secret *out, struct error *error)
{
    /* A child is waited for, and descriptors are open. */
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();

    secret_wipe(out);
    if (kinds[source->kind].read(source, token_uri, out, error))
        return true;
    secret_wipe(out);
    return false;
}

bool
pin_check(const struct config_pin *source, struct error *error)
{
    return kinds[source->kind].check(source, error);
}

bool
pin_is_elsewhere(const struct config_pin *source)
{
    return kinds[source->kind].is_elsewhere;
}

const char *
pin_source_name(const struct config_pin *source,
                char out[PIN_SOURCE_NAME_LENGTH])
{
    const char *rest = source->text;

    if (source->kind == PIN_UNSET || source->kind == PIN_URI)
        rest = source->kind == PIN_URI ? "of the URI" : "none";
    else if (source->kind == PIN_COMMAND)
        rest = source->arguments[0];
    snprintf(out, PIN_SOURCE_NAME_LENGTH, "%s%s", kinds[source->kind].prefix,
             rest);
    return out;
}
