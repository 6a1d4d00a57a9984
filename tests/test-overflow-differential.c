/* SPDX-License-Identifier: BSD-3-Clause */
/* One conversation about certificates with SoftHSM and with the overflow
 * backend: the same but for the differences that are listed. */
#include "tests/child.h"
#include "tests/differential/transcript.h"
#include "tests/fixture.h"
#include "tests/overflow-fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* One of the two, by the functions that are talked about. */
struct subject {
    CK_C_CreateObject create;
    CK_C_CopyObject copy;
    CK_C_DestroyObject destroy;
    CK_C_GetAttributeValue get;
    CK_C_SetAttributeValue set;
    CK_C_FindObjectsInit find_init;
    CK_C_FindObjects find;
    CK_C_FindObjectsFinal find_final;
    CK_SESSION_HANDLE reading;
    CK_SESSION_HANDLE writing;
    FILE *out;
};

#define CHECK "\xfb\x81\x71"
#define URL   "http://example.net/a"
#define HASH  "01234567890123456789"

enum { CHANGES = 5 };
static const struct row {
    const char *what;
    CK_CERTIFICATE_TYPE type;
    struct change changes[CHANGES];
    CK_RV rv;
} rows[] = {
#include "tests/certificate-rows.def"
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct {
    const char *name;
    struct change change;
} attributes[] = {
    { "CLASS", NUMBER(CKA_CLASS, CKO_CERTIFICATE) },
    { "CERTIFICATE_TYPE", NUMBER(CKA_CERTIFICATE_TYPE, 0) },
    { "TOKEN", SET(CKA_TOKEN, "\0") },
    { "PRIVATE", SET(CKA_PRIVATE, "\0") },
    { "MODIFIABLE", SET(CKA_MODIFIABLE, "\0") },
    { "COPYABLE", SET(CKA_COPYABLE, "\0") },
    { "DESTROYABLE", SET(CKA_DESTROYABLE, "\0") },
    { "LABEL", SET(CKA_LABEL, "new") },
    { "TRUSTED", SET(CKA_TRUSTED, "\0") },
    { "CERTIFICATE_CATEGORY", NUMBER(CKA_CERTIFICATE_CATEGORY, 1) },
    { "CHECK_VALUE", SET(CKA_CHECK_VALUE, "") },
    { "START_DATE", SET(CKA_START_DATE, "20260101") },
    { "END_DATE", SET(CKA_END_DATE, "20260101") },
    { "SUBJECT", SET(CKA_SUBJECT, "subject") },
    { "VALUE", SET(CKA_VALUE, "0\3abc") },
    { "URL", SET(CKA_URL, URL) },
    { "HASH_OF_SUBJECT", SET(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, HASH) },
    { "HASH_OF_ISSUER", SET(CKA_HASH_OF_ISSUER_PUBLIC_KEY, HASH) },
    { "NAME_HASH_ALGORITHM", NUMBER(CKA_NAME_HASH_ALGORITHM, CKM_SHA_1) },
    { "ID", SET(CKA_ID, "new") },
    { "ISSUER", SET(CKA_ISSUER, "new") },
    { "SERIAL_NUMBER", SET(CKA_SERIAL_NUMBER, "new") },
    { "JAVA_MIDP_SECURITY_DOMAIN", NUMBER(CKA_JAVA_MIDP_SECURITY_DOMAIN, 0) },
    { "OWNER", SET(CKA_OWNER, "owner") },
    { "MODULUS", SET(CKA_MODULUS, "new") },
};
enum { ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]) };

/* -- Saying what happened -------------------------------------------------- */

static void
say(const struct subject *subject, const char *step, const char *function,
    CK_RV rv)
{
    fprintf(subject->out, "%s\t%s 0x%lx\n", step, function, rv);
}

static void
say_value(const struct subject *subject, const char *step, CK_RV rv,
          const CK_ATTRIBUTE *attribute)
{
    const CK_BYTE *value = attribute->pValue;

    fprintf(subject->out, "%s\tC_GetAttributeValue 0x%lx %ld ", step, rv,
            (long)attribute->ulValueLen);
    if (rv != CKR_OBJECT_HANDLE_INVALID && value != NULL &&
        attribute->ulValueLen != CK_UNAVAILABLE_INFORMATION)
        for (CK_ULONG i = 0; i < attribute->ulValueLen; i++)
            fprintf(subject->out, "%02x", value[i]);
    fputc('\n', subject->out);
}

/* Each attribute: its length, with a buffer, with one that is too small. */
static void
read_all(const struct subject *subject, const char *what,
         CK_OBJECT_HANDLE object)
{
    static const CK_ULONG rooms[] = { 0, 256, 1 };
    CK_BYTE value[256];

    for (size_t i = 0; i < ATTRIBUTES; i++)
        for (size_t j = 0; j < sizeof(rooms) / sizeof(rooms[0]); j++) {
            CK_ATTRIBUTE its = { attributes[i].change.type,
                                 rooms[j] == 0 ? NULL : value, rooms[j] };
            CK_RV rv = subject->get(subject->reading, object, &its, 1);

            say_value(subject,
                      fixture_text("certificates/%s/%s in %lu", what,
                                   attributes[i].name, rooms[j]),
                      rv, &its);
        }
}

