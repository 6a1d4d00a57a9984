/* SPDX-License-Identifier: BSD-3-Clause */
/* Where certificates are kept, and what went wrong there. */
#include "common/cleanup.h"
#include "common/log.h"
#include "store/store-private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_WAIT_MS = 2000 };

static const struct store_kind *const kinds[] = { &store_sqlite };

/* -- Beginning and end ---------------------------------------------------- */

static bool
choose_kind(struct store *store, const char *url, struct error *error)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t length = strlen(kinds[i]->scheme);

        if (strncmp(url, kinds[i]->scheme, length) != 0)
            continue;
        store->kind = kinds[i];
        store->place = strdup(url + length);
        return store->place != NULL ||
               error_set(error, CKR_HOST_MEMORY, "out of memory");
    }
    return error_set(error, CKR_ARGUMENTS_BAD,
                     "store.url \"%s\": no store is called so; write "
                     "sqlite:/PATH",
                     url);
}

bool
store_new(const char *url, gid_t group, struct store **out, struct error *error)
{
    struct store *store = calloc(1, sizeof(*store));

    *out = NULL;
    if (store == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    store->group = group;
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
    free(store);
}

void
store_fork_child(struct store *store)
{
    links_forget(store);
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
    log_once(said, LOG_LEVEL_ERROR, "certificate store %s: %s", store->place,
             text);
    return result;
}
