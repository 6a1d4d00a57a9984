/* SPDX-License-Identifier: BSD-3-Clause */
/* What applications ask of the slot list: its members, events, infos. */
#include "router/slot-state.h"

#include "common/log.h"
#include "common/text.h"
#include "router/group-face.h"
#include "router/member-probe.h"
#include "router/mender.h"
#include "router/placement.h"
#include "router/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint64_t slot_wait_ms = 1000;

/* -- A look at the modules
 * -----------------------------------------------------
 */

/* What was in use and is not there is lost; no lock is held, since that is
 * said in the log. */
static void
note_absences(const struct slot_list *list)
{
    for (size_t i = 0; i < slot_list_count(list); i++) {
        const struct token *token = slot_list_at(list, i);

        for (unsigned k = 0; k < token->n_members; k++)
            member_note_absence(&token->members[k]);
    }
}

void
slot_list_look(struct slot_list *list)
{
    backend_set_retry(list->backends);
    (void)slot_list_scan(list, deadline_in(slot_wait_ms), NULL);
    note_absences(list);
}

void
slot_list_refresh(struct slot_list *list)
{
    bool is_due;

    mutex_lock(&list->lock);
    is_due = deadline_has_passed(list->next_look);
    if (is_due)
        list->next_look = deadline_in(list->config->slot_refresh_ms);
    mutex_unlock(&list->lock);
    if (!is_due)
        return;
    slot_list_look(list);
    mender_note_look(list);
}

/* -- C_GetSlotList -----------------------------------------------------------
 */

static CK_RV
freeze_locked(struct slot_list *list, bool only_present) REQUIRES(list->lock)
{
    struct frozen_slots *frozen = &list->frozen[only_present ? 1 : 0];
    size_t count = slot_list_count(list);
    CK_SLOT_ID *slots = malloc((count + 1) * sizeof(*slots));

    if (slots == NULL)
        return CKR_HOST_MEMORY;
    free(frozen->slots);
    *frozen = (struct frozen_slots){ .slots = slots, .is_frozen = true };
    for (size_t i = 0; i < count; i++) {
        const struct token *token = slot_list_at(list, i);

        if (!atomic_load(&token->is_removed) &&
            (!only_present || token_is_present(token)))
            slots[frozen->count++] = token->slot;
    }
    return CKR_OK;
}

static CK_RV
get_locked(struct slot_list *list, bool only_present, CK_SLOT_ID *slots,
           CK_ULONG *count) REQUIRES(list->lock)
{
    struct frozen_slots *frozen = &list->frozen[only_present ? 1 : 0];
    CK_ULONG room = *count;

    if (slots == NULL || !frozen->is_frozen) {
        CK_RV rv = freeze_locked(list, only_present);

        if (rv != CKR_OK)
            return rv;
    }
    *count = frozen->count;
    if (slots == NULL)
        return CKR_OK;
    if (room < frozen->count)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(slots, frozen->slots, frozen->count * sizeof(*slots));
    return CKR_OK;
}

CK_RV
slot_list_get(struct slot_list *list, bool only_present, CK_SLOT_ID *slots,
              CK_ULONG *count)
{
    CK_RV rv;

    if (slots == NULL)
        slot_list_refresh(list);
    mutex_lock(&list->lock);
    rv = get_locked(list, only_present, slots, count);
    mutex_unlock(&list->lock);
    return rv;
}

/* -- C_WaitForSlotEvent ------------------------------------------------------
 */

/* Whether its modules' coming and going is to be told. */
static bool
tells_events(const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++) {
        const struct backend *backend = atomic_load(&token->members[i].backend);

        if (backend == NULL ||
            backend_profile(backend)->settings.slot_events != SLOT_EVENTS_OFF)
            return true;
    }
    return false;
}

void
slot_state_note_locked(struct slot_list *list)
{
    for (size_t i = 0; i < slot_list_count(list); i++) {
        struct token *token = slot_list_at(list, i);
        bool is_present = token_is_present(token);

        if (is_present != token->was_present && list->is_watched &&
            tells_events(token)) {
            token->has_event = true;
            condition_broadcast(&list->changed);
        }
        token->was_present = is_present;
    }
    list->is_watched = true;
}

/* One event at a time; the others stay pending (R6.15). */
static bool
take_event_locked(struct slot_list *list, CK_SLOT_ID *out) REQUIRES(list->lock)
{
    for (size_t i = 0; i < slot_list_count(list); i++) {
        struct token *token = slot_list_at(list, i);

        if (token->has_event) {
            token->has_event = false;
            *out = token->slot;
            return true;
        }
    }
    return false;
}

/* The calling thread does the looking, so that no helper is needed where
 * the application forbids threads (R6.16). */
