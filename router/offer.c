/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what members offer, once in a life of each, and intersects or unites
 * it.
 */
#include "router/offer.h"

#include "common/cleanup.h"
#include "router/info.h"
#include "router/migration.h"
#include "router/mode.h"
#include "router/route.h"
#include "router/token.h"
#include "router/watch.h"

#include <stdlib.h>
#include <string.h>

struct offered {
    CK_MECHANISM_TYPE type;
    CK_MECHANISM_INFO info;
};

/* What one member offers, in its own order. */
struct offer {
    uint32_t epoch; /* of the member, when it was read */
    size_t count;
    struct offered items[];
};

struct offers {
    struct mutex lock;
    CK_MECHANISM_TYPE *shown; /* NULL: nobody has counted them yet */
    size_t n_shown;
    unsigned n_members;
    struct offer *its[]; /* NULL: not read yet */
};

struct offers *
offers_new(unsigned n_members)
{
    struct offers *offers =
        calloc(1, sizeof(*offers) + n_members * sizeof(offers->its[0]));

    if (offers == NULL)
        return NULL;
    mutex_init(&offers->lock, LOCK_OFFERS);
    offers->n_members = n_members;
    return offers;
}

void
offers_free(struct offers *offers)
{
    if (offers == NULL)
        return;
    for (unsigned i = 0; i < offers->n_members; i++)
        free(offers->its[i]);
    free(offers->shown);
    mutex_destroy(&offers->lock);
    free(offers);
}

/* -- Reading -----------------------------------------------------------------
 */

static CK_RV
read_types(const struct member_place *place, CK_MECHANISM_TYPE **out,
           CK_ULONG *count)
{
    CK_RV rv = place->functions->C_GetMechanismList(place->slot, NULL, count);

    *out = NULL;
    if (rv != CKR_OK)
        return rv;
    *out = calloc(*count + 1, sizeof(**out));
    if (*out == NULL)
        return CKR_HOST_MEMORY;
    return place->functions->C_GetMechanismList(place->slot, *out, count);
}

/* Mechanisms of which the module says nothing are not offered. */
static CK_RV
read_all(const struct member_place *place, struct offer **out)
{
    CLEANUP(freep) CK_MECHANISM_TYPE *types = NULL;
    CK_FLAGS missing = info_missing(backend_version(place->backend));
    CK_ULONG count = 0;
    CK_RV rv = read_types(place, &types, &count);

    if (rv != CKR_OK)
        return rv;
    *out = calloc(1, sizeof(**out) + count * sizeof((*out)->items[0]));
    if (*out == NULL)
        return CKR_HOST_MEMORY;
    (*out)->epoch = place->epoch;
    for (CK_ULONG i = 0; i < count; i++) {
        struct offered *item = &(*out)->items[(*out)->count];

        item->type = types[i];
        if (place->functions->C_GetMechanismInfo(place->slot, types[i],
                                                 &item->info) != CKR_OK)
            continue;
        item->info.flags &= ~missing;
        (*out)->count++;
    }
    return CKR_OK;
}

static void
keep(struct offers *offers, unsigned index, struct offer *offer)
{
    struct offer *old;

    mutex_lock(&offers->lock);
    old = offers->its[index];
    offers->its[index] = offer;
    mutex_unlock(&offers->lock);
    free(old);
}

static bool
is_read(struct offers *offers, const struct member *member)
{
    const struct offer *offer;
    bool is_current;

    mutex_lock(&offers->lock);
    offer = offers->its[member->index];
    is_current = offer != NULL && offer->epoch == atomic_load(&member->epoch);
    mutex_unlock(&offers->lock);
    return is_current;
}

static CK_RV
look_at(struct member *member)
{
    struct offers *offers = member->token->offers;
    struct offer *offer = NULL;
    struct member_place place;
    struct stay stay;
    CK_RV rv;

    if (!member_is_usable(member) || member_is_passed_over(member) ||
        is_read(offers, member))
        return CKR_OK;
    member_read(member, &place);
    if (!stay_begin(&stay, member, place.backend, NULL,
                    CALL_C_GetMechanismList))
        return CKR_FUNCTION_FAILED;
    rv = read_all(&place, &offer);
    stay_end(&stay);
    if (rv == CKR_OK)
        keep(offers, member->index, offer);
    else
        free(offer);
    return rv;
}

/* At those that are there; one that fails is as one that is away. */
static CK_RV
look(struct call *call)
{
    struct token *token = call->token;
    CK_RV first = CKR_OK;
    bool has_any = false;

    route_leave(call);
    for (unsigned i = 0; i < token->n_members; i++) {
        CK_RV rv = look_at(&token->members[i]);

        if (rv != CKR_OK && first == CKR_OK)
            first = rv;
    }
    mutex_lock(&token->offers->lock);
    for (unsigned i = 0; i < token->n_members; i++)
        has_any = has_any || token->offers->its[i] != NULL;
    mutex_unlock(&token->offers->lock);
    if (has_any)
        return CKR_OK;
    return first != CKR_OK ? first : CKR_TOKEN_NOT_PRESENT;
}

/* -- What all of them offer --------------------------------------------------
 */

static const struct offered *
find(const struct offer *offer, CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < offer->count; i++)
        if (offer->items[i].type == type)
            return &offer->items[i];
    return NULL;
}

