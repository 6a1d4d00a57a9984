/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints the configuration file that applies, for check-privileges.sh. */
#include "common/cleanup.h"
#include "config/config.h"

#include <stdio.h>

int
main(void)
{
    CLEANUP(freep) char *found = NULL;
    struct error error = { 0 };

    if (!config_find(&found, &error)) {
        puts(error.text);
        return 1;
    }
    puts(found == NULL ? "none" : found);
    return 0;
}
