/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of what is kept on a device: sessions', and the keeper. */
#include "router/rest.h"

#include "common/cleanup.h"
#include "router/found.h"
#include "router/login.h"
#include "router/pool-private.h"
#include "router/watch.h"

#include <stdlib.h>

/* As many objects are known again after a pause; more have to be searched for
 * anew. */
enum { MOST_REMEMBERED = 4096 };

bool
rest_has_kept(const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++) {
        struct backend *backend = atomic_load(&token->members[i].backend);

        if (backend != NULL &&
            backend_profile(backend)->settings.handle_scope == SCOPED_SESSION)
            return true;
    }
    return token->pool->mode != POOL_OPERATION;
}

/* -- The keeper --------------------------------------------------------------
 */

/* Reads what it is while the device still knows; false where a call there
 * hangs. */
static bool
remember(struct pool_session *keeper, CK_OBJECT_HANDLE handle)
{
    struct object_space *objects = keeper->member->token->objects;
    CK_OBJECT_HANDLE there;
    struct stay stay;

    if (object_space_is_identified(objects, handle) ||
        object_space_find(objects, handle, keeper->member->index,
                          keeper->handles, &there) != OBJECT_FOUND)
        return true;
    if (!pool_enter(keeper, CALL_C_GetAttributeValue, &stay))
        return false;
    found_identify_at(keeper, handle, there);
    stay_end(&stay);
    return true;
}

/* The device may have given all of its objects other handles by the time that
 * it is used again: what is not known then has none any more. False: it is not
 * known yet what they are. */
static bool
leave_objects(struct pool_session *keeper, enum rest_handles rest)
{
    struct member *member = keeper->member;
    struct object_space *objects = member->token->objects;
    size_t room = object_space_count(objects);
    CLEANUP(freep)
    CK_OBJECT_HANDLE *handles = calloc(room + 1, sizeof(*handles));
    size_t count = handles == NULL ? 0
                                   : object_space_list(objects, member->index,
                                                       handles, room);

    for (size_t i = 0; i < count && i < MOST_REMEMBERED; i++)
        if (!remember(keeper, handles[i]))
            return false;
    for (size_t i = 0; i < count && rest == REST_LEAVES_HANDLES; i++) {
        object_space_leave(objects, handles[i], member->index);
        if (object_space_is_unknown(objects, handles[i]))
            object_space_unbind(objects, handles[i], member->index);
    }
    return true;
}

bool
rest_keeper(struct pool *pool, enum rest_handles handles)
{
    struct token *token = pool->member->token;
    CLEANUP(turn_give_if) struct turn *turn = NULL;
    struct pool_session *keeper;
    bool is_used;

    if (pool_keeper(pool) == NULL)
        return true;
    /* It is closed when that is over. */
    if (member_is_stuck(pool->member) || member_is_passed_over(pool->member) ||
        !turn_take(&token->login.turn, deadline_now()))
        return false;
    turn = &token->login.turn;
    if (!login_comes_back(token))
        return true;
    keeper = pool_take_resting(pool, &is_used);
    if (keeper == NULL)
        return !is_used;
    if (!login_is_followed(keeper))
        login_settle(keeper);
    if (!leave_objects(keeper, handles)) {
        pool_give_keeper(keeper);
        return false;
    }
    pool_close_resting(keeper);
    return true;
}
