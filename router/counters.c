/* SPDX-License-Identifier: BSD-3-Clause */
/* Sums up what this process shows of its tokens. */
#include "router/counters.h"

#include "audit/log.h"
#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "router/counters-file.h"
#include "router/migration.h"
#include "router/pool.h"
#include "router/session.h"
#include "router/token.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t period_ns = UINT64_C(1000) * 1000 * 1000;

/* Tokens that come later find room. */
enum { SPARE = 8 };

struct counters {
    const struct instance *instance;
    struct counters_file *file;
    uint64_t due;
    _Atomic(bool) is_busy; /* a thread is at it */
    bool is_said;          /* that there is no file */
};

struct counters *
counters_new(const struct instance *instance)
{
    struct counters *counters = calloc(1, sizeof(*counters));

    if (counters != NULL)
        counters->instance = instance;
    return counters;
}

void
counters_free(struct counters *counters)
{
    if (counters != NULL)
        counters_file_free(counters->file);
    free(counters);
}

/* -- Members ----------------------------------------------------------------
 */

/* The store is no device, and goes on. */
static bool
is_paused(const struct member *member)
{
    return atomic_load(&member->token->is_paused) &&
           member != member->token->overflow;
}

static enum counter_state
state_of(const struct member *member)
{
    bool is_hanging = atomic_load(&member->hang) != HANG_NOT;

    if (is_paused(member) && !is_hanging)
        return COUNTER_STATE_PAUSED;
    if (atomic_load(&member->is_drained) && !is_hanging)
        return COUNTER_STATE_DRAINED;
    if (!atomic_load(&member->is_present))
        return COUNTER_STATE_ABSENT;
    if (is_hanging)
        return COUNTER_STATE_HANGING;
    switch (atomic_load(&member->health.state)) {
    case MEMBER_UP:
        if (!member_is_usable(member))
            return COUNTER_STATE_DOWN;
        if (member_is_slow(member))
            return COUNTER_STATE_SLOW;
        return member_held_back(member) == 0 ? COUNTER_STATE_UP
                                             : COUNTER_STATE_HELD_BACK;
    case MEMBER_SUSPECT:
        return COUNTER_STATE_SUSPECT;
    case MEMBER_RECOVERING:
        return COUNTER_STATE_RECOVERING;
    default:
        return COUNTER_STATE_DOWN;
    }
}

static const char *
name_of_member(const struct member *member)
{
    const struct backend *backend = atomic_load(&member->backend);
    const struct config_module *module =
        member->rule == NULL ? NULL : member->rule->module;

    if (backend != NULL)
        return backend_name(backend);
    return module == NULL ? "" : module->name;
}

static void
sum_latency(const struct counts *counts, struct counters_member *out)
{
    for (unsigned lane = 0; lane < COUNTS_LANES; lane++)
        for (unsigned i = 0; i < N_COUNTED; i++) {
            const struct counts_lane *own = &counts->lanes[lane];

            for (unsigned k = 0; k < COUNTER_BUCKETS; k++)
                out->latency[i][k] += atomic_load(&own->latency[i][k]);
            out->latency_us[i] += atomic_load(&own->latency_us[i]);
        }
}

static void
draw_member(const struct member *member, uint32_t token,
            struct counters_member *out)
{
    const struct counts *counts = pool_counts(member->pool);

    (void)snprintf(out->name, sizeof(out->name), "%s", name_of_member(member));
    out->token = token;
    out->state = state_of(member);
    pool_measure(member->pool, out->levels);
    out->levels[COUNTER_LEVEL_CHANGED_US] =
        atomic_load(&member->health.changed_us);
    pool_sum(member->pool, out->calls, out->errors);
    for (unsigned i = 0; i < N_COUNTER_EVENTS; i++)
        out->events[i] = atomic_load(&counts->events[i]);
    out->events[COUNTER_RECONNECTS] = atomic_load(&member->health.recoveries);
    for (unsigned i = 0; i < N_COUNTER_CLOSES; i++)
        out->closes[i] = atomic_load(&counts->closes[i]);
    sum_latency(counts, out);
}

/* -- Tokens -----------------------------------------------------------------
 */

/* What its sessions have passed on; what they still have comes after. */
static void
draw_token(const struct token *token, uint64_t now_us,
           struct counters_token *out)
{
    struct token_sessions sessions = token_sessions(token);