CK_RV
slot_list_wait(struct slot_list *list, CK_FLAGS flags, CK_SLOT_ID *out)
{
    for (;;) {
        CK_RV rv = CKR_NO_EVENT;

        slot_list_refresh(list);
        mutex_lock(&list->lock);
        if (take_event_locked(list, out))
            rv = CKR_OK;
        else if ((flags & CKF_DONT_BLOCK) == 0 && !list->has_stopped)
            (void)condition_wait(&list->changed, &list->lock, list->next_look);
        if (list->has_stopped)
            rv = CKR_CRYPTOKI_NOT_INITIALIZED;
        mutex_unlock(&list->lock);
        if (rv != CKR_NO_EVENT || (flags & CKF_DONT_BLOCK) != 0)
            return rv;
    }
}

void
slot_list_stop(struct slot_list *list)
{
    mutex_lock(&list->lock);
    list->has_stopped = true;
    condition_broadcast(&list->changed);
    mutex_unlock(&list->lock);
}

/* -- Infos
 * --------------------------------------------------------------------- */

static const char absent_manufacturer[] = "p11mux";

bool
slot_list_seen(struct slot_list *list, struct token *token,
               CK_SLOT_INFO *slot_info, CK_TOKEN_INFO *info)
{
    const struct member *member = token_member(token, 0);
    const struct member *source = member;

    mutex_lock(&list->lock);
    if (source == NULL)
        source = &token->members[0]; /* as it was, if it ever was */
    if (slot_info != NULL)
        *slot_info = source->seen_slot;
    if (info != NULL)
        *info = source->seen;
    if (info != NULL && token->n_members > 1)
        group_face_lay(token, info);
    if (slot_info != NULL && token->n_members > 1)
        group_face_lay_slot(token, slot_info);
    mutex_unlock(&list->lock);
    if (slot_info != NULL && slot_info->slotDescription[0] == '\0') {
        text_pad(slot_info->slotDescription, sizeof(slot_info->slotDescription),
                 token->label);
        text_pad(slot_info->manufacturerID, sizeof(slot_info->manufacturerID),
                 absent_manufacturer);
    }
    return token_is_present(token);
}

void
slot_list_lay(struct slot_list *list, struct token *token, CK_TOKEN_INFO *out)
{
    mutex_lock(&list->lock);
    group_face_lay(token, out);
    mutex_unlock(&list->lock);
}

void
slot_list_recall(struct slot_list *list, const struct member *member,
                 CK_TOKEN_INFO *out)
{
    mutex_lock(&list->lock);
    *out = member->seen;
    mutex_unlock(&list->lock);
}

bool
slot_list_sees_another(struct slot_list *list, const struct member *member,
                       const struct member_place *place,
                       const CK_TOKEN_INFO *now)
{
    bool is_another;

    mutex_lock(&list->lock);
    is_another =
        atomic_load(&member->backend) == place->backend &&
        atomic_load(&member->slot) == place->slot &&
        member->keep != KEEP_WHAT_COMES &&
        placement_is_other(backend_profile(place->backend), &member->seen, now);
    mutex_unlock(&list->lock);
    return is_another;
}

bool
slot_list_seen_all(struct slot_list *list, struct seen_token **out,
                   size_t *n_out)
{
    return scanner_seen(list->scanner, out, n_out);
}

static bool
take_trouble_locked(struct slot_list *list, char out[ERROR_TEXT_LENGTH])
    REQUIRES(list->lock)
{
    for (size_t i = 0; i < slot_list_count(list); i++) {
        struct token *token = slot_list_at(list, i);

        for (unsigned k = 0; k < token->n_members; k++) {
            struct member *member = &token->members[k];

            if (!member->is_trouble_new || member->trouble == NULL)
                continue;
            member->is_trouble_new = false;
            (void)snprintf(out, ERROR_TEXT_LENGTH, "%s", member->trouble);
            return true;
        }
    }
    return false;
}

void
slot_state_tell_troubles(struct slot_list *list)
{
    char text[ERROR_TEXT_LENGTH];
    bool is_left = true;

    while (is_left) {
        mutex_lock(&list->lock);
        is_left = take_trouble_locked(list, text);
        mutex_unlock(&list->lock);
        if (is_left)
            log_write(LOG_LEVEL_ERROR, "%s", text);
    }
}

void
slot_list_trouble(struct slot_list *list, const struct token *token,
                  char out[ERROR_TEXT_LENGTH])
{
    out[0] = '\0';
    mutex_lock(&list->lock);
    for (unsigned i = 0; i < token->n_members && out[0] == '\0'; i++)
        if (token->members[i].trouble != NULL)
            (void)snprintf(out, ERROR_TEXT_LENGTH, "%s",
                           token->members[i].trouble);
    mutex_unlock(&list->lock);
}

char *
slot_list_name(struct slot_list *list, const struct token *token)
{
    char *name;

    if (token->rule != NULL)
        return strdup(token->rule->label);
    mutex_lock(&list->lock);
    name = strdup(token->identity);
    mutex_unlock(&list->lock);
    return name;
}

void
slot_list_keep(struct slot_list *list, struct token *token)
{
    mutex_lock(&list->lock);
    for (unsigned i = 0; i < token->n_members; i++)
        token->members[i].keep = KEEP_WHAT_COMES;
    list->next_look = deadline_now();
    mutex_unlock(&list->lock);
}
