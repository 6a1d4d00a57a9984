/* SPDX-License-Identifier: BSD-3-Clause */
/* What copies are made of, looked at once more: it was changed meanwhile, or
 * its member says that its handle is no good. */
#ifndef CLI_ORIGINAL_H
#define CLI_ORIGINAL_H

#include "cli/copying.h"

/* Whether it was that, which does not say yet that the object has gone. */
bool original_is_lost(const struct transfer_outcome *outcome);

/* Whether it may be copied all the same, as it is by now. */
bool original_is_in_doubt(const struct transfer_outcome *outcome);

/*
 * Finds it under its name on its member: the same key under another one may be
 * another object. CKR_OBJECT_HANDLE_INVALID: it has gone; or else why nothing
 * is known of it.
 */
CK_RV original_find(const struct copying *copying, unsigned member,
                    const struct identity *identity, CK_OBJECT_HANDLE *out);

/* The same of one that is in doubt, and it is read: both become what they are
 * by now. */
CK_RV original_read_anew(struct copying *copying, unsigned member,
                         const struct transfer_outcome *outcome,
                         CK_OBJECT_HANDLE *object, struct identity **identity);

/* Says why it is not copied, after one of these was not CKR_OK; true: it has
 * gone. */
bool original_end(CK_RV rv, struct transfer_outcome *outcome);

#endif
