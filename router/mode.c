/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of modes. */
#include "router/mode.h"

const struct mode_facts mode_facts[] = {
    [GROUP_SINGLE] = { .has_roles = false },
    [GROUP_FAILOVER] = { .has_roles = false },
    [GROUP_BALANCE] = { .has_roles = false },
    [GROUP_MIGRATE] = { .moves_objects = true, .has_roles = true },
};
