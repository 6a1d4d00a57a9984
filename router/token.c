/* SPDX-License-Identifier: BSD-3-Clause */
/* Tokens and their members. */
#include "router/token.h"

#include "common/text.h"
#include "router/balance.h"
#include "router/login.h"
#include "router/migration.h"
#include "router/mode.h"
#include "router/offer.h"
#include "router/pool.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each virtual session has one of its own there, from its first need on. */
static const struct config_pool own_session = { .mode = POOL_NONE };

static bool
make_member(struct token *token, unsigned index,
            const struct config_member *rule,
            const struct config_pool *settings)
{
    struct member *member = &token->members[index];

    member->token = token;
    member->index = index;
    member->rule = rule;
    member_health_init(&member->health);
    login_memory_init(&member->refusals);
    member->pool = pool_new(member, settings);
    return member->pool != NULL;
}

static void
free_member(struct member *member)
{
    if (member->pool == NULL)
        return;
    pool_free(member->pool);
    login_memory_destroy(&member->refusals);
    member_health_destroy(&member->health);
    free(member->trouble);
}

struct token *
token_new(CK_SLOT_ID slot, const char *label, const struct config_token *rule,
          unsigned n_members)
{
    bool has_overflow =
        rule != NULL && rule->certificates.mode != CERTIFICATES_TOKEN;
    struct token *token = aligned_alloc(_Alignof(struct token), sizeof(*token));

    if (token == NULL)
        return NULL;
    memset(token, 0, sizeof(*token));
    token->slot = slot;
    token->rule = rule;
    token->mode = rule == NULL ? GROUP_SINGLE : rule->mode;
    (void)snprintf(token->label, sizeof(token->label), "%s", label);
    token->members =
        calloc(n_members + (has_overflow ? 1 : 0), sizeof(*token->members));
    token->objects = object_space_new();
    token->pool = rule == NULL ? &config_pool_default : &rule->pool;
    login_init(&token->login, rule != NULL && rule->auto_login);
    token->n_members = n_members;
    if (n_members > 1)
        token->offers = offers_new(n_members);
    if (token->mode == GROUP_BALANCE)
        token->balance = balance_new();
    if (token->mode == GROUP_MIGRATE)
        token->migration = migration_new();
    if (token->members == NULL || token->objects == NULL ||
        (n_members > 1 && token->offers == NULL) ||
        (token->mode == GROUP_BALANCE && token->balance == NULL) ||
        (token->mode == GROUP_MIGRATE && token->migration == NULL))
        goto out_of_memory;
    object_space_set_slot(token->objects, slot);
    for (unsigned i = 0; i < n_members; i++)
        if (!make_member(token, i, rule == NULL ? NULL : &rule->members[i],
                         token->pool))
            goto out_of_memory;
    if (has_overflow) {
        if (!make_member(token, n_members, NULL, &own_session))
            goto out_of_memory;
        token->overflow = &token->members[n_members];
        object_space_set_shared(token->objects, n_members);
    }
    return token;

out_of_memory:
    token_free(token);
    return NULL;
}

void
token_reload(struct token *token, const struct config_token *rule)
{
    for (unsigned i = 0; i < token->n_members; i++) {
        atomic_store(&token->members[i].rule, &rule->members[i]);
        pool_reload(token->members[i].pool, &rule->pool);
    }
    atomic_store(&token->pool, &rule->pool);
    atomic_store(&token->rule, rule);
}

void
token_free(struct token *token)
{
    if (token == NULL)
        return;
    /* Objects count themselves out of the backend sessions they lived in. */
    object_space_free(token->objects);
    for (unsigned i = 0; token->members != NULL && i < token->n_members; i++)
        free_member(&token->members[i]);
    if (token->overflow != NULL)
        free_member(token->overflow);
    login_destroy(&token->login);
    offers_free(token->offers);
    balance_free(token->balance);
    migration_free(token->migration);
    free(token->identity);
    free(token->members);
    free(token);
}

bool
member_goes_on(const struct member *member)
{
    return atomic_load_explicit(&member->is_present, memory_order_acquire) &&
           member_health_is_good(&member->health) &&
           !atomic_load_explicit(&member->is_left_out, memory_order_relaxed) &&
           atomic_load_explicit(&member->hang, memory_order_relaxed) ==
               HANG_NOT;
}

bool
member_is_usable(const struct member *member)
{
    return member_goes_on(member) &&
           !atomic_load_explicit(&member->is_drained, memory_order_relaxed);
}

bool
member_is_passed_over(const struct member *member)
{
    const struct token *token = member->token;

    if (!member_is_slow(member))
        return false;
    for (unsigned i = 0; i < token->n_members; i++)
        if (member_is_usable(&token->members[i]) &&
            !member_is_slow(&token->members[i]))
            return true;
    return false;
}

/* One that hangs is there all the same. */
bool
token_is_present(const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (atomic_load_explicit(&token->members[i].is_present,
                                 memory_order_acquire) &&
            member_health_is_good(&token->members[i].health))
            return true;
    return false;
}

