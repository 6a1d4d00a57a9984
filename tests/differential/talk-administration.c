/* SPDX-License-Identifier: BSD-3-Clause */
/* Tokens initialised anew, and their first PINs. */
#include "tests/differential/conversation.h"

static struct bytes
so_pin(void)
{
    return bytes_text(FIXTURE_SO_PIN);
}

static void
refused(struct talk *talk)
{
    CK_SESSION_HANDLE session;

    talk_step(talk, "while a session is open");
    session = ask_open(talk, talk->slot, FLAGS_RO);
    ask_init_token(talk, talk->slot, so_pin(), "renamed");
    ask_session_info(talk, session);
    ask_close(talk, session);
    talk_step(talk, "with a wrong PIN");
    ask_init_token(talk, talk->slot, bytes_text("wrong"), "renamed");
    ask_init_token(talk, talk->slot, bytes_text(FIXTURE_PIN), "renamed");
    ask_init_token(talk, talk->slot, bytes_null(0), "renamed");
    ask_init_token(talk, talk->slot, bytes_null(8), "renamed");
    talk_step(talk, "in a bad slot");
    ask_init_token(talk, BAD_HANDLE, so_pin(), "renamed");
    talk_step(talk, "it is as it was");
    ask_token_info(talk, talk->slot);
    session = ask_user_session(talk);
    ask_find(talk, session, "", 10);
    ask_close_all(talk, talk->slot);
}

/* A token that was used becomes an empty one. */
static void
again(struct talk *talk)
{
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object;

    talk_step(talk, "an object of before");
    session = ask_user_session(talk);
    object = ask_find(talk, session, "CKA_LABEL='old-aes", 10);
    ask_get(talk, session, object, "CKA_LABEL");
    ask_close_all(talk, talk->slot);
    talk_step(talk, "again");
    ask_init_token(talk, talk->slot, so_pin(), "alpha");
    talk->slot = find_slot(talk, "alpha");
    ask_token_info(talk, talk->slot);
    session = ask_open(talk, talk->slot, FLAGS_RW);
    ask_get(talk, session, object, "CKA_LABEL");
    ask_find(talk, session, "", 10);
    talk_step(talk, "before there is a PIN");
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_set_pin(talk, session, bytes_text(FIXTURE_PIN), bytes_text("5678"));
    talk_step(talk, "the first PIN");
    ask_login(talk, session, CKU_SO, so_pin());
    ask_init_pin(talk, session, bytes_text("24681357"));
    ask_token_info(talk, talk->slot);
    ask_logout(talk, session);
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_login(talk, session, CKU_USER, bytes_text("24681357"));
    ask_session_info(talk, session);
    ask_create(talk, session,
               "CKA_CLASS=CKO_DATA CKA_TOKEN=yes CKA_LABEL='new "
               "CKA_PRIVATE=yes");
    ask_find(talk, session, "", 10);
    ask_close_all(talk, talk->slot);
    talk_step(talk, "the other token is as it was");
    session = ask_open(talk, find_slot(talk, TALK_OTHER), FLAGS_RW);
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_session_info(talk, session);
    ask_close_all(talk, find_slot(talk, TALK_OTHER));
}

/* The slot that has no token yet. */
static void
fresh(struct talk *talk)
{
    CK_SLOT_ID slot = find_slot(talk, ""), made;
    CK_SESSION_HANDLE session;

    talk_step(talk, "a slot without a token");
    ask_token_info(talk, slot);
    session = ask_open(talk, slot, FLAGS_RW);
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_close_all(talk, slot);
    ask_init_token(talk, slot, bytes_text("12"), "x");
    talk_step(talk, "a new token");
    ask_init_token(talk, slot, so_pin(), "gamma");
    ask_slot_list(talk, CK_TRUE, ROOM_QUERY, false);
    ask_slot_list(talk, CK_TRUE, 16, true);
    made = find_slot(talk, "gamma");
    talk_step(talk, "the new token's PIN");
    session = ask_open(talk, made, FLAGS_RW);
    ask_login(talk, session, CKU_SO, so_pin());
    ask_init_pin(talk, session, bytes_text(FIXTURE_PIN));
    ask_logout(talk, session);
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_session_info(talk, session);
    ask_create(talk, session,
               "CKA_CLASS=CKO_DATA CKA_TOKEN=yes CKA_LABEL='new "
               "CKA_PRIVATE=yes");
    ask_find(talk, session, "", 10);
    ask_close_all(talk, made);
    talk_step(talk, "a label with blanks");
    ask_init_token(talk, find_slot(talk, ""), so_pin(), "one two  three");
    ask_slot_list(talk, CK_TRUE, ROOM_QUERY, false);
    ask_slot_list(talk, CK_TRUE, 16, true);
    talk_step(talk, "a label as long as can be");
    ask_init_token(talk, find_slot(talk, ""), so_pin(),
                   "abcdefghijklmnopqrstuvwxyz012345");
    ask_slot_list(talk, CK_TRUE, ROOM_QUERY, false);
    ask_slot_list(talk, CK_TRUE, 16, true);
}

/* The SO's own PIN. */
static void
officer(struct talk *talk)
{
    CK_SESSION_HANDLE session;

    talk_step(talk, "the SO's PIN");
    session = ask_open(talk, talk->slot, FLAGS_RW);
    ask_login(talk, session, CKU_SO, so_pin());
    ask_set_pin(talk, session, bytes_text("wrong"), bytes_text("13572468"));
    ask_set_pin(talk, session, so_pin(), bytes_text("13572468"));
    ask_logout(talk, session);
    ask_login(talk, session, CKU_SO, so_pin());
    ask_login(talk, session, CKU_SO, bytes_text("13572468"));
    ask_session_info(talk, session);
    ask_close_all(talk, talk->slot);
    talk_step(talk, "initialised with it");
    ask_init_token(talk, talk->slot, so_pin(), "alpha");
    ask_init_token(talk, talk->slot, bytes_text("13572468"), "alpha");
    talk->slot = find_slot(talk, "alpha");
    ask_token_info(talk, talk->slot);
}

void
talk_of_administration(struct talk *talk)
{
    ask_start(talk);
    refused(talk);
    again(talk);
    fresh(talk);
    officer(talk);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
    ask_start(talk);
    talk_step(talk, "after a new start");
    ask_slot_list(talk, CK_TRUE, 16, true);
    ask_token_info(talk, talk->slot);
}
