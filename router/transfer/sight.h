/* SPDX-License-Identifier: BSD-3-Clause */
/* What is not found on a member is not there only where it has shown all that
 * it has: a device that has forgotten who was logged in hides what is private,
 * and may show it again before the next look. */
#ifndef ROUTER_TRANSFER_SIGHT_H
#define ROUTER_TRANSFER_SIGHT_H

#include <stddef.h>
#include <stdint.h>

/* A number that is the same as long as the member shows all, what is private
 * too; 0: it does not, or that is not known. NULL: it always does. */
struct sight {
    uint64_t (*look)(const void *context, unsigned member);
    const void *context;
    unsigned member;
};

static inline uint64_t
sight_look(const struct sight *sight)
{
    return sight->look == NULL ? 1 : sight->look(sight->context, sight->member);
}

#endif
