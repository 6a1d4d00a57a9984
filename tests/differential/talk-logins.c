/* SPDX-License-Identifier: BSD-3-Clause */
/* Logins: users, PINs, states, and what may be done in each. */
#include "tests/differential/conversation.h"

static const CK_USER_TYPE odd_users[] = { 3, 0x55, 0x80000001 };

/* What each session says it is. */
static void
states(struct talk *talk, CK_SESSION_HANDLE ro, CK_SESSION_HANDLE rw)
{
    ask_session_info(talk, ro);
    ask_session_info(talk, rw);
}

static void
user(struct talk *talk, CK_SESSION_HANDLE ro, CK_SESSION_HANDLE rw)
{
    struct bytes pin = bytes_text(FIXTURE_PIN);

    talk_step(talk, "user with a wrong PIN");
    ask_login(talk, rw, CKU_USER, bytes_text("4321"));
    ask_login(talk, ro, CKU_USER, bytes_text("x"));
    ask_login(talk, rw, CKU_USER, bytes_pattern(300));
    ask_login(talk, rw, CKU_USER, (struct bytes){ pin.at, 0 });
    ask_login(talk, rw, CKU_USER, bytes_null(0));
    if (!talk_is_nss(talk))
        ask_login(talk, rw, CKU_USER, bytes_null(4));
    states(talk, ro, rw);
    ask_token_info(talk, talk->slot);
    talk_step(talk, "odd users");
    for (size_t i = 0; i < sizeof(odd_users) / sizeof(odd_users[0]); i++)
        ask_login(talk, rw, odd_users[i], pin);
    talk_step(talk, "context-specific without an operation");
    ask_login(talk, rw, CKU_CONTEXT_SPECIFIC, pin);
    talk_step(talk, "user");
    ask_login(talk, ro, CKU_USER, pin);
    states(talk, ro, rw);
    ask_token_info(talk, talk->slot);
    talk_step(talk, "user twice");
    ask_login(talk, ro, CKU_USER, pin);
    ask_login(talk, rw, CKU_USER, pin);
    ask_login(talk, rw, CKU_USER, bytes_text("4321"));
    talk_step(talk, "SO while the user is");
    ask_login(talk, rw, CKU_SO, bytes_text(FIXTURE_SO_PIN));
    talk_step(talk, "context-specific while the user is");
    ask_login(talk, rw, CKU_CONTEXT_SPECIFIC, pin);
    ask_login(talk, rw, CKU_CONTEXT_SPECIFIC, bytes_text("4321"));
    talk_step(talk, "a new session is the user's too");
    ask_close(talk, ask_open(talk, talk->slot, FLAGS_RO));
    states(talk, ro, rw);
    talk_step(talk, "logout");
    ask_logout(talk, rw);
    states(talk, ro, rw);
    talk_step(talk, "logout twice");
    ask_logout(talk, rw);
}

static void
officer(struct talk *talk, CK_SESSION_HANDLE ro, CK_SESSION_HANDLE rw)
{
    struct bytes pin = bytes_text(FIXTURE_SO_PIN);
    CK_SESSION_HANDLE another;

    talk_step(talk, "SO with a wrong PIN");
    ask_login(talk, rw, CKU_SO, bytes_text("wrong"));
    talk_step(talk, "SO while there is a R/O session");
    ask_login(talk, rw, CKU_SO, pin);
    ask_login(talk, ro, CKU_SO, pin);
    states(talk, ro, rw);
    talk_step(talk, "SO");
    ask_close(talk, ro);
    ask_login(talk, rw, CKU_SO, pin);
    ask_session_info(talk, rw);
    talk_step(talk, "SO twice");
    ask_login(talk, rw, CKU_SO, pin);
    ask_login(talk, rw, CKU_SO, bytes_text("wrong"));
    ask_login(talk, rw, CKU_USER, bytes_text(FIXTURE_PIN));
    talk_step(talk, "sessions while the SO is there");
    ask_open(talk, talk->slot, FLAGS_RO);
    another = ask_open(talk, talk->slot, FLAGS_RW);
    ask_session_info(talk, another);
    talk_step(talk, "objects while the SO is there");
    ask_create(talk, rw, "CKA_CLASS=CKO_DATA CKA_LABEL='p CKA_PRIVATE=yes");
    ask_create(talk, rw, "CKA_CLASS=CKO_DATA CKA_LABEL='q CKA_PRIVATE=no");
    ask_find(talk, rw, "", 10);
    talk_step(talk, "SO logs out");
    ask_logout(talk, another);
    ask_session_info(talk, rw);
    ask_close_all(talk, talk->slot);
}

