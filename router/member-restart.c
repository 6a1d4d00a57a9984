/* SPDX-License-Identifier: BSD-3-Clause */
/* When a module is ended and started again. */
#include "router/member-restart.h"

#include "common/log.h"
#include "router/mender.h"
#include "router/session.h"
#include "router/watch.h"

/* In the first minute with each failure, since the device may be back by then;
 * later with some of them. */
static bool
is_turn_of_module(const struct member *member)
{
    enum { OFTEN = 30, LATER = 8 };
    unsigned failures = atomic_load(&member->health.failures);

    return failures >= 2 && (failures <= OFTEN || failures % LATER == 0);
}

static bool
is_of_module(const struct member *member, const struct backend *backend)
{
    const struct backend *its = atomic_load(&member->backend);

    return its != NULL && backend_shares_library(its, backend);
}

static bool
has_member_there(const struct token *token, const struct backend *backend,
                 bool only_good)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (is_of_module(&token->members[i], backend) &&
            (!only_good || member_health_is_good(&token->members[i].health)))
            return true;
    return false;
}

/* Whether somebody would notice: a token of the module that is in use and well,
 * or who is inside it, but for the call that does this where no thread does. */
static bool
is_disturbed(const struct slot_list *slots, const struct backend *backend)
{
    size_t n_inside = watch_count_stays(backend);

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        if (!has_member_there(token, backend, false) ||
            token_sessions(token).all == 0)
            continue;
        if (has_member_there(token, backend, true))
            return true;
        n_inside += session_count_staying(token);
    }
    return n_inside > (mender_has_thread() ? 0 : 1);
}

/* Of several entries for one library the last one to be ended finalises it. */
static bool
end_all(const struct slot_list *slots, struct backend *backend)
{
    bool has_ended = backend_end(backend);

    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct token *token = slot_list_at(slots, i);

        for (unsigned k = 0; k < token->n_members; k++) {
            struct backend *its = atomic_load(&token->members[k].backend);

            if (is_of_module(&token->members[k], backend) && its != backend)
                has_ended = backend_end(its) || has_ended;
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
    log_write(LOG_LEVEL_WARNING,
              "module \"%s\" is started anew: its tokens are down and do not "
              "come back by themselves",
              backend_name(backend));
    has_ended = end_all(slots, backend);
    slot_list_let_go(slots, backend);
    return has_ended;
}