/* Several at once, with mistakes. */
static void
read_some(const struct subject *subject, const char *what,
          CK_OBJECT_HANDLE object)
{
    CK_BYTE label[8], id[1], subject_name[8];
    CK_ATTRIBUTE asked[] = {
        { CKA_MODULUS, label, sizeof(label) },
        { CKA_LABEL, label, sizeof(label) },
        { CKA_VALUE, id, sizeof(id) },
        { CKA_SUBJECT, subject_name, sizeof(subject_name) },
        { CKA_OWNER, NULL, 0 },
    };
    CK_RV rv = subject->get(subject->reading, object, asked, 5);

    for (size_t i = 0; i < 5; i++)
        say_value(subject, fixture_text("certificates/%s/some %zu", what, i),
                  rv, &asked[i]);
}

/* -- The conversation ------------------------------------------------------ */

static struct sheet
sheet_of_row(const struct row *row, bool is_token)
{
    struct sheet sheet = sheet_of(row->type);

    if (is_token)
        sheet_set_flag(&sheet, CKA_TOKEN, true);
    sheet_set_flag(&sheet, CKA_PRIVATE, false);
    for (size_t i = 0; i < CHANGES; i++)
        sheet_change(&sheet, &row->changes[i]);
    return sheet;
}

static void
talk_of_making(const struct subject *subject, bool is_token)
{
    /* SoftHSM has no other certificates than those of X.509. */
    for (size_t i = 0; i < ROWS; i++) {
        const char *what =
            fixture_text("%s, %s", is_token ? "token" : "session",
                         rows[i].what);
        struct sheet sheet = sheet_of_row(&rows[i], is_token);
        CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
        CK_RV rv;

        if (rows[i].type != CKC_X_509)
            continue;
        rv = subject->create(subject->writing, sheet.attributes, sheet.count,
                             &object);
        say(subject, fixture_text("certificates/%s", what), "C_CreateObject",
            rv);
        if (rows[i].rv == CKR_OK) {
            read_all(subject, what, object);
            read_some(subject, what, object);
        }
        say(subject, fixture_text("certificates/%s, destroyed", what),
            "C_DestroyObject", subject->destroy(subject->writing, object));
    }
}

static CK_OBJECT_HANDLE
make(const struct subject *subject, const struct sheet *sheet)
{
    struct sheet its = *sheet;
    CK_OBJECT_HANDLE object;

    cr_assert_eq(subject->create(subject->writing, its.attributes, its.count,
                                 &object),
                 CKR_OK);
    return object;
}

static void
talk_of_changing(const struct subject *subject, bool is_token)
{
    const char *kind = is_token ? "token" : "session";
    struct sheet sheet = sheet_labelled("old");

    sheet_set_flag(&sheet, CKA_PRIVATE, false);
    sheet_set_flag(&sheet, CKA_TOKEN, is_token);
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        CK_OBJECT_HANDLE object = make(subject, &sheet), copy;
        struct sheet change = { .count = 0 };
        CK_RV rv;

        sheet_change(&change, &attributes[i].change);
        rv = subject->set(subject->writing, object, change.attributes,
                          change.count);
        say(subject,
            fixture_text("certificates/set %s, %s", attributes[i].name, kind),
            "C_SetAttributeValue", rv);
        rv = subject->copy(subject->writing, object, change.attributes,
                           change.count, &copy);
        say(subject,
            fixture_text("certificates/copy %s, %s", attributes[i].name, kind),
            "C_CopyObject", rv);
        if (rv == CKR_OK)
            subject->destroy(subject->writing, copy);
        subject->destroy(subject->writing, object);
    }
}

static const struct {
    const char *what;
    enum change_how how;
    CK_ATTRIBUTE_TYPE flag;
} prohibited[] = {
    { "not modifiable", CHANGE_SET, CKA_MODIFIABLE },
    { "not copyable", CHANGE_SET, CKA_COPYABLE },
    { "not destroyable", CHANGE_SET, CKA_DESTROYABLE },
    { "all allowed", CHANGE_NONE, CKA_MODIFIABLE },
};

static void
talk_of_rights(const struct subject *subject, CK_SESSION_HANDLE session,
               const char *kind, bool is_token)
{
    for (size_t i = 0; i < sizeof(prohibited) / sizeof(prohibited[0]); i++) {
        const char *step =
            fixture_text("certificates/%s, %s", prohibited[i].what, kind);
        struct sheet sheet = sheet_labelled("old"), change = { .count = 0 };
        CK_OBJECT_HANDLE object, copy;

        sheet_set_flag(&sheet, CKA_PRIVATE, false);
        sheet_set_flag(&sheet, CKA_TOKEN, is_token);
        if (prohibited[i].how == CHANGE_SET)
            sheet_set_flag(&sheet, prohibited[i].flag, false);
        object = make(subject, &sheet);
        sheet_set_text(&change, CKA_LABEL, "new");
        say(subject, fixture_text("%s, set", step), "C_SetAttributeValue",
            subject->set(session, object, change.attributes, change.count));
        say(subject, fixture_text("%s, copy", step), "C_CopyObject",
            subject->copy(session, object, change.attributes, change.count,
                          &copy));
        say(subject, fixture_text("%s, destroy", step), "C_DestroyObject",
            subject->destroy(session, object));
        say(subject, fixture_text("%s, destroy again", step), "C_DestroyObject",
            subject->destroy(session, object));
    }
}

