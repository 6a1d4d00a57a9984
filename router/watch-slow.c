/* SPDX-License-Identifier: BSD-3-Clause */
/* Members of groups that take far longer for a call than they usually do: they
 * get no new ones while another member can answer. */
#include "router/facts.h"
#include "router/pool.h"
#include "router/token.h"
#include "router/watch-private.h"

static const uint64_t ns_per_us = 1000;

/* DESIGN 7: by how much longer, and how long at least. What was not timed often
 * enough is taken to need 50 ms. */
enum { TIMES_USUAL = 20, FEW_SAMPLES = 8, MOST_PERCENT = 95 };
static const uint64_t least_us = 200 * 1000;
static const uint64_t unknown_us = 50 * 1000;

const uint64_t watch_slow_period_ns = UINT64_C(50) * 1000 * 1000;

/* What nearly all calls of the kind took less than: an Init is counted with the
 * one that does the work. */
static uint64_t
usual_us(const struct member *member, enum counted counted)
{
    const struct counts *counts = pool_counts(member->pool);
    uint64_t in_bucket[COUNTER_BUCKETS] = { 0 }, all = 0, below = 0;

    for (unsigned lane = 0; lane < COUNTS_LANES; lane++)
        for (unsigned i = 0; i < COUNTER_BUCKETS; i++) {
            uint64_t its =
                atomic_load_explicit(&counts->lanes[lane].latency[counted][i],
                                     memory_order_relaxed);

            in_bucket[i] += its;
            all += its;
        }
    if (all < FEW_SAMPLES)
        return unknown_us;
    for (unsigned i = 0; i < COUNTER_BUCKETS; i++) {
        below += in_bucket[i];
        if (below * 100 >= all * MOST_PERCENT)
            return UINT64_C(1) << i;
    }
    return UINT64_C(1) << COUNTER_BUCKETS;
}

static bool
takes_longer(const struct member *member, unsigned function, uint64_t time_ns)
{
    uint64_t time_us = time_ns / ns_per_us;

    return time_us >= least_us && !watch_is_patient_with(function) &&
           time_us >=
               TIMES_USUAL * usual_us(member, call_facts[function].counted);
}

/* True: nobody had been found to be slow there. */
static bool
begin_locked(struct member *member) REQUIRES(watch.lock)
{
    if (member->n_slow++ > 0)
        return false;
    atomic_store(&member->is_slow, true);
    pool_rouse(member->pool);
    return true;
}

static bool
end_locked(struct member *member) REQUIRES(watch.lock)
{
    if (--member->n_slow > 0)
        return false;
    atomic_store(&member->is_slow, false);
    return true;
}

void
watch_look_at_slow(const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (member_is_slow(&token->members[i])) {
            watch_look();
            return;
        }
}

bool
watch_slow_locked(struct watched *watched, struct member *member,
                  unsigned function, uint64_t now, struct watch_news *out)
{
    if (watched->slow != NULL || member == NULL ||
        member->token->mode == GROUP_SINGLE ||
        !takes_longer(member, function, now - watched->since))
        return false;
    watched->slow = member;
    watched->function = (uint8_t)function;
    if (!begin_locked(member))
        return false;
    watch_note_news(NEWS_SLOW, member, function, watched->since, out);
    return true;
}

bool
watch_quicken_locked(struct watched *watched, struct watch_news *out)
{
    struct member *member = watched->slow;

    if (member == NULL)
        return false;
    watched->slow = NULL;
    if (!end_locked(member))
        return false;
    watch_note_news(NEWS_QUICK, member, watched->function, watched->since, out);
    return true;
}

bool
watch_slow_stay_locked(struct stay *stay, uint64_t now, struct watch_news *out)
{
    if (stay->is_slow || stay->is_apart ||
        stay->member->token->mode == GROUP_SINGLE ||
        !takes_longer(stay->member, stay->function, now - stay->since))
        return false;
    stay->is_slow = true;
    if (!begin_locked(stay->member))
        return false;
    watch_note_news(NEWS_SLOW, stay->member, stay->function, stay->since, out);
    return true;
}

bool
watch_quicken_stay_locked(struct stay *stay, struct watch_news *out)
{
    if (!stay->is_slow)
        return false;
    stay->is_slow = false;
    if (!end_locked(stay->member))
        return false;
    watch_note_news(NEWS_QUICK, stay->member, stay->function, stay->since, out);
    return true;
}
