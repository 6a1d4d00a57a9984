/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes: read in part, too small, sensitive, nested; and changed. */
#include "tests/differential/conversation.h"

/* Of a key that has everything; the words are those of ask_get. */
static const struct {
    const char *name;
    const char *words;
} reads[] = {
    { "nothing", "" },
    { "one", "CKA_LABEL" },
    { "several", "CKA_CLASS CKA_KEY_TYPE CKA_LABEL CKA_ID CKA_TOKEN" },
    { "lengths", "CKA_CLASS:- CKA_LABEL:- CKA_ID:- CKA_MODULUS:-" },
    { "no room", "CKA_LABEL:0" },
    { "too small", "CKA_LABEL:2" },
    { "exact", "CKA_CLASS:8 CKA_TOKEN:1" },
    { "too small between others", "CKA_CLASS CKA_LABEL:1 CKA_ID" },
    { "a truth too small", "CKA_TOKEN:0 CKA_PRIVATE" },
    { "sensitive", "CKA_PRIVATE_EXPONENT" },
    { "sensitive, length", "CKA_PRIVATE_EXPONENT:-" },
    { "sensitive between others", "CKA_CLASS CKA_PRIVATE_EXPONENT CKA_LABEL" },
    { "value", "CKA_VALUE" },
    { "missing", "CKA_CERTIFICATE_TYPE" },
    { "missing between others", "CKA_CLASS CKA_OWNER CKA_LABEL" },
    { "unknown", "0x7fff0001" },
    { "a vendor's", "0x80007777:-" },
    { "everything wrong", "CKA_LABEL:1 CKA_PRIVATE_EXPONENT 0x7fff0001 "
                          "CKA_CLASS" },
    { "everything wrong, other order",
      "0x7fff0001 CKA_PRIVATE_EXPONENT CKA_LABEL:1 CKA_CLASS" },
    { "twice", "CKA_LABEL CKA_LABEL:2 CKA_LABEL" },
    { "usage", "CKA_SIGN CKA_VERIFY CKA_ENCRYPT CKA_DECRYPT CKA_WRAP "
               "CKA_UNWRAP CKA_DERIVE CKA_SIGN_RECOVER CKA_VERIFY_RECOVER" },
    { "history", "CKA_LOCAL CKA_NEVER_EXTRACTABLE CKA_ALWAYS_SENSITIVE "
                 "CKA_EXTRACTABLE CKA_SENSITIVE CKA_KEY_GEN_MECHANISM" },
    { "storage", "CKA_TOKEN CKA_PRIVATE CKA_MODIFIABLE CKA_COPYABLE "
                 "CKA_DESTROYABLE CKA_UNIQUE_ID" },
    { "dates", "CKA_START_DATE CKA_END_DATE" },
    { "lists", "CKA_ALLOWED_MECHANISMS CKA_WRAP_TEMPLATE "
               "CKA_UNWRAP_TEMPLATE" },
    { "public", "CKA_MODULUS CKA_PUBLIC_EXPONENT CKA_MODULUS_BITS "
                "CKA_PUBLIC_KEY_INFO CKA_EC_POINT" },
};

static const struct {
    const char *name;
    const char *template;
} changes[] = {
    { "nothing", "" },
    { "label", "CKA_LABEL='changed" },
    { "label, empty", "CKA_LABEL=x" },
    { "label and id", "CKA_LABEL='both CKA_ID=x0909" },
    { "class", "CKA_CLASS=CKO_DATA" },
    { "key type", "CKA_KEY_TYPE=CKK_EC" },
    { "the same class", "CKA_CLASS=CKO_SECRET_KEY" },
    { "value", "CKA_VALUE=x00112233445566778899aabbccddeeff" },
    { "token", "CKA_TOKEN=yes" },
    { "private", "CKA_PRIVATE=no" },
    { "local", "CKA_LOCAL=yes" },
    { "unknown", "0x7fff0001=x01" },
    { "label, then unknown", "CKA_LABEL='half 0x7fff0001=x01" },
    { "unknown, then label", "0x7fff0001=x01 CKA_LABEL='half" },
    { "a truth of two bytes", "CKA_SIGN=x0001" },
    { "NULL with a length", "CKA_LABEL=?5" },
    { "usage", "CKA_SIGN=no CKA_ENCRYPT=no" },
    { "unique id", "CKA_UNIQUE_ID='me" },
    { "sensitive", "CKA_SENSITIVE=yes" },
    { "not sensitive", "CKA_SENSITIVE=no" },
    { "not extractable", "CKA_EXTRACTABLE=no" },
    { "extractable", "CKA_EXTRACTABLE=yes" },
    { "not modifiable", "CKA_MODIFIABLE=no" },
    { "label after that", "CKA_LABEL='late" },
};

