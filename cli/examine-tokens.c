/* SPDX-License-Identifier: BSD-3-Clause */
/* PINs, limits and states of the tokens in the slots. */
#include "cli/examine.h"

#include "cli/memory.h"

/* Below this an application with some threads runs into the limit. */
enum { FEW_SESSIONS = 8 };

/* What a flag means where all of `only_with` are set: the worst first; of those
 * of one kind (`about`) only the first is said. */
static const struct {
    CK_FLAGS flag;
    bool is_set;
    CK_FLAGS only_with;
    int about;
    enum severity severity;
    const char *what;
    const char *why;
    const char *todo;
} rows[] = {
    { CKF_TOKEN_INITIALIZED, false, 0, 1, SEVERITY_PROBLEM,
      "is not initialised", "it has no PIN and no objects, and cannot be used",
      "initialise it with the vendor's tool, or: pkcs11-tool --module "
      "p11mux.so --slot N --init-token --label NAME" },
    { CKF_ERROR_STATE, true, 0, 2, SEVERITY_PROBLEM, "is in its error state",
      "a self-test of the device failed",
      "reset the device; if that does not help, ask the vendor" },
    { CKF_USER_PIN_INITIALIZED, false, CKF_LOGIN_REQUIRED, 1, SEVERITY_WARNING,
      "has no user PIN", "nobody but the security officer can log in",
      "set it as the security officer: pkcs11-tool --module p11mux.so --slot N "
      "--init-pin" },
    { CKF_USER_PIN_LOCKED, true, 0, 3, SEVERITY_PROBLEM, "has a locked PIN",
      "a wrong PIN was entered too often",
      "let the security officer set a new one, and look for the program that "
      "has the wrong one first" },
    { CKF_USER_PIN_FINAL_TRY, true, 0, 3, SEVERITY_WARNING,
      "locks its PIN with the next wrong one",
      "a wrong PIN was entered several times",
      "look for the program that has the wrong one; a login with the right "
      "one resets the count" },
    { CKF_USER_PIN_COUNT_LOW, true, 0, 3, SEVERITY_WARNING,
      "has seen a wrong PIN",
      "somebody entered a wrong PIN since the last login",
      "look for the program that has the wrong one; a login with the right "
      "one resets the count" },
    { CKF_USER_PIN_TO_BE_CHANGED, true, 0, 4, SEVERITY_WARNING,
      "wants its PIN to be changed",
      "it is the one that the token was made with, or it has expired",
      "change it: pkcs11-tool --module p11mux.so --slot N --login "
      "--change-pin" },
    { CKF_SO_PIN_LOCKED, true, 0, 5, SEVERITY_WARNING,
      "has a locked PIN of the security officer",
      "it was entered wrong too often: a locked user PIN could not be set "
      "again",
      "have the keys somewhere else before the token has to be initialised "
      "anew" },
    { CKF_SO_PIN_FINAL_TRY, true, 0, 5, SEVERITY_WARNING,
      "locks the security officer's PIN with the next wrong one",
      "it was entered wrong several times",
      "be sure of it before it is entered again" },
};

static void
examine_flags(const struct token *token, CK_FLAGS flags,
              struct findings *findings)
{
    int said = 0; /* a bit for each `about` */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int bit = 1 << rows[i].about;

        if (((flags & rows[i].flag) != 0) != rows[i].is_set ||
            (flags & rows[i].only_with) != rows[i].only_with ||
            (said & bit) != 0)
            continue;
        said |= bit;
        finding_add(findings, rows[i].severity,
                    memory_text("token \"%s\" (slot %lu) %s", token->label,
                                token->slot, rows[i].what),
                    memory_copy(rows[i].why), memory_copy(rows[i].todo));
    }
}

static bool
is_few(CK_ULONG count)
{
    return count != CK_EFFECTIVELY_INFINITE &&
           count != CK_UNAVAILABLE_INFORMATION && count < FEW_SESSIONS;
}

static void
examine_sessions(const struct token *token, const CK_TOKEN_INFO *info,
                 struct findings *findings)
{
    bool is_rw = !is_few(info->ulMaxSessionCount);
    CK_ULONG count =
        is_rw ? info->ulMaxRwSessionCount : info->ulMaxSessionCount;

    if (!is_few(count))
        return;
    finding_add(
        findings, SEVERITY_WARNING,
        memory_text("token \"%s\" (slot %lu) has %lu %ssessions at most",
                    token->label, token->slot, count,
                    is_rw ? "read/write " : ""),
        memory_copy("an application that opens more, or several "
                    "together, get CKR_SESSION_COUNT"),
        memory_copy("raise the limit on the device if it can be; let "
                    "applications close what they do not use"));
}

/* SoftHSM always shows one more token, to be initialised. */
static bool
is_spare(const struct token *token, const CK_TOKEN_INFO *info)
{
    return token->rule == NULL && (info->flags & CKF_TOKEN_INITIALIZED) == 0;
}

void
examine_tokens(const struct survey *survey, struct findings *findings)
{
    for (size_t i = 0; i < slot_list_count(survey->slots); i++) {
        struct token *token = slot_list_at(survey->slots, i);
        CK_TOKEN_INFO info;

        if (!slot_list_seen(survey->slots, token, NULL, &info) ||
            is_spare(token, &info))
            continue;
        examine_flags(token, info.flags, findings);
        examine_sessions(token, &info, findings);
    }
}
