/* SPDX-License-Identifier: BSD-3-Clause */
/* One look of the watch: whose call is still the one of the look before. */
#include "common/log.h"
#include "router/facts.h"
#include "router/hang.h"
#include "router/session-notice.h"
#include "router/slot-list.h"
#include "router/watch-private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t ns_per_ms = 1000 * 1000;
static const uint64_t ns_per_second = 1000 * 1000 * 1000;

/* What takes longer than other calls, by how much: keys are looked for, tokens
 * erased, and a PIN may be typed by a person (call_timeout, R4.4). */
static const uint8_t patience[N_CALLS] = {
    [CALL_C_GenerateKey] = 4, [CALL_C_GenerateKeyPair] = 4,
    [CALL_C_InitToken] = 4,   [CALL_C_InitPIN] = 4,
    [CALL_C_SetPIN] = 4,      [CALL_C_Login] = 4,
    [CALL_C_LoginUser] = 4,
};

bool
watch_is_patient_with(unsigned function)
{
    return patience[function] != 0;
}

static uint64_t
call_timeout_ms(const struct backend *backend)
{
    return backend == NULL ? NO_TIME
                           : backend_profile(backend)->settings.call_timeout_ms;
}

static bool
takes_too_long(const struct backend *backend, unsigned function, uint64_t time)
{
    uint64_t limit = call_timeout_ms(backend);

    if (patience[function] != 0 && limit != NO_TIME)
        limit *= patience[function];
    return limit != NO_TIME && time >= limit * ns_per_ms;
}

static bool
is_group_in_use(const struct token *token)
{
    return token->mode != GROUP_SINGLE && token_sessions(token).all > 0;
}

uint64_t
watch_period_locked(void)
{
    uint64_t shortest = NO_TIME, longest = ns_per_second;
    bool is_any_group = false;

    for (size_t i = 0; i < slot_list_count(watch.slots); i++) {
        const struct token *token = slot_list_at(watch.slots, i);

        is_any_group = is_any_group || is_group_in_use(token);
        for (unsigned k = 0; k < token->n_members; k++) {
            uint64_t limit =
                call_timeout_ms(atomic_load(&token->members[k].backend));

            shortest = limit < shortest ? limit : shortest;
        }
    }
    if (is_any_group)
        longest = watch_slow_period_ns;
    if (shortest == NO_TIME)
        return is_any_group ? longest : UINT64_MAX;
    shortest = shortest * ns_per_ms / 4;
    if (shortest > longest)
        return longest;
    return shortest < ns_per_ms ? ns_per_ms : shortest;
}

/* -- What is said of it ------------------------------------------------------
 */

static void
note(enum watch_news_kind kind, const struct member *member, const char *module,
     unsigned function, uint64_t since, struct watch_news *out)
{
    *out = (struct watch_news){ .kind = kind,
                                .function = function,
                                .milliseconds =
                                    (clock_now() - since) / ns_per_ms };
    (void)snprintf(out->token, sizeof(out->token), "%s", member->token->label);
    (void)snprintf(out->module, sizeof(out->module), "%s", module);
}

void
watch_note_news(enum watch_news_kind kind, const struct member *member,
                unsigned function, uint64_t since, struct watch_news *out)
{
    const struct backend *backend = atomic_load(&member->backend);

    note(kind, member, backend == NULL ? "(none)" : backend_name(backend),
         function, since, out);
}

void
watch_tell(const struct watch_news *news)
{
    const char *function = call_facts[news->function].function;
    uint64_t seconds = news->milliseconds / 1000;

    switch (news->kind) {
    case NEWS_HANGS:
        log_write(LOG_LEVEL_ERROR,
                  "module %s: %s on token \"%s\" has not returned for %" PRIu64
                  " s; until it does other calls for the token are refused; "
                  "if it may take that long raise call_timeout, else see to "
                  "the device or restart this process",
                  news->module, function, news->token, seconds);
        break;
    case NEWS_RETURNED:
        log_write(LOG_LEVEL_WARNING,
                  "module %s: %s on token \"%s\" has returned after %" PRIu64
                  " s; other calls may go there again",
                  news->module, function, news->token, seconds);
        break;
    case NEWS_SLOW:
        log_write(LOG_LEVEL_WARNING,
                  "member %s of token \"%s\" is slow: %s has not returned for "
                  "%" PRIu64 " ms, far longer than usual; until it does other "
                  "members are asked where one can answer",
                  news->module, news->token, function, news->milliseconds);
        break;
    case NEWS_QUICK:
        log_write(LOG_LEVEL_WARNING,
                  "member %s of token \"%s\" is slow no more: %s has returned "
                  "after %" PRIu64 " ms",
                  news->module, news->token, function, news->milliseconds);
        break;
    }
}

/* -- Beginning and end of it -------------------------------------------------
 */

static void
begin_locked(struct member *member, struct backend *backend)
    REQUIRES(watch.lock)
{
    watch.n_stuck++;
    hang_begin(member, backend);
}

static bool
has_stuck_locked(const struct backend *backend) REQUIRES(watch.lock)
{
    for (uint32_t i = 0; i < watch.n_watched; i++)
        if (watch.watched[i].stuck != NULL &&
            watch.watched[i].backend == backend)
            return true;
    for (const struct stay *stay = watch.stays; stay != NULL; stay = stay->next)
        if (stay->is_stuck && stay->backend == backend)
            return true;
    return false;
}