static CK_ULONG
count_found(const struct subject *subject, struct sheet *template)
{
    CK_OBJECT_HANDLE found[64];
    CK_ULONG count = 0;
    CK_RV rv = subject->find_init(subject->reading, template->attributes,
                                  template->count);

    if (rv != CKR_OK)
        return 1000 + rv;
    cr_assert_eq(subject->find(subject->reading, found, 64, &count), CKR_OK);
    cr_assert_eq(subject->find_final(subject->reading), CKR_OK);
    return count;
}

static void
talk_of_finding(const struct subject *subject)
{
    struct sheet sheet = sheet_labelled("found");

    sheet_set_flag(&sheet, CKA_PRIVATE, false);
    make(subject, &sheet);
    sheet_set_flag(&sheet, CKA_TOKEN, false);
    make(subject, &sheet);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < CHANGES && rows[i].changes[j].how != CHANGE_NONE;
             j++) {
            struct sheet template = { .count = 0 };

            sheet_set_text(&template, CKA_LABEL, "found");
            if (rows[i].changes[j].how == CHANGE_NULL &&
                rows[i].changes[j].length > 0)
                continue; /* SoftHSM reads there */
            sheet_change(&template, &rows[i].changes[j]);
            say(subject,
                fixture_text("certificates/find %s, %zu", rows[i].what, j),
                "C_FindObjects", count_found(subject, &template));
        }
}

static void
converse(struct subject *subject, const char *path)
{
    subject->out = fopen(path, "we");
    cr_assert_not_null(subject->out);
    talk_of_finding(subject);
    for (int is_token = 0; is_token < 2; is_token++) {
        talk_of_making(subject, is_token != 0);
        talk_of_changing(subject, is_token != 0);
    }
    talk_of_rights(subject, subject->writing, "session", false);
    talk_of_rights(subject, subject->writing, "token", true);
    talk_of_rights(subject, subject->reading, "token, read-only", true);
    fclose(subject->out);
}

/* -- Both ------------------------------------------------------------------ */

/* In a child: what SoftHSM leaks is not ours. */
static void
talk_with_softhsm(void)
{
    struct module *module = module_open(FIXTURE_SOFTHSM);
    CK_FUNCTION_LIST *list = module->list;
    struct subject subject = {
        .create = list->C_CreateObject,
        .copy = list->C_CopyObject,
        .destroy = list->C_DestroyObject,
        .get = list->C_GetAttributeValue,
        .set = list->C_SetAttributeValue,
        .find_init = list->C_FindObjectsInit,
        .find = list->C_FindObjects,
        .find_final = list->C_FindObjectsFinal,
    };
    CK_SLOT_ID slot;

    fixture_softhsm("soft");
    fixture_softhsm_token("soft");
    fixture_initialize(module, NULL);
    slot = fixture_slot(list, "soft");
    subject.writing = fixture_session(list, slot, FIXTURE_PIN);
    CHILD_EXPECT(list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL,
                                     &subject.reading) == CKR_OK);
    converse(&subject, fixture_path("softhsm.transcript"));
    CHILD_EXPECT(list->C_Finalize(NULL) == CKR_OK);
}

static void
talk_with_overflow(void)
{
    struct subject subject = {
        .create = overflow->C_CreateObject,
        .copy = overflow->C_CopyObject,
        .destroy = overflow->C_DestroyObject,
        .get = overflow->C_GetAttributeValue,
        .set = overflow->C_SetAttributeValue,
        .find_init = overflow->C_FindObjectsInit,
        .find = overflow->C_FindObjects,
        .find_final = overflow->C_FindObjectsFinal,
    };

    subject.writing = open_session(FIRST_SLOT, true);
    subject.reading = open_session(FIRST_SLOT, false);
    converse(&subject, fixture_path("overflow.transcript"));
}

static const struct difference differences[] = {
#include "tests/overflow-differences.def"
    { .step = NULL },
};

Test(overflow_differential, is_as_softhsm_but_for_what_is_listed,
     .init = overflow_fixture_begin, .fini = overflow_fixture_end)
{
    static const struct difference *const tables[] = { differences, NULL };
    const struct comparison comparison = {
        .vendor = "softhsm",
        .conversation = "certificates",
        .way = "the overflow backend",
        .direct = fixture_path("softhsm.transcript"),
        .through = fixture_path("overflow.transcript"),
        .differences = tables,
        .shown = 1000,
    };

    cr_assert(child_run(talk_with_softhsm));
    talk_with_overflow();
    cr_expect(transcript_compare(&comparison));
}
