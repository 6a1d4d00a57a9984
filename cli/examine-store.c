/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the certificates that tokens have no room for can be kept and read.
 */
#include "cli/examine.h"

#include "cli/memory.h"
#include "common/cleanup.h"
#include "store/move.h"

#include <stdlib.h>
#include <unistd.h>

static const struct {
    enum store_result result;
    enum severity severity;
    const char *why;
} reasons[] = {
    { STORE_LOCKED, SEVERITY_PROBLEM, "others keep it locked" },
    { STORE_READ_ONLY, SEVERITY_WARNING, "this user may not write it" },
    { STORE_UNREACHABLE, SEVERITY_PROBLEM,
      "it does not answer, or this user may not read it" },
    { STORE_BROKEN, SEVERITY_PROBLEM,
      "it is damaged, or a later release has made it" },
    { STORE_NO_MEMORY, SEVERITY_PROBLEM, "out of memory" },
};

static bool
has_overflow(const struct config *config)
{
    for (size_t i = 0; i < config->n_tokens; i++)
        if (config->tokens[i].certificates.mode != CERTIFICATES_TOKEN)
            return true;
    return false;
}

/* The first certificate makes the file. */
static bool
is_to_be_made(const struct store *store)
{
    return *store_name(store) == '/' && access(store_name(store), F_OK) != 0;
}

/* While it is moved, applications may not do all with it. */
static void
judge_standing(const struct store *store, const struct store_standing *standing,
               struct findings *findings)
{
    if (standing->use == STORE_MOVED)
        finding_add(findings, SEVERITY_WARNING,
                    memory_text("certificates in the store %s cannot be "
                                "changed",
                                store_name(store)),
                    memory_text("they were moved to %s", standing->peer),
                    memory_copy("set store.url to that one and start "
                                "applications anew"));
    if (standing->use == STORE_FILLED)
        finding_add(findings, SEVERITY_PROBLEM,
                    memory_text("certificates in the store %s cannot be read",
                                store_name(store)),
                    memory_text("it is filled with what is in %s, and not done",
                                standing->peer),
                    memory_copy("run \"p11mux certs migrate --finish\", and "
                                "use that one until then"));
}

static void
look_at(struct store *store, struct findings *findings)
{
    struct store_standing standing = { .peer = NULL };
    enum store_result result = move_look(store, &standing);

    if (result == STORE_DONE)
        judge_standing(store, &standing, findings);
    free(standing.peer);
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].result == result)
            finding_add(findings, reasons[i].severity,
                        memory_text("certificates in the store %s cannot be "
                                    "read",
                                    store_name(store)),
                        memory_copy(reasons[i].why),
                        memory_copy("see what \"p11mux certs capacity\" says "
                                    "of it"));
}

void
examine_store(const struct config *config, struct findings *findings)
{
    struct error error = { .rv = CKR_OK };
    struct store *store;

    if (!has_overflow(config))
        return;
    if (!store_new(config->store_url, config->group_id, &store, &error)) {
        finding_add(findings, SEVERITY_PROBLEM, memory_copy(error.text), NULL,
                    NULL);
        return;
    }
    if (!is_to_be_made(store))
        look_at(store, findings);
    store_free(store);
}