    (void)snprintf(out->label, sizeof(out->label), "%s", token->label);
    out->slot = token->slot;
    out->counts[COUNTER_TOKEN_SESSIONS] = sessions.all;
    out->counts[COUNTER_TOKEN_SESSIONS_RW] = sessions.read_write;
    out->counts[COUNTER_TOKEN_CALLS] = atomic_load(&token->calls);
    out->counts[COUNTER_TOKEN_REFUSED] = atomic_load(&token->refused);
    migration_draw(token, now_us, out->uses);
}

struct drawing {
    const struct slot_list *slots;
    struct counters_token *tokens;
    uint32_t n_tokens;
};

static void
add_session(const struct token *token, uint64_t calls, uint64_t refused,
            void *context)
{
    const struct drawing *drawing = context;

    for (uint32_t i = 0; i < drawing->n_tokens; i++)
        if (slot_list_at(drawing->slots, i) == token) {
            drawing->tokens[i].counts[COUNTER_TOKEN_CALLS] += calls;
            drawing->tokens[i].counts[COUNTER_TOKEN_REFUSED] += refused;
            return;
        }
}

/* -- The picture ------------------------------------------------------------
 */

static uint32_t
count_members(const struct slot_list *slots, uint32_t n_tokens)
{
    uint32_t n_members = 0;

    for (uint32_t i = 0; i < n_tokens; i++) {
        const struct token *token = slot_list_at(slots, i);

        n_members += token->n_members + (token->overflow != NULL ? 1 : 0);
    }
    return n_members;
}

static void
draw_process(const struct instance *instance, uint64_t out[N_COUNTER_PROCESSES])
{
    if (instance->audit != NULL)
        audit_log_failures(instance->audit, &out[COUNTER_PROCESS_AUDIT_LOST],
                           &out[COUNTER_PROCESS_AUDIT_DENIED]);
    if (instance->store != NULL)
        out[COUNTER_PROCESS_STORE_FAILED] = store_failures(instance->store);
}

static void
draw(const struct counters *counters, uint32_t n_tokens)
{
    struct drawing drawing = { .slots = counters->instance->slots,
                               .n_tokens = n_tokens };
    struct counters_member *members;
    struct counters_picture *picture =
        counters_file_begin(counters->file, &drawing.tokens, &members);

    for (uint32_t i = 0; i < n_tokens; i++) {
        const struct token *token = slot_list_at(drawing.slots, i);

        draw_token(token, picture->drawn_us, &drawing.tokens[i]);
        for (unsigned k = 0; k < token->n_members; k++)
            draw_member(&token->members[k], i, &members[picture->n_members++]);
        if (token->overflow != NULL)
            draw_member(token->overflow, i, &members[picture->n_members++]);
    }
    session_tell_counts(add_session, &drawing);
    picture->n_tokens = n_tokens;
    draw_process(counters->instance, picture->process);
    counters_file_show(counters->file);
}

/* Without a file everything else works. Where the runtime directory was never
 * made nobody asked for counters. */
static void
say(struct counters *counters, const struct error *error, int reason)
{
    if (!counters->is_said)
        log_write(reason == ENOENT ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
                  "p11mux status does not show this process: %s", error->text);
    counters->is_said = true;
}

static void
show(struct counters *counters)
{
    const struct slot_list *slots = counters->instance->slots;
    uint32_t n_tokens = (uint32_t)slot_list_count(slots);
    uint32_t n_members = count_members(slots, n_tokens);
    struct error error = { .rv = CKR_OK };

    if (counters->file != NULL &&
        !counters_file_is_good(counters->file, n_tokens, n_members)) {
        counters_file_free(counters->file);
        counters->file = NULL;
    }
    if (counters->file == NULL)
        counters->file =
            counters_file_new(counters->instance->config->runtime_dir,
                              n_tokens + SPARE, n_members + SPARE, &error);
    if (counters->file != NULL)
        draw(counters, n_tokens);
    else
        say(counters, &error, errno);
}

uint64_t
counters_tend(struct counters *counters, bool at_once)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    uint64_t now = clock_now();

    if (atomic_exchange(&counters->is_busy, true))
        return now + period_ns;
    if (at_once || now >= counters->due) {
        show(counters);
        counters->due = now + period_ns;
    }
    now = counters->due;
    atomic_store(&counters->is_busy, false);
    return now;
}
