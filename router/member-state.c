/* SPDX-License-Identifier: BSD-3-Clause */
/* The states of a member, and who hears of their changes. */
#include "router/member-state.h"

#include "backends/start.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/names.h"
#include "router/mender.h"
#include "router/pool.h"
#include "router/record.h"
#include "router/token.h"

#include <inttypes.h>

/* With what starting its module and logging in take on a busy machine this is
 * less than two seconds. */
const uint64_t member_longest_wait_ms = 1100;

static const uint64_t ns_per_ms = 1000 * 1000;

void
member_health_init(struct member_health *health)
{
    turn_init(&health->probing);
}

void
member_health_destroy(struct member_health *health)
{
    turn_destroy(&health->probing);
}

/* -- When to try again ------------------------------------------------------
 */

static bool
is_in_use(const struct member *member)
{
    const struct token *token = member->token;

    return token_sessions(token).all > 0 && !atomic_load(&token->is_removed);
}

/* Spreads the tries of many processes. */
static const uint32_t spread_ms = 100;

static uint32_t
jitter(const struct member *member)
{
    uint64_t seed = clock_now() ^ (uintptr_t)member;

    return (uint32_t)(seed * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static uint64_t
plan(struct member *member)
{
    struct member_health *health = &member->health;
    uint32_t random = jitter(member);
    uint64_t wait_ms = start_backoff_ms(atomic_load(&health->failures), random);
    uint64_t most_ms = member_longest_wait_ms - random % spread_ms;

    if (is_in_use(member) && wait_ms > most_ms)
        wait_ms = most_ms;
    atomic_store(&health->next_try, deadline_in(wait_ms).at);
    return wait_ms;
}

/* One that fell asleep while nobody used its token is not slept through. */
bool
member_is_due(const struct member *member, uint64_t *next)
{
    uint64_t at = atomic_load(&member->health.next_try);
    uint64_t latest = deadline_in(member_longest_wait_ms).at;

    if (atomic_load(&member->health.state) != MEMBER_DOWN ||
        atomic_load(&member->is_drained) || !is_in_use(member))
        return false;
    if (deadline_has_passed((struct deadline){ at }))
        return true;
    if (at > latest)
        at = latest;
    if (at < *next)
        *next = at;
    return false;
}

/* -- Held back --------------------------------------------------------------
 */

static bool
is_by_hand(const struct member *member)
{
    const struct token *token = member->token;

    return token->mode != GROUP_SINGLE && token->rule->holds_back;
}

uint32_t
member_held_back(const struct member *member)
{
    uint32_t held_back =
        atomic_load_explicit(&member->health.held_back, memory_order_relaxed);

    return held_back != 0 && is_by_hand(member) ? held_back : 0;
}

void
member_hold_back(struct member *member)
{
    if (is_by_hand(member))
        atomic_store(&member->health.held_back, MEMBER_IS_LOST);
}

/* Unless it was admitted meanwhile. */
void
member_come_back(struct member *member)
{
    _Atomic(uint32_t) *held_back = &member->health.held_back;
    uint32_t lost = MEMBER_IS_LOST;

    if (atomic_load(held_back) == MEMBER_IS_LOST)
        (void)atomic_compare_exchange_strong(
            held_back, &lost, atomic_fetch_add(&member->token->n_back, 1) + 1);
}

void
member_admit(struct member *member)
{
    if (atomic_exchange(&member->health.held_back, 0) != 0)
        member_note_change(member);
}

void
member_note_change(struct member *member)
{
    atomic_store(&member->health.changed_us, clock_real_us());
}

/* -- Changes ----------------------------------------------------------------
 */

static const char *
name_of_member(const struct member *member)
{
    const struct backend *backend = atomic_load(&member->backend);

    return backend == NULL ? "(none)" : backend_name(backend);
}

void
member_fail(struct member *member, const char *function, CK_RV rv)
{
    struct member_health *health = &member->health;
    char name[NAME_LENGTH];
    uint64_t wait_ms;

    if (atomic_exchange(&health->state, MEMBER_DOWN) >= MEMBER_DOWN)
        return;
    atomic_store(&health->failures, 1);
    atomic_store(&health->down_since, clock_now());
    atomic_fetch_add(&health->losses, 1);
    member_hold_back(member);
    member_note_change(member);
    wait_ms = plan(member);
    log_write(LOG_LEVEL_WARNING,
              "member %s of token \"%s\" is down: %s: %s; next try in %.1f s",
              name_of_member(member), member->token->label,
              function == NULL ? "probe" : function,
              name_of(NAME_CKR, rv, name), (double)wait_ms / 1000);
    record_reconnect(member, rv);
    if (member->token->mode != GROUP_SINGLE)
        pool_rouse(member->pool);
    mender_wake();
}

void
member_put_off(struct member *member)
{
    atomic_fetch_add(&member->health.failures, 1);
    (void)plan(member);
    atomic_store(&member->health.state, MEMBER_DOWN);
}

void
member_try_soon(struct member *member)
{
    static const uint64_t start_ms = 100;

    atomic_store(&member->health.next_try, deadline_in(start_ms).at);
}

bool
member_hasten(struct member *member)
{
    if (atomic_load(&member->health.state) != MEMBER_DOWN ||
        !atomic_load(&member->is_present))
        return false;
    atomic_store(&member->health.next_try, 0);
    return true;
}

void
member_recover(struct member *member)
{
    struct member_health *health = &member->health;
    uint64_t down_ms =
        (clock_now() - atomic_load(&health->down_since)) / ns_per_ms;

    atomic_store(&health->failures, 0);
    atomic_fetch_add(&health->recoveries, 1);
    member_come_back(member);
    member_note_change(member);
    atomic_store(&health->state, MEMBER_UP);
    log_write(LOG_LEVEL_WARNING,
              "member %s of token \"%s\" is up again after %" PRIu64 " ms%s",
              name_of_member(member), member->token->label, down_ms,
              member_held_back(member) == 0
                  ? ""
                  : "; it serves while no other member can, or again after "
                    "p11mux group resume");
    record_reconnect(member, CKR_OK);
}

/* Where nobody uses it nobody would look either; where something is still open
 * there it has been looked at (drain_end). */
void
member_return(struct member *member)
{
    struct member_health *health = &member->health;

    atomic_store(&health->next_try, 0);
    if (!member_health_is_good(health) || pool_count(member->pool) > 0)
        return;
    if (!is_in_use(member)) {
        member_begin_life(member);
        return;
    }
    atomic_store(&health->failures, 0);
    atomic_store(&health->down_since, clock_now());
    atomic_store(&health->state, MEMBER_DOWN);
}

/* -- For others to see ------------------------------------------------------
 */

void
member_view(const struct member *member, struct member_view *out)
{
    const struct member_health *health = &member->health;
    enum member_state state = atomic_load(&health->state);
    uint64_t next_try = atomic_load(&health->next_try);
    uint64_t now = clock_now();

    *out =
        (struct member_view){ .state = state,
                              .is_present = atomic_load(&member->is_present),
                              .losses = atomic_load(&health->losses),
                              .recoveries = atomic_load(&health->recoveries) };
    if (state < MEMBER_DOWN)
        return;
    out->down_ms = (now - atomic_load(&health->down_since)) / ns_per_ms;
    out->next_try_ms = next_try > now ? (next_try - now) / ns_per_ms : 0;
}
