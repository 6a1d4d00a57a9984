/* SPDX-License-Identifier: BSD-3-Clause */
/* What every operation on the store does before and after its own part. */
#ifndef STORE_OPERATION_H
#define STORE_OPERATION_H

#include "common/guard.h"
#include "store/store-private.h"

/* A connection that is lent, and a transaction on it if it writes. */
struct operation {
    struct store *store;
    struct link *link;
    struct guard guard;
};

/* Not STORE_DONE: it is ended already. */
enum store_result operation_begin(struct operation *operation,
                                  struct store *store, bool writes);

/* Commits what is done, rolls back what is not. Whatever `run` has lent is to
 * be used before. */
enum store_result operation_end(struct operation *operation,
                                enum store_result result);

static inline enum store_result
operation_run(struct operation *operation, enum statement statement,
              const struct field *in, struct field *out)
{
    return operation->store->kind->run(operation->link, statement, in, out);
}

#endif
