/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions: opening, closing, their states, and handles that are not theirs. */
#include "tests/differential/conversation.h"

static void
opening(struct talk *talk)
{
    CK_SESSION_HANDLE first, second;

    talk_step(talk, "flags");
    ask_open(talk, talk->slot, 0);
    ask_open(talk, talk->slot, CKF_RW_SESSION);
    first = ask_open(talk, talk->slot, FLAGS_RO);
    second = ask_open(talk, talk->slot, FLAGS_RW);
    ask_session_info(talk, first);
    ask_session_info(talk, second);
    ask_close(talk, ask_open(talk, talk->slot, FLAGS_RW | 0x40000000));
    talk_step(talk, "bad slot");
    ask_open(talk, BAD_HANDLE, FLAGS_RW);
    ask_open(talk, BAD_HANDLE, 0);
    ask_close_all(talk, BAD_HANDLE);
    talk_step(talk, "close twice");
    ask_close(talk, first);
    ask_close(talk, first);
    ask_session_info(talk, first);
    talk_step(talk, "the other is still there");
    ask_session_info(talk, second);
    talk_step(talk, "close all");
    ask_open(talk, talk->slot, FLAGS_RO);
    ask_close_all(talk, talk->slot);
    ask_session_info(talk, second);
    ask_close(talk, second);
    ask_close_all(talk, talk->slot);
}

static void
bad_handle(struct talk *talk, const char *name, CK_SESSION_HANDLE session)
{
    talk_step(talk, "%s", name);
    ask_session_info(talk, session);
    ask_close(talk, session);
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_logout(talk, session);
    ask_get_state(talk, session, ROOM_QUERY);
    ask_set_state(talk, session, bytes_pattern(8), 0, 0);
    ask_init_pin(talk, session, bytes_text(FIXTURE_PIN));
    ask_set_pin(talk, session, bytes_text(FIXTURE_PIN), bytes_text("5678"));
    ask_create(talk, session, "CKA_CLASS=CKO_DATA");
    ask_copy(talk, session, BAD_HANDLE, "CKA_LABEL='x");
    ask_destroy(talk, session, BAD_HANDLE);
    ask_size(talk, session, BAD_HANDLE);
    ask_get(talk, session, BAD_HANDLE, "CKA_CLASS");
    ask_set(talk, session, BAD_HANDLE, "CKA_LABEL='x");
    ask_find_init(talk, session, "");
    ask_find_next(talk, session, 1);
    ask_find_final(talk, session);
    ask_random(talk, session, 8, false);
    ask_seed(talk, session, bytes_pattern(8));
    ask_parallel(talk, session);
}

/* On two tokens at the same time. */
static void
two_tokens(struct talk *talk)
{
    CK_SLOT_ID other = find_slot(talk, TALK_OTHER);
    CK_SESSION_HANDLE here, there;
    CK_OBJECT_HANDLE object;

    talk_step(talk, "two tokens");
    here = ask_user_session(talk);
    there = ask_open(talk, other, FLAGS_RW);
    ask_session_info(talk, here);
    ask_session_info(talk, there);
    ask_login(talk, there, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_logout(talk, here);
    ask_session_info(talk, here);
    ask_session_info(talk, there);
    talk_step(talk, "an object of the other token");
    object = ask_create(talk, here,
                        "CKA_CLASS=CKO_DATA CKA_LABEL='here "
                        "CKA_PRIVATE=no");
    ask_get(talk, here, object, "CKA_LABEL");
    talk_step(talk, "close all of one token");
    ask_close_all(talk, other);
    ask_session_info(talk, here);
    ask_session_info(talk, there);
    ask_close_all(talk, talk->slot);
}

static void
many(struct talk *talk)
{
    CK_SESSION_HANDLE sessions[20];

    talk_step(talk, "many");
    for (size_t i = 0; i < 20; i++)
        sessions[i] =
            ask_open(talk, talk->slot, i % 2 == 0 ? FLAGS_RO : FLAGS_RW);
    ask_token_info(talk, talk->slot);
    for (size_t i = 0; i < 20; i += 3)
        ask_close(talk, sessions[i]);
    ask_token_info(talk, talk->slot);
    talk_step(talk, "many are left at the end");
    ask_finalize(talk, NULL);
    ask_start(talk);
    talk_step(talk, "none is left");
    ask_session_info(talk, sessions[1]);
    ask_token_info(talk, talk->slot);
}

void
talk_of_sessions(struct talk *talk)
{
    CK_SESSION_HANDLE session;

    ask_start(talk);
    opening(talk);
    talk_step(talk, "a session that was");
    session = ask_open(talk, talk->slot, FLAGS_RW);
    ask_close(talk, session);
    bad_handle(talk, "session 0", 0);
    bad_handle(talk, "a closed session", session);
    bad_handle(talk, "a session that never was", BAD_HANDLE);
    if (!talk_is_nss(talk))
        two_tokens(talk);
    many(talk);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
