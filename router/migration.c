/* SPDX-License-Identifier: BSD-3-Clause */
/* Follows the migration of a token. */
#include "router/migration.h"

#include "common/clock.h"
#include "common/log.h"
#include "router/facts.h"
#include "router/member-refresh.h"
#include "router/mender.h"
#include "router/migration-look.h"
#include "router/session.h"
#include "router/tombstone.h"
#include "router/uses.h"

#include <stdlib.h>

struct migration {
    _Atomic(enum migration_phase) phase;
    _Atomic(uint32_t) looks;
    _Atomic(uint32_t) wanted;   /* what that is to be, when the new member's
                                   module has read what was made there */
    _Atomic(uint64_t) patience; /* until then a thread is waited for that has it
                                   do so, as deadline.at */
    _Atomic(bool) is_tied;
    struct uses *uses;

    /* Only for who has the turn to look at the control page. */
    bool is_begun;
    uint64_t told;   /* the last command that it has heard of */
    uint64_t number; /* and that it has followed */
    struct deadline again;
    uint64_t uses_seen; /* at that time */
    struct tombstones_seen buried;
};

/* For processes that do not see the control page; where they do they are told
 * at once. */
enum { AGAIN_MS = 3000 };

enum { MOST_REFRESHES = 4 };

struct migration *
migration_new(void)
{
    struct migration *migration = calloc(1, sizeof(*migration));

    if (migration == NULL || (migration->uses = uses_new()) != NULL)
        return migration;
    free(migration);
    return NULL;
}

void
migration_free(struct migration *migration)
{
    if (migration != NULL)
        uses_free(migration->uses);
    free(migration);
}

static void
enter(struct token *token, enum migration_phase phase)
{
    if (atomic_exchange(&token->migration->phase, phase) != phase)
        log_write(LOG_LEVEL_WARNING, "the migration of token \"%s\" is %s",
                  token->label, migration_phase_name(phase));
    atomic_store(&token->first,
                 phase == MIGRATION_ROLLED_BACK ? MIGRATE_OLD : MIGRATE_NEW);
}

static void
be_patient(struct migration *migration)
{
    atomic_store(&migration->patience, deadline_in(AGAIN_MS).at);
}

/* For keys that are in use a thread looks, and no call. */
static bool
has_looker(const struct token *token)
{
    const struct migration *migration = token->migration;
    struct deadline patience = { atomic_load(&migration->patience) };

    return migration->is_begun && !deadline_has_passed(patience) &&
           !atomic_load(&migration->is_tied) &&
           member_trial_is_possible(&token->members[MIGRATE_NEW]);
}

/* Whether something was used on the old one since this was asked last. */
static bool
are_used(struct migration *migration)
{
    uint64_t before = migration->uses_seen;

    migration->uses_seen = uses_count(migration->uses);
    return migration->uses_seen != before;
}

/* When something was moved, and every few seconds, calls look as soon as a
 * thread has done so for what is in use; where nothing is, where that comes to
 * a stop, or nobody can, they look themselves. */
static void
call_for_looks(const struct token *token, bool is_news)
{
    struct migration *migration = token->migration;
    uint32_t wanted = atomic_load(&migration->wanted);
    bool is_behind = wanted != atomic_load(&migration->looks);

    if (is_behind && !is_news && has_looker(token))
        return;
    if (!is_behind)
        be_patient(migration);
    atomic_store(&migration->wanted, ++wanted);
    if ((are_used(migration) || is_news) && has_looker(token))
        mender_wake();
    else
        atomic_store(&migration->looks, wanted);
}

bool
migration_is_behind(const struct member *member)
{
    const struct migration *migration = member->token->migration;

    return migration != NULL && member->index == MIGRATE_NEW &&
           atomic_load(&migration->looks) != atomic_load(&migration->wanted);
}

/* More is made there meanwhile; each time it is less. */
static void
refresh(struct migration *migration, const struct pool_session *pooled)
{
    uint64_t took = UINT64_MAX, before;

    for (unsigned i = 0; i < MOST_REFRESHES; i++) {
        uint64_t begun = clock_now();

        if (!member_refresh(pooled))
            return;
        be_patient(migration);
        before = took;
        took = clock_now() - begun;
        if (took >= before / 2)
            return;
    }
}

/* As long as the device answers it is waited for: the old one is as good until
 * then. */
static void
look_for_uses(struct migration *migration, const struct pool_session *pooled,
              uint32_t wanted)
{
    CK_OBJECT_HANDLE keys[USES_REMEMBERED];
    size_t n_keys = uses_list(migration->uses, keys);
    struct migration_look look;

    if (!migration_look_begin(&look, pooled, wanted))
        return;
    for (size_t i = 0; i < n_keys && migration_look_for(&look, keys[i]); i++)
        be_patient(migration);
}

