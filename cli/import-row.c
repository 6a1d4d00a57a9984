/* SPDX-License-Identifier: BSD-3-Clause */
/* Says what has come of importing a key. */
#include "cli/import-row.h"

#include "cli/hex.h"
#include "cli/importing.h"
#include "cli/member-row.h"
#include "cli/memory.h"
#include "cli/object-row.h"
#include "common/cleanup.h"
#include "common/names.h"

#include <stdlib.h>

enum column {
    COLUMN_CLASS,
    COLUMN_LABEL,
    COLUMN_ID,
    COLUMN_FINGERPRINT,
    COLUMN_STATE,
    COLUMN_STATE_SHOWN,
    COLUMN_WAY,
    COLUMN_WORDS,
    COLUMN_MEMBER, /* the last one: only of groups */
    N_COLUMNS
};

static const struct report_column columns[N_COLUMNS] = {
    [COLUMN_CLASS] = { .name = "class", .heading = "CLASS" },
    [COLUMN_LABEL] = { .name = "label", .heading = "LABEL" },
    [COLUMN_ID] = { .name = "id", .heading = "ID" },
    [COLUMN_FINGERPRINT] = { .name = "fingerprint" },
    [COLUMN_STATE] = { .name = "state" },
    [COLUMN_STATE_SHOWN] = { .heading = "IMPORT" },
    [COLUMN_WAY] = { .name = "way" },
    [COLUMN_WORDS] = { .heading = "HOW" },
    [COLUMN_MEMBER] = { .name = "member", .heading = "MEMBER" },
};

struct report *
import_report_new(bool of_group)
{
    return report_new(columns, of_group ? N_COLUMNS : COLUMN_MEMBER);
}

static void
set_text(struct report *report, enum column column, char *text)
{
    report_set_text(report, column, text);
    free(text);
}

static void
set_state(struct report *report, const struct member *member, bool is_new)
{
    if (member->token->mode != GROUP_SINGLE)
        set_text(report, COLUMN_MEMBER, member_name(member));
    report_set_text(report, COLUMN_STATE, is_new ? "made" : "there");
    report_set_text(report, COLUMN_STATE_SHOWN, is_new ? "made" : "is there");
}

void
import_row_add_key(struct report *report, const struct member *member,
                   const struct identity *identity,
                   const struct transfer_outcome *outcome)
{
    bool is_new = outcome->verdict == TRANSFER_FINE;

    report_add_row(report);
    set_text(report, COLUMN_CLASS, object_class_text(identity->object_class));
    set_text(report, COLUMN_LABEL, object_label_text(identity));
    set_text(report, COLUMN_ID, hex_text(identity->id, identity->id_length));
    set_text(report, COLUMN_FINGERPRINT,
             hex_text(identity->fingerprint, sizeof(identity->fingerprint)));
    set_state(report, member, is_new);
    if (!is_new)
        return;
    report_set_text(report, COLUMN_WAY, transfer_ways[outcome->way].name);
    report_set_text(report, COLUMN_WORDS, transfer_ways[outcome->way].words);
}

void
import_row_undo(struct report *report, size_t row, bool is_gone)
{
    report_change_text(report, row, COLUMN_STATE,
                       is_gone ? "undone" : "left-behind");
    report_change_text(report, row, COLUMN_STATE_SHOWN,
                       is_gone ? "undone" : "was to be undone, and stays");
}

void
import_row_add_certificate(struct report *report, const struct member *member,
                           const struct holding *holding, bool is_new)
{
    report_add_row(report);
    set_text(report, COLUMN_CLASS, object_class_text(CKO_CERTIFICATE));
    set_text(report, COLUMN_LABEL,
             memory_text("%.*s", (int)holding->label.length,
                         (const char *)holding->label.bytes));
    set_text(report, COLUMN_ID,
             hex_text(holding->id.bytes, holding->id.length));
    set_state(report, member, is_new);
    report_set_text(report, COLUMN_WORDS, holding_place(holding));
}

/* -- Why not -----------------------------------------------------------------
 */

/* What keys of a type are good for on a token that has this mechanism. */
static const struct kind {
    CK_KEY_TYPE type;
    CK_MECHANISM_TYPE mechanism;
    const char *words;
} kinds[] = {
    { CKK_RSA, CKM_RSA_PKCS, "RSA keys" },
    { CKK_EC, CKM_ECDSA, "EC keys" },
    { CKK_EC_EDWARDS, CKM_EDDSA, "Ed25519 keys" },
};

/* NULL: it has the mechanism. */
static const struct kind *
find_missing(const struct visit *visit, CK_KEY_TYPE type)
{
    CK_MECHANISM_INFO info;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].type == type &&
            C_GetMechanismInfo(visit->token->slot, kinds[i].mechanism, &info) ==
                CKR_MECHANISM_INVALID)
            return &kinds[i];
    return NULL;
}

static const struct reason {
    enum transfer_verdict verdict;
    const char *words;
} reasons[] = {
    { TRANSFER_UNPROVEN, "no operation there could show that it has become "
                         "the same key; it was destroyed" },
    { TRANSFER_DIFFERENT, "what it made of it is another key, which was "
                          "destroyed" },
    { TRANSFER_CHANGED, "it gives it other attributes or more usages, or "
                        "protects it less; it was destroyed" },
    { TRANSFER_LEFT_BEHIND, "it may have stayed all the same, and is not known "
                            "to be right: look with \"p11mux objects\" and "
                            "destroy it" },
};

static const char *
words_of(enum transfer_verdict verdict)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].verdict == verdict)
            return reasons[i].words;
    return transfer_verdicts[verdict].words;
}

static bool
refuse_taken(const struct visit *visit, const struct identity *identity,
             struct error *error)
{
    CLEANUP(freep) char *id = hex_text(identity->id, identity->id_length);

    return error_set(error, CKR_ATTRIBUTE_VALUE_INVALID,
                     "token \"%s\" has another key with the id %s; choose "
                     "another one with --id",
                     visit->token->label, id);
}

bool
import_row_refuse(const struct visit *visit, const struct identity *identity,
                  const struct transfer_outcome *outcome, struct error *error)
{
    const struct kind *missing = find_missing(visit, identity->key_type);
    CLEANUP(freep) char *what = object_class_text(identity->object_class);
    char mechanism[NAME_LENGTH], code[NAME_LENGTH];

    if (outcome->verdict == TRANSFER_TAKEN ||
        outcome->verdict == TRANSFER_OVERWRITES)
        return refuse_taken(visit, identity, error);
    if (missing != NULL)
        return error_set(error, CKR_MECHANISM_INVALID,
                         "token \"%s\" does not know %s: it has no %s; import "
                         "it to another one",
                         visit->token->label, missing->words,
                         name_of(NAME_CKM, missing->mechanism, mechanism));
    if (outcome->function == NULL)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "token \"%s\" does not take the %s: %s",
                         visit->token->label, what, words_of(outcome->verdict));
    if (outcome->rv == CKR_USER_NOT_LOGGED_IN && !visit->is_logged_in)
        return visit_fail(visit, outcome->function, outcome->rv, error);
    return error_set(error, outcome->rv,
                     "token \"%s\" does not take the %s: %s: %s%s",
                     visit->token->label, what, outcome->function,
                     name_of(NAME_CKR, outcome->rv, code),
                     outcome->verdict == TRANSFER_LEFT_BEHIND
                         ? "; it may have stayed all the same: look with "
                           "\"p11mux objects\" and destroy it"
                         : "");
}
