/* SPDX-License-Identifier: BSD-3-Clause */
/* Which certificates go to the store, and which calls go after them. */
#include "router/spill.h"

#include "backends/overflow.h"
#include "common/cancel.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/names.h"
#include "common/text.h"
#include "router/facts.h"
#include "router/login.h"
#include "router/record.h"
#include "router/spill-private.h"
#include "router/template.h"
#include "router/token.h"
#include "router/write.h"

#include <stdlib.h>
#include <string.h>

/* -- The session there ------------------------------------------------------
 */

/* Its serial number where such numbers are real: with another one it is another
 * token, which has none of this one's certificates. */
static CK_RV
see(struct token *token)
{
    const struct backend *backend = atomic_load(&token->members[0].backend);
    CK_SLOT_ID slot = atomic_load(&token->overflow->slot);
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO info;
    char serial[sizeof(info.serialNumber) + 1];

    if (backend == NULL ||
        !slot_list_seen(token->list, token, &slot_info, &info))
        return CKR_DEVICE_REMOVED;
    /* A group's is nobody's in particular. */
    if (token->mode != GROUP_SINGLE ||
        backend_profile(backend)->settings.serial != SERIAL_REAL)
        return overflow_see(slot, NULL);
    text_copy(info.serialNumber, sizeof(info.serialNumber), serial);
    return overflow_see(slot, serial);
}

CK_RV
spill_ask(struct token *token)
{
    CK_RV rv;

    if (token->overflow == NULL)
        return CKR_OK;
    rv = see(token);
    return rv == CKR_OK ? overflow_ask(atomic_load(&token->overflow->slot))
                        : rv;
}

CK_RV
spill_reach(struct session *session, struct pool_session **out)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();
    CK_RV rv = CKR_OK;

    if (session->aside == NULL)
        rv = see(session->token);
    if (rv == CKR_OK && session->aside == NULL &&
        overflow_takes_another(atomic_load(&session->token->overflow->slot)))
        record_other_serial(session);
    if (rv == CKR_OK && session->aside == NULL)
        rv = pool_open_own(session->token->overflow->pool, session,
                           &session->aside);
    *out = session->aside;
    return rv;
}

void
spill_end(struct session *session)
{
    pool_close_own(session->aside);
    session->aside = NULL;
}

/* To what would be made there. */
static bool
is_closed(const struct call *call)
{
    return call->token->spill_use == SPILL_CLOSED &&
           call->id == CALL_C_CreateObject;
}

bool
spill_take(struct call *call)
{
    struct pool_session *pooled;
    CK_RV rv = CKR_OK;

    if (is_closed(call))
        rv = CKR_DEVICE_MEMORY;
    else if (spill_needs_login(call))
        rv = CKR_USER_NOT_LOGGED_IN;
    if (rv == CKR_OK)
        rv = spill_reach(call->session, &pooled);
    if (rv != CKR_OK) {
        call->rv = rv;
        return false;
    }
    route_give(call, POOL_CLEAN);
    call->pooled = pooled;
    call->member = call->token->overflow;
    return true;
}

/* -- Whose objects ----------------------------------------------------------
 */

bool
spill_is_certificate(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    const CK_ATTRIBUTE *attribute = template_find(template, count, CKA_CLASS);
    CK_OBJECT_CLASS object_class;

    if (attribute == NULL || attribute->pValue == NULL ||
        attribute->ulValueLen != sizeof(object_class))
        return false;
    memcpy(&object_class, attribute->pValue, sizeof(object_class));
    return object_class == CKO_CERTIFICATE;
}

/* As a key it is none, and the token says so itself. */
static bool
is_about_object(unsigned id)
{
    switch (id) {
    case CALL_C_GetAttributeValue:
    case CALL_C_SetAttributeValue:
    case CALL_C_GetObjectSize:
    case CALL_C_CopyObject:
    case CALL_C_DestroyObject:
        return true;
    default:
        return false;
    }
}

bool
spill_has(const struct call *call)
{
    return is_about_object(call->id) &&
           spill_number(call->token, call->asked[0]) != 0;
}

/* -- Before the token is asked ----------------------------------------------
 */

/* A certificate that all processes would see. */
static bool
creates_shared(const struct call *call)
{
    const struct profile *profile = backend_profile(call->pooled->backend);
    const CK_ATTRIBUTE *template = call->template[0];
    CK_ULONG count = call->template_count[0];

    return spill_is_certificate(template, count) &&
           template_bool(template, count, CKA_TOKEN,
                         profile->settings.token_default == ANSWER_YES);
}

/* Searches the token, with memory of its own. */
static bool
has_no_place(const struct call *call)
{
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();

    return spill_has_no_place(call, call->template[0],
                              call -> template_count[0]);
}

