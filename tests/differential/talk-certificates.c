/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates: made in each state, read, found, changed, copied, and what
 * becomes of them when their user, their session or another process comes. */
#include "tests/differential/conversation.h"

#define X_509                                                                  \
    "CKA_CLASS=CKO_CERTIFICATE CKA_CERTIFICATE_TYPE=CKC_X_509 CKA_PRIVATE=no "
#define LEAF                                                                   \
    X_509 "CKA_SUBJECT=@leaf.subject CKA_ISSUER=@leaf.issuer "                 \
          "CKA_SERIAL_NUMBER=@leaf.serial CKA_VALUE=@leaf.value "
#define AUTHORITY                                                              \
    X_509 "CKA_SUBJECT=@leaf.issuer CKA_ISSUER=@leaf.issuer "                  \
          "CKA_SERIAL_NUMBER=x020101 CKA_VALUE=@authority.value "

static CK_OBJECT_HANDLE
make(struct talk *talk, CK_SESSION_HANDLE session, const char *token,
     const char *label)
{
    return ask_create(talk, session,
                      fixture_text(LEAF "CKA_TOKEN=%s CKA_LABEL='%s CKA_ID='%s",
                                   token, label, label));
}

/* -- In each state ----------------------------------------------------------
 */

static void
live(struct talk *talk, const char *who, CK_SESSION_HANDLE session)
{
    static const char *const tokens[] = { "no", "yes" };

    for (size_t i = 0; i < 2; i++) {
        const char *label = fixture_text("living-%zu", i);
        CK_OBJECT_HANDLE object, copy;

        talk_step(talk, "%s, token %s", who, tokens[i]);
        object = make(talk, session, tokens[i], label);
        ask_get(talk, session, object, "CKA_LABEL CKA_TOKEN CKA_PRIVATE");
        ask_set(talk, session, object, "CKA_ID='changed");
        ask_get(talk, session, object, "CKA_ID CKA_SUBJECT CKA_VALUE");
        copy = ask_copy(talk, session, object, "CKA_LABEL='copy CKA_ID='copy");
        ask_get(talk, session, copy, "CKA_LABEL CKA_TOKEN CKA_VALUE");
        ask_find(talk, session, fixture_text("CKA_LABEL='%s", label), 10);
        ask_destroy(talk, session, copy);
        ask_destroy(talk, session, object);
        ask_destroy(talk, session, object);
        ask_get(talk, session, object, "CKA_LABEL");
        ask_find(talk, session, fixture_text("CKA_LABEL='%s", label), 10);
    }
}

/* -- Reading ----------------------------------------------------------------
 */

static void
reading(struct talk *talk, CK_SESSION_HANDLE session, const char *token)
{
    CK_OBJECT_HANDLE object, signed_with;
    static const CK_MECHANISM rsa = { CKM_RSA_PKCS, NULL, 0 };

    talk_step(talk, "read, token %s", token);
    object = make(talk, session, token, fixture_text("read-%s", token));
    ask_get(talk, session, object,
            "CKA_CLASS:- CKA_TOKEN:- CKA_SUBJECT:- CKA_VALUE:- CKA_ID:- "
            "CKA_START_DATE:-");
    ask_get(talk, session, object,
            "CKA_CLASS:8 CKA_TOKEN:1 CKA_SUBJECT "
            "CKA_VALUE CKA_ID CKA_ISSUER "
            "CKA_SERIAL_NUMBER");
    ask_get(talk, session, object,
            "CKA_CLASS:7 CKA_TOKEN:0 CKA_SUBJECT:3 "
            "CKA_VALUE:699 CKA_ID:1 CKA_LABEL:0");
    ask_get(talk, session, object, "CKA_VALUE:700 CKA_SUBJECT:17 CKA_ID:7");
    ask_get(talk, session, object,
            "CKA_MODULUS:- CKA_SUBJECT:17 CKA_OWNER:10 CKA_LABEL:7 "
            "CKA_VALUE:3 0x7fff0001:5 CKA_ID:7");
    ask_get(talk, session, object, "CKA_LABEL CKA_LABEL:1 CKA_LABEL");
    ask_get(talk, session, object, "");
    talk_step(talk, "a certificate is no key, token %s", token);
    signed_with = object;
    ask_init(talk, SIGN, session, &rsa, signed_with);
    ask_init(talk, VERIFY, session, &rsa, signed_with);
    talk_step(talk, "read no more, token %s", token);
    ask_destroy(talk, session, object);
}

/* -- Finding ----------------------------------------------------------------
 */