static void
read_all(struct talk *talk, const char *what, CK_SESSION_HANDLE session,
         CK_OBJECT_HANDLE object)
{
    for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
        talk_step(talk, "%s of %s", reads[i].name, what);
        ask_get(talk, session, object, reads[i].words);
    }
}

static void
change_all(struct talk *talk, CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE key;

    talk_step(talk, "a key to change");
    key = ask_create(talk, session,
                     "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES "
                     "CKA_VALUE=@aes-128 CKA_LABEL='first CKA_SENSITIVE=no "
                     "CKA_EXTRACTABLE=yes CKA_SIGN=yes CKA_ENCRYPT=yes");
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        talk_step(talk, "change %s", changes[i].name);
        ask_set(talk, session, key, changes[i].template);
        ask_get(talk, session, key,
                "CKA_LABEL CKA_ID CKA_VALUE CKA_SENSITIVE CKA_EXTRACTABLE "
                "CKA_ALWAYS_SENSITIVE CKA_NEVER_EXTRACTABLE CKA_SIGN "
                "CKA_MODIFIABLE CKA_TOKEN CKA_PRIVATE");
    }
}

static void
bad_objects(struct talk *talk, CK_SESSION_HANDLE session)
{
    static const CK_OBJECT_HANDLE bad[] = { 0, BAD_HANDLE, ~(CK_ULONG)0 };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        talk_step(talk, "bad object %zu", i);
        ask_get(talk, session, bad[i], "CKA_CLASS CKA_LABEL:1");
        ask_set(talk, session, bad[i], "CKA_LABEL='x");
        ask_size(talk, session, bad[i]);
        ask_destroy(talk, session, bad[i]);
        ask_copy(talk, session, bad[i], "CKA_LABEL='x");
    }
    talk_step(talk, "a session is no object");
    ask_get(talk, session, session, "CKA_CLASS");
    ask_destroy(talk, session, session);
}

static void
nested(struct talk *talk, CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE key;

    talk_step(talk, "nested templates");
    key = ask_create(
        talk, session,
        "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES CKA_VALUE=@aes-256 "
        "CKA_LABEL='nested CKA_WRAP=yes CKA_UNWRAP=yes "
        "CKA_WRAP_TEMPLATE={CKA_EXTRACTABLE=yes,CKA_KEY_TYPE=CKK_AES} "
        "CKA_UNWRAP_TEMPLATE={CKA_LABEL='inner,CKA_SENSITIVE=no}");
    ask_get(talk, session, key, "CKA_WRAP_TEMPLATE:- CKA_UNWRAP_TEMPLATE:-");
    ask_get(talk, session, key, "CKA_WRAP_TEMPLATE:8");
    ask_get(talk, session, key, "CKA_WRAP_TEMPLATE:24 CKA_LABEL");
    ask_get_nested(talk, session, key, CKA_WRAP_TEMPLATE,
                   "CKA_KEY_TYPE CKA_EXTRACTABLE");
    ask_get_nested(talk, session, key, CKA_UNWRAP_TEMPLATE,
                   "CKA_LABEL:- CKA_SENSITIVE:-");
    ask_get_nested(talk, session, key, CKA_UNWRAP_TEMPLATE,
                   "CKA_LABEL:2 CKA_SENSITIVE");
    ask_get_nested(talk, session, key, CKA_UNWRAP_TEMPLATE, "CKA_LABEL");
    talk_step(talk, "allowed mechanisms");
    key = ask_create(talk, session,
                     "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES "
                     "CKA_VALUE=@aes-256 CKA_LABEL='allowed CKA_ENCRYPT=yes "
                     "CKA_ALLOWED_MECHANISMS=[CKM_AES_ECB,CKM_AES_CBC]");
    ask_get(talk, session, key, "CKA_ALLOWED_MECHANISMS");
    ask_get(talk, session, key, "CKA_ALLOWED_MECHANISMS:8");
}

void
talk_of_attributes(struct talk *talk)
{
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;

    ask_start(talk);
    talk_step(talk, "sessions");
    session = ask_user_session(talk);
    key = ask_find(talk, session,
                   "CKA_CLASS=CKO_PRIVATE_KEY CKA_LABEL='old-rsa", 10);
    read_all(talk, "a private key", session, key);
    talk_step(talk, "find the certificate");
    key = ask_find(talk, session, "CKA_CLASS=CKO_CERTIFICATE", 10);
    read_all(talk, "a certificate", session, key);
    talk_step(talk, "make a secret key");
    key = ask_create(talk, session,
                     "CKA_CLASS=CKO_SECRET_KEY CKA_KEY_TYPE=CKK_AES "
                     "CKA_VALUE=@aes-192 CKA_LABEL='plain CKA_SENSITIVE=no "
                     "CKA_EXTRACTABLE=yes CKA_ENCRYPT=yes");
    read_all(talk, "a secret key", session, key);
    change_all(talk, session);
    bad_objects(talk, session);
    nested(talk, session);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
