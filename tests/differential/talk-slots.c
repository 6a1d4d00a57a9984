/* SPDX-License-Identifier: BSD-3-Clause */
/* Slots, tokens and mechanisms: lists, buffers, and what they say. */
#include "tests/differential/conversation.h"

#include "tests/differential/template.h"

static void
lists(struct talk *talk)
{
    talk_step(talk, "present slots");
    ask_slot_list(talk, CK_TRUE, ROOM_QUERY, false);
    ask_slot_list(talk, CK_TRUE, 0, true);
    ask_slot_list(talk, CK_TRUE, 1, true);
    ask_slot_list(talk, CK_TRUE, 2, true);
    ask_slot_list(talk, CK_TRUE, 3, true);
    ask_slot_list(talk, CK_TRUE, 16, true);
    talk_step(talk, "all slots");
    ask_slot_list(talk, CK_FALSE, ROOM_QUERY, false);
    ask_slot_list(talk, CK_FALSE, 1, true);
    ask_slot_list(talk, CK_FALSE, 3, true);
    ask_slot_list(talk, CK_FALSE, 16, true);
}

static void
about_slot(struct talk *talk, const char *name, CK_SLOT_ID slot)
{
    talk_step(talk, "%s", name);
    ask_slot_info(talk, slot);
    ask_token_info(talk, slot);
    ask_mechanism_list(talk, slot, ROOM_QUERY);
    ask_mechanism_list(talk, slot, 0);
    ask_mechanism_list(talk, slot, 1);
    ask_mechanism_list(talk, slot, 512);
    ask_mechanism_info(talk, slot, CKM_RSA_PKCS);
    ask_mechanism_info(talk, slot, CKM_VENDOR_DEFINED + 0x7777);
    ask_open(talk, slot, 0);
    ask_open(talk, slot, CKF_RW_SESSION);
    if (talk_is_nss(talk)) /* it ends the process where it is given NULL */
        return;
    ask_open_nowhere(talk, slot, FLAGS_RO);
    ask_open_nowhere(talk, slot, 0);
}

static void
mechanisms(struct talk *talk)
{
    CK_MECHANISM_TYPE types[512];
    CK_ULONG count = 512;

    if (talk->list->C_GetMechanismList(talk->slot, types, &count) != CKR_OK)
        fixture_fail("the token has no list of mechanisms");
    talk_step(talk, "mechanisms");
    for (CK_ULONG i = 0; i < count; i++)
        ask_mechanism_info(talk, talk->slot, types[i]);
}

static void
events(struct talk *talk)
{
    CK_BYTE something = 0;

    talk_step(talk, "events");
    ask_slot_event(talk, CKF_DONT_BLOCK, false, NULL);
    ask_slot_event(talk, CKF_DONT_BLOCK, true, &something);
    ask_slot_event(talk, CKF_DONT_BLOCK, true, NULL);
    ask_slot_event(talk, CKF_DONT_BLOCK, true, NULL);
}

void
talk_of_slots(struct talk *talk)
{
    ask_start(talk);
    lists(talk);
    about_slot(talk, TALK_TOKEN, talk->slot);
    if (!talk_is_nss(talk)) {
        about_slot(talk, TALK_OTHER, find_slot(talk, TALK_OTHER));
        about_slot(talk, "free", find_slot(talk, ""));
    }
    about_slot(talk, "bad slot", BAD_HANDLE);
    mechanisms(talk);
    events(talk);
    talk_step(talk, "sessions are counted");
    ask_open(talk, talk->slot, FLAGS_RO);
    ask_open(talk, talk->slot, FLAGS_RW);
    ask_token_info(talk, talk->slot);
    ask_close_all(talk, talk->slot);
    ask_token_info(talk, talk->slot);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
