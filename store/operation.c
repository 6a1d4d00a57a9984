/* SPDX-License-Identifier: BSD-3-Clause */
/* Begins and ends operations on the store. */
#include "store/operation.h"

#include <errno.h>

static bool
is_answer(enum store_result result)
{
    return result == STORE_DONE || result == STORE_ABSENT;
}

/* A database's files grow by writes of its own; whether one went too far only
 * its library knows. */
static void
unguard(struct operation *operation)
{
    operation->guard.raised_sigpipe = true;
    operation->guard.raised_sigxfsz = true;
    guard_end(&operation->guard);
}

enum store_result
operation_begin(struct operation *operation, struct store *store, bool writes)
{
    enum store_result result;

    operation->store = store;
    guard_begin(&operation->guard);
    errno = 0; /* of nothing before */
    result = links_take(store, writes, &operation->link);
    if (result != STORE_DONE) {
        unguard(operation);
        return result;
    }
    if (writes)
        result = store->kind->begin(operation->link);
    return result == STORE_DONE ? result : operation_end(operation, result);
}

enum store_result
operation_end(struct operation *operation, enum store_result result)
{
    struct store *store = operation->store;
    struct link *link = operation->link;
    bool writes = link->writes;

    if (writes && result == STORE_DONE)
        result = store->kind->commit(link);
    if (writes && result != STORE_DONE)
        store->kind->roll_back(link);
    if (!writes)
        store->kind->finish(link);
    if (result == STORE_NO_MEMORY)
        (void)store_fail(store, writes, result, "out of memory; free some");
    if (is_answer(result)) {
        store->is_reading_said = false;
        if (writes)
            store->is_writing_said = false;
    }
    links_give(link);
    unguard(operation);
    return result;
}

enum store_result
store_try(struct store *store)
{
    struct operation operation;
    enum store_result result = operation_begin(&operation, store, true);

    if (result != STORE_DONE)
        return result;
    /* So that it is rolled back. */
    result = operation_end(&operation, STORE_ABSENT);
    return result == STORE_ABSENT ? STORE_DONE : result;
}
