/* SPDX-License-Identifier: BSD-3-Clause */
/* One certificate of a token as a row of a report. */
#include "cli/holding-row.h"

#include "cli/certificate.h"
#include "cli/hex.h"
#include "cli/memory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum column {
    COLUMN_TOKEN,
    COLUMN_WHERE,
    COLUMN_KEY,
    COLUMN_ID,
    COLUMN_LABEL,
    COLUMN_EXPIRES,
    COLUMN_EXPIRED,
    COLUMN_FLAGS,
    COLUMN_SERIAL_NUMBER,
    COLUMN_SHA256_SHOWN,
    COLUMN_SHA256,
    COLUMN_SUBJECT,
    COLUMN_ISSUER,
    COLUMN_OUTCOME, /* only where something was done */
    N_COLUMNS
};

static const struct report_column columns[N_COLUMNS] = {
    [COLUMN_TOKEN] = { .name = "token", .heading = "TOKEN" },
    [COLUMN_WHERE] = { .name = "where", .heading = "WHERE", .is_list = true },
    [COLUMN_KEY] = { .name = "key", .heading = "KEY" },
    [COLUMN_ID] = { .name = "id", .heading = "ID" },
    [COLUMN_LABEL] = { .name = "label", .heading = "LABEL" },
    [COLUMN_EXPIRES] = { .name = "expires", .heading = "EXPIRES" },
    [COLUMN_EXPIRED] = { .name = "expired" },
    [COLUMN_FLAGS] = { .heading = "FLAGS" },
    [COLUMN_SERIAL_NUMBER] = { .name = "serial_number", .heading = "SERIAL" },
    [COLUMN_SHA256_SHOWN] = { .heading = "SHA-256" },
    [COLUMN_SHA256] = { .name = "sha256" },
    [COLUMN_SUBJECT] = { .name = "subject", .heading = "SUBJECT" },
    [COLUMN_ISSUER] = { .name = "issuer", .heading = "ISSUER" },
    [COLUMN_OUTCOME] = { .name = "outcome", .heading = "OUTCOME" },
};

/* Enough to choose one by. */
enum { SHOWN_BYTES = 8 };

struct report *
holding_report_new(bool has_outcome)
{
    return report_new(columns, has_outcome ? N_COLUMNS : COLUMN_OUTCOME);
}

static void
set_hex(struct report *report, enum column column, const unsigned char *bytes,
        size_t length)
{
    char *text = hex_text(bytes, length);

    report_set_text(report, column, text);
    free(text);
}

static void
set_certificate(struct report *report, const struct holding *holding)
{
    struct certificate certificate;
    bool has_expired;
    char *expiry;

    if (!certificate_read(holding->value, &certificate))
        return;
    has_expired = certificate_has_expired(&certificate, time(NULL));
    expiry = certificate_expiry_text(&certificate);
    report_set_text(report, COLUMN_EXPIRES, expiry);
    free(expiry);
    report_set_truth(report, COLUMN_EXPIRED, has_expired);
    if (has_expired)
        report_set_text(report, COLUMN_FLAGS, "expired");
    report_set_text(report, COLUMN_SERIAL_NUMBER, certificate.serial_number);
    report_set_text(report, COLUMN_SUBJECT, certificate.subject);
    report_set_text(report, COLUMN_ISSUER, certificate.issuer);
    certificate_clear(&certificate);
}

void
holding_row_add(struct report *report, const struct visit *visit,
                const struct holding *holding, const struct key_ring *ring)
{
    const struct identity *key = key_ring_find(ring, holding->value);

    report_add_row(report);
    report_set_text(report, COLUMN_TOKEN, visit->token->label);
    if (holding->on_token != 0)
        report_set_text(report, COLUMN_WHERE, "token");
    if (holding->in_store != 0)
        report_set_text(report, COLUMN_WHERE, "store");
    if (key != NULL)
        report_set_text(report, COLUMN_KEY,
                        key->object_class == CKO_PRIVATE_KEY ? "private"
                                                             : "public");
    if (holding->id.length > 0)
        set_hex(report, COLUMN_ID, holding->id.bytes, holding->id.length);
    /* What is behind a NUL is not shown. */
    if (holding->label.length > 0)
        report_set_text(report, COLUMN_LABEL,
                        (const char *)holding->label.bytes);
    set_hex(report, COLUMN_SHA256_SHOWN, holding->sha256, SHOWN_BYTES);
    set_hex(report, COLUMN_SHA256, holding->sha256, SHA256_LENGTH);
    set_certificate(report, holding);
}

void
holding_row_set_outcome(struct report *report, const char *outcome)
{
    report_set_text(report, COLUMN_OUTCOME, outcome);
}

void
holding_report_print(const struct request *request, const struct report *report)
{
    struct json json = { .stream = stdout };

    if (!request->is_given[OPTION_JSON]) {
        report_print_table(report, stdout);
        if (report_count(report) == 0)
            (void)puts("there is no certificate");
        return;
    }
    json_begin_object(&json, NULL);
    report_write_json(report, &json, "certificates");
    json_end_object(&json);
}