void
migration_catch_up(struct member *member)
{
    struct migration *migration = member->token->migration;
    uint32_t wanted = atomic_load(&migration->wanted);
    struct pool_session *pooled = pool_take_apart(member->pool);
    uint32_t looks;

    if (pooled != NULL) {
        refresh(migration, pooled);
        look_for_uses(migration, pooled, wanted);
        pool_give_apart(pooled);
    }
    /* Nobody has waited for it too long meanwhile. */
    looks = atomic_load(&migration->looks);
    while ((int32_t)(wanted - looks) > 0 &&
           !atomic_compare_exchange_weak(&migration->looks, &looks, wanted))
        continue;
}

void
migration_follow(struct token *token, const char *state_dir, uint64_t number)
{
    struct migration *migration = token->migration;
    struct error error = { .rv = CKR_OK };
    bool is_news = !migration->is_begun || migration->told != number;
    enum migration_phase phase;

    /* Applications destroy without saying so on the page. */
    if (!atomic_load(&migration->is_tied))
        tombstones_follow(&token->members[MIGRATE_OLD], &migration->buried);
    if (!is_news && !deadline_has_passed(migration->again))
        return;
    migration->again = deadline_in(AGAIN_MS);
    if (migration_phase_read(state_dir, token->rule, &phase, &error)) {
        migration->number = number;
        enter(token, phase);
    } else if (is_news) {
        log_write(LOG_LEVEL_ERROR, "%s", error.text);
    }
    call_for_looks(token, is_news);
    migration->is_begun = true;
    migration->told = number;
}

void
migration_tie(const struct token *token)
{
    if (token->migration != NULL)
        atomic_store(&token->migration->is_tied, true);
}

CK_ULONG
migration_look(const struct token *token)
{
    CK_ULONG looks =
        atomic_load_explicit(&token->migration->looks, memory_order_relaxed);

    /* Lives of members count as logins. */
    return looks + 1 +
           atomic_load_explicit(&token->login.epoch, memory_order_relaxed);
}

/* Reading goes where it is known to be. */
static bool
looks(const struct call *call)
{
    return call->has_mechanism || call_facts[call->id].access != ACCESS_READ;
}

static const struct member *
find_first(const struct call *call)
{
    const struct token *token = call->token;

    return call_facts[call->id].access == ACCESS_READ
               ? &token->members[atomic_load(&token->first)]
               : token_first(token);
}

/* What is changed or destroyed is so wherever it is by now (R9.4). */
bool
migration_is_due(const struct call *call, const struct member *member)
{
    const struct token *token = call->token;

    if (token->migration == NULL || !looks(call) || member != find_first(call))
        return false;
    for (unsigned i = 0; i < call->n_objects; i++)
        if (call->asked[i] != CALL_NO_OBJECT &&
            !object_space_was_seen(token->objects, call->asked[i],
                                   member->index) &&
            (call_facts[call->id].access == ACCESS_CHANGE ||
             object_space_looked(token->objects, call->asked[i],
                                 member->index) != migration_look(token)))
            return true;
    return false;
}

bool
migration_has_left(const struct member *member)
{
    const struct migration *migration = member->token->migration;

    return migration != NULL && member->index == MIGRATE_OLD &&
           atomic_load(&migration->phase) == MIGRATION_FINISHED;
}

bool
migration_awaits(const struct call *call, CK_OBJECT_HANDLE object)
{
    const struct token *token = call->token;

    return token->migration != NULL &&
           !migration_has_left(&token->members[MIGRATE_OLD]) &&
           !object_space_was_seen(token->objects, object, call->member->index);
}

uint64_t
migration_number(const struct token *token)
{
    return token->migration->number;
}

/* One that an operator has drained he does without. */
bool
migration_lacks_old(const struct token *token)
{
    const struct member *member;

    if (token->migration == NULL)
        return false;
    member = &token->members[MIGRATE_OLD];
    return !atomic_load(&member->is_drained) && member_is_away(member);
}

void
migration_note_use(const struct call *call, CK_OBJECT_HANDLE key)
{
    if (call->member->index == MIGRATE_OLD)
        uses_note(call->token->migration->uses, call->token->objects, key,
                  call->session->index);
}

void
migration_draw(const struct token *token, uint64_t now_us,
               struct counters_use out[COUNTERS_USES])
{
    if (token->migration != NULL)
        uses_draw(token->migration->uses, now_us, out);
}
