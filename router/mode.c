/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of modes. */
#include "router/mode.h"

/* In mode "balance" what is passed on is router/choice.c's. */
const struct mode_facts mode_facts[] = {
    [GROUP_SINGLE] = { .moves_objects = false },
    [GROUP_FAILOVER] = { .passes_on_mechanism = true, .passes_on_usage = true },
    [GROUP_BALANCE] = { .moves_objects = false },
    /* A usage that only the old copy of a key has is for its operator to see,
     * not to be hidden (R9.12). */
    [GROUP_MIGRATE] = { .moves_objects = true,
                        .has_roles = true,
                        .unites_mechanisms = true,
                        .passes_on_mechanism = true },
};