static const char *const searches[] = {
    "CKA_CLASS=CKO_CERTIFICATE",
    "CKA_CERTIFICATE_TYPE=CKC_X_509",
    "CKA_CLASS=CKO_CERTIFICATE CKA_TOKEN=yes",
    "CKA_CLASS=CKO_CERTIFICATE CKA_TOKEN=no",
    "CKA_CLASS=CKO_CERTIFICATE CKA_PRIVATE=no",
    "CKA_CLASS=CKO_CERTIFICATE CKA_PRIVATE=yes",
    "CKA_CLASS=CKO_CERTIFICATE CKA_MODIFIABLE=yes",
    "CKA_CLASS=CKO_CERTIFICATE CKA_TRUSTED=no",
    "CKA_CLASS=CKO_CERTIFICATE CKA_CERTIFICATE_CATEGORY=0",
    "CKA_SUBJECT=@leaf.subject",
    "CKA_SUBJECT=@leaf.issuer",
    "CKA_ISSUER=@leaf.issuer",
    "CKA_ISSUER=@leaf.issuer CKA_SERIAL_NUMBER=@leaf.serial",
    "CKA_ISSUER=@leaf.issuer CKA_SERIAL_NUMBER=x020101",
    "CKA_ISSUER=@leaf.issuer CKA_SERIAL_NUMBER=x020109",
    "CKA_SERIAL_NUMBER=@leaf.serial",
    "CKA_VALUE=@leaf.value",
    "CKA_VALUE=@authority.value CKA_CLASS=CKO_CERTIFICATE",
    "CKA_CLASS=CKO_CERTIFICATE CKA_ID='one",
    "CKA_CLASS=CKO_CERTIFICATE CKA_ID='on",
    "CKA_CLASS=CKO_CERTIFICATE CKA_ID='ones",
    "CKA_CLASS=CKO_PUBLIC_KEY CKA_ID='one",
    "CKA_LABEL='one",
    ("CKA_LABEL='two CKA_ID='two CKA_SUBJECT=@leaf.subject "
     "CKA_ISSUER=@leaf.issuer CKA_SERIAL_NUMBER=@leaf.serial"),
    "CKA_LABEL='two CKA_ID='one",
    "CKA_ID='one CKA_ID='one",
    "CKA_ID='one CKA_ID='two",
    "CKA_CLASS=CKO_CERTIFICATE CKA_URL=x",
    "CKA_CLASS=CKO_CERTIFICATE CKA_START_DATE=x",
    "CKA_CLASS=CKO_CERTIFICATE CKA_ID=x",
    "CKA_CLASS=CKO_CERTIFICATE CKA_ID=-",
    "CKA_CLASS=CKO_CERTIFICATE CKA_MODULUS=x0102",
    "CKA_CLASS=CKO_CERTIFICATE 0x7fff0001=x01",
    "CKA_CLASS=CKO_CERTIFICATE CKA_OWNER=x",
    "CKA_CERTIFICATE_TYPE=CKC_X_509_ATTR_CERT",
    "CKA_CLASS=x01",
};

static void
search_all(struct talk *talk, const char *who, CK_SESSION_HANDLE session)
{
    for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
        talk_step(talk, "find %zu, %s", i, who);
        ask_find(talk, session, searches[i], 100);
    }
    talk_step(talk, "find one by one, %s", who);
    ask_find(talk, session, "CKA_CLASS=CKO_CERTIFICATE", 1);
}

static void
finding(struct talk *talk, CK_SESSION_HANDLE session, CK_SESSION_HANDLE other)
{
    CK_OBJECT_HANDLE made[4];

    talk_step(talk, "to be found");
    made[0] = make(talk, session, "yes", "one");
    made[1] = make(talk, session, "yes", "two");
    made[2] = make(talk, session, "no", "three");
    made[3] = ask_create(talk, session,
                         AUTHORITY "CKA_TOKEN=yes CKA_LABEL='authority");
    search_all(talk, "user", session);
    search_all(talk, "user, read-only", other);
    talk_step(talk, "logged out");
    ask_logout(talk, session);
    for (size_t i = 0; i < 4; i++)
        ask_get(talk, other, made[i], "CKA_LABEL CKA_VALUE");
    search_all(talk, "public", session);
    talk_step(talk, "logged in again");
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    for (size_t i = 0; i < 4; i++)
        ask_get(talk, other, made[i], "CKA_LABEL CKA_VALUE");
    for (size_t i = 0; i < 4; i++)
        ask_destroy(talk, session, made[i]);
    ask_find(talk, session, "CKA_CLASS=CKO_CERTIFICATE", 100);
}

/* -- Whose they are ---------------------------------------------------------
 */

static void
owners(struct talk *talk)
{
    CK_SESSION_HANDLE first, second;
    CK_OBJECT_HANDLE mine, kept, copy;

    talk_step(talk, "owners");
    first = ask_open(talk, talk->slot, FLAGS_RW);
    second = ask_open(talk, talk->slot, FLAGS_RO);
    mine = make(talk, first, "no", "mine");
    kept = make(talk, first, "yes", "kept");
    copy = ask_copy(talk, first, kept, "CKA_TOKEN=no CKA_LABEL='loose");
    ask_get(talk, second, copy, "CKA_LABEL CKA_TOKEN CKA_VALUE");
    ask_get(talk, second, mine, "CKA_LABEL");
    ask_get(talk, second, kept, "CKA_LABEL");
    ask_set(talk, second, kept, "CKA_LABEL='no");
    ask_copy(talk, second, kept, "CKA_LABEL='no");
    ask_destroy(talk, second, kept);
    talk_step(talk, "the owner goes");
    ask_close(talk, first);
    ask_get(talk, second, mine, "CKA_LABEL");
    ask_get(talk, second, copy, "CKA_LABEL");
    ask_get(talk, second, kept, "CKA_LABEL");
    first = ask_open(talk, talk->slot, FLAGS_RW);
    ask_destroy(talk, first, kept);
    ask_get(talk, second, kept, "CKA_LABEL");
    ask_close(talk, first);
    ask_close(talk, second);
}

void
talk_of_certificates(struct talk *talk)
{
    CK_SESSION_HANDLE ro, rw;

    ask_start(talk);
    talk_step(talk, "sessions");
    ro = ask_open(talk, talk->slot, FLAGS_RO);
    rw = ask_open(talk, talk->slot, FLAGS_RW);
    live(talk, "public R/O", ro);
    live(talk, "public R/W", rw);
    talk_step(talk, "login");
    ask_login(talk, rw, CKU_USER, bytes_text(FIXTURE_PIN));
    live(talk, "user R/O", ro);
    live(talk, "user R/W", rw);
    reading(talk, rw, "no");
    reading(talk, rw, "yes");
    finding(talk, rw, ro);
    owners(talk);
    talk_of_neighbours(talk, rw);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
