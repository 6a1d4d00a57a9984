/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies objects of a group, one at a time. */
#include "cli/copying.h"

#include "cli/key-text.h"
#include "cli/memory.h"
#include "cli/target.h"
#include "common/cleanup.h"
#include "router/catalogue.h"
#include "router/instance.h"
#include "router/record.h"
#include "router/tie.h"
#include "router/tombstone.h"
#include "router/transfer/journal.h"

static bool
open_session(struct copying *copying, unsigned member, struct error *error)
{
    CK_RV rv =
        C_OpenSession(copying->token->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
                      NULL, NULL, &copying->sessions[member]);

    if (rv != CKR_OK)
        return target_fail("C_OpenSession", rv, error);
    return tie_session(copying->sessions[member], member) ||
           target_fail("C_OpenSession", CKR_SESSION_HANDLE_INVALID, error);
}

bool
copying_begin(struct copying *copying, const struct visit *visit,
              struct error *error)
{
    const struct token *token = visit->token;

    *copying = (struct copying){ .token = token,
                                 .state_dir = instance_get()->config->state_dir,
                                 .asks_login = (visit->info.flags &
                                                CKF_LOGIN_REQUIRED) != 0,
                                 .lock = -1 };
    for (unsigned i = 0; i < token->n_members; i++)
        if (member_is_usable(&token->members[i]) &&
            !open_session(copying, i, error))
            return false;
    return true;
}

/* Those that are begun by now know of no catalogue. */
static void
drop_transfers(struct copying *copying)
{
    for (unsigned i = 0; i < MOST_MEMBERS; i++)
        for (unsigned j = 0; j < MOST_MEMBERS; j++) {
            transfer_free(copying->transfers[i][j]);
            copying->transfers[i][j] = NULL;
        }
}

void
copying_end(struct copying *copying)
{
    drop_transfers(copying);
    for (unsigned i = 0; i < MOST_MEMBERS; i++)
        catalogue_free(copying->catalogues[i]);
    for (unsigned i = 0; i < MOST_MEMBERS; i++)
        if (copying->sessions[i] != 0)
            (void)C_CloseSession(copying->sessions[i]);
    closep(&copying->lock);
}

/* Longer than calls that write on all members take. */
enum { LOCK_WAIT_MS = 3000 };

bool
copying_lock(struct copying *copying, struct error *error)
{
    copying->lock = journal_lock(copying->state_dir, copying->token->label,
                                 true, deadline_in(LOCK_WAIT_MS), error);
    return copying->lock >= 0;
}

void
copying_look(struct copying *copying, unsigned member)
{
    struct catalogue **catalogue = &copying->catalogues[member];

    if (*catalogue == NULL) {
        *catalogue = catalogue_new();
        memory_need(*catalogue);
        drop_transfers(copying);
    }
    (void)catalogue_read(*catalogue, copying_place(copying, member));
}

struct identity_place
copying_place(const struct copying *copying, unsigned member)
{
    return (struct identity_place){ key_text_functions(),
                                    copying->sessions[member],
                                    copying->catalogues[member] };
}

CK_RV
copying_read(const struct copying *copying, unsigned member,
             CK_OBJECT_HANDLE object, struct identity **out)
{
    return identity_read_at(copying_place(copying, member), object, true, out);
}

/* What p11mux says of who is logged in is true of a member that has followed.
 */
bool
copying_sees_all(const struct copying *copying, unsigned member)
{
    const struct token *token = copying->token;
    const struct member *its = &token->members[member];
    CK_SESSION_INFO info;

    if (C_GetSessionInfo(copying->sessions[member], &info) != CKR_OK)
        return false;
    if (info.state != CKS_RW_USER_FUNCTIONS)
        return !copying->asks_login;
    return member_is_usable(its) &&
           atomic_load(&its->login) == atomic_load(&token->login.epoch);
}

