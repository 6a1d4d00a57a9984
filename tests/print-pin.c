/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints the PIN of a source, or why there is none, for check-privileges.sh. */
#include "common/cleanup.h"
#include "pin/source.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
    CLEANUP(config_pin_clear) struct config_pin source = { 0 };
    CLEANUP(secret_wipe) struct secret pin = { 0 };
    struct error error = { 0 };
    const char *mistake = NULL;

    if (argc != 2 || !config_pin_parse(argv[1], &source, &mistake)) {
        puts(mistake != NULL ? mistake : "no memory");
        return 2;
    }
    if (!pin_read(&source, NULL, &pin, &error)) {
        puts(error.text);
        return 1;
    }
    printf("%.*s\n", (int)pin.length, (const char *)pin.bytes);
    return 0;
}