static bool
is_one_vendors(const struct token *token)
{
    const struct config_member *rules = token->rule->members;
    const char *name = NULL;

    for (unsigned i = 1; i < token->n_members; i++)
        if (rules[i].module != rules[0].module)
            name = "";
    if (name == NULL)
        return true;
    for (unsigned i = 0; i < token->n_members; i++) {
        const struct backend *backend = atomic_load(&token->members[i].backend);
        const char *its =
            backend == NULL ? "generic" : backend_profile(backend)->name;

        if (strcmp(its, "generic") == 0 || (i > 0 && strcmp(its, name) != 0))
            return false;
        name = its;
    }
    return true;
}

static bool
is_meant_alike(const struct token *token, CK_MECHANISM_TYPE type)
{
    return type < CKM_VENDOR_DEFINED || is_one_vendors(token);
}

/* Some count bits, others bytes: then no length fits both, and the first one's
 * range is as good as any. */
static void
merge(CK_MECHANISM_INFO *out, const CK_MECHANISM_INFO *its)
{
    CK_ULONG least = out->ulMinKeySize, most = out->ulMaxKeySize;

    out->flags &= its->flags;
    if (its->ulMinKeySize > least)
        least = its->ulMinKeySize;
    if (its->ulMaxKeySize < most)
        most = its->ulMaxKeySize;
    if (least > most)
        return;
    out->ulMinKeySize = least;
    out->ulMaxKeySize = most;
}

/* What the first one says that has it, and is still there to be used. */
static bool
get_any_locked(const struct token *token, CK_MECHANISM_TYPE type,
               CK_MECHANISM_INFO *out) REQUIRES(token->offers->lock)
{
    const struct offers *offers = token->offers;

    for (unsigned i = 0; i < offers->n_members; i++) {
        const struct offered *its =
            offers->its[i] == NULL || migration_has_left(&token->members[i])
                ? NULL
                : find(offers->its[i], type);

        if (its == NULL)
            continue;
        *out = its->info;
        return true;
    }
    return false;
}

static bool
get_locked(const struct token *token, CK_MECHANISM_TYPE type,
           CK_MECHANISM_INFO *out) REQUIRES(token->offers->lock)
{
    const struct offers *offers = token->offers;
    bool is_first = true;

    if (mode_facts[token->mode].unites_mechanisms)
        return get_any_locked(token, type, out);
    for (unsigned i = 0; i < offers->n_members; i++) {
        const struct offered *its =
            offers->its[i] == NULL ? NULL : find(offers->its[i], type);

        if (offers->its[i] == NULL)
            continue;
        if (its == NULL)
            return false;
        if (is_first)
            *out = its->info;
        else
            merge(out, &its->info);
        is_first = false;
    }
    return !is_first && is_meant_alike(token, type);
}

static bool
is_shown_locked(const struct token *token, CK_MECHANISM_TYPE type)
    REQUIRES(token->offers->lock)
{
    const struct offers *offers = token->offers;

    for (size_t i = 0; i < offers->n_shown; i++)
        if (offers->shown[i] == type)
            return true;
    return false;
}

/* What is shown from now on: where all have to have it, it is among those of
 * any one of them. */
static CK_RV
show_locked(const struct token *token) REQUIRES(token->offers->lock)
{
    struct offers *offers = token->offers;
    CK_MECHANISM_TYPE *shown;
    CK_MECHANISM_INFO ignored;
    size_t room = 1;

    for (unsigned i = 0; i < offers->n_members; i++)
        room += offers->its[i] == NULL ? 0 : offers->its[i]->count;
    shown = calloc(room, sizeof(*shown));
    if (shown == NULL)
        return CKR_HOST_MEMORY;
    free(offers->shown);
    offers->shown = shown;
    offers->n_shown = 0;
    for (unsigned i = 0; i < offers->n_members; i++) {
        const struct offer *offer = offers->its[i];

        for (size_t j = 0; offer != NULL && j < offer->count; j++) {
            CK_MECHANISM_TYPE type = offer->items[j].type;

            if (!is_shown_locked(token, type) &&
                get_locked(token, type, &ignored))
                shown[offers->n_shown++] = type;
        }
    }
    return CKR_OK;
}

static CK_RV
list_locked(const struct token *token, CK_MECHANISM_TYPE *out, CK_ULONG *count)
    REQUIRES(token->offers->lock)
{
    const struct offers *offers = token->offers;
    CK_ULONG room = *count;
    CK_RV rv = CKR_OK;

    if (out == NULL || offers->shown == NULL)
        rv = show_locked(token);
    if (rv != CKR_OK)
        return rv;
    *count = offers->n_shown;
    if (out == NULL)
        return CKR_OK;
    if (room < offers->n_shown)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(out, offers->shown, offers->n_shown * sizeof(*out));
    return CKR_OK;
}

CK_RV
offer_list(struct call *call, CK_MECHANISM_TYPE *out, CK_ULONG *count)
{
    const struct token *token = call->token;
    CK_RV rv = look(call);

    if (rv != CKR_OK)
        return rv;
    mutex_lock(&token->offers->lock);
    rv = list_locked(token, out, count);
    mutex_unlock(&token->offers->lock);
    return rv;
}

CK_RV
offer_info(struct call *call, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *out)
{
    const struct token *token = call->token;
    CK_RV rv = look(call);

    if (rv != CKR_OK)
        return rv;
    mutex_lock(&token->offers->lock);
    if (!get_locked(token, type, out))
        rv = CKR_MECHANISM_INVALID;
    mutex_unlock(&token->offers->lock);
    return rv;
}
