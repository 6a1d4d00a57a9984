/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts, flags and limits of a group. */
#include "router/group-face.h"

#include "common/crypto.h"
#include "common/text.h"
#include "router/instance.h"
#include "router/migration.h"
#include "router/replicate.h"
#include "router/route.h"
#include "router/slot-list.h"
#include "router/watch.h"

#include <stdio.h>
#include <string.h>

/* -- Texts -------------------------------------------------------------------
 */

/* The same in each process, and on each machine, with that label. */
static void
make_serial(const char *label, char out[17])
{
    unsigned char hash[SHA256_LENGTH] = { 0 };

    (void)crypto_sha256(label, strlen(label), hash);
    for (size_t i = 0; i < 8; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* The configuration's, the first member's own, its rule's, p11mux's. */
static void
choose_text(unsigned char *field, size_t length, const char *configured,
            const unsigned char *seen, const char *of_rule, const char *own)
{
    if (configured != NULL)
        text_pad(field, length, configured);
    else if (seen != NULL)
        memcpy(field, seen, length);
    else
        text_pad(field, length, of_rule != NULL ? of_rule : own);
}

static void
choose_texts(const struct token *token, CK_TOKEN_INFO *out)
{
    const struct config_token *rule = token->rule;
    const struct member *first = &token->members[0];
    const struct config_match *match = &rule->members[0].match;
    const CK_TOKEN_INFO *seen =
        atomic_load(&first->functions) == NULL ? NULL : &first->seen;
    char serial[17];

    make_serial(token->label, serial);
    text_pad(out->label, sizeof(out->label), token->label);
    choose_text(out->manufacturerID, sizeof(out->manufacturerID),
                rule->manufacturer, seen == NULL ? NULL : seen->manufacturerID,
                match->manufacturer, "p11mux");
    choose_text(out->model, sizeof(out->model), rule->model,
                seen == NULL ? NULL : seen->model, match->model, "group");
    choose_text(out->serialNumber, sizeof(out->serialNumber), rule->serial,
                seen == NULL ? NULL : seen->serialNumber, match->serial,
                serial);
}

void
group_face_lay(struct token *token, CK_TOKEN_INFO *out)
{
    const CK_TOKEN_INFO *shown = &token->shown;

    if (!token->is_shown)
        choose_texts(token, &token->shown);
    token->is_shown = true;
    memcpy(out->label, shown->label, sizeof(out->label));
    memcpy(out->manufacturerID, shown->manufacturerID,
           sizeof(out->manufacturerID));
    memcpy(out->model, shown->model, sizeof(out->model));
    memcpy(out->serialNumber, shown->serialNumber, sizeof(out->serialNumber));
}

void
group_face_lay_slot(const struct token *token, CK_SLOT_INFO *out)
{
    text_pad(out->slotDescription, sizeof(out->slotDescription), token->label);
    text_pad(out->manufacturerID, sizeof(out->manufacturerID), "p11mux");
    for (unsigned i = 0; i < token->n_members; i++)
        if (atomic_load(&token->members[i].functions) == NULL ||
            (token->members[i].seen_slot.flags & CKF_HW_SLOT) == 0)
            out->flags &= ~(CK_FLAGS)CKF_HW_SLOT;
}

/* -- Flags and limits --------------------------------------------------------
 */

/* What a group can do, each of its members must: an operation may go on with
 * any of them (R3.12, R3.28). */
static const CK_FLAGS of_all =
    CKF_RNG | CKF_RESTORE_KEY_NOT_NEEDED | CKF_DUAL_CRYPTO_OPERATIONS |
    CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_CLOCK_ON_TOKEN |
    CKF_PROTECTED_AUTHENTICATION_PATH | CKF_USER_PIN_LOCKED | CKF_ERROR_STATE;

/* What one of them needs, or warns of, is so for all. */
static const CK_FLAGS of_any =
    CKF_LOGIN_REQUIRED | CKF_SECONDARY_AUTHENTICATION | CKF_USER_PIN_COUNT_LOW |
    CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_TO_BE_CHANGED | CKF_SO_PIN_COUNT_LOW |
    CKF_SO_PIN_FINAL_TRY | CKF_SO_PIN_LOCKED | CKF_SO_PIN_TO_BE_CHANGED |
    CKF_SEED_RANDOM_REQUIRED;

/* Of a member that is away nobody knows how its PINs are by now. */
static const CK_FLAGS of_the_moment =
    CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_SO_PIN_COUNT_LOW |
    CKF_SO_PIN_FINAL_TRY | CKF_SO_PIN_LOCKED;

static void
merge(CK_TOKEN_INFO *out, const CK_TOKEN_INFO *its)
{
    out->flags &= its->flags | ~of_all;
    out->flags |= its->flags & of_any;
    if (its->ulMinPinLen > out->ulMinPinLen)
        out->ulMinPinLen = its->ulMinPinLen;
    if (its->ulMaxPinLen < out->ulMaxPinLen)
        out->ulMaxPinLen = its->ulMaxPinLen;
}

/* What is known of one that is away; false: it was never there. */
static bool
recall(const struct member *member, CK_TOKEN_INFO *out)
{
    slot_list_recall(member->token->list, member, out);
    out->flags &= ~of_the_moment;
    return atomic_load(&member->functions) != NULL;
}

static bool
ask(struct member *member, CK_TOKEN_INFO *out)
{
    struct member_place place;
    struct stay stay;
    CK_RV rv;

    if (!member_is_usable(member) || member_is_passed_over(member))
        return false;
    member_read(member, &place);
    if (!stay_begin(&stay, member, place.backend, NULL, CALL_C_GetTokenInfo))
        return false;
    rv = place.functions->C_GetTokenInfo(place.slot, out);
    stay_end(&stay);
    return rv == CKR_OK;
}

/* As what is written would find it; one that is away takes nothing. */
static CK_FLAGS
write_protection(const struct token *token, const CK_TOKEN_INFO *its)
{
    enum config_write write = token->rule->write;

    if (write == WRITE_REFUSE ||
        (write == WRITE_PRIMARY && !member_is_usable(token_first(token))) ||
        (write == WRITE_REPLICATE && !replicate_is_possible(token)))
        return CKF_WRITE_PROTECTED;
    return its->flags & CKF_WRITE_PROTECTED;
}

CK_RV
group_face_info(struct call *call, CK_TOKEN_INFO *out)
{
    struct token *token = call->token;
    CK_RV rv = CKR_TOKEN_NOT_PRESENT;
    CK_TOKEN_INFO its;

    route_leave(call);
    /* The one that answers for the others comes first: what is nobody's in
     * common, as its memory and its clock, is its own. */
    for (unsigned i = 0; i < token->n_members && rv != CKR_OK; i++)
        if (ask(&token->members[i], out)) {
            call->member = &token->members[i];
            rv = CKR_OK;
        }
    if (rv != CKR_OK)
        return rv;
    out->flags |= write_protection(token, out);
    for (unsigned i = 0; i < token->n_members; i++) {
        struct member *member = &token->members[i];

        if (member != call->member && !migration_has_left(member) &&
            (ask(member, &its) || recall(member, &its)))
            merge(out, &its);
    }
    return CKR_OK;
}
