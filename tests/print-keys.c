/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints every key of the configuration file, one a line, for check-keys.sh. */
#include "config/config.h"

#include <stdio.h>

int
main(void)
{
    for (size_t i = 0; i < n_config_keys; i++)
        puts(config_keys[i]);
    return 0;
}