static const char *const roles[] = {
    [MIGRATE_NEW] = "new", [MIGRATE_OLD] = "old"
};

const char *
copying_find_lost(const struct copying *copying)
{
    for (unsigned i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (copying->sessions[i] != 0 &&
            !member_is_usable(&copying->token->members[i]))
            return roles[i];
    return NULL;
}

bool
copying_can_be_asked(const struct copying *copying, unsigned member,
                     struct error *error)
{
    return copying->sessions[member] != 0 ||
           error_set(error, CKR_DEVICE_REMOVED,
                     "the %s member of \"%s\" is not there; \"p11mux group "
                     "%s\" says why",
                     roles[member], copying->token->label,
                     copying->token->label);
}

bool
copying_shows_all(const struct copying *copying, unsigned member,
                  struct error *error)
{
    return copying_sees_all(copying, member) ||
           error_set(error, CKR_USER_NOT_LOGGED_IN,
                     "the %s member of \"%s\" did not let its user in; give "
                     "it a pin of its own, and look with \"p11mux group %s "
                     "--login\"",
                     roles[member], copying->token->label,
                     copying->token->label);
}

struct transfer *
copying_transfer(struct copying *copying, unsigned from, unsigned to)
{
    struct transfer **transfer = &copying->transfers[from][to];

    if (*transfer == NULL) {
        *transfer =
            transfer_new(copying_place(copying, from),
                         copying_place(copying, to),
                         target_overwrites(&copying->token->members[to]));
        memory_need(*transfer);
        if (copying->permits_cleartext)
            transfer_permit_cleartext(*transfer);
    }
    return *transfer;
}

/* -- Making ----------------------------------------------------------------
 */

bool
copying_write_journal(const struct copying *copying, const struct lack *lack,
                      char **out_path, struct error *error)
{
    const struct member *members = copying->token->members;
    CLEANUP(freep) char *from_token = journal_token_of(&members[lack->from]);
    CLEANUP(freep) char *to_token = journal_token_of(&members[lack->to]);
    struct journal_entry entry = {
        .token = (char *)(uintptr_t)copying->token->label,
        .from_token = from_token,
        .to_token = to_token,
        .from = journal_member_of(&members[lack->from]),
        .to = journal_member_of(&members[lack->to]),
        .identity = (struct identity *)(uintptr_t)lack->identity,
    };

    memory_need(from_token);
    memory_need(to_token);
    return journal_write(copying->state_dir, &entry, out_path, error);
}

/* Without a record there is no copy. */
static bool
record(const struct copying *copying, const struct lack *lack,
       CK_OBJECT_HANDLE copy, const struct transfer_outcome *outcome,
       struct error *error)
{
    const struct member *members = copying->token->members;

    if (record_transfer(&members[lack->from], &members[lack->to],
                        lack->identity, transfer_ways[outcome->way].name))
        return true;
    if (C_DestroyObject(copying->sessions[lack->to], copy) != CKR_OK)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "the audit log cannot be written, and a copy on "
                         "member %u has no record; see why, and try again",
                         lack->to + 1);
    return error_set(error, CKR_FUNCTION_FAILED,
                     "the audit log cannot be written, so that nothing is "
                     "copied; \"p11mux doctor\" says why");
}

/* A secret key of which a member does not tell what it is would be another
 * object of the group (7.4). */
bool
copying_try(struct copying *copying, const struct lack *lack,
            struct transfer_outcome *outcome)
{
    if (!transfer_try(copying_transfer(copying, lack->from, lack->to),
                      lack->object, lack->identity, outcome))
        return false;
    return lack->identity->object_class != CKO_SECRET_KEY ||
           outcome->is_known_again ||
           transfer_end(outcome, TRANSFER_NOT_KNOWN, NULL, false, CKR_OK);
}

/* An application has destroyed it though its own member still shows it: who
 * does that after this has seen the copy, and destroys it too. */
