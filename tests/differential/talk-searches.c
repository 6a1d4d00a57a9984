/* SPDX-License-Identifier: BSD-3-Clause */
/* Searches: what is found, in what portions, and out of order. */
#include "tests/differential/conversation.h"

enum { N_OBJECTS = 23, N_MANY = 300 };

static void
make(struct talk *talk, CK_SESSION_HANDLE session)
{
    talk_step(talk, "objects");
    for (int i = 0; i < N_OBJECTS; i++)
        ask_create(talk, session,
                   fixture_text("CKA_CLASS=CKO_SECRET_KEY "
                                "CKA_KEY_TYPE=CKK_GENERIC_SECRET "
                                "CKA_VALUE=@secret-%d CKA_LABEL='object-%02d "
                                "CKA_ID=x%02x CKA_PRIVATE=%s",
                                i % 2 == 0 ? 16 : 32, i, i % 4,
                                i % 3 == 0 ? "no" : "yes"));
}

static void
search_all(struct talk *talk, const char *who, CK_SESSION_HANDLE session)
{
    static const struct {
        const char *name;
        const char *template;
    } searches[] = {
        { "all", "" },
        { "class", "CKA_CLASS=CKO_SECRET_KEY" },
        { "id", "CKA_ID=x01" },
        { "class and id", "CKA_CLASS=CKO_SECRET_KEY CKA_ID=x02" },
        { "label", "CKA_LABEL='object-07" },
        { "private", "CKA_CLASS=CKO_SECRET_KEY CKA_PRIVATE=yes" },
        { "token", "CKA_TOKEN=yes" },
        { "session", "CKA_TOKEN=no CKA_ID=x00" },
        { "nothing", "CKA_LABEL='nobody" },
        { "an empty label", "CKA_LABEL=x" },
        { "a missing attribute", "CKA_MODULUS=x0102" },
        { "an unknown attribute", "0x7fff0001=x01" },
        { "a class of two bytes", "CKA_CLASS=x0102" },
        { "twice the same", "CKA_ID=x01 CKA_ID=x01" },
        { "twice another", "CKA_ID=x01 CKA_ID=x02" },
        { "sensitive", "CKA_VALUE=@secret-16" },
    };

    for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
        talk_step(talk, "%s, %s", searches[i].name, who);
        ask_find(talk, session, searches[i].template, 100);
    }
    talk_step(talk, "one by one, %s", who);
    ask_find(talk, session, "CKA_ID=x03", 1);
    talk_step(talk, "by threes, %s", who);
    ask_find(talk, session, "CKA_CLASS=CKO_SECRET_KEY", 3);
    talk_step(talk, "exactly as many, %s", who);
    ask_find(talk, session, "CKA_LABEL='object-07", 1);
}

static void
order(struct talk *talk, CK_SESSION_HANDLE session)
{
    talk_step(talk, "next and final without init");
    ask_find_next(talk, session, 1);
    ask_find_final(talk, session);
    talk_step(talk, "init twice");
    ask_find_init(talk, session, "CKA_ID=x01");
    ask_find_init(talk, session, "CKA_ID=x02");
    ask_find_next(talk, session, 100);
    ask_find_next(talk, session, 100);
    talk_step(talk, "final twice");
    ask_find_final(talk, session);
    ask_find_final(talk, session);
    ask_find_next(talk, session, 1);
    talk_step(talk, "no room");
    ask_find_init(talk, session, "CKA_ID=x01");
    ask_find_next(talk, session, 1);
    ask_find_final(talk, session);
    talk_step(talk, "left in the middle");
    ask_find_init(talk, session, "");
    ask_find_next(talk, session, 2);
    ask_find_final(talk, session);
    talk_step(talk, "init that fails, then another");
    ask_find_init(talk, session, "CKA_CLASS=x0102 0x7fff0001=?8");
    ask_find_final(talk, session);
    ask_find(talk, session, "CKA_ID=x01", 100);
}

