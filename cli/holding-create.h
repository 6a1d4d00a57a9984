/* SPDX-License-Identifier: BSD-3-Clause */
/* Making certificates on a token, or where it keeps them. */
#ifndef CLI_HOLDING_CREATE_H
#define CLI_HOLDING_CREATE_H

#include "cli/holding.h"

/* From its value, CKA_ID and label; says of it where it is then. */
bool holding_create(const struct visit *visit, struct holding *holding,
                    struct error *error);

/* Makes one with all attributes of an object that another visit reads; `out`
 * only gets where it is. error->rv is what a token answered. */
bool holding_copy(const struct visit *from, CK_OBJECT_HANDLE object,
                  const struct visit *to, struct holding *out,
                  struct error *error);

#endif
