/* SPDX-License-Identifier: BSD-3-Clause */
/* One object of a token as a row of a report. */
#include "cli/object-row.h"

#include "cli/certificate.h"
#include "cli/hex.h"
#include "cli/key-text.h"
#include "cli/memory.h"
#include "common/cleanup.h"
#include "common/names.h"
#include "common/text.h"
#include "router/identity.h"
#include "router/values.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum column {
    COLUMN_CLASS,
    COLUMN_TYPE,
    COLUMN_LABEL,
    COLUMN_ID,
    COLUMN_FLAGS,
    COLUMN_FINGERPRINT_SHOWN,
    COLUMN_FINGERPRINT,
    COLUMN_EXPIRES,
    COLUMN_EXPIRED,
    COLUMN_SUBJECT,
    COLUMNS_OF_ALL,
    COLUMN_WHERE = COLUMNS_OF_ALL, /* of those that move */
    COLUMN_ON = COLUMNS_OF_ALL,    /* of those of a group */
    COLUMN_NOT_ON,
    N_COLUMNS
};

#define SHARED_COLUMNS                                                         \
    [COLUMN_CLASS] = { .name = "class", .heading = "CLASS" },                  \
    [COLUMN_TYPE] = { .name = "type", .heading = "TYPE" },                     \
    [COLUMN_LABEL] = { .name = "label", .heading = "LABEL" },                  \
    [COLUMN_ID] = { .name = "id", .heading = "ID" },                           \
    [COLUMN_FLAGS] = { .name = "flags", .heading = "FLAGS", .is_list = true }, \
    [COLUMN_FINGERPRINT_SHOWN] = { .heading = "FINGERPRINT" },                 \
    [COLUMN_FINGERPRINT] = { .name = "fingerprint" },                          \
    [COLUMN_EXPIRES] = { .name = "expires", .heading = "EXPIRES" },            \
    [COLUMN_EXPIRED] = { .name = "expired" },                                  \
    [COLUMN_SUBJECT] = { .name = "subject", .heading = "SUBJECT" }

static const struct report_column columns_of_moving[COLUMN_WHERE + 1] = {
    SHARED_COLUMNS,
    [COLUMN_WHERE] = { .name = "where", .heading = "WHERE" },
};

static const struct report_column columns[N_COLUMNS] = {
    SHARED_COLUMNS,
    [COLUMN_ON] = { .name = "on", .heading = "ON", .is_list = true },
    [COLUMN_NOT_ON] = { .name = "not_on",
                        .heading = "NOT ON",
                        .is_list = true },
};

/* Enough to compare two by eye. */
enum { SHOWN_BYTES = 8 };

static const struct {
    CK_OBJECT_CLASS object_class;
    const char *words;
} classes[] = {
    { CKO_DATA, "data" },
    { CKO_CERTIFICATE, "certificate" },
    { CKO_PUBLIC_KEY, "public key" },
    { CKO_PRIVATE_KEY, "private key" },
    { CKO_SECRET_KEY, "secret key" },
    { CKO_HW_FEATURE, "hardware feature" },
    { CKO_DOMAIN_PARAMETERS, "domain parameters" },
    { CKO_MECHANISM, "mechanism" },
    { CKO_PROFILE, "profile" },
    { CKO_TRUST, "trust" },
};

struct report *
object_report_new(enum object_report kind)
{
    if (kind == OBJECTS_MOVE)
        return report_new(columns_of_moving, COLUMN_WHERE + 1);
    return report_new(columns,
                      kind == OBJECTS_OF_GROUP ? N_COLUMNS : COLUMNS_OF_ALL);
}

void
object_row_set_where(struct report *report, const char *where)
{
    report_set_text(report, COLUMN_WHERE, where);
}

void
object_row_set_member(struct report *report, const char *name, bool has_it)
{
    report_set_text(report, has_it ? COLUMN_ON : COLUMN_NOT_ON, name);
}

static void
set_text(struct report *report, enum column column, char *text)
{
    report_set_text(report, column, text);
    free(text);
}

char *
object_class_text(CK_OBJECT_CLASS object_class)
{
    char name[NAME_LENGTH];

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (classes[i].object_class == object_class)
            return memory_copy(classes[i].words);
    return memory_copy(name_of(NAME_CKO, object_class, name));
}

/* Labels are UTF-8 without a NUL; other bytes are shown as question marks in
 * the table. */
char *
object_label_text(const struct identity *identity)
{
    char *text = memory_new(identity->label_length + 1, 1);

    memcpy(text, identity->label, identity->label_length);
    return text;
}

static void
set_fingerprint(struct report *report, const struct identity *identity)
{
    if (!identity->has_fingerprint)
        return;
    set_text(report, COLUMN_FINGERPRINT,
             hex_text(identity->fingerprint, sizeof(identity->fingerprint)));
    set_text(report, COLUMN_FINGERPRINT_SHOWN,
             hex_text(identity->fingerprint, SHOWN_BYTES));
}

static void
set_certificate(struct report *report, const CK_FUNCTION_LIST_3_2 *functions,
                CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    static const struct value_request request = { CKA_VALUE, 4096, true };
    struct certificate certificate;
    struct values values;
    bool has_expired;

    if (values_read(functions, session, object, &request, 1, &values) != CKR_OK)
        return;
    if (certificate_read(values_get(&values, CKA_VALUE), &certificate)) {
        has_expired = certificate_has_expired(&certificate, time(NULL));
        set_text(report, COLUMN_EXPIRES, certificate_expiry_text(&certificate));
        report_set_truth(report, COLUMN_EXPIRED, has_expired);
        if (has_expired)
            report_set_text(report, COLUMN_FLAGS, "expired");
        report_set_text(report, COLUMN_SUBJECT, certificate.subject);
        certificate_clear(&certificate);
    }
    values_clear(&values);
}

void
object_row_add_known(struct report *report, CK_SESSION_HANDLE session,
                     CK_OBJECT_HANDLE object, const struct identity *identity)
{
    const char *flags[KEY_WORDS];
    size_t n_flags;

    report_add_row(report);
    set_text(report, COLUMN_CLASS, object_class_text(identity->object_class));
    set_text(report, COLUMN_TYPE, key_text_type(session, object, identity));
    set_text(report, COLUMN_LABEL, object_label_text(identity));
    set_text(report, COLUMN_ID, hex_text(identity->id, identity->id_length));
    n_flags = key_text_words(session, object, identity, flags);
    for (size_t i = 0; i < n_flags; i++)
        report_set_text(report, COLUMN_FLAGS, flags[i]);
    set_fingerprint(report, identity);
    if (identity->object_class == CKO_CERTIFICATE)
        set_certificate(report, key_text_functions(), session, object);
}

CK_RV
object_row_add(struct report *report, CK_SESSION_HANDLE session,
               CK_OBJECT_HANDLE object)
{
    CLEANUP(identity_freep) struct identity *identity = NULL;
    CK_RV rv =
        identity_read(key_text_functions(), session, object, true, &identity);

    if (rv == CKR_OK)
        object_row_add_known(report, session, object, identity);
    return rv;
}