/* It is no longer among those that are stuck. */
static void
end_locked(struct member *member, struct backend *backend) REQUIRES(watch.lock)
{
    watch.n_stuck--;
    hang_end(member, backend, !has_stuck_locked(backend));
}

bool
watch_return_locked(struct watched *watched, struct watch_news *out)
{
    struct member *member = watched->stuck;

    if (member == NULL)
        return false;
    /* That it is slow no more goes without saying. */
    (void)watch_quicken_locked(watched, out);
    watched->stuck = NULL;
    note(NEWS_RETURNED, member, backend_name(watched->backend),
         watched->function, watched->since, out);
    end_locked(member, watched->backend);
    return true;
}

bool
watch_return_stay_locked(struct stay *stay, struct watch_news *out)
{
    if (!stay->is_stuck)
        return false;
    (void)watch_quicken_stay_locked(stay, out);
    stay->is_stuck = false;
    note(NEWS_RETURNED, stay->member, backend_name(stay->backend),
         stay->function, stay->since, out);
    end_locked(stay->member, stay->backend);
    return true;
}

/* -- Looking -----------------------------------------------------------------
 */

/* Room for all cells there are; those that there is no memory for are not
 * watched. */
static void
grow_locked(uint32_t n_cells) REQUIRES(watch.lock)
{
    struct watched *grown;

    if (n_cells <= watch.n_watched)
        return;
    grown = realloc(watch.watched, n_cells * sizeof(*grown));
    if (grown == NULL)
        return;
    for (uint32_t i = watch.n_watched; i < n_cells; i++)
        grown[i] = (struct watched){ .word = 0 };
    watch.watched = grown;
    watch.n_watched = n_cells;
}

/* The member that the call in a session is inside of; NULL: none, or one that
 * is no vendor's, or of a p11mux that was finalised. */
static struct member *
find_member(const struct session *session, uint32_t place, unsigned *function)
{
    const struct token *token =
        __atomic_load_n(&session->token, __ATOMIC_RELAXED);
    unsigned index = place >> SESSION_FUNCTION_BITS;

    if (place == 0 || token == NULL || token->list != watch.slots ||
        index >= token->n_members)
        return NULL;
    *function = (place & ((1u << SESSION_FUNCTION_BITS) - 1)) - 1;
    return &token->members[index];
}

/* True: there is news of it. */
static bool
look_at_session_locked(uint32_t index, uint64_t now, struct watch_news *out)
    REQUIRES(watch.lock)
{
    struct watched *watched = &watch.watched[index];
    struct session *session = session_cell(index);
    uint64_t word = atomic_load(&session->word);
    uint64_t calls = atomic_load(&session->calls);
    uint32_t place = atomic_load(&session->place);
    struct backend *backend;
    struct member *member;
    unsigned function = 0;

    if (watched->word != word || watched->calls != calls ||
        watched->place != place || (word & SESSION_BUSY) == 0) {
        if (watch_return_locked(watched, out) ||
            watch_quicken_locked(watched, out))
            return true;
        watched->word = word;
        watched->calls = calls;
        watched->place = place;
        watched->since = now;
        return false;
    }
    if (watched->stuck != NULL)
        return false;
    member = find_member(session, place, &function);
    if (watch_slow_locked(watched, member, function, now, out))
        return true;
    backend = member == NULL ? NULL : atomic_load(&member->backend);
    if (!takes_too_long(backend, function, now - watched->since) ||
        !session_mark_stuck(session, calls, place))
        return false;
    watched->stuck = member;
    watched->backend = backend;
    watched->function = (uint8_t)function;
    note(NEWS_HANGS, member, backend_name(backend), function, watched->since,
         out);
    begin_locked(member, backend);
    return true;
}

static bool
look_at_stay_locked(struct stay *stay, uint64_t now, struct watch_news *out)
    REQUIRES(watch.lock)
{
    if (stay->since == 0)
        stay->since = now;
    if (watch_slow_stay_locked(stay, now, out))
        return true;
    if (stay->is_stuck ||
        !takes_too_long(stay->backend, stay->function, now - stay->since))
        return false;
    stay->is_stuck = true;
    note(NEWS_HANGS, stay->member, backend_name(stay->backend), stay->function,
         stay->since, out);
    begin_locked(stay->member, stay->backend);
    return true;
}

static bool
look_locked(struct watch_news *out) REQUIRES(watch.lock)
{
    uint64_t now = clock_now();

    if (watch.slots == NULL)
        return false;
    grow_locked(session_count_cells());
    for (uint32_t index = 1; index < watch.n_watched; index++)
        if (look_at_session_locked(index, now, out))
            return true;
    for (struct stay *stay = watch.stays; stay != NULL; stay = stay->next)
        if (look_at_stay_locked(stay, now, out))
            return true;
    return false;
}

bool
watch_look_once(struct watch_news *out)
{
    bool is_news;

    mutex_lock(&watch.lock);
    is_news = look_locked(out);
    mutex_unlock(&watch.lock);
    return is_news;
}