/* Whether other calls are possible in the middle of a search. */
static void
between(struct talk *talk, CK_SESSION_HANDLE session, CK_SESSION_HANDLE other)
{
    static const CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
    CK_OBJECT_HANDLE object;

    talk_step(talk, "operations in the middle");
    ask_find_init(talk, session, "CKA_CLASS=CKO_SECRET_KEY");
    ask_find_next(talk, session, 3);
    ask_random(talk, session, 16, false);
    ask_session_info(talk, session);
    ask_init(talk, DIGEST, other, &sha256, 0);
    ask_update(talk, DIGEST, other, bytes_pattern(100), 0);
    ask_find_next(talk, session, 3);
    ask_final(talk, DIGEST, other, 64);
    ask_find(talk, other, "CKA_ID=x01", 4);
    ask_find_next(talk, session, 3);
    talk_step(talk, "a digest in the same session");
    ask_init(talk, DIGEST, session, &sha256, 0);
    ask_single(talk, DIGEST, session, bytes_pattern(10), 64);
    ask_find_final(talk, session);
    talk_step(talk, "a search in the middle of a digest");
    ask_init(talk, DIGEST, session, &sha256, 0);
    ask_update(talk, DIGEST, session, bytes_pattern(10), 0);
    ask_find_init(talk, session, "CKA_ID=x01");
    ask_find_next(talk, session, 100);
    ask_find_final(talk, session);
    ask_final(talk, DIGEST, session, 64);
    talk_step(talk, "objects come and go in the middle");
    object = ask_create(talk, session,
                        "CKA_CLASS=CKO_SECRET_KEY "
                        "CKA_KEY_TYPE=CKK_GENERIC_SECRET CKA_VALUE=@secret-16 "
                        "CKA_LABEL='going CKA_ID=x55");
    ask_find_init(talk, session, "CKA_ID=x55");
    ask_create(talk, session,
               "CKA_CLASS=CKO_SECRET_KEY "
               "CKA_KEY_TYPE=CKK_GENERIC_SECRET "
               "CKA_VALUE=@secret-16 CKA_LABEL='coming "
               "CKA_ID=x55");
    ask_destroy(talk, other, object);
    ask_find_next(talk, session, 10);
    ask_find_final(talk, session);
    ask_find(talk, session, "CKA_ID=x55", 10);
    ask_get(talk, session, object, "CKA_LABEL");
}

/* More than a search takes at once. */
static void
many(struct talk *talk, CK_SESSION_HANDLE session)
{
    talk_step(talk, "many objects");
    for (int i = 0; i < N_MANY; i++)
        ask_create(talk, session,
                   fixture_text("CKA_CLASS=CKO_SECRET_KEY "
                                "CKA_KEY_TYPE=CKK_GENERIC_SECRET "
                                "CKA_VALUE=@secret-16 CKA_LABEL='many-%03d "
                                "CKA_ID=x77",
                                i));
    talk_step(talk, "many at once");
    ask_find_init(talk, session, "CKA_ID=x77");
    ask_find_next(talk, session, 256);
    ask_find_next(talk, session, 256);
    ask_find_next(talk, session, 256);
    ask_find_final(talk, session);
    talk_step(talk, "many in portions");
    ask_find_init(talk, session, "CKA_ID=x77");
    for (int i = 0; i < 5; i++)
        ask_find_next(talk, session, 100);
    ask_find_final(talk, session);
    talk_step(talk, "many, but not to the end");
    ask_find_init(talk, session, "CKA_ID=x77");
    ask_find_next(talk, session, 7);
    ask_find_final(talk, session);
    ask_find(talk, session, "CKA_LABEL='many-299", 10);
}

void
talk_of_searches(struct talk *talk)
{
    CK_SESSION_HANDLE session, other;

    ask_start(talk);
    talk_step(talk, "sessions");
    session = ask_user_session(talk);
    other = ask_open(talk, talk->slot, FLAGS_RO);
    make(talk, session);
    search_all(talk, "user", session);
    search_all(talk, "user in another session", other);
    order(talk, session);
    between(talk, session, other);
    many(talk, session);
    talk_step(talk, "a search is left when the user goes");
    ask_find_init(talk, session, "CKA_ID=x01");
    ask_logout(talk, other);
    ask_find_next(talk, session, 100);
    ask_find_final(talk, session);
    search_all(talk, "public", session);
    talk_step(talk, "a search is left when its session goes");
    ask_find_init(talk, session, "");
    ask_close(talk, session);
    ask_find_next(talk, session, 1);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
