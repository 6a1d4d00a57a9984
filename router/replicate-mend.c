/* SPDX-License-Identifier: BSD-3-Clause */
/* What has come of copies that a member has not answered for: the call itself
 * looks, and else the next one that writes on the group mends them. */
#include "router/replicate-private.h"

#include "common/cleanup.h"
#include "common/log.h"
#include "router/instance.h"
#include "router/login.h"
#include "router/token.h"
#include "router/transfer/mend.h"

#include <string.h>

/* As replica_begin has found the member to be. */
static uint64_t
see(const void *context, unsigned member)
{
    const struct token *token = context;

    if (login_state(token, CKF_RW_SESSION) != CKS_RW_USER_FUNCTIONS)
        return 0;
    return UINT64_C(1) + atomic_load(&token->login.epoch) +
           atomic_load(&token->members[member].relogins);
}

/* Both ends of the round, which are there; what is on the way between them is
 * the round's. */
static bool
set_ends(struct round *round, struct mend *out)
{
    *out = (struct mend){ .from = round->from.member,
                          .to = round->to.member,
                          .from_place = replica_place(&round->from),
                          .to_place = replica_place(&round->to),
                          .sight = { see, round->to.member->token,
                                     round->to.member->index } };
    if (!replicate_join(round))
        return false;
    out->transfer = round->transfer;
    return true;
}

/* -- In the call itself ---------------------------------------------------
 */

/* What has a handle has been looked at before, unless others may have got its
 * handle since. */
static bool
is_others(const struct mend *mend, CK_OBJECT_HANDLE object)
{
    const struct round *round = mend->context;
    struct object_place place = { .member = round->to.member->index,
                                  .epoch = round->to.pooled->handles,
                                  .handle = object };

    return !round->to.member->reuses_handles &&
           object_space_known(round->call->token->objects, place) != 0;
}

/* In another backend session: the one that was asked may be gone. */
static bool
ask_anew(struct round *round, struct mend *out)
{
    struct member *to = round->to.member;

    transfer_free(round->transfer);
    round->transfer = NULL;
    if (round->to.state == POOL_CLEAN)
        round->to.state = POOL_DIRTY;
    replica_end(&round->to, round->call->session);
    return member_is_usable(to) &&
           replica_begin(&round->to, round->call->session, to) == CKR_OK &&
           set_ends(round, out);
}

bool
replicate_settle(struct round *round, const struct identity *identity,
                 CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *out)
{
    struct transfer_outcome *outcome = &round->outcome;
    enum mend_answer answer = MEND_IS_NOT_TOLD;
    struct mend mend;

    if (ask_anew(round, &mend)) {
        mend.is_others = is_others;
        mend.context = round;
        answer = mend_look(&mend, identity, object, out);
    }
    if (answer == MEND_IS_WHOLE)
        outcome->verdict = TRANSFER_FINE;
    else if (answer == MEND_IS_NOT_THERE)
        outcome->verdict = TRANSFER_REFUSED;
    return answer == MEND_IS_WHOLE;
}

/* -- Before the next one --------------------------------------------------
 */

static bool
mend_between(struct round *round, const struct journal_entry *entry,
             struct error *error)
{
    struct mend mend;

    return set_ends(round, &mend)
               ? mend_copy(&mend, entry, error)
               : error_set(error, CKR_HOST_MEMORY, "out of memory");
}

static bool
mend(struct call *call, const struct journal_entry *entry, struct error *error)
{
    struct token *token = call->token;
    unsigned from = mend_find(token, &entry->from);
    unsigned to = mend_find(token, &entry->to);
    struct round round = { .call = call };
    bool is_mended;

    if (from == MEND_NOWHERE || to == MEND_NOWHERE ||
        replicate_go(call, &token->members[from], &round.from) != CKR_OK ||
        replicate_go(call, &token->members[to], &round.to) != CKR_OK)
        is_mended = mend_refuse(entry,
                                "not both members are there; p11mux group "
                                "sync mends it when they are",
                                error);
    else
        is_mended = mend_between(&round, entry, error);
    replicate_leave(&round);
    return is_mended;
}

static void
mend_all(struct call *call, struct journal *journal)
{
    for (size_t i = 0; i < journal->n_entries; i++) {
        struct journal_entry *entry = &journal->entries[i];
        struct error error = { .rv = CKR_OK };
        bool is_mended = journal_read_entry(journal, entry, &error);

        if (is_mended && strcmp(entry->token, call->token->label) == 0)
            is_mended = mend(call, entry, &error);
        if (!is_mended)
            log_write(LOG_LEVEL_WARNING, "%s", error.text);
    }
}

static bool
is_anything_left(const char *state_dir)
{
    CLEANUP(journal_clear) struct journal journal = { .entries = NULL };
    struct error error = { .rv = CKR_OK };

    return !journal_read(state_dir, &journal, &error) || journal.n_entries > 0;
}

/* Nobody else copies meanwhile; where somebody does, it is for the next one to
 * do. */
static bool
mend_alone(struct call *call, const char *state_dir)
{
    CLEANUP(journal_clear) struct journal journal = { .entries = NULL };
    struct error error = { .rv = CKR_OK };
    int lock = journal_lock(state_dir, call->token->label, true, deadline_now(),
                            &error);

    if (lock < 0)
        return false;
    if (journal_read(state_dir, &journal, &error))
        mend_all(call, &journal);
    else
        log_write(LOG_LEVEL_WARNING, "%s", error.text);
    journal_unlock(lock);
    return true;
}

/* Whoever is logged in by then tries once. */
void
replicate_mend(struct call *call)
{
    const char *state_dir = instance_get()->config->state_dir;
    struct token *token = call->token;
    uint32_t now = atomic_load(&token->login.epoch) + 1;

    if (atomic_load(&token->mended_at) == now)
        return;
    journal_sweep(state_dir);
    if (!is_anything_left(state_dir) || mend_alone(call, state_dir))
        atomic_store(&token->mended_at, now);
}
