/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that do on tokens what applications do. */
#include "tests/crowd.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct crowd_member {
    struct crowd *crowd;
    pthread_t thread;
    unsigned seed;
    CK_SESSION_HANDLE session;
};

/* What others may do to one at any time: log in, log out. */
static const CK_RV expected[] = {
    CKR_OK,
    CKR_USER_ALREADY_LOGGED_IN,
    CKR_USER_NOT_LOGGED_IN,
    CKR_OPERATION_NOT_INITIALIZED, /* ended by a logout */
    CKR_KEY_HANDLE_INVALID,        /* gone with a logout */
    CKR_OBJECT_HANDLE_INVALID,
};

static bool
is_expected(const struct crowd *crowd, const char *function, CK_RV rv)
{
    /* SoftHSM, when a logout takes the key away that it is decrypting. */
    if (rv == CKR_GENERAL_ERROR && strcmp(function, "C_SignInit") == 0)
        return true;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        if (rv == expected[i])
            return true;
    /* C_Finalize closes sessions first of all. */
    return crowd->may_end && (rv == CKR_CRYPTOKI_NOT_INITIALIZED ||
                              rv == CKR_SESSION_HANDLE_INVALID);
}

/* True when the answer lets the turn go on; wrong ones are noted. */
static bool
went_well(struct crowd *crowd, const char *function, CK_RV rv)
{
    bool is_wrong = !is_expected(crowd, function, rv);

    if (is_wrong && !atomic_exchange(&crowd->is_troubled, true))
        (void)snprintf(crowd->trouble, sizeof(crowd->trouble),
                       "%s answers 0x%lx", function, rv);
    if (rv == CKR_CRYPTOKI_NOT_INITIALIZED || is_wrong)
        atomic_store(&crowd->is_over, true);
    return rv == CKR_OK;
}

/* -- What one does in a turn ------------------------------------------------
 */

static void
log_in(struct crowd_member *member)
{
    static CK_UTF8CHAR pin[] = FIXTURE_PIN;
    CK_RV rv = member->crowd->list->C_Login(member->session, CKU_USER, pin,
                                            sizeof(pin) - 1);

    (void)went_well(member->crowd, "C_Login", rv);
}

static void
log_out(struct crowd_member *member)
{
    (void)went_well(member->crowd, "C_Logout",
                    member->crowd->list->C_Logout(member->session));
}

static CK_OBJECT_HANDLE
find(struct crowd_member *member, CK_OBJECT_CLASS class_)
{
    const CK_FUNCTION_LIST *list = member->crowd->list;
    CK_ATTRIBUTE template = { CKA_CLASS, &class_, sizeof(class_) };
    CK_OBJECT_HANDLE found[4];
    CK_ULONG count = 0;

    if (!went_well(member->crowd, "C_FindObjectsInit",
                   list->C_FindObjectsInit(member->session, &template, 1)))
        return 0;
    (void)went_well(member->crowd, "C_FindObjects",
                    list->C_FindObjects(member->session, found, 4, &count));
    (void)went_well(member->crowd, "C_FindObjectsFinal",
                    list->C_FindObjectsFinal(member->session));
    return count > 0 ? found[0] : 0;
}

/* What was signed is verified, also when somebody logs out meanwhile. */
static void
sign(struct crowd_member *member)
{
    const CK_FUNCTION_LIST *list = member->crowd->list;
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_OBJECT_HANDLE private_key = find(member, CKO_PRIVATE_KEY),
                     public_key = find(member, CKO_PUBLIC_KEY);
    CK_BYTE hash[32], signature[64];
    CK_ULONG length = sizeof(signature);

    memset(hash, (int)member->seed & 0xff, sizeof(hash));
    if (private_key == 0 || public_key == 0)
        return;
    if (!went_well(member->crowd, "C_SignInit",
                   list->C_SignInit(member->session, &mechanism,
                                    private_key)) ||
        !went_well(member->crowd, "C_Sign",
                   list->C_Sign(member->session, hash, sizeof(hash), signature,
                                &length)) ||
        !went_well(member->crowd, "C_VerifyInit",
                   list->C_VerifyInit(member->session, &mechanism, public_key)))
        return;
    (void)went_well(member->crowd, "C_Verify",
                    list->C_Verify(member->session, hash, sizeof(hash),
                                   signature, length));
}

