/* SPDX-License-Identifier: BSD-3-Clause */
/* Which of the tokens that were seen is which member of which token. */
#include "router/placement.h"

#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The texts of a token without their padding. */
struct token_texts {
    char label[33];
    char serial[17];
    char manufacturer[33];
    char model[17];
};

static void
read_texts(const CK_TOKEN_INFO *info, struct token_texts *out)
{
    text_copy(info->label, sizeof(info->label), out->label);
    text_copy(info->serialNumber, sizeof(info->serialNumber), out->serial);
    text_copy(info->manufacturerID, sizeof(info->manufacturerID),
              out->manufacturer);
    text_copy(info->model, sizeof(info->model), out->model);
}

static bool
fits(const struct member *member, const struct seen_token *seen)
{
    const struct config_member *rule = member->rule;
    struct token_texts texts;

    if (backend_module(seen->backend) != rule->module)
        return false;
    read_texts(&seen->info, &texts);
    return config_match_fits(&rule->match, texts.label, texts.serial,
                             texts.manufacturer, texts.model, seen->slot);
}

static bool
is_in_place(const struct member *member, const struct seen_token *seen)
{
    return atomic_load(&member->backend) == seen->backend &&
           atomic_load(&member->slot) == seen->slot;
}

/* -- Trouble ------------------------------------------------------------------
 */

/* What is wrong with all members. */
struct verdict {
    const char *file; /* of the rules; NULL: they are in none */
    struct error first;
    bool is_told; /* the caller is, so the log need not be */
};

/* Puts "FILE:LINE: " before it, as before every mistake of the file. */
static void
say_where(const struct verdict *verdict, const struct member *member,
          struct error *trouble)
{
    if (verdict->file != NULL)
        (void)error_set(trouble, trouble->rv, "%s:%u: %s", verdict->file,
                        member->rule->line, trouble->text);
}

/* Said once: to the caller, or to the log when it is new. */
static void
set_trouble(struct member *member, struct error *trouble,
            struct verdict *verdict)
{
    say_where(verdict, member, trouble);
    if (member->trouble == NULL ||
        strcmp(member->trouble, trouble->text) != 0) {
        member->is_trouble_new = !verdict->is_told;
        free(member->trouble);
        member->trouble = strdup(trouble->text);
    }
    if (verdict->first.rv == CKR_OK)
        verdict->first = *trouble;
}

static void
clear_trouble(struct member *member)
{
    free(member->trouble);
    member->trouble = NULL;
    member->is_trouble_new = false;
}

static void
describe(const struct seen_token *seen, char *out, size_t room)
{
    struct token_texts texts;

    read_texts(&seen->info, &texts);
    (void)snprintf(out, room, "\"%s\" (module %s, slot-id %lu, serial \"%s\")",
                   texts.label, backend_name(seen->backend), seen->slot,
                   texts.serial);
}

static void
is_ambiguous(struct member *member, const struct seen_token *a,
             const struct seen_token *b, struct verdict *verdict)
{
    struct error trouble = { .rv = CKR_OK };
    char one[128], other[128];

    describe(a, one, sizeof(one));
    describe(b, other, sizeof(other));
    (void)error_set(&trouble, CKR_GENERAL_ERROR,
                    "token \"%s\": match \"%s\" fits two tokens: %s and %s; "
                    "add serial= or slot-id= to the match",
                    member->token->label, member->rule->match.uri, one, other);
    set_trouble(member, &trouble, verdict);
}

static void
is_taken(struct member *member, const struct member *other,
         const struct seen_token *seen, struct verdict *verdict)
{
    struct error trouble = { .rv = CKR_OK };
    char one[128];

    describe(seen, one, sizeof(one));
    (void)error_set(&trouble, CKR_GENERAL_ERROR,
                    "tokens \"%s\" and \"%s\": the rules of both fit %s; one "
                    "token can be a member of one token only; make the "
                    "matches differ",
                    other->token->label, member->token->label, one);
    set_trouble(member, &trouble, verdict);
}

struct member *
placement_find(const struct placement *placements, size_t n_placements,
               const struct seen_token *seen)
{
    for (size_t i = 0; i < n_placements; i++) {
        const struct seen_token *other = placements[i].seen;

        if (placements[i].member != NULL && other->slot == seen->slot &&
            backend_shares_library(other->backend, seen->backend))
            return placements[i].member;
    }
    return NULL;
}

