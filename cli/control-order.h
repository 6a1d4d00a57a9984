/* SPDX-License-Identifier: BSD-3-Clause */
/* What all running processes are to do, and how it is said to them. */
#ifndef CLI_CONTROL_ORDER_H
#define CLI_CONTROL_ORDER_H

#include "cli/request.h"
#include "cli/token-name.h"
#include "config/config.h"
#include "router/control-page.h"

struct order {
    const struct request *request;
    enum control_verb verb;
    struct config *config;
    struct token_name token;            /* NULL names: all */
    const struct config_member *member; /* of a group; or NULL: lent */
    unsigned index;                     /* of that one, from 0 on */
    char *member_name; /* as the page has it; also of one that was renamed */
    char *path;        /* of the page */
    uint64_t wait_ms;
};

/* Writes it on the page; `number` is the command's. */
bool order_write(const struct order *order, uint64_t *number,
                 struct error *error);

/* Finds the member that the command line names beside the token: by its number,
 * its module, its match or the label in that. What resumes also finds one that
 * is drained by a name that no member has any more. */
bool order_find_member(struct order *order, struct error *error);

#endif