static bool
is_buried(const struct copying *copying, const struct lack *lack,
          CK_OBJECT_HANDLE copy, struct transfer_outcome *outcome)
{
    CK_RV rv;

    if (!tombstone_hides(&copying->token->members[lack->from], lack->identity))
        return false;
    rv = C_DestroyObject(copying->sessions[lack->to], copy);
    (void)(rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID
               ? transfer_end(outcome, TRANSFER_GONE, NULL, false, CKR_OK)
               : transfer_end(outcome, TRANSFER_LEFT_BEHIND, "C_DestroyObject",
                              true, rv));
    return true;
}

static bool
confirm(struct copying *copying, const struct lack *lack, CK_OBJECT_HANDLE copy,
        struct transfer_outcome *outcome)
{
    return transfer_confirm(copying_transfer(copying, lack->from, lack->to),
                            copy, outcome) &&
           !is_buried(copying, lack, copy, outcome);
}

/* Whoever has changed or destroyed the original before the file was gone has
 * seen no copy that he could have changed too. */
static bool
confirm_again(struct copying *copying, const struct lack *lack,
              CK_OBJECT_HANDLE copy, struct transfer_outcome *outcome,
              struct error *error)
{
    CLEANUP(freep) char *path = NULL;

    if (confirm(copying, lack, copy, outcome) ||
        outcome->verdict != TRANSFER_LEFT_BEHIND)
        return true;
    return copying_write_journal(copying, lack, &path, error) &&
           journal_leave(path, error);
}

/* A private key that shows nothing of itself, where its public one is not,
 * would be another object to applications. */
static bool
is_seen_as_one(const struct lack *lack, const struct transfer_outcome *outcome)
{
    return lack->identity->object_class != CKO_PRIVATE_KEY ||
           outcome->is_known_again;
}

static bool
make_known(struct copying *copying, const struct lack *lack,
           CK_OBJECT_HANDLE *out, struct transfer_outcome *outcome)
{
    struct transfer *transfer = copying_transfer(copying, lack->from, lack->to);
    CK_RV rv;

    if (!transfer_make(transfer, out, outcome) ||
        !transfer_confirm(transfer, *out, outcome))
        return false;
    if (is_seen_as_one(lack, outcome))
        return true;
    rv = C_DestroyObject(copying->sessions[lack->to], *out);
    return rv == CKR_OK
               ? transfer_end(outcome, TRANSFER_NOT_KNOWN, NULL, false, CKR_OK)
               : transfer_end(outcome, TRANSFER_LEFT_BEHIND, "C_DestroyObject",
                              true, rv);
}

/* By what stays, those that come after it are known. */
static void
note(struct copying *copying, const struct lack *lack, CK_OBJECT_HANDLE copy,
     const struct transfer_outcome *outcome)
{
    struct catalogue *catalogue = copying->catalogues[lack->to];

    if (catalogue != NULL && outcome->verdict == TRANSFER_FINE &&
        !catalogue_add(catalogue, copy, lack->identity))
        memory_need(NULL);
}

bool
copying_make(struct copying *copying, const struct lack *lack,
             struct transfer_outcome *outcome, struct error *error)
{
    CLEANUP(freep) char *path = NULL;
    CK_OBJECT_HANDLE copy;
    bool is_done;

    if (!copying_write_journal(copying, lack, &path, error))
        return false;
    if (make_known(copying, lack, &copy, outcome)) {
        if (!record(copying, lack, copy, outcome, error))
            return false;
        /* Who is killed from here on confirms nothing any more. */
        if (confirm(copying, lack, copy, outcome)) {
            is_done = journal_remove(path, error) &&
                      confirm_again(copying, lack, copy, outcome, error);
            note(copying, lack, copy, outcome);
            return is_done;
        }
    }
    return outcome->verdict == TRANSFER_LEFT_BEHIND
               ? journal_leave(path, error)
               : journal_remove(path, error);
}
