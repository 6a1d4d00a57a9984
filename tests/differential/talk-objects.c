/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects: made, copied, measured, destroyed; whose they are and who may. */
#include "tests/differential/conversation.h"

#define DATA   "CKA_CLASS=CKO_DATA CKA_PRIVATE=no "
#define SECRET "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_GENERIC_SECRET "
#define PUBLIC "CKA_CLASS=CKO_PUBLIC_KEY CKA_KEY_TYPE=CKK_RSA CKA_PRIVATE=no "
#define CERTIFICATE                                                            \
    "CKA_CLASS=CKO_CERTIFICATE CKA_CERTIFICATE_TYPE=CKC_X_509 CKA_PRIVATE=no "
#define NAMES                                                                  \
    "CKA_SUBJECT=@certificate.subject CKA_ISSUER=@certificate.issuer "         \
    "CKA_SERIAL_NUMBER=@certificate.serial "

/* One of each kind, without what every test adds: where, and its label. */
static const struct {
    const char *name;
    const char *template;
} kinds[] = {
    { "data", DATA "CKA_VALUE=x010203 CKA_APPLICATION='app CKA_OBJECT_ID=x06" },
    { "certificate", CERTIFICATE NAMES "CKA_VALUE=@certificate.value "
                                       "CKA_ID=x77" },
    { "public key", PUBLIC "CKA_MODULUS=@rsa-2048.n "
                           "CKA_PUBLIC_EXPONENT=@rsa-2048.e CKA_VERIFY=yes" },
    { "secret key", SECRET "CKA_VALUE=@secret-32 CKA_SIGN=yes CKA_VERIFY=yes "
                           "CKA_PRIVATE=no CKA_SENSITIVE=no "
                           "CKA_EXTRACTABLE=yes" },
    { "private secret key", SECRET "CKA_VALUE=@secret-16 CKA_PRIVATE=yes" },
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct {
    const char *name;
    const char *template;
} mistakes[] = {
    { "empty", "" },
    { "no class", "CKA_LABEL='x CKA_VALUE=x01" },
    { "a class that is none", "CKA_CLASS=0x7777 CKA_LABEL='x" },
    { "a class of two bytes", "CKA_CLASS=x0102 CKA_LABEL='x" },
    { "class twice", "CKA_CLASS=CKO_DATA CKA_CLASS=CKO_CERTIFICATE" },
    { "label twice", DATA "CKA_LABEL='a CKA_LABEL='b" },
    { "an unknown attribute", DATA "0x7fff0001=x01" },
    { "a vendor's attribute", DATA "0x80007777=x01" },
    { "an attribute of another class", DATA "CKA_MODULUS=x0102" },
    { "a truth of two bytes", "CKA_CLASS=CKO_DATA CKA_PRIVATE=x0001" },
    { "a truth of no byte", "CKA_CLASS=CKO_DATA CKA_PRIVATE=x" },
    { "NULL with a length", DATA "CKA_VALUE=?8" },
    { "NULL without one", DATA "CKA_VALUE=-" },
    { "read-only local", SECRET "CKA_LOCAL=yes CKA_VALUE=x01020304" },
    { "unique id", DATA "CKA_UNIQUE_ID='me" },
    { "no key type", "CKA_CLASS=CKO_SECRET_KEY CKA_VALUE=x0102" },
    { "no value", SECRET "CKA_LABEL='x" },
    { "AES of 17 bytes", "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES "
                         "CKA_VALUE=x0102030405060708090a0b0c0d0e0f1011" },
    { "value and length", SECRET "CKA_VALUE=@secret-16 CKA_VALUE_LEN=16" },
    { "RSA without modulus", PUBLIC "CKA_PUBLIC_EXPONENT=x010001" },
    { "EC without point", "CKA_CLASS=CKO_PUBLIC_KEY CKA_KEY_TYPE=CKK_EC "
                          "CKA_EC_PARAMS=@p-256.params" },
    { "certificate without type", "CKA_CLASS=CKO_CERTIFICATE CKA_VALUE=x01" },
    { "certificate without value", CERTIFICATE NAMES },
    { "certificate without subject", CERTIFICATE "CKA_VALUE=x3003020100" },
    { "certificate with check value", CERTIFICATE NAMES
      "CKA_VALUE=@certificate.value CKA_CHECK_VALUE=x010203" },
    { "trusted certificate",
      CERTIFICATE NAMES "CKA_VALUE=@certificate.value CKA_TRUSTED=yes" },
    { "private by default", "CKA_CLASS=CKO_DATA CKA_LABEL='default" },
};

static const char *
template_of(size_t kind, const char *token, const char *label)
{
    return fixture_text("%s CKA_TOKEN=%s CKA_LABEL='%s", kinds[kind].template,
                        token, label);
}

/* The same in each state that a session can be in. */
static void
create(struct talk *talk, const char *who, CK_SESSION_HANDLE session)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        CK_OBJECT_HANDLE object;

        talk_step(talk, "%s, %s", kinds[i].name, who);
        object = ask_create(talk, session, template_of(i, "no", "session"));
        ask_size(talk, session, object);
        ask_get(talk, session, object,
                "CKA_TOKEN CKA_PRIVATE CKA_LABEL "
                "CKA_MODIFIABLE");
        ask_destroy(talk, session, object);
        ask_destroy(talk, session, object);
        ask_get(talk, session, object, "CKA_CLASS");
        object = ask_create(talk, session, template_of(i, "yes", "token"));
        ask_get(talk, session, object, "CKA_TOKEN CKA_PRIVATE CKA_LABEL");
        ask_destroy(talk, session, object);
    }
}

