/* SPDX-License-Identifier: BSD-3-Clause */
/* Ties a session of a group to one of its members. */
#include "router/tie.h"

#include "common/clock.h"
#include "router/migration.h"
#include "router/replica.h"
#include "router/token.h"

#include <string.h>

bool
tie_session(CK_SESSION_HANDLE handle, unsigned member)
{
    struct session *session = session_take(handle);
    bool is_tied;

    if (session == NULL)
        return false;
    is_tied = session->token->mode != GROUP_SINGLE &&
              member < session->token->n_members;
    if (is_tied) {
        session->attempt.others = ~(UINT64_C(1) << member);
        migration_tie(session->token);
    }
    session_give(session);
    return is_tied;
}

uint64_t
tie_login(CK_SESSION_HANDLE handle, unsigned member)
{
    struct session *session = session_take(handle);
    struct replica replica;
    uint64_t number = 0;

    if (session == NULL)
        return 0;
    if (member < session->token->n_members &&
        replica_begin(&replica, session, &session->token->members[member]) ==
            CKR_OK) {
        /* The beginning of a member's life counts as a login; neither number
         * ever falls. */
        number = UINT64_C(1) + atomic_load(&session->token->login.epoch) +
                 atomic_load(&replica.member->relogins);
        replica_end(&replica, session);
    }
    session_give(session);
    return number;
}

void
tie_tell(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
         const struct identity *identity)
{
    struct session *session = session_take(handle);
    struct object_space *objects;
    struct identity *kept;

    if (session == NULL)
        return;
    objects = session->token->objects;
    kept = object_space_identity(objects, object);
    if (kept != NULL && identity->has_fingerprint) {
        memcpy(kept->fingerprint, identity->fingerprint,
               sizeof(kept->fingerprint));
        kept->has_fingerprint = true;
        kept->read_at = clock_now();
        (void)object_space_identify_anew(objects, object, kept);
        kept = NULL;
    }
    identity_free(kept);
    session_give(session);
}
