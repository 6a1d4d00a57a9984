/* SPDX-License-Identifier: BSD-3-Clause */
/* How a group spreads its operations over its members. */
#include "router/balance.h"

#include "router/facts.h"
#include "router/session.h"
#include "router/token.h"

#include <stdlib.h>

/* How long operations of each kind take on each member, lately; 0: nobody knows
 * yet. */
struct balance {
    _Atomic(uint64_t) pace_ns[MOST_MEMBERS][N_COUNTED];
};

enum {
    SHARE = 1024,       /* of a weight of 1 of the fastest member */
    LEAST_PART = 32,    /* a slow one gets a part of its share all the same, or
                           nobody would see it become faster */
    LOOK_PART = 16,     /* of the time that calls take, looks take a part */
    LOOK_NS = 32,       /* at one session */
    MEMORY_SAMPLES = 8, /* that make up a pace */
    ROUND_CALLS = 128,
    QUICK_NS = 50000, /* what takes less is as fast as the others */
    LEAST_NS = 500    /* of what takes less than a microsecond */
};

struct balance *
balance_new(void)
{
    return calloc(1, sizeof(struct balance));
}

void
balance_free(struct balance *balance)
{
    free(balance);
}

/* -- Where operations go ----------------------------------------------------
 */

/* Where the call of another session is, or stands in line; MOST_MEMBERS:
 * nowhere, or there is none. */
static unsigned
place_of(const struct session *session)
{
    uint32_t place =
        atomic_load_explicit(&session->place, memory_order_relaxed);
    unsigned queue =
        atomic_load_explicit(&session->queue, memory_order_relaxed);

    if ((atomic_load_explicit(&session->word, memory_order_relaxed) &
         SESSION_BUSY) == 0)
        return MOST_MEMBERS;
    if (place != 0)
        return place >> SESSION_FUNCTION_BITS;
    return queue == 0 ? MOST_MEMBERS : queue - 1;
}

/* -- How fast they are ------------------------------------------------------
 */

/* Those with a key that have no state. A digest may be given a key later, which
 * not every member need have (C_DigestKey). */
static const bool is_spread[OPERATION_KINDS + 1] = {
    [OPERATION_ENCRYPT] = true, [OPERATION_DECRYPT] = true,
    [OPERATION_SIGN] = true,    [OPERATION_SIGN_RECOVER] = true,
    [OPERATION_VERIFY] = true,  [OPERATION_VERIFY_RECOVER] = true,
};

/* Of what does the work, not of its Init. Two that learn at the same time may
 * lose what one of them has learnt. */
void
balance_learn(const struct call *call, uint32_t us)
{
    const struct call_facts *facts = &call_facts[call->id];
    struct balance *balance = call->token->balance;
    uint64_t ns = (uint64_t)us * 1000, before;
    _Atomic(uint64_t) *pace;

    if (call->rv != CKR_OK || call_is_size_query(call) ||
        call->session->attempt.has_moved || !is_spread[facts->operation] ||
        (facts->stage != STAGE_SINGLE && facts->stage != STAGE_FINAL))
        return;
    pace = &balance->pace_ns[call->member->index][facts->counted];
    before = atomic_load_explicit(pace, memory_order_relaxed);
    if (before != 0)
        ns = (before * (MEMORY_SAMPLES - 1) + ns) / MEMORY_SAMPLES;
    atomic_store_explicit(pace, ns < LEAST_NS ? LEAST_NS : ns,
                          memory_order_relaxed);
}

/* -- What they have to do ---------------------------------------------------
 */

struct choices {
    uint32_t members;
    uint64_t fastest_ns;           /* 0: nobody knows */
    uint64_t shares[MOST_MEMBERS]; /* of those members */
    uint64_t total;                /* of the shares */
    uint32_t n_in_flight[MOST_MEMBERS];
};

static bool
is_among(const struct choices *choices, unsigned index)
{
    return (choices->members >> index & 1) != 0;
}

static uint64_t
pace_of(const struct token *token, unsigned index, enum counted counted)
{
    return atomic_load_explicit(&token->balance->pace_ns[index][counted],
                                memory_order_relaxed);
}

static uint64_t
share_of(const struct member *member, uint64_t ns, uint64_t fastest_ns)
{
    const struct config_member *rule =
        atomic_load_explicit(&member->rule, memory_order_relaxed);
    uint64_t whole = rule->weight * SHARE, share;

    fastest_ns = fastest_ns < QUICK_NS ? QUICK_NS : fastest_ns;
    if (ns <= fastest_ns)
        return whole;
    share = whole * fastest_ns / ns;
    return share < whole / LEAST_PART ? whole / LEAST_PART : share;
}

