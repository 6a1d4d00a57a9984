/* SPDX-License-Identifier: BSD-3-Clause */
/* The members of a group between which objects are copied. */
#include "cli/copying.h"

#include "cli/key-text.h"
#include "cli/memory.h"
#include "cli/target.h"
#include "common/cleanup.h"
#include "router/catalogue.h"
#include "router/instance.h"
#include "router/tie.h"
#include "router/transfer/journal.h"
#include "router/transfer/mend.h"
#include "router/unproven.h"

#include <stdio.h>

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
    for (unsigned i = 0; i < token->n_members; i++) {
        copying->losses[i] = atomic_load(&token->members[i].health.losses);
        if (member_is_usable(&token->members[i]) &&
            !open_session(copying, i, error))
            return false;
    }
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

uint64_t
copying_login(const struct copying *copying, unsigned member)
{
    return tie_login(copying->sessions[member], member);
}

bool
copying_look(struct copying *copying, unsigned member)
{
    enum { MOST_LOOKS = 3 };
    struct catalogue **catalogue = &copying->catalogues[member];
    bool is_all = false;

    if (*catalogue == NULL) {
        *catalogue = catalogue_new();
        memory_need(*catalogue);
        drop_transfers(copying);
    }
    for (unsigned i = 0; !is_all && i < MOST_LOOKS; i++) {
        uint64_t login = copying_login(copying, member);

        (void)catalogue_read(*catalogue, copying_place(copying, member));
        is_all = login != 0 && login == copying_login(copying, member);
    }
    return is_all;
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

/* What p11mux says of who is logged in is true of a member that says so too. */
bool
copying_sees_all(const struct copying *copying, unsigned member)
{
    CK_SESSION_INFO info;

    if (C_GetSessionInfo(copying->sessions[member], &info) != CKR_OK)
        return false;
    if (info.state != CKS_RW_USER_FUNCTIONS)
        return !copying->asks_login;
    return member_is_usable(&copying->token->members[member]) &&
           copying_login(copying, member) != 0;
}

static uint64_t
see(const void *context, unsigned member)
{
    const struct copying *copying = context;

    return copying_sees_all(copying, member) ? copying_login(copying, member)
                                             : 0;
}

struct sight
copying_sight(const struct copying *copying, unsigned member)
{
    return (struct sight){ see, copying, member };
}

/* Private and secret keys are private also where their member does not say so.
 */
CK_RV
copying_find_again(const struct copying *copying, unsigned member,
                   const struct identity *identity, CK_OBJECT_HANDLE *out)
{
    struct identity_place place = copying_place(copying, member);
    bool is_private = mend_is_private(identity);
    uint64_t before = is_private ? see(copying, member) : 0;
    CK_RV rv =
        identity_find_surely(place.functions, place.session, identity, out);

    if (rv != CKR_OBJECT_HANDLE_INVALID || !is_private)
        return rv;
    return before != 0 && before == see(copying, member)
               ? rv
               : CKR_USER_NOT_LOGGED_IN;
}

static const char *const roles[] = {
    [MIGRATE_NEW] = "new", [MIGRATE_OLD] = "old"
};

static bool
has_lost(const struct copying *copying, unsigned member, bool *is_back)
{
    const struct member *its = &copying->token->members[member];

    *is_back = member_is_usable(its);
    return copying->sessions[member] != 0 &&
           (!*is_back ||
            atomic_load(&its->health.losses) != copying->losses[member]);
}

bool
copying_has_lost_any(const struct copying *copying)
{
    bool is_back;

    for (unsigned i = 0; i < copying->token->n_members; i++)
        if (has_lost(copying, i, &is_back))
            return true;
    return false;
}

const char *
copying_find_lost(const struct copying *copying, bool *is_back)
{
    for (unsigned i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (has_lost(copying, i, is_back))
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

/* What it is called in a sentence. */
static void
describe(const struct copying *copying, unsigned member, char *out, size_t room)
{
    if (copying->token->mode == GROUP_MIGRATE)
        (void)snprintf(out, room, "the %s member", roles[member]);
    else
        (void)snprintf(out, room, "member %u", member + 1);
}

bool
copying_shows_all(const struct copying *copying, unsigned member,
                  struct error *error)
{
    char name[32];

    describe(copying, member, name, sizeof(name));
    return copying_sees_all(copying, member) ||
           error_set(error, CKR_USER_NOT_LOGGED_IN,
                     "%s of \"%s\" did not let its user in; give it a pin of "
                     "its own, and look with \"p11mux group %s --login\"",
                     name, copying->token->label, copying->token->label);
}

struct transfer *
copying_transfer(struct copying *copying, unsigned from, unsigned to)
{
    struct transfer **transfer = &copying->transfers[from][to];

    if (*transfer == NULL) {
        *transfer = transfer_new(copying_place(copying, from),
                                 copying_place(copying, to),
                                 target_profile(&copying->token->members[to]));
        memory_need(*transfer);
        transfer_watch(*transfer, copying_sight(copying, to));
        if (copying->permits_cleartext)
            transfer_permit_cleartext(*transfer);
        if (copying->catalogues[to] != NULL)
            transfer_trust_catalogue(*transfer);
        transfer_tell(*transfer, tie_tell);
        if (unproven_may_be_on(&copying->token->members[to]))
            transfer_permit_repeats(*transfer);
    }
    return *transfer;
}