static void
make_and_destroy(struct crowd_member *member)
{
    const CK_FUNCTION_LIST *list = member->crowd->list;
    CK_OBJECT_CLASS class_ = CKO_DATA;
    CK_BBOOL no = CK_FALSE;
    CK_BYTE value[16] = "data";
    CK_ATTRIBUTE template[] = { { CKA_CLASS, &class_, sizeof(class_) },
                                { CKA_TOKEN, &no, sizeof(no) },
                                { CKA_PRIVATE, &no, sizeof(no) },
                                { CKA_VALUE, value, sizeof(value) } };
    CK_OBJECT_CLASS read;
    CK_ATTRIBUTE wanted = { CKA_CLASS, &read, sizeof(read) };
    CK_OBJECT_HANDLE object;

    memcpy(value + 8, &member->seed, sizeof(member->seed));
    if (!went_well(member->crowd, "C_CreateObject",
                   list->C_CreateObject(member->session, template, 4, &object)))
        return;
    (void)went_well(member->crowd, "C_GetAttributeValue",
                    list->C_GetAttributeValue(member->session, object, &wanted,
                                              1));
    (void)went_well(member->crowd, "C_DestroyObject",
                    list->C_DestroyObject(member->session, object));
}

static void
ask(struct crowd_member *member)
{
    const CK_FUNCTION_LIST *list = member->crowd->list;
    CK_SESSION_INFO session_info;
    CK_TOKEN_INFO token_info;
    CK_ULONG count;

    (void)went_well(member->crowd, "C_GetSessionInfo",
                    list->C_GetSessionInfo(member->session, &session_info));
    (void)went_well(member->crowd, "C_GetSlotList",
                    list->C_GetSlotList(CK_TRUE, NULL, &count));
    (void)went_well(member->crowd, "C_GetTokenInfo",
                    list->C_GetTokenInfo(member->crowd->slots[0], &token_info));
}

static void (*const steps[])(struct crowd_member *) = { log_in, sign, ask,
                                                        make_and_destroy,
                                                        log_out };
enum { N_STEPS = sizeof(steps) / sizeof(steps[0]) };

/* -- Turns -------------------------------------------------------------------
 */

/* Opens a session, does some of these, and closes it or leaves it open. */
static void
take_turn(struct crowd_member *member)
{
    struct crowd *crowd = member->crowd;
    CK_SLOT_ID slot = crowd->slots[member->seed % crowd->n_slots];

    member->session = 0;
    if (!went_well(crowd, "C_OpenSession",
                   crowd->list->C_OpenSession(slot,
                                              CKF_SERIAL_SESSION |
                                                  CKF_RW_SESSION,
                                              NULL, NULL, &member->session)))
        return;
    for (unsigned i = 0; i < 4; i++) {
        member->seed = member->seed * 1103515245 + 12345;
        steps[(member->seed >> 16) % N_STEPS](member);
    }
    if (member->seed % 64 != 0)
        (void)went_well(crowd, "C_CloseSession",
                        crowd->list->C_CloseSession(member->session));
}

static void *
member_run(void *argument)
{
    struct crowd_member *member = argument;

    while (!atomic_load(&member->crowd->is_over)) {
        take_turn(member);
        atomic_fetch_add(&member->crowd->n_turns, 1);
    }
    return NULL;
}

void
crowd_begin(struct crowd *crowd, unsigned n_members)
{
    atomic_store(&crowd->is_over, false);
    atomic_store(&crowd->n_turns, 0);
    crowd->members = calloc(n_members, sizeof(*crowd->members));
    crowd->n_members = n_members;
    if (crowd->members == NULL)
        fixture_fail("no memory");
    for (unsigned i = 0; i < n_members; i++) {
        struct crowd_member *member = &crowd->members[i];

        member->crowd = crowd;
        member->seed = i * 7919 + 1;
        if (pthread_create(&member->thread, NULL, member_run, member) != 0)
            fixture_fail("no thread");
    }
}

void
crowd_wait(struct crowd *crowd, unsigned long n_turns)
{
    while (atomic_load(&crowd->n_turns) < n_turns &&
           !atomic_load(&crowd->is_over))
        sched_yield();
}

const char *
crowd_end(struct crowd *crowd)
{
    atomic_store(&crowd->is_over, true);
    for (unsigned i = 0; i < crowd->n_members; i++)
        (void)pthread_join(crowd->members[i].thread, NULL);
    free(crowd->members);
    return atomic_load(&crowd->is_troubled) ? crowd->trouble : NULL;
}