static void
divide(const struct token *token, enum counted counted, struct choices *out)
{
    out->fastest_ns = 0;
    out->total = 0;
    for (unsigned i = 0; i < token->n_members; i++) {
        uint64_t ns = pace_of(token, i, counted);

        if (is_among(out, i) && ns != 0 &&
            (out->fastest_ns == 0 || ns < out->fastest_ns))
            out->fastest_ns = ns;
    }
    for (unsigned i = 0; i < token->n_members; i++) {
        out->n_in_flight[i] = 0;
        if (!is_among(out, i))
            continue;
        out->shares[i] = share_of(&token->members[i],
                                  pace_of(token, i, counted), out->fastest_ns);
        out->total += out->shares[i];
    }
}

/* Evenly spread, whichever of a session's calls it is that begin something: the
 * fractions of the multiples of an irrational number. */
static uint32_t
spread(uint64_t number, uint64_t factor)
{
    return (uint32_t)(number * factor >> 32);
}

/* Looking at all sessions takes no more than a part of the time that the calls
 * take: where they are quick it is done now and then. */
static bool
looks(uint64_t n_calls, uint64_t fastest_ns)
{
    uint64_t ns = fastest_ns == 0 ? QUICK_NS : fastest_ns;
    uint64_t period =
        1 + (uint64_t)session_count_cells() * LOOK_NS * LOOK_PART / ns;

    return spread(n_calls, UINT64_C(0xbb67ae8584caa73b)) * period >> 32 == 0;
}

static void
count_in_flight(const struct call *call, struct choices *choices)
{
    uint32_t end = session_count_cells();

    for (uint32_t index = 1; index < end; index++) {
        const struct session *session = session_cell(index);
        unsigned member;

        if (session == call->session ||
            __atomic_load_n(&session->token, __ATOMIC_RELAXED) != call->token)
            continue;
        member = place_of(session);
        if (member < call->token->n_members)
            choices->n_in_flight[member]++;
    }
}

/* -- Whether there is a choice ----------------------------------------------
 */

/* A login for this one operation: the PIN is the one of the member that the
 * application would have asked, and no other one is shown it. */
static bool
wants_login(const struct call *call)
{
    return (object_space_flags(call->token->objects, call->asked[0]) &
            OBJECT_ASKS_EACH_TIME) != 0;
}

bool
balance_wants(const struct call *call)
{
    const struct call_facts *facts = &call_facts[call->id];

    return call->token->mode == GROUP_BALANCE && facts->stage == STAGE_INIT &&
           is_spread[facts->operation] && call->session->active == 0 &&
           !wants_login(call);
}

/* -- Choosing ---------------------------------------------------------------
 */

/* A place in the round. After some calls it begins elsewhere, by chance: the
 * calls that are timed are spread in the same way, and some member would never
 * be timed. */
static uint32_t
place_in_round(const struct session *session, uint64_t n_calls)
{
    uint64_t start =
        (n_calls / ROUND_CALLS << HANDLE_INDEX_BITS | session->index) *
        UINT64_C(0x9e3779b97f4a7c15);

    start = (start ^ start >> 29) * UINT64_C(0xbb67ae8584caa73b);
    return spread(n_calls, UINT64_C(0x6a09e667f3bcc909)) +
           (uint32_t)(start >> 32);
}

/* By turns: each as often as its share says. */
static unsigned
take_turn(const struct call *call, uint64_t n_calls,
          const struct choices *choices)
{
    uint64_t turn =
        place_in_round(call->session, n_calls) * choices->total >> 32;
    unsigned last = 0;

    for (unsigned i = 0; i < call->token->n_members; i++) {
        if (!is_among(choices, i))
            continue;
        last = i;
        if (turn < choices->shares[i])
            break;
        turn -= choices->shares[i];
    }
    return last;
}

/* Half a call more for those whose turn it is not decides where there are as
 * many in flight, and nowhere else. */
static unsigned
find_least(const struct call *call, const struct choices *choices,
           unsigned turn)
{
    uint64_t least = 2 * (uint64_t)choices->n_in_flight[turn];
    unsigned best = turn;

    for (unsigned i = 0; i < call->token->n_members; i++) {
        uint64_t its = 2 * (uint64_t)choices->n_in_flight[i] + 1;

        if (i == turn || !is_among(choices, i) ||
            its * choices->shares[best] >= least * choices->shares[i])
            continue;
        best = i;
        least = its;
    }
    return best;
}

unsigned
balance_choose(const struct call *call, uint32_t members)
{
    enum counted counted = call_facts[call->id].counted;
    uint64_t n_calls =
        atomic_load_explicit(&call->session->calls, memory_order_relaxed);
    struct choices choices;

    choices.members = members;
    divide(call->token, counted, &choices);
    if (looks(n_calls, choices.fastest_ns))
        count_in_flight(call, &choices);
    return find_least(call, &choices, take_turn(call, n_calls, &choices));
}
