/* SPDX-License-Identifier: BSD-3-Clause */
/* What the modes of tokens with several members differ in. */
#ifndef ROUTER_MODE_H
#define ROUTER_MODE_H

#include "config/config.h"

struct mode_facts {
    bool moves_objects; /* what one member shows for the first time may have
                           been another's until now */
    bool has_roles;     /* what is made is made on the first configured member,
                           whoever answers first, and no operator says who that is
                           (R9.3, R9.11) */
};

extern const struct mode_facts mode_facts[];

#endif
