/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the copy of an object without its application. */
#include "router/migration-look.h"

#include "common/cleanup.h"
#include "router/call.h"
#include "router/login.h"
#include "router/migration.h"
#include "router/outcome.h"
#include "router/proven.h"
#include "router/watch.h"

static struct object_space *
objects_of(const struct migration_look *look)
{
    return look->pooled->member->token->objects;
}

/* The same user all the while: a login may give objects other handles. */
static bool
is_current(const struct pool_session *pooled)
{
    return login_is_followed(pooled) &&
           pooled->epoch == atomic_load(&pooled->member->epoch);
}

/* What it does not find may be private, and its device logged out: idle
 * sessions end, and the login with them. */
static bool
sees_all(const struct pool_session *pooled)
{
    return login_is_there(pooled) && is_current(pooled);
}

bool
migration_look_begin(struct migration_look *look,
                     const struct pool_session *pooled, uint32_t looks)
{
    const struct token *token = pooled->member->token;

    look->pooled = pooled;
    look->number = (CK_ULONG)looks + 1 + pooled->login;
    return atomic_load(&token->first) == MIGRATE_NEW &&
           !migration_has_left(&token->members[MIGRATE_OLD]) &&
           pooled->handles == pooled->epoch && sees_all(pooled);
}

/* What may be another object than it was is for a call to look at. */
static bool
is_wanted(const struct migration_look *look, CK_OBJECT_HANDLE object)
{
    enum { NOT_NOW = OBJECT_IS_SESSION | OBJECT_IN_DOUBT | OBJECT_UNCONFIRMED };
    const struct object_space *objects = objects_of(look);

    return (object_space_flags(objects, object) & NOT_NOW) == 0 &&
           !object_space_was_seen(objects, object, MIGRATE_NEW);
}

static CK_RV
read_apart(const void *asker, CK_OBJECT_HANDLE copy, struct identity **out)
{
    const struct pool_session *pooled = asker;
    struct stay stay;
    CK_RV rv;

    if (!pool_enter_apart(pooled, CALL_C_GetAttributeValue, &stay))
        return CKR_DEVICE_REMOVED;
    rv = identity_read(pooled->functions, pooled->handle, copy, true, out);
    stay_end(&stay);
    return rv;
}

static CK_RV
search(const struct pool_session *pooled, const struct identity *identity,
       CK_OBJECT_HANDLE *out)
{
    struct stay stay;
    CK_RV rv;

    if (!pool_enter_apart(pooled, CALL_C_FindObjectsInit, &stay))
        return CKR_DEVICE_REMOVED;
    rv = identity_find_named(pooled->functions, pooled->handle, identity, out);
    stay_end(&stay);
    return rv;
}

/* Where a proven copy of it is. */
static CK_RV
find(const struct migration_look *look, CK_OBJECT_HANDLE object,
     const struct identity *identity, CK_OBJECT_HANDLE *out)
{
    const struct pool_session *pooled = look->pooled;
    CK_RV rv = search(pooled, identity, out);

    return rv == CKR_OK
               ? proven_check(pooled->member, identity,
                              object_space_is_elsewhere(objects_of(look),
                                                        object, MIGRATE_NEW),
                              *out, read_apart, pooled)
               : rv;
}

/* A key that a device has its difficulties with is for a call. */
static bool
has_answered(const struct pool_session *pooled, CK_RV rv)
{
    switch (outcome_of(pooled->backend, N_CALLS, rv)) {
    case OUTCOME_MEMBER_LOST:
    case OUTCOME_SESSION_LOST:
    case OUTCOME_AMBIGUOUS:
        return false;
    default:
        return true;
    }
}

bool
migration_look_for(const struct migration_look *look, CK_OBJECT_HANDLE object)
{
    const struct pool_session *pooled = look->pooled;
    CLEANUP(identity_freep)
    struct identity *identity = object_space_identity(objects_of(look), object);
    struct object_place copy = { .member = MIGRATE_NEW,
                                 .epoch = pooled->epoch };
    CK_RV rv;

    if (identity == NULL || !is_wanted(look, object))
        return true;
    rv = find(look, object, identity, &copy.handle);
    if (!is_current(pooled) ||
        (rv == CKR_OBJECT_HANDLE_INVALID && !sees_all(pooled)))
        return false;
    if (rv == CKR_OK && is_wanted(look, object))
        (void)object_space_bind(objects_of(look), object, copy);
    else if (rv == CKR_OBJECT_HANDLE_INVALID)
        object_space_note_look(objects_of(look), object, MIGRATE_NEW,
                               look->number);
    return has_answered(pooled, rv);
}
