/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what an option for a PIN names. */
#include "cli/pin.h"

#include "cli/memory.h"
#include "common/cleanup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The text is not repeated: it may be a PIN. */
bool
pin_option_parse(const char *option, const char *text, struct config_pin *out,
                 struct error *error)
{
    static const char file[] = "file:";
    const char *path = text + sizeof(file) - 1;
    CLEANUP(freep) char *folder = NULL;
    CLEANUP(freep) char *absolute = NULL;
    const char *mistake;

    if (strncmp(text, file, sizeof(file) - 1) == 0 && path[0] != '/' &&
        path[0] != '\0' && (folder = getcwd(NULL, 0)) != NULL)
        absolute = memory_text("%s%s/%s", file, folder, path);
    if (config_pin_parse(absolute != NULL ? absolute : text, out, &mistake))
        return true;
    if (mistake == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return error_set(error, CKR_ARGUMENTS_BAD, "the value of --%s %s", option,
                     mistake);
}

void
pin_option_forget(const struct config_pin *pin)
{
    char *value = pin->kind == PIN_VARIABLE ? getenv(pin->text) : NULL;

    if (value == NULL)
        return;
    explicit_bzero(value, strlen(value));
    (void)unsetenv(pin->text);
}