/* The lower the earlier. */
static uint64_t
precedence(const struct member *member)
{
    return (uint64_t)member_is_slow(member) << 40 |
           (uint64_t)member_held_back(member) << 8 |
           member_place_in_line(member);
}

struct member *
token_member(const struct token *token, uint32_t tried)
{
    struct member *first = NULL;

    if (token->mode == GROUP_SINGLE)
        return tried == 0 && member_is_usable(&token->members[0])
                   ? &token->members[0]
                   : NULL;
    for (unsigned i = 0; i < token->n_members; i++) {
        struct member *member = &token->members[i];

        if ((tried >> i & 1) == 0 && member_is_usable(member) &&
            (first == NULL || precedence(member) < precedence(first)))
            first = member;
    }
    return first;
}

struct member *
token_first(const struct token *token)
{
    return mode_facts[token->mode].has_roles
               ? &token->members[0]
               : &token->members[atomic_load(&token->first)];
}

void
member_begin_life(struct member *member)
{
    atomic_fetch_add(&member->epoch, 1);
    object_space_lose(member->token->objects, member->index);
    login_renew(member->token);
}

/* A group stays logged in while members come and go (R7.14). */
static void
become_other(struct member *member)
{
    member_begin_life(member);
    atomic_fetch_add(&member->tokens, 1);
    if (member->token->mode == GROUP_SINGLE)
        login_forget(member->token);
}

bool
member_reconnect(struct member *member)
{
    bool is_done = pool_renew(member->pool);

    login_let_in(member);
    /* So that who keeps a session looks at it before its next use. */
    atomic_fetch_add(&member->token->login.epoch, 1);
    return is_done;
}

void
member_take_out(struct member *member)
{
    member_displace(member);
    become_other(member);
}

void
token_dismiss(struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++) {
        member_displace(&token->members[i]);
        object_space_lose(token->objects, i);
        atomic_fetch_add(&token->members[i].tokens, 1);
    }
    login_forget(token);
}

void
member_place(struct member *member, struct backend *backend, CK_SLOT_ID slot,
             bool is_other_token)
{
    const struct config_profile *settings = &backend_profile(backend)->settings;
    bool is_new = is_other_token || atomic_load(&member->backend) != backend ||
                  atomic_load(&member->slot) != slot ||
                  member->backend_epoch != backend_epoch(backend);

    if (is_new) {
        atomic_fetch_add(&member->changes, 1);
        /* Sessions may wait for its first life (router/session-follow.c). */
        if (atomic_load(&member->functions) != NULL && is_other_token)
            become_other(member);
        else if (atomic_load(&member->functions) != NULL)
            member_begin_life(member);
        member->backend_epoch = backend_epoch(backend);
        member->is_guarded = backend_is_guarded(backend);
        member->reuses_handles = settings->handle_reuse == ANSWER_YES;
        atomic_store(&member->functions, backend_functions(backend));
        atomic_store(&member->slot, slot);
        atomic_store(&member->backend, backend);
        atomic_fetch_add(&member->changes, 1);
    }
    atomic_store_explicit(&member->is_present, true, memory_order_release);
}

void
member_displace(struct member *member)
{
    atomic_store(&member->is_present, false);
}

void
member_read(const struct member *member, struct member_place *out)
{
    uint32_t changes;

    do {
        while (((changes = atomic_load(&member->changes)) & 1) != 0)
            (void)sched_yield();
        out->functions = atomic_load(&member->functions);
        out->backend = atomic_load(&member->backend);
        out->slot = atomic_load(&member->slot);
        out->epoch = atomic_load(&member->epoch);
    } while (atomic_load(&member->changes) != changes);
}

/* -- Sessions of the application --------------------------------------------
 */

/* What one session with these flags counts for. */
static uint64_t
share(CK_FLAGS flags)
{
    return (flags & CKF_RW_SESSION) != 0 ? (UINT64_C(1) << 32 | 1) : 1;
}

bool
token_count_open(struct token *token, CK_FLAGS flags)
{
    uint64_t word = atomic_load(&token->sessions);

    do {
        if ((uint32_t)word == 0)
            return false;
    } while (!atomic_compare_exchange_weak(&token->sessions, &word,
                                           word + share(flags)));
    return true;
}

void
token_count_first(struct token *token, CK_FLAGS flags)
{
    atomic_fetch_add(&token->sessions, share(flags));
}

bool
token_count_close(struct token *token, CK_FLAGS flags)
{
    uint64_t word = atomic_load(&token->sessions);

    do {
        if ((uint32_t)word <= 1)
            return false;
    } while (!atomic_compare_exchange_weak(&token->sessions, &word,
                                           word - share(flags)));
    return true;
}

/* Another one may have been opened while its caller waited for the turn. */
bool
token_count_last(struct token *token, CK_FLAGS flags)
{
    return (uint32_t)atomic_fetch_sub(&token->sessions, share(flags)) == 1;
}
