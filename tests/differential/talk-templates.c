/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates by each template that 8.3 speaks of, and each attribute set and
 * copied (8.4, 8.5). */
#include "tests/differential/conversation.h"
#include "tests/sheet.h"

#define CHECK "\xfb\x81\x71"
#define URL   "http://example.net/a"
#define HASH  "01234567890123456789"

enum { CHANGES = 5 };
static const struct row {
    const char *what;
    CK_CERTIFICATE_TYPE type;
    struct change changes[CHANGES];
    CK_RV rv; /* of the store */
} rows[] = {
#include "tests/certificate-rows.def"
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const char all[] =
    "CKA_CLASS:8 CKA_CERTIFICATE_TYPE:8 CKA_TOKEN:1 CKA_PRIVATE:1 "
    "CKA_MODIFIABLE:1 CKA_COPYABLE:1 CKA_DESTROYABLE:1 CKA_LABEL:64 "
    "CKA_TRUSTED:1 CKA_CERTIFICATE_CATEGORY:8 CKA_CHECK_VALUE:8 "
    "CKA_START_DATE:8 CKA_END_DATE:8 CKA_SUBJECT:64 CKA_ID:64 CKA_ISSUER:64 "
    "CKA_SERIAL_NUMBER:64 CKA_VALUE:64 CKA_URL:64 "
    "CKA_HASH_OF_SUBJECT_PUBLIC_KEY:64 CKA_HASH_OF_ISSUER_PUBLIC_KEY:64 "
    "CKA_NAME_HASH_ALGORITHM:8 CKA_JAVA_MIDP_SECURITY_DOMAIN:8";

/* A label for each, so that a handle has a name. */
static struct sheet
sheet_of_row(const struct row *row, bool is_token)
{
    struct sheet sheet = sheet_of(row->type);

    sheet_set_text(&sheet, CKA_LABEL, fixture_text("%.40s", row->what));
    sheet_set_flag(&sheet, CKA_TOKEN, is_token);
    sheet_set_flag(&sheet, CKA_PRIVATE, false);
    for (size_t i = 0; i < CHANGES; i++)
        sheet_change(&sheet, &row->changes[i]);
    return sheet;
}

/* NSS softoken reads where a pointer is NULL. */
static bool
is_deadly(const struct talk *talk, const struct row *row)
{
    return talk_is_nss(talk) && row->changes[0].how == CHANGE_NULL;
}

static void
create_all(struct talk *talk, CK_SESSION_HANDLE session, bool is_token)
{
    for (size_t i = 0; i < ROWS; i++) {
        struct sheet sheet = sheet_of_row(&rows[i], is_token);
        CK_OBJECT_HANDLE object;

        if (is_deadly(talk, &rows[i]))
            continue;
        talk_step(talk, "%s, %s", is_token ? "token" : "session", rows[i].what);
        object = ask_create_of(talk, session, sheet.attributes, sheet.count);
        ask_get(talk, session, object, all);
        ask_destroy(talk, session, object);
    }
}

/* -- Changing and copying ---------------------------------------------------
 */

static const char *const changes[] = {
    "CKA_CLASS=CKO_CERTIFICATE",
    "CKA_CLASS=CKO_DATA",
    "CKA_CERTIFICATE_TYPE=CKC_X_509",
    "CKA_TOKEN=no",
    "CKA_TOKEN=yes",
    "CKA_PRIVATE=no",
    "CKA_PRIVATE=yes",
    "CKA_MODIFIABLE=no",
    "CKA_MODIFIABLE=yes",
    "CKA_COPYABLE=no",
    "CKA_COPYABLE=yes",
    "CKA_DESTROYABLE=no",
    "CKA_LABEL='new",
    "CKA_LABEL=x",
    "CKA_TRUSTED=no",
    "CKA_TRUSTED=yes",
    "CKA_CERTIFICATE_CATEGORY=1",
    "CKA_CHECK_VALUE=x",
    "CKA_START_DATE='20260101",
    "CKA_END_DATE='20260101",
    "CKA_SUBJECT='subject",
    "CKA_VALUE=x3003616263",
    "CKA_URL='http://example.net",
    "CKA_HASH_OF_SUBJECT_PUBLIC_KEY='01234567890123456789",
    "CKA_NAME_HASH_ALGORITHM=CKM_SHA_1",
    "CKA_ID='new",
    "CKA_ID=x",
    "CKA_ISSUER='new",
    "CKA_SERIAL_NUMBER='new",
    "CKA_JAVA_MIDP_SECURITY_DOMAIN=0",
    "CKA_OWNER='owner",
    "CKA_MODULUS='new",
    "CKA_UNIQUE_ID='mine",
    "0x80007777=x01",
    "CKA_LABEL='new CKA_ID='new CKA_ISSUER='new",
    "CKA_LABEL='new CKA_VALUE=x3003616263",
    "CKA_LABEL='new CKA_LABEL='newer",
    "",
};

static const struct {
    const char *name;
    CK_ATTRIBUTE_TYPE no;
} rights[] = {
    { "all allowed", CKA_CLASS },
    { "not modifiable", CKA_MODIFIABLE },
    { "not copyable", CKA_COPYABLE },
    { "not destroyable", CKA_DESTROYABLE },
};

/* Called by its step. */
static struct sheet
sheet_with(const struct talk *talk, size_t right, bool is_token)
{
    struct sheet sheet = sheet_labelled(talk->step);

    sheet_set_flag(&sheet, CKA_PRIVATE, false);
    sheet_set_flag(&sheet, CKA_TOKEN, is_token);
    if (rights[right].no != CKA_CLASS)
        sheet_set_flag(&sheet, rights[right].no, false);
    return sheet;
}

static void
change_all(struct talk *talk, CK_SESSION_HANDLE session, bool is_token)
{
    const char *kind = is_token ? "token" : "session";

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        CK_OBJECT_HANDLE object, copy;
        struct sheet sheet;

        talk_step(talk, "set %zu, %s", i, kind);
        sheet = sheet_with(talk, 0, is_token);
        object = ask_create_of(talk, session, sheet.attributes, sheet.count);
        ask_set(talk, session, object, changes[i]);
        ask_get(talk, session, object, all);
        ask_destroy(talk, session, object);
        talk_step(talk, "copy %zu, %s", i, kind);
        sheet = sheet_with(talk, 0, is_token);
        object = ask_create_of(talk, session, sheet.attributes, sheet.count);
        copy = ask_copy(talk, session, object, changes[i]);
        ask_get(talk, session, copy, all);
        ask_destroy(talk, session, copy);
        ask_destroy(talk, session, object);
    }
}

