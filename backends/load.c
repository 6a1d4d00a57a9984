/* SPDX-License-Identifier: BSD-3-Clause */
/* Loads the module of a backend. */
#include "backends/backend-private.h"
#include "backends/list.h"

/* What a forked child does with what an ancestor initialised (R5.5). */
static bool
needs_new_copy(const struct backend *backend, struct library *library)
{
    enum config_fork_mode mode = backend_profile(backend)->settings.fork_mode;

    switch (library_state(library)) {
    case LIBRARY_INHERITED:
    case LIBRARY_INHERITED_FOREIGN:
        return mode == FORK_SECOND_INSTANCE;
    case LIBRARY_TORN:
        /* Its locks and half-made state belong to a thread that is no more. */
        return mode != FORK_UNSUPPORTED;
    case LIBRARY_IDLE:
    case LIBRARY_BUSY:
    case LIBRARY_OURS:
    case LIBRARY_FOREIGN:
        break;
    }
    return false;
}

bool
backend_load(struct backend *backend, struct error *error)
{
    struct library_request request = { .path = backend->path,
                                       .instance = backend->instance,
                                       .state_dir = backend->state_dir };
    const CK_FUNCTION_LIST *list;
    struct library *library;
    CK_INFO info;

    if (!library_open(&request, &library, error))
        return false;
    /* It said who it is when it was up last, maybe in an ancestor. */
    if (library_info(library, &info))
        backend_settle_profile(backend, &info,
                               library_wants_serialise(library));
    if (needs_new_copy(backend, library)) {
        library_close(library, false);
        request.renew = true;
        if (!library_open(&request, &library, error))
            return false;
    }
    list = library_list(library);
    list_complete(list, backend->settings.wrap_auth == ANSWER_YES,
                  &backend->completed);
    backend->version = list->version;
    backend->library = library;
    atomic_store(&backend->functions, &backend->completed);
    return true;
}
