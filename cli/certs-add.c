/* SPDX-License-Identifier: BSD-3-Clause */
/* The command certs add: puts certificates of files on a token, or where it
 * keeps what it has no room for. */
#include "cli/certificate-file.h"
#include "cli/certificate.h"
#include "cli/choice.h"
#include "cli/hex.h"
#include "cli/holding-create.h"
#include "cli/holding-row.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "common/cleanup.h"

#include <string.h>

/* The certificates, and what the command line gives them. */
struct addition {
    struct certificate_file file;
    struct choice given;
};

static void
clear_addition(struct addition *addition)
{
    certificate_file_clear(&addition->file);
    choice_clear(&addition->given);
}

/* What the token has, what it gets, and the report of that. */
struct work {
    const struct visit *visit;
    struct holdings holdings;
    struct key_ring ring;
    struct report *report;
};

static void
clear_work(struct work *work)
{
    holdings_clear(&work->holdings);
    key_ring_clear(&work->ring);
    report_free(work->report);
}

/* For people; programs read the report. */
static void
say(const struct work *work, const struct holding *holding, bool is_new)
{
    struct certificate certificate;
    char *id;

    if (work->visit->request->is_given[OPTION_JSON] ||
        !certificate_read(holding->value, &certificate))
        return;
    id = hex_text(holding->id.bytes, holding->id.length);
    (void)printf("%s: %s %s, %s%s\n", certificate.subject,
                 is_new ? "added" : "is already", holding_place(holding),
                 holding->id.length > 0 ? "id " : "without an id", id);
    free(id);
    certificate_clear(&certificate);
}

static void
report_one(struct work *work, const struct holding *holding, bool is_new)
{
    holding_row_add(work->report, work->visit, holding, &work->ring);
    holding_row_set_outcome(work->report, is_new ? "added" : "already there");
    say(work, holding, is_new);
}

/* The CKA_ID of the key that it is for, else the one that is given. */
static struct octets
find_id(const struct work *work, const struct addition *addition,
        struct octets value)
{
    const struct identity *key = key_ring_find(&work->ring, value);

    return key != NULL && key->id_length > 0
               ? (struct octets){ key->id, key->id_length }
               : addition->given.id;
}

static bool
add_one(struct work *work, const struct addition *addition, struct octets value,
        struct error *error)
{
    const char *label = addition->given.label;
    struct octets its_label = { (const unsigned char *)label,
                                label == NULL ? 0 : strlen(label) };
    struct octets id = find_id(work, addition, value);
    const struct holding *known = holdings_find(&work->holdings, value, id);
    struct holding holding;

    if (known != NULL) {
        report_one(work, known, false);
        return true;
    }
    if (!holding_make(value, id, its_label, &holding))
        return error_set(error, CKR_GENERAL_ERROR, "OpenSSL makes no SHA-256");
    if (!holding_create(work->visit, &holding, error)) {
        holding_clear(&holding);
        return false;
    }
    holdings_add(&work->holdings, &holding);
    report_one(work, &holding, true);
    return true;
}

static bool
add(struct visit *visit, struct error *error)
{
    CLEANUP(clear_work)
    struct work work = { .visit = visit, .report = holding_report_new(true) };
    const struct addition *addition = visit->asked;
    bool is_done = true;

    if (!visit_token(visit, visit->request->operands[0], true, error) ||
        !holdings_read(visit, &work.holdings, error) ||
        !key_ring_read(visit, &work.ring, error))
        return false;
    for (size_t i = 0; is_done && i < addition->file.n_items; i++)
        is_done = add_one(&work, addition, addition->file.items[i], error);
    if (visit->request->is_given[OPTION_JSON])
        holding_report_print(visit->request, work.report);
    return is_done;
}

enum status
cmd_certs_add(const struct request *request)
{
    CLEANUP(clear_addition)
    struct addition addition = { .file = { .items = NULL } };
    struct error error = { .rv = CKR_OK };

    if (!choice_read(request, &addition.given))
        return STATUS_USAGE;
    for (int i = 1; i < request->n_operands; i++)
        if (!certificate_file_read(request->operands[i], &addition.file,
                                   &error)) {
            message_error("%s", error.text);
            return STATUS_WRONG;
        }
    return visit_run(request, add, &addition);
}
