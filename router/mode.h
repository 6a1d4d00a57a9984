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
                           (R9.3, R9.11); it is its PINs that the application knows
                           (R9.8) */
    bool unites_mechanisms; /* it can what one of its members can (R9.9) */

    /* What one member refuses so another one is asked for (R7.9, R9.9). */
    bool passes_on_mechanism; /* it does not know the mechanism */
    bool passes_on_usage;     /* its copy of the key is not for that */
};

extern const struct mode_facts mode_facts[];

#endif