static void
try_rights(struct talk *talk, CK_SESSION_HANDLE session, bool is_token)
{
    const char *kind = is_token ? "token" : "session";

    for (size_t i = 1; i < sizeof(rights) / sizeof(rights[0]); i++) {
        CK_OBJECT_HANDLE object;
        struct sheet sheet;

        talk_step(talk, "%s, %s", rights[i].name, kind);
        sheet = sheet_with(talk, i, is_token);
        object = ask_create_of(talk, session, sheet.attributes, sheet.count);
        ask_set(talk, session, object, "CKA_LABEL='other");
        ask_destroy(talk, session,
                    ask_copy(talk, session, object, "CKA_LABEL='copied"));
        ask_destroy(talk, session,
                    ask_copy(talk, session, object, "CKA_MODIFIABLE=yes"));
        ask_destroy(talk, session, object);
    }
}

/* What only the SO may say. */
static void
trust(struct talk *talk)
{
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object;
    struct sheet sheet;

    talk_step(talk, "trust");
    sheet = sheet_with(talk, 0, true);
    session = ask_open(talk, talk->slot, FLAGS_RW);
    ask_login(talk, session, CKU_SO, bytes_text(FIXTURE_SO_PIN));
    object = ask_create_of(talk, session, sheet.attributes, sheet.count);
    ask_set(talk, session, object, "CKA_TRUSTED=yes");
    ask_get(talk, session, object, "CKA_TRUSTED:1");
    ask_set(talk, session, object, "CKA_LABEL='trusted");
    ask_destroy(talk, session, object);
    sheet_set_flag(&sheet, CKA_TRUSTED, true);
    object = ask_create_of(talk, session, sheet.attributes, sheet.count);
    ask_get(talk, session, object, "CKA_TRUSTED:1");
    ask_destroy(talk, session, object);
    ask_close(talk, session);
}

void
talk_of_templates(struct talk *talk)
{
    CK_SESSION_HANDLE session;

    ask_start(talk);
    talk_step(talk, "sessions");
    session = ask_user_session(talk);
    create_all(talk, session, false);
    create_all(talk, session, true);
    change_all(talk, session, false);
    change_all(talk, session, true);
    try_rights(talk, session, false);
    try_rights(talk, session, true);
    talk_step(talk, "close");
    ask_close_all(talk, talk->slot);
    if (!talk_is_nss(talk))
        trust(talk);
    talk_step(talk, "end");
    ask_finalize(talk, NULL);
}
