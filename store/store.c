/* SPDX-License-Identifier: BSD-3-Clause */
/* Where certificates are kept, and what went wrong there. */
#include "common/cleanup.h"
#include "common/log.h"
#include "store/store-private.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_WAIT_MS = 2000 };

/* -- Beginning and end ---------------------------------------------------- */

static bool
use_sqlite(const struct store_kind **out, struct error *error)
{
    (void)error;
    *out = &store_sqlite;
    return true;
}

struct scheme {
    const char *name;
    unsigned n_skipped; /* characters that do not belong to the place */
    bool (*use)(const struct store_kind **out, struct error *error);
};

static const struct scheme schemes[] = {
    { "sqlite:", sizeof("sqlite:") - 1, use_sqlite },
    { "postgresql://", 0, store_module_load },
};

static const struct store_services services = {
    .fail = store_fail,
    .refuse = error_set,
    .deadline_in = deadline_in,
    .deadline_remaining_ms = deadline_remaining_ms,
    .matches_others = row_query_matches_others,
    .judge_move = store_judge_move,
    .statements = statements,
};

/* No more of the url is said than its scheme: it may hold a password. */
static bool
choose_kind(struct store *store, const char *url, struct error *error)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        const struct scheme *scheme = &schemes[i];

        if (strncmp(url, scheme->name, strlen(scheme->name)) != 0)
            continue;
        store->place = strdup(url + scheme->n_skipped);
        if (store->place == NULL)
            return error_set(error, CKR_HOST_MEMORY, "out of memory");
        return scheme->use(&store->kind, error);
    }
    return error_set(error, CKR_ARGUMENTS_BAD,
                     "store.url \"%.*s\": no store is called so; write "
                     "sqlite:/PATH or postgresql://USER@HOST/DATABASE",
                     (int)strcspn(url, ":"), url);
}

bool
store_new(const char *url, gid_t group, struct store **out, struct error *error)
{
    struct store *store = calloc(1, sizeof(*store));

    *out = NULL;
    if (store == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    store->group = group;
    store->services = &services;
    store->wait_ms = DEFAULT_WAIT_MS;
    links_init(&store->links);
    if (!choose_kind(store, url, error) || !store->kind->check(store, error)) {
        store_free(store);
        return false;
    }
    *out = store;
    return true;
}

void
store_free(struct store *store)
{
    if (store == NULL)
        return;
    links_free(store);
    free(store->place);
    free(store->name);
    free(store);
}

const char *
store_name(const struct store *store)
{
    return store->name;
}

void
store_set_wait(struct store *store, unsigned wait_ms)
{
    store->wait_ms = wait_ms;
}

void
store_object_clear(struct store_object *object)
{
    free(object->attributes);
    *object = (struct store_object){ 0 };
}

/* -- What went wrong ------------------------------------------------------ */

uint64_t
store_failures(const struct store *store)
{
    return atomic_load(&store->n_failures);
}

enum store_result
store_fail(struct store *store, bool writes, enum store_result result,
           const char *format, ...)
{
    _Atomic(bool) *said =
        writes ? &store->is_writing_said : &store->is_reading_said;
    char text[ERROR_TEXT_LENGTH];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    atomic_fetch_add(&store->n_failures, 1);
    log_once(said, LOG_LEVEL_ERROR, "certificate store %s: %s", store->name,
             text);
    return result;
}

enum store_result
store_judge_move(struct link *link, int64_t state, const char *peer,
                 size_t length)
{
    struct store *store = link->store;

    if (store->is_moving)
        return STORE_DONE;
    if (state != MOVE_MOVED)
        return store_fail(store, link->writes, STORE_LOCKED,
                          "it is filled with what is in %.*s, and not done; "
                          "run p11mux certs migrate --finish, and use that one "
                          "until then",
                          (int)length, peer);
    if (link->writes)
        return store_fail(store, true, STORE_READ_ONLY,
                          "it was moved to %.*s and is not written any more; "
                          "set store.url to that one and start this program "
                          "anew",
                          (int)length, peer);
    log_once(&store->is_move_said, LOG_LEVEL_WARNING,
             "certificate store %s: it was moved to %.*s; set store.url to "
             "that one and start this program anew",
             store->name, (int)length, peer);
    return STORE_DONE;
}
