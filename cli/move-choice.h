/* SPDX-License-Identifier: BSD-3-Clause */
/* Which objects the command line means. */
#ifndef CLI_MOVE_CHOICE_H
#define CLI_MOVE_CHOICE_H

#include "cli/choice.h"
#include "router/identity.h"

#define MOVE_CHOICE_OPTIONS                                                    \
    (OPTION_BIT(OPTION_ID) | OPTION_BIT(OPTION_LABEL) |                        \
     OPTION_BIT(OPTION_CLASS))

struct move_choice {
    struct choice name; /* by CKA_ID and label */
    bool has_class;
    CK_OBJECT_CLASS object_class;
};

/* False, with a sentence on stderr, when a value is not understood. *out is to
 * be cleared, whatever comes of it. */
bool move_choice_read(const struct request *request, struct move_choice *out);
void move_choice_clear(struct move_choice *choice);

/* Whether it chooses nothing that a token may show to its user alone, which any
 * object of its other classes may be; and whether an object is chosen. */
bool move_choice_is_public(const struct move_choice *choice);
bool move_choice_fits(const struct move_choice *choice,
                      const struct identity *identity);

#endif