/* -- Placing
 * ------------------------------------------------------------------- */

static bool
is_called_otherwise(const CK_TOKEN_INFO *before, const CK_TOKEN_INFO *now)
{
    return memcmp(before->label, now->label, sizeof(now->label)) != 0 ||
           memcmp(before->manufacturerID, now->manufacturerID,
                  sizeof(now->manufacturerID)) != 0 ||
           memcmp(before->model, now->model, sizeof(now->model)) != 0;
}

/* Another token in the slot of the one before (R6.18): where serials are not
 * real, the other texts are all there is to tell by. */
bool
placement_is_other(const struct profile *profile, const CK_TOKEN_INFO *before,
                   const CK_TOKEN_INFO *now)
{
    if (profile->settings.serial == SERIAL_REAL)
        return memcmp(before->serialNumber, now->serialNumber,
                      sizeof(now->serialNumber)) != 0;
    return is_called_otherwise(before, now);
}

static bool
is_other_token(const struct member *member, const struct seen_token *seen)
{
    return placement_is_other(backend_profile(seen->backend), &member->seen,
                              &seen->info);
}

/* One that comes up in another place is the same if all its texts are. */
static bool
is_other_than(const CK_TOKEN_INFO *before, const CK_TOKEN_INFO *now)
{
    return memcmp(before->serialNumber, now->serialNumber,
                  sizeof(now->serialNumber)) != 0 ||
           is_called_otherwise(before, now);
}

void
placement_put(struct member *member, const struct seen_token *seen)
{
    bool is_other =
        is_in_place(member, seen)
            ? member->keep != KEEP_WHAT_COMES && is_other_token(member, seen)
            : is_other_than(&member->seen, &seen->info);

    clear_trouble(member);
    member->seen_slot = seen->slot_info;
    member->seen = seen->info;
    member_place(member, seen->backend, seen->slot, is_other);
}

/* After C_InitToken its place is all that tells it (R6.20). */
static bool
is_kept_at(const struct member *member, const struct seen_token *seen)
{
    return is_in_place(member, seen) &&
           (member->keep == KEEP_WHAT_COMES ||
            (member->keep == KEEP_AS_SEEN && !is_other_token(member, seen)));
}

static void
place(struct member *member, const struct seen_token *seen, size_t n_seen,
      struct placement *placements, struct verdict *verdict)
{
    size_t n_found = 0, found[2] = { 0, 0 };
    const struct member *owner = NULL;
    bool is_kept;

    for (size_t i = 0; i < n_seen && n_found < 2; i++)
        if (fits(member, &seen[i]))
            found[n_found++] = i;
    is_kept = n_found == 0;
    for (size_t i = 0; n_found == 0 && i < n_seen; i++)
        if (is_kept_at(member, &seen[i]))
            found[n_found++] = i;
    if (n_found == 1)
        owner = placement_find(placements, n_seen, &seen[found[0]]);
    if (n_found == 0) {
        clear_trouble(member);
        member_displace(member);
    } else if (n_found == 2) {
        is_ambiguous(member, &seen[found[0]], &seen[found[1]], verdict);
        member_displace(member);
    } else if (owner != NULL) {
        is_taken(member, owner, &seen[found[0]], verdict);
        member_displace(member);
    } else {
        placements[found[0]].member = member;
        placement_put(member, &seen[found[0]]);
        member->keep = is_kept ? KEEP_AS_SEEN : KEEP_NOT;
    }
}

bool
placement_apply(const char *file, struct token *const *tokens, size_t n_tokens,
                const struct seen_token *seen, size_t n_seen,
                struct placement *placements, struct error *error)
{
    struct verdict verdict = { .file = file, .is_told = error != NULL };

    for (size_t i = 0; i < n_seen; i++)
        placements[i] = (struct placement){ &seen[i], NULL };
    for (size_t i = 0; i < n_tokens; i++)
        for (unsigned k = 0; k < tokens[i]->n_members; k++)
            if (tokens[i]->rule != NULL && !tokens[i]->is_removed)
                place(&tokens[i]->members[k], seen, n_seen, placements,
                      &verdict);
    if (verdict.first.rv != CKR_OK && error != NULL)
        *error = verdict.first;
    return verdict.first.rv == CKR_OK;
}
