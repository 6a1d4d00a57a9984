/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the PIN that --pin-source names. */
#include "cli/pin.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "pin/source.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The text is not repeated: it may be a PIN. */
static bool
parse(const char *source, struct config_pin *out, struct error *error)
{
    static const char file[] = "file:";
    const char *path = source + sizeof(file) - 1;
    CLEANUP(freep) char *folder = NULL;
    CLEANUP(freep) char *absolute = NULL;
    const char *mistake;

    if (strncmp(source, file, sizeof(file) - 1) == 0 && path[0] != '/' &&
        path[0] != '\0' && (folder = getcwd(NULL, 0)) != NULL)
        absolute = memory_text("%s%s/%s", file, folder, path);
    return config_pin_parse(absolute != NULL ? absolute : source, out,
                            &mistake) ||
           error_set(error, CKR_ARGUMENTS_BAD, "the value of --pin-source %s",
                     mistake != NULL ? mistake
                                     : "takes more memory than is "
                                       "there");
}

bool
pin_option_is_valid(const char *source, struct error *error)
{
    CLEANUP(config_pin_clear) struct config_pin pin = { 0 };

    return parse(source, &pin, error);
}

bool
pin_option_read(const char *source, struct secret *out, struct error *error)
{
    CLEANUP(config_pin_clear) struct config_pin pin = { 0 };
    char *value;

    if (!parse(source, &pin, error) || !pin_read(&pin, NULL, out, error))
        return false;
    /* Modules are loaded into this process: they need not find it there. */
    value = pin.kind == PIN_VARIABLE ? getenv(pin.text) : NULL;
    if (value != NULL)
        explicit_bzero(value, strlen(value));
    return true;
}
