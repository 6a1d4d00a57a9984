/* SPDX-License-Identifier: BSD-3-Clause */
/* When a module is ended and started again. */
#include "router/member-restart.h"

#include "common/clock.h"
#include "common/log.h"
#include "router/mender.h"
#include "router/session.h"
#include "router/watch.h"

static const uint64_t ns_per_ms = 1000 * 1000;

/*
 * For ten minutes with each failure, but for that of the look which follows
 * right upon a start: some modules only see that their device is back when they
 * are started. Later with some of them; not all vendors' modules give back what
 * they took.
 */
static bool
is_turn_of_module(const struct member *member)
{
    enum { OFTEN = 1100, LATER = 11, LEAST_MS = 1000 };
    const struct member_health *health = &member->health;
    unsigned failures = atomic_load(&health->failures);
    uint64_t restarted_at = atomic_load(&health->restarted_at);

    return failures >= 2 && (failures <= OFTEN || failures % LATER == 0) &&
           (restarted_at == 0 ||
            clock_now() - restarted_at >= LEAST_MS * ns_per_ms);
}

/* Said once for each time that the member is down. */
static enum log_level
level_of_restart(const struct member *member)
{
    const struct member_health *health = &member->health;

    return atomic_load(&health->restarted_at) < atomic_load(&health->down_since)
               ? LOG_LEVEL_WARNING
               : LOG_LEVEL_DEBUG;
}

static bool
is_of_module(const struct member *member, const struct backend *backend)
{
    const struct backend *its = atomic_load(&member->backend);

    return its != NULL && backend_shares_library(its, backend);
}

/* Which members of a token are of the module; bit i: the one with that index.
 */
static uint32_t
find_members(const struct token *token, const struct backend *backend,
             bool only_good)
{
    uint32_t members = 0;

    for (unsigned i = 0; i < token->n_members; i++)
        if (is_of_module(&token->members[i], backend) &&
            (!only_good || member_health_is_good(&token->members[i].health)))
            members |= (uint32_t)1 << i;
    return members;
}

/* Whether somebody would notice: a token of the module that is in use and well,
 * or who is inside it, but for the call that does this where no thread does. */
static bool
is_disturbed(const struct slot_list *slots, const struct backend *backend)
{
    size_t n_inside = watch_count_stays(backend);

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);
        uint32_t members = find_members(token, backend, false);

        if (members == 0 || token_sessions(token).all == 0)
            continue;
        if (find_members(token, backend, true) != 0)
            return true;
        n_inside += session_count_staying(token, members);
    }
    return n_inside > (mender_has_thread() ? 0 : 1);
}

/* Of several entries for one library the last one to be ended finalises it. */
static bool
end_all(const struct slot_list *slots, struct backend *backend)
{
    bool has_ended = backend_end(backend);
    uint64_t now = clock_now();

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++) {
            struct backend *its = atomic_load(&token->members[k].backend);

            if (!is_of_module(&token->members[k], backend))
                continue;
            if (its != backend)
                has_ended = backend_end(its) || has_ended;
            atomic_store(&token->members[k].health.restarted_at, now);
        }
    }
    return has_ended;
}

bool
member_restart_module(const struct slot_list *slots, struct member *member)
{
    struct backend *backend = atomic_load(&member->backend);
    bool has_ended;

    if (!is_turn_of_module(member) || backend == NULL ||
        backend_state(backend) != BACKEND_UP || is_disturbed(slots, backend) ||
        !slot_list_hold(slots, backend))
        return false;
    log_write(level_of_restart(member),
              "module \"%s\" is started anew: its tokens are down and do not "
              "come back by themselves",
              backend_name(backend));
    has_ended = end_all(slots, backend);
    slot_list_let_go(slots, backend);
    return has_ended;
}
