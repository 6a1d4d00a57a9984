/* SPDX-License-Identifier: BSD-3-Clause */
/* The command certs capacity: how much room a token has, as far as it says. */
#include "cli/holding.h"
#include "cli/report.h"
#include "cli/target.h"
#include "common/cleanup.h"

enum column {
    COLUMN_TOKEN,
    COLUMN_MODE,
    COLUMN_ON_TOKEN,
    COLUMN_MAX,
    COLUMN_MAX_SHOWN,
    COLUMN_MAX_SIZE,
    COLUMN_MAX_SIZE_SHOWN,
    COLUMN_IN_STORE,
    COLUMN_IN_BOTH,
    COLUMN_FREE,
    COLUMN_FREE_SHOWN,
    COLUMN_TOTAL,
    COLUMN_TOTAL_SHOWN,
    N_COLUMNS
};

static const struct report_column columns[N_COLUMNS] = {
    [COLUMN_TOKEN] = { .name = "token", .heading = "TOKEN" },
    [COLUMN_MODE] = { .name = "mode", .heading = "MODE" },
    [COLUMN_ON_TOKEN] = { "on_token", "ON TOKEN", .is_number = true },
    [COLUMN_MAX] = { .name = "max" },
    [COLUMN_MAX_SHOWN] = { .heading = "MAX", .is_number = true },
    [COLUMN_MAX_SIZE] = { .name = "max_size" },
    [COLUMN_MAX_SIZE_SHOWN] = { .heading = "MAX SIZE", .is_number = true },
    [COLUMN_IN_STORE] = { "in_store", "IN STORE", .is_number = true },
    [COLUMN_IN_BOTH] = { "in_both", "IN BOTH", .is_number = true },
    [COLUMN_FREE] = { .name = "memory_free" },
    [COLUMN_FREE_SHOWN] = { .heading = "FREE BYTES", .is_number = true },
    [COLUMN_TOTAL] = { .name = "memory_total" },
    [COLUMN_TOTAL_SHOWN] = { .heading = "ALL BYTES", .is_number = true },
};

static const char *const modes[] = {
    [CERTIFICATES_TOKEN] = "token",
    [CERTIFICATES_HYBRID] = "hybrid",
    [CERTIFICATES_STORE] = "store",
};

/* A number in both columns, or null and the word. */
static void
set_number(struct report *report, enum column column, bool is_known,
           size_t number, const char *word)
{
    if (!is_known) {
        report_set_text(report, column + 1, word);
        return;
    }
    report_set_number(report, column, number);
    report_set_number(report, column + 1, number);
}

static void
set_settings(struct report *report, const struct token *token)
{
    static const struct config_certificates none = { .mode =
                                                         CERTIFICATES_TOKEN };
    const struct config_certificates *settings =
        token->rule == NULL ? &none : &token->rule->certificates;

    report_set_text(report, COLUMN_MODE, modes[settings->mode]);
    set_number(report, COLUMN_MAX, settings->max != 0, settings->max, "none");
    set_number(report, COLUMN_MAX_SIZE, settings->max_size != 0,
               settings->max_size, "none");
}

/* Of public objects, as certificates are. A total of nothing is of tokens that
 * say nothing. */
static void
set_memory(struct report *report, const CK_TOKEN_INFO *info)
{
    bool is_total = info->ulTotalPublicMemory != 0 &&
                    info->ulTotalPublicMemory != CK_UNAVAILABLE_INFORMATION;
    bool is_free =
        is_total && info->ulFreePublicMemory != CK_UNAVAILABLE_INFORMATION;

    set_number(report, COLUMN_FREE, is_free, info->ulFreePublicMemory,
               "unknown");
    set_number(report, COLUMN_TOTAL, is_total, info->ulTotalPublicMemory,
               "unknown");
}

static void
set_counts(struct report *report, const struct holdings *holdings)
{
    size_t n_on_token = 0, n_in_store = 0, n_in_both = 0;

    for (size_t i = 0; i < holdings->n_items; i++) {
        bool is_on_token = holdings->items[i].on_token != 0;
        bool is_in_store = holdings->items[i].in_store != 0;

        n_on_token += is_on_token;
        n_in_store += is_in_store;
        n_in_both += is_on_token && is_in_store;
    }
    report_set_number(report, COLUMN_ON_TOKEN, n_on_token);
    report_set_number(report, COLUMN_IN_STORE, n_in_store);
    report_set_number(report, COLUMN_IN_BOTH, n_in_both);
}

static void
print(const struct request *request, const struct report *report)
{
    struct json json = { .stream = stdout };

    if (!request->is_given[OPTION_JSON]) {
        report_print_table(report, stdout);
        return;
    }
    json_begin_object(&json, NULL);
    report_write_json(report, &json, "tokens");
    json_end_object(&json);
}

static bool
measure(struct visit *visit, const struct token *token, void *context,
        struct error *error)
{
    CLEANUP(holdings_clear) struct holdings holdings = { .items = NULL };
    struct report *report = context;

    if (!visit_open(visit, token, false, error) ||
        !holdings_read(visit, &holdings, error))
        return false;
    report_add_row(report);
    report_set_text(report, COLUMN_TOKEN, token->label);
    set_settings(report, token);
    set_counts(report, &holdings);
    set_memory(report, &visit->info);
    return true;
}

static bool
measure_them(struct visit *visit, struct error *error)
{
    CLEANUP(report_freep)
    struct report *report = report_new(columns, N_COLUMNS);
    const struct request *request = visit->request;
    const struct token *token;
    bool is_whole = true;

    if (request->n_operands == 0)
        is_whole = visit_all(visit, measure, report);
    else if (!target_find(request->operands[0], &token, error) ||
             !measure(visit, token, report, error))
        return false;
    print(request, report);
    return is_whole;
}

enum status
cmd_certs_capacity(const struct request *request)
{
    return visit_run(request, measure_them, NULL);
}
