/* SPDX-License-Identifier: BSD-3-Clause */
/* The command certs export: chains of certificates as PEM. */
#include "cli/certificate-file.h"
#include "cli/chain.h"
#include "cli/choice.h"
#include "cli/memory.h"
#include "common/cleanup.h"

/* Those that have an issuer, and each value once. */
static size_t
gather(const struct holdings *holdings, const struct choice *choice,
       const struct holding **items, bool *chosen)
{
    size_t n = 0;

    for (size_t i = 0; i < holdings->n_items; i++) {
        const struct holding *holding = &holdings->items[i];
        size_t k = 0;

        if (!holding->is_x_509)
            continue;
        while (k < n && !octets_equal(items[k]->value, holding->value))
            k++;
        items[k] = holding;
        chosen[k] = chosen[k] || choice_fits(choice, holding);
        n += k == n;
    }
    return n;
}

static size_t
write_chains(const struct holdings *holdings, const struct choice *choice)
{
    size_t room = holdings->n_items + 1;
    CLEANUP(freep)
    const struct holding **items = memory_new(room, sizeof(*items));
    CLEANUP(freep) bool *chosen = memory_new(room, sizeof(*chosen));
    CLEANUP(freep) size_t *order = memory_new(room, sizeof(*order));
    CLEANUP(freep)
    struct certificate_parts *parts = memory_new(room, sizeof(*parts));
    size_t n_items = gather(holdings, choice, items, chosen);
    size_t n_ordered;

    for (size_t i = 0; i < n_items; i++)
        parts[i] = items[i]->parts;
    n_ordered = chain_order(parts, n_items, chosen, order);
    for (size_t i = 0; i < n_ordered; i++)
        certificate_file_write(items[order[i]]->value, stdout);
    return n_ordered;
}

static bool export(struct visit *visit, struct error *error)
{
    CLEANUP(holdings_clear) struct holdings holdings = { .items = NULL };
    const struct choice *choice = visit->asked;

    if (!visit_token(visit, visit->request->operands[0], false, error) ||
        !holdings_read(visit, &holdings, error))
        return false;
    return write_chains(&holdings, choice) > 0 ||
           choice_refuse_none(choice, visit, error);
}

enum status
cmd_certs_export(const struct request *request)
{
    CLEANUP(choice_clear) struct choice choice;

    return choice_read(request, &choice) ? visit_run(request, export, &choice)
                                         : STATUS_USAGE;
}