static void
mistaken(struct talk *talk, const char *who, CK_SESSION_HANDLE session)
{
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        talk_step(talk, "mistake: %s, %s", mistakes[i].name, who);
        ask_destroy(talk, session,
                    ask_create(talk, session, mistakes[i].template));
    }
}

static void
copies(struct talk *talk, CK_SESSION_HANDLE rw, CK_SESSION_HANDLE ro)
{
    CK_OBJECT_HANDLE object, copy;

    for (size_t i = 0; i < N_KINDS; i++) {
        talk_step(talk, "copy %s", kinds[i].name);
        object = ask_create(talk, rw, template_of(i, "no", "original"));
        copy = ask_copy(talk, rw, object, "CKA_LABEL='copy");
        ask_get(talk, rw, copy, "CKA_LABEL CKA_TOKEN CKA_PRIVATE");
        ask_get(talk, rw, object, "CKA_LABEL");
        ask_destroy(talk, rw, copy);
        copy = ask_copy(talk, rw, object, "");
        ask_destroy(talk, rw, copy);
        copy = ask_copy(talk, rw, object, "CKA_TOKEN=yes CKA_LABEL='kept");
        ask_get(talk, rw, copy, "CKA_LABEL CKA_TOKEN CKA_PRIVATE");
        ask_copy(talk, ro, copy, "CKA_TOKEN=yes CKA_LABEL='not");
        ask_destroy(talk, ro, copy);
        ask_set(talk, ro, copy, "CKA_LABEL='changed");
        ask_destroy(talk, rw, copy);
        copy = ask_copy(talk, rw, object, "CKA_PRIVATE=yes CKA_LABEL='mine");
        ask_get(talk, rw, copy, "CKA_PRIVATE");
        ask_destroy(talk, rw, copy);
        ask_copy(talk, rw, object, "CKA_CLASS=CKO_PROFILE");
        ask_copy(talk, rw, object, "CKA_UNIQUE_ID='other");
        ask_copy(talk, rw, object, "CKA_VALUE=x99");
        ask_destroy(talk, ro, object);
    }
    talk_step(talk, "copy what is not there");
    ask_copy(talk, rw, 0, "CKA_LABEL='x");
    ask_copy(talk, rw, BAD_HANDLE, "CKA_LABEL='x");
    talk_step(talk, "copy what may not be copied");
    object = ask_create(talk, rw,
                        SECRET "CKA_VALUE=x01020304 CKA_COPYABLE=no "
                               "CKA_LABEL='unique");
    ask_copy(talk, rw, object, "CKA_LABEL='x");
    ask_destroy(talk, rw, object);
}

