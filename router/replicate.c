/* SPDX-License-Identifier: BSD-3-Clause */
/* What a group's call makes on one member is copied to the others. */
#include "router/replicate.h"

#include "common/cleanup.h"
#include "common/log.h"
#include "common/names.h"
#include "router/facts.h"
#include "router/instance.h"
#include "router/record.h"
#include "router/register.h"
#include "router/replicate-place.h"
#include "router/template.h"
#include "router/tie.h"
#include "router/token.h"
#include "router/transfer/journal.h"
#include "router/transfer/transfer.h"
#include "router/write.h"

bool
replicate_wants(const struct call *call)
{
    const struct token *token = call->token;
    unsigned access = call_facts[call->id].access;

    return token->mode != GROUP_SINGLE &&
           (access == ACCESS_MAKE || access == ACCESS_CHANGE) &&
           token->rule->write == WRITE_REPLICATE &&
           call->member != token->overflow && tie_others(call->session) == 0;
}

bool
replicate_is_possible(const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (!member_is_usable(&token->members[i]))
            return false;
    return true;
}

/* What an application gives, or a member has, is not wrapped for that. */
static bool
is_repeated(const struct call *call)
{
    return call->id == CALL_C_CreateObject || call->id == CALL_C_CopyObject;
}

bool
replicate_is_forbidden(const struct call *call)
{
    if (call_facts[call->id].access != ACCESS_MAKE || is_repeated(call))
        return false;
    for (unsigned i = 0; i < call->n_made; i++)
        if (!template_bool(call->template[i], call -> template_count[i],
                           CKA_EXTRACTABLE, true) &&
            template_bool(call->template[i], call -> template_count[i],
                          CKA_TOKEN, false))
            return true;
    return false;
}

/* -- One copy
 * ------------------------------------------------------------------
 */

/* What is on its way, and where it has come to. */
struct round {
    struct call *call;
    struct replica from;
    struct replica to;
    struct transfer *transfer;
    struct transfer_outcome outcome;
    CK_RV rv; /* of what is no outcome of a transfer */
};

static bool
is_lasting(const struct call *call, unsigned i)
{
    return call->made[i] != 0 &&
           (object_space_flags(call->token->objects, *call->gives[i]) &
            OBJECT_IS_TOKEN) != 0;
}

/* The object that the call copies, on the other member. */
static CK_RV
find_original(const struct round *round, CK_OBJECT_HANDLE *out)
{
    struct object_space *objects = round->call->token->objects;
    struct identity_place to = replica_place(round->to.pooled);
    CLEANUP(identity_freep) struct identity *its = NULL;

    if (object_space_find(objects, round->call->asked[0],
                          round->to.member->index, round->to.pooled->handles,
                          out) == OBJECT_FOUND)
        return CKR_OK;
    its = object_space_identity(objects, round->call->asked[0]);
    return its == NULL
               ? CKR_OBJECT_HANDLE_INVALID
               : identity_find(to.functions, to.session, its, false, out);
}

/* As the application has said it, on each. */
static CK_RV
do_there(const struct round *round, CK_OBJECT_HANDLE *out)
{
    const struct call *call = round->call;
    struct identity_place to = replica_place(round->to.pooled);
    CK_ATTRIBUTE *template = (CK_ATTRIBUTE *)(uintptr_t)call->template[0];
    CK_ULONG count = call->template_count[0];
    CK_OBJECT_HANDLE original;
    CK_RV rv;

    if (call->id == CALL_C_CreateObject)
        return to.functions->C_CreateObject(to.session, template, count, out);
    rv = find_original(round, &original);
    return rv != CKR_OK ? rv
                        : to.functions->C_CopyObject(to.session, original,
                                                     template, count, out);
}

static bool
repeat(struct round *round, const struct identity *identity,
       CK_OBJECT_HANDLE *out)
{
    struct identity_place to = replica_place(round->to.pooled);
    CLEANUP(identity_freep) struct identity *its = NULL;
    CK_RV rv = do_there(round, out);

    if (rv != CKR_OK)
        return transfer_end(&round->outcome, TRANSFER_REFUSED,
                            call_facts[round->call->id].function, true, rv);
    round->outcome.way = WAY_CREATED;
    if (identity_read(to.functions, to.session, *out, true, &its) == CKR_OK &&
        (identity_key_hash(identity) == 0 ||
         identity_is_same_key(identity, its)))
        return true;
    (void)to.functions->C_DestroyObject(to.session, *out);
    return transfer_end(&round->outcome, TRANSFER_DIFFERENT, NULL, false,
                        CKR_OK);
}