bool
spill_wants(struct call *call)
{
    if (call->token->overflow == NULL || call->id != CALL_C_CreateObject ||
        call->pooled == NULL || !creates_shared(call))
        return false;
    if (call->token->rule->certificates.mode == CERTIFICATES_STORE)
        return true;
    if (!has_no_place(call))
        return false;
    if (!is_closed(call) && !spill_needs_login(call))
        record_spill(call, false);
    return true;
}

/* -- After it has answered --------------------------------------------------
 */

/* Whether the token has made it though it said no, and really has it. What it
 * has not may be older than the call, and is left to it. */
static bool
was_made(struct call *call, CK_OBJECT_HANDLE made)
{
    call->made[0] = made;
    if (made != 0 && spill_is_kept(call)) {
        call->rv = CKR_OK;
        return true;
    }
    call->made[0] = 0;
    return false;
}

/* The store, where the template is right: else it is the application that is
 * told (8.1, class K). */
static bool
take_over_creation(struct call *call, enum room_class room)
{
    const CK_ATTRIBUTE *template = call->template[0];
    CK_ULONG count = call->template_count[0];
    CK_SLOT_ID slot = atomic_load(&call->token->overflow->slot);
    CK_RV failure = call->rv;
    CK_OBJECT_HANDLE made;

    if (is_closed(call) || !spill_is_certificate(template, count) ||
        overflow_check(slot, template, count) != CKR_OK ||
        !spill_is_full(call, room, &made))
        return false;
    if (was_made(call, made))
        return false;
    record_spill(call, true);
    call->rv = CKR_OK;
    if (spill_take(call) && route_prepare(call))
        return true;
    call->rv = failure;
    return false;
}

static bool
was_done(struct call *call)
{
    if (call->id == CALL_C_CopyObject)
        return was_made(call, spill_find_copy(call));
    if (!spill_has_changed(call))
        return false;
    call->rv = CKR_OK;
    return true;
}

static bool
takes_over(struct call *call)
{
    const struct config_profile *profile =
        &backend_profile(call->pooled->backend)->settings;
    enum room_class room = room_class_of(profile->room_errors, call->rv);
    CK_OBJECT_HANDLE none;

    if (room == ROOM_IS_NO_MATTER || is_closed(call))
        return false;
    if (call->id == CALL_C_CreateObject)
        return take_over_creation(call, room);
    /* Of nothing else is more read than its class: a key has its value. */
    if (!spill_is_about_certificate(call) ||
        !spill_is_full(call, room, &none) ||
        (room == ROOM_IS_AMBIGUOUS && was_done(call)))
        return false;
    if (call->id == CALL_C_CopyObject)
        spill_copy(call);
    else
        spill_grow(call);
    return false;
}

static bool
makes_shared(const struct call *call)
{
    switch (call->id) {
    case CALL_C_CreateObject:
        return creates_shared(call);
    case CALL_C_CopyObject:
        return spill_is_about_certificate(call) && write_lasts(call);
    default:
        return false;
    }
}

/* Whether the token gives no more what it says that it has. */
static bool
takes_back(struct call *call)
{
    const struct pool_session *pooled = call->pooled;

    if (!makes_shared(call) || spill_is_kept(call))
        return false;
    backend_enter(pooled->backend);
    (void)pooled->functions->C_DestroyObject(pooled->handle, call->made[0]);
    backend_leave(pooled->backend);
    call->made[0] = 0;
    call->rv = CKR_DEVICE_MEMORY;
    if (call->id == CALL_C_CreateObject)
        return take_over_creation(call, ROOM_IS_NOT_KIND);
    spill_copy(call);
    return false;
}

static bool
may_spill(const struct call *call)
{
    return call->pooled != NULL &&
           (call->id == CALL_C_CreateObject || call->id == CALL_C_CopyObject ||
            call->id == CALL_C_SetAttributeValue);
}

static bool
settle(struct call *call)
{
    /* A thread that is cancelled comes to the end of this first. */
    CLEANUP(cancel_allow) int cancel_state = cancel_hold();

    if (call->member != call->token->overflow)
        return call->rv == CKR_OK ? takes_back(call) : takes_over(call);
    if (call->rv == CKR_OK && call->id == CALL_C_CreateObject)
        spill_derive_id(call);
    return false;
}

bool
spill_goes_on(struct call *call)
{
    return may_spill(call) && settle(call);
}

bool
spill_may_init_token(struct call *call)
{
    if (call->token->overflow != NULL)
        call->rv =
            overflow_may_init_token(atomic_load(&call->token->overflow->slot));
    return call->rv == CKR_OK;
}

void
spill_init_token(struct call *call)
{
    const struct token *token = call->token;

    if (token->overflow == NULL)
        return;
    call->rv = overflow_init_token(atomic_load(&token->overflow->slot));
    if (call->rv != CKR_OK)
        log_write(LOG_LEVEL_ERROR,
                  "token \"%s\": it was initialised, but the store of "
                  "certificates could not be told: %s; initialise it again, "
                  "or its old certificates may be seen again",
                  token->label, name_text(NAME_CKR, call->rv));
}