/* A session object goes with its session, a token object stays. */
static void
owners(struct talk *talk)
{
    CK_SESSION_HANDLE first, second;
    CK_OBJECT_HANDLE mine, kept;

    talk_step(talk, "owners");
    first = ask_open(talk, talk->slot, FLAGS_RW);
    second = ask_open(talk, talk->slot, FLAGS_RO);
    mine = ask_create(talk, first, template_of(3, "no", "mine"));
    kept = ask_create(talk, first, template_of(3, "yes", "kept"));
    ask_get(talk, second, mine, "CKA_LABEL");
    ask_get(talk, second, kept, "CKA_LABEL");
    ask_set(talk, second, mine, "CKA_LABEL='others");
    ask_get(talk, first, mine, "CKA_LABEL");
    talk_step(talk, "the owner goes");
    ask_close(talk, first);
    ask_get(talk, second, mine, "CKA_LABEL");
    ask_get(talk, second, kept, "CKA_LABEL");
    ask_destroy(talk, second, mine);
    ask_destroy(talk, second, kept);
    talk_step(talk, "somebody else destroys");
    first = ask_open(talk, talk->slot, FLAGS_RW);
    mine = ask_create(talk, second, template_of(3, "no", "taken"));
    ask_destroy(talk, first, mine);
    ask_get(talk, second, mine, "CKA_LABEL");
    ask_find(talk, first, "CKA_LABEL='kept", 10);
    ask_destroy(talk, first, kept);
    ask_find(talk, second, "CKA_LABEL='kept", 10);
}

/* What becomes of handles when somebody logs in and out. */
static void
privacy(struct talk *talk, const char *token)
{
    const char *label = fixture_text("secret-%s", token);
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE private, public, found;

    talk_step(talk, "privacy, token %s", token);
    session = ask_open(talk, talk->slot, FLAGS_RW);
    ask_create(talk, session, template_of(4, token, "too-early"));
    public = ask_create(talk, session, template_of(3, token, "everybody"));
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_get(talk, session, public, "CKA_LABEL");
    private = ask_create(talk, session, template_of(4, token, label));
    ask_get(talk, session, private, "CKA_LABEL CKA_SENSITIVE");
    talk_step(talk, "privacy, token %s, logged out", token);
    ask_logout(talk, session);
    ask_get(talk, session, private, "CKA_LABEL");
    ask_destroy(talk, session, private);
    ask_get(talk, session, public, "CKA_LABEL");
    ask_find(talk, session, "CKA_CLASS=CKO_SECRET_KEY", 10);
    talk_step(talk, "privacy, token %s, logged in again", token);
    ask_login(talk, session, CKU_USER, bytes_text(FIXTURE_PIN));
    ask_get(talk, session, private, "CKA_LABEL");
    ask_get(talk, session, public, "CKA_LABEL");
    found = ask_find(talk, session, fixture_text("CKA_LABEL='%s", label), 10);
    ask_get(talk, session, found, "CKA_LABEL");
    ask_destroy(talk, session, found);
    ask_destroy(talk, session, public);
    ask_close_all(talk, talk->slot);
}

/* Handles of before the last session was closed. */
static void
last_session(struct talk *talk)
{
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object;

    talk_step(talk, "last session");
    session = ask_open(talk, talk->slot, FLAGS_RW);
    object = ask_find(talk, session, "CKA_LABEL='old-certificate", 10);
    ask_get(talk, session, object, "CKA_LABEL");
    ask_close(talk, session);
    session = ask_open(talk, talk->slot, FLAGS_RW);
    ask_get(talk, session, object, "CKA_LABEL");
    ask_find(talk, session, "CKA_LABEL='old-certificate", 10);
    ask_close_all(talk, talk->slot);
}

void
talk_of_objects(struct talk *talk)
{
    CK_SESSION_HANDLE ro, rw;

    ask_start(talk);
    talk_step(talk, "sessions");
    ro = ask_open(talk, talk->slot, FLAGS_RO);
    rw = ask_open(talk, talk->slot, FLAGS_RW);
    create(talk, "public R/O", ro);
    create(talk, "public R/W", rw);
    mistaken(talk, "public", rw);
    talk_step(talk, "login");
    ask_login(talk, rw, CKU_USER, bytes_text(FIXTURE_PIN));
    create(talk, "user R/O", ro);
    create(talk, "user R/W", rw);
    mistaken(talk, "user", rw);
    copies(talk, rw, ro);
    talk_step(talk, "close");
    ask_close_all(talk, talk->slot);
    owners(talk);
    talk_step(talk, "close again");
    ask_close_all(talk, talk->slot);
    privacy(talk, "no");
    privacy(talk, "yes");
    last_session(talk);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