static bool
make(struct round *round, const struct identity *identity, unsigned i,
     CK_OBJECT_HANDLE *out)
{
    if (is_repeated(round->call))
        return repeat(round, identity, out);
    if (!transfer_try(round->transfer, round->call->made[i], identity,
                      &round->outcome))
        return false;
    if (identity->object_class == CKO_SECRET_KEY &&
        !round->outcome.is_known_again)
        return transfer_end(&round->outcome, TRANSFER_NOT_KNOWN, NULL, false,
                            CKR_OK);
    return transfer_make(round->transfer, out, &round->outcome);
}

static struct journal_member
journal_member_of(const struct member *member)
{
    const struct config_member *rule = member->rule;

    return (struct journal_member){ rule->module->name, rule->match.uri };
}

/* The file of the copy is there from before its member is asked. */
static bool
make_in_journal(struct round *round, struct identity *identity, unsigned i,
                CK_OBJECT_HANDLE *out)
{
    const char *state_dir = instance_get()->config->state_dir;
    struct journal_entry entry = { .token = round->call->token->label,
                                   .from =
                                       journal_member_of(round->from.member),
                                   .to = journal_member_of(round->to.member),
                                   .identity = identity };
    CLEANUP(freep) char *path = NULL;
    struct error error = { .rv = CKR_OK };
    bool is_made;

    if (!journal_write(state_dir, &entry, &path, &error)) {
        log_write(LOG_LEVEL_ERROR, "%s", error.text);
        round->rv = CKR_TOKEN_WRITE_PROTECTED;
        return false;
    }
    is_made = make(round, identity, i, out);
    if (is_made &&
        !record_transfer(round->from.member, round->to.member, identity,
                         transfer_ways[round->outcome.way].name)) {
        struct identity_place to = replica_place(round->to.pooled);

        (void)to.functions->C_DestroyObject(to.session, *out);
        round->rv = CKR_FUNCTION_FAILED;
        is_made = false;
    }
    if (round->outcome.verdict != TRANSFER_LEFT_BEHIND &&
        !journal_remove(path, &error))
        log_write(LOG_LEVEL_WARNING, "%s", error.text);
    return is_made;
}

static bool
copy_one(struct round *round, unsigned i)
{
    struct call *call = round->call;
    struct identity_place from = replica_place(round->from.pooled);
    CLEANUP(identity_freep) struct identity *identity = NULL;
    struct object_place place = { .member = round->to.member->index,
                                  .epoch = round->to.pooled->handles };

    round->rv = identity_read(from.functions, from.session, call->made[i], true,
                              &identity);
    if (round->rv != CKR_OK ||
        !make_in_journal(round, identity, i, &place.handle))
        return false;
    if (object_space_bind(call->token->objects, *call->gives[i], place))
        return true;
    (void)round->to.pooled->functions->C_DestroyObject(round->to.pooled->handle,
                                                       place.handle);
    round->rv = CKR_HOST_MEMORY;
    return false;
}

/* -- All of them
 * ---------------------------------------------------------------
 */

/* In the call's own backend session, unless an operation is active there. */
static CK_RV
begin_here(struct round *round)
{
    struct call *call = round->call;

    if (call->session->active != 0 || call->pooled == NULL)
        return replica_begin(&round->from, call->session, call->member,
                             call->id);
    round->from = (struct replica){ .member = call->member,
                                    .pooled = call->pooled,
                                    .is_calls = true };
    return replica_enter(&round->from, call->id) ? CKR_OK : CKR_FUNCTION_FAILED;
}

/* One that is serialised lets one in at a time: who is in there for one end is
 * for the other. */
