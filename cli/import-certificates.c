/* SPDX-License-Identifier: BSD-3-Clause */
/* The certificates of an imported key. */
#include "cli/certificate-hint.h"
#include "cli/holding-create.h"
#include "cli/import-row.h"
#include "cli/importing.h"
#include "cli/retry.h"
#include "common/cleanup.h"

#include <string.h>

/* The same one, whatever it is called. */
static const struct holding *
find(const struct holdings *holdings, struct octets value)
{
    for (size_t i = 0; i < holdings->n_items; i++)
        if (octets_equal(holdings->items[i].value, value))
            return &holdings->items[i];
    return NULL;
}

/* The key's own has its CKA_ID and label, the others have their own. */
static bool
prepare(const struct import_wish *wish, struct octets value,
        struct holding *out, struct error *error)
{
    CLEANUP(key_info_clear) struct key_info its = { .oid = { NULL, 0 } };
    struct octets id = wish->id, label = wish->wish.label;
    struct certificate_hint hint = { .name = NULL };
    bool is_made;

    if (value.bytes != wish->leaf.bytes) {
        id = (struct octets){ its.id, 0 };
        if (key_info_of_certificate(value, &its))
            id.length = sizeof(its.id);
        (void)certificate_hint_read(value, &hint);
        label = (struct octets){ (const unsigned char *)hint.name,
                                 hint.name == NULL ? 0 : strlen(hint.name) };
    }
    is_made = holding_make(value, id, label, out);
    certificate_hint_clear(&hint);
    return is_made ||
           error_set(error, CKR_GENERAL_ERROR, "OpenSSL makes no SHA-256");
}

/* What was not answered well may have been made all the same; what was refused
 * beside something else may be taken alone. */
static bool
create_again(const struct visit *visit, struct holding *holding,
             struct error *error)
{
    const struct transfer_outcome refused = { .verdict = TRANSFER_REFUSED,
                                              .function = "C_CreateObject",
                                              .is_at_target = true,
                                              .rv = error->rv };
    CLEANUP(holdings_clear) struct holdings now = { .items = NULL };
    const struct holding *its;

    if (!retry_is_worth(&refused) || !holdings_read(visit, &now, error))
        return false;
    *error = (struct error){ .rv = CKR_OK };
    its = holdings_find(&now, holding->value, holding->id);
    if (its == NULL)
        return holding_create(visit, holding, error);
    holding->on_token = its->on_token;
    holding->in_store = its->in_store;
    return true;
}

static bool
settle(const struct visit *visit, const struct import_target *target,
       struct holding *holding, bool is_new, struct report *report,
       struct error *error)
{
    if (is_new && !holding_create(visit, holding, error) &&
        !create_again(visit, holding, error))
        return false;
    import_row_add_certificate(report, target->member, holding, is_new);
    return true;
}

static bool
import_one(const struct visit *visit, const struct import_target *target,
           const struct import_wish *wish, struct octets value,
           const struct holdings *holdings, struct report *report,
           struct error *error)
{
    const struct holding *known = find(holdings, value);
    struct holding holding;
    bool is_done;

    if (known != NULL) {
        holding = *known;
        return settle(visit, target, &holding, false, report, error);
    }
    if (!prepare(wish, value, &holding, error))
        return false;
    is_done = settle(visit, target, &holding, true, report, error);
    holding_clear(&holding);
    return is_done;
}

/* The file of the key may have what is named beside it, too. */
static bool
is_repeated(const struct certificate_file *certificates, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (octets_equal(certificates->items[i], certificates->items[index]))
            return true;
    return false;
}

bool
import_certificates(const struct import_target *target,
                    const struct import_wish *wish,
                    const struct certificate_file *certificates,
                    struct report *report, struct error *error)
{
    CLEANUP(holdings_clear) struct holdings holdings = { .items = NULL };
    struct visit visit = *target->visit;
    bool is_done;

    if (certificates->n_items == 0)
        return true;
    visit.session = target->session;
    is_done = holdings_read(&visit, &holdings, error);
    for (size_t i = 0; is_done && i < certificates->n_items; i++)
        is_done = is_repeated(certificates, i) ||
                  import_one(&visit, target, wish, certificates->items[i],
                             &holdings, report, error);
    return is_done;
}
