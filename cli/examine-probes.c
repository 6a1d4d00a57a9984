/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects that p11mux made on a token for a moment, and could not remove. */
#include "backends/backend.h"
#include "cli/examine.h"
#include "cli/memory.h"
#include "router/spill.h"

enum { AT_ONCE = 32 };

static size_t
count_found(const CK_FUNCTION_LIST_3_2 *functions, CK_SESSION_HANDLE session)
{
    static char label[] = SPILL_PROBE_LABEL;
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_LABEL, label, sizeof(label) - 1 },
    };
    CK_OBJECT_HANDLE found[AT_ONCE];
    CK_ULONG n = AT_ONCE;
    size_t count = 0;

    if (functions->C_FindObjectsInit(session, template, 2) != CKR_OK)
        return 0;
    while (n == AT_ONCE &&
           functions->C_FindObjects(session, found, AT_ONCE, &n) == CKR_OK)
        count += n;
    (void)functions->C_FindObjectsFinal(session);
    return count;
}

/* They are public. */
static size_t
count_on(const struct member_place *place)
{
    CK_SESSION_HANDLE session;
    size_t count = 0;

    backend_enter(place->backend);
    if (place->functions->C_OpenSession(place->slot, CKF_SERIAL_SESSION, NULL,
                                        NULL, &session) == CKR_OK) {
        count = count_found(place->functions, session);
        (void)place->functions->C_CloseSession(session);
    }
    backend_leave(place->backend);
    return count;
}

static void
examine_member(const struct token *token, const struct member *member,
               struct findings *findings)
{
    struct member_place place;
    size_t count;

    if (!atomic_load(&member->is_present))
        return;
    member_read(member, &place);
    count = count_on(&place);
    if (count == 0)
        return;
    finding_add(
        findings, SEVERITY_WARNING,
        memory_text("token \"%s\" (slot %lu) has %zu objects \"%s\"",
                    token->label, token->slot, count, SPILL_PROBE_LABEL),
        memory_copy("programs were killed while p11mux looked for room on it, "
                    "and less room is left"),
        memory_text("remove them, one at a time: pkcs11-tool --module "
                    "p11mux.so --slot %lu --login --delete-object --type data "
                    "--label \"%s\"",
                    token->slot, SPILL_PROBE_LABEL));
}

void
examine_probes(const struct survey *survey, struct findings *findings)
{
    for (size_t i = 0; i < slot_list_count(survey->slots); i++) {
        const struct token *token = slot_list_at(survey->slots, i);

        if (token->rule == NULL ||
            token->rule->certificates.mode != CERTIFICATES_HYBRID)
            continue;
        for (unsigned k = 0; k < token->n_members; k++)
            examine_member(token, &token->members[k], findings);
    }
}