static bool
begin(struct round *round, struct member *to)
{
    struct call *call = round->call;

    round->rv = begin_here(round);
    if (round->rv != CKR_OK)
        return false;
    if (atomic_load(&to->backend) == round->from.pooled->backend)
        replica_leave(&round->from);
    round->rv = replica_begin(&round->to, call->session, to, call->id);
    return round->rv == CKR_OK;
}

static void
end(struct round *round)
{
    transfer_free(round->transfer);
    round->transfer = NULL;
    replica_end(&round->to, round->call->session);
    replica_end(&round->from, round->call->session);
}

static bool
copy_to(struct round *round, struct member *member)
{
    struct call *call = round->call;
    const struct profile *profile;
    bool is_copied = begin(round, member);

    if (is_copied) {
        profile = backend_profile(round->to.pooled->backend);
        round->transfer =
            transfer_new(replica_place(round->from.pooled),
                         replica_place(round->to.pooled),
                         profile->settings.create_overwrites == ANSWER_YES);
        is_copied = round->transfer != NULL;
        round->rv = is_copied ? CKR_OK : CKR_HOST_MEMORY;
    }
    for (unsigned i = 0; is_copied && i < call->n_made; i++)
        is_copied = !is_lasting(call, i) || copy_one(round, i);
    end(round);
    return is_copied;
}

/* Whoever has a copy gives it up. */
static void
take_back(struct call *call, struct member *member)
{
    struct replica there;

    if (replica_begin(&there, call->session, member, CALL_C_DestroyObject) ==
        CKR_OK)
        for (unsigned i = 0; i < call->n_made; i++) {
            CK_OBJECT_HANDLE copy;

            if (call->made[i] != 0 &&
                object_space_find(call->token->objects, *call->gives[i],
                                  member->index, there.pooled->handles,
                                  &copy) == OBJECT_FOUND)
                (void)there.pooled->functions
                    ->C_DestroyObject(there.pooled->handle, copy);
        }
    replica_end(&there, call->session);
}

void
replicate_undo(struct call *call)
{
    for (unsigned m = 0; m < call->token->n_members; m++)
        if (&call->token->members[m] != call->member)
            take_back(call, &call->token->members[m]);
}

static CK_RV
code_of(const struct round *round)
{
    if (round->rv != CKR_OK)
        return round->rv;
    switch (round->outcome.verdict) {
    case TRANSFER_REFUSED:
        return round->outcome.rv;
    case TRANSFER_UNKNOWN:
    case TRANSFER_TAKEN:
    case TRANSFER_THERE:
    case TRANSFER_NOT_EXTRACTABLE:
    case TRANSFER_TRUSTED_ONLY:
    case TRANSFER_TEMPLATES:
    case TRANSFER_NOT_KNOWN:
    case TRANSFER_CHANGED:
        return CKR_TEMPLATE_INCONSISTENT;
    default:
        return CKR_FUNCTION_FAILED;
    }
}

static void
give_up(struct round *round, const struct member *member)
{
    struct call *call = round->call;
    const struct transfer_outcome *outcome = &round->outcome;
    char name[NAME_LENGTH];

    log_write(LOG_LEVEL_WARNING,
              "token \"%s\": %s: nothing is made, since member %u cannot have "
              "it: %s (%s: %s)",
              call->token->label, call_facts[call->id].function,
              member->index + 1,
              round->rv != CKR_OK ? "it cannot be asked"
                                  : transfer_verdicts[outcome->verdict].words,
              outcome->function == NULL ? "p11mux" : outcome->function,
              name_of(NAME_CKR, code_of(round), name));
    register_undo(call);
    call->rv = code_of(round);
}

static void
copy_all(struct call *call)
{
    struct round round = { .call = call };

    for (unsigned m = 0; m < call->token->n_members; m++) {
        struct member *member = &call->token->members[m];

        if (member == call->member)
            continue;
        if (!copy_to(&round, member)) {
            give_up(&round, member);
            return;
        }
    }
}

void
replicate_after(struct call *call)
{
    bool lasts = false;

    if (call->rv != CKR_OK) {
        replicate_restore(call);
        return;
    }
    for (unsigned i = 0; i < call->n_made; i++)
        lasts = lasts || is_lasting(call, i);
    if (lasts)
        copy_all(call);
}