static void
pins(struct talk *talk, const char *who, CK_SESSION_HANDLE session)
{
    struct bytes pin = bytes_text(FIXTURE_PIN);

    talk_step(talk, "PINs, %s", who);
    if (!talk_is_nss(talk)) {
        ask_init_pin(talk, session, bytes_null(4));
        ask_set_pin(talk, session, bytes_null(4), pin);
        ask_set_pin(talk, session, pin, bytes_null(4));
    }
    ask_init_pin(talk, session, bytes_null(0));
    ask_init_pin(talk, session, bytes_text("123"));
    ask_init_pin(talk, session, bytes_pattern(256));
    ask_init_pin(talk, session, bytes_text("567890"));
    ask_set_pin(talk, session, bytes_null(0), bytes_null(0));
    ask_set_pin(talk, session, bytes_text("4321"), bytes_text("2468"));
    ask_set_pin(talk, session, pin, bytes_text("1"));
    ask_set_pin(talk, session, pin, bytes_pattern(256));
}

/* The PIN as it was and as it became, from a session that is not logged in. */
static void
try_pins(struct talk *talk, const char *when, CK_SESSION_HANDLE session)
{
    static const char *const tried[] = { FIXTURE_PIN, "567890", "987654" };

    talk_step(talk, "which PIN it is %s", when);
    for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++)
        if (ask_login(talk, session, CKU_USER, bytes_text(tried[i])) == CKR_OK)
            ask_logout(talk, session);
}

static void
changing(struct talk *talk)
{
    CK_SESSION_HANDLE ro, rw;

    talk_step(talk, "sessions for PINs");
    rw = ask_open(talk, talk->slot, FLAGS_RW);
    pins(talk, "public R/W", rw);
    try_pins(talk, "before", rw);
    talk_step(talk, "the user");
    ro = ask_open(talk, talk->slot, FLAGS_RO);
    ask_login(talk, rw, CKU_USER, bytes_text(FIXTURE_PIN));
    pins(talk, "user R/W", rw);
    pins(talk, "user R/O", ro);
    talk_step(talk, "the user changes it");
    ask_set_pin(talk, rw, bytes_text(FIXTURE_PIN), bytes_text("987654"));
    ask_session_info(talk, rw);
    ask_logout(talk, rw);
    try_pins(talk, "after the change", rw);
    talk_step(talk, "anybody changes it back");
    ask_set_pin(talk, rw, bytes_text("987654"), bytes_text(FIXTURE_PIN));
    try_pins(talk, "after the second change", rw);
    talk_step(talk, "the SO");
    ask_close(talk, ro);
    ask_login(talk, rw, CKU_SO, bytes_text(FIXTURE_SO_PIN));
    pins(talk, "SO", rw);
    ask_logout(talk, rw);
    try_pins(talk, "after the SO", rw);
    talk_step(talk, "close");
    ask_close_all(talk, talk->slot);
}

/* The login ends with the last session. */
static void
last_session(struct talk *talk)
{
    CK_SESSION_HANDLE session;

    talk_step(talk, "last session");
    session = ask_user_session(talk);
    ask_session_info(talk, session);
    ask_close(talk, session);
    session = ask_open(talk, talk->slot, FLAGS_RW);
    ask_session_info(talk, session);
    talk_step(talk, "close all");
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_open(talk, talk->slot, FLAGS_RO);
    ask_close_all(talk, talk->slot);
    session = ask_open(talk, talk->slot, FLAGS_RO);
    ask_session_info(talk, session);
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_close_all(talk, talk->slot);
}

void
talk_of_logins(struct talk *talk)
{
    CK_SESSION_HANDLE ro, rw;

    ask_start(talk);
    talk_step(talk, "sessions");
    ro = ask_open(talk, talk->slot, FLAGS_RO);
    rw = ask_open(talk, talk->slot, FLAGS_RW);
    user(talk, ro, rw);
    officer(talk, ro, rw);
    changing(talk);
    last_session(talk);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
