/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands that all running processes obey: what came of them. */
#include "cli/control.h"
#include "audit/program.h"
#include "cli/configuration.h"
#include "cli/control-order.h"
#include "cli/control-reach.h"
#include "cli/control-reload.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/path.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "common/cleanup.h"
#include "common/text.h"
#include "config/duration.h"

#include <limits.h>

/* How long operations have to end, if --wait does not say. */
static const uint64_t default_wait_ms = 30000;

/* -- Waiting -----------------------------------------------------------------
 */

static void
describe(const void *context, char *out, size_t room)
{
    const struct reach *reach = context;

    (void)snprintf(out, room, "%zu of %zu processes, %zu operations run",
                   atomic_load(&reach->n_done),
                   atomic_load(&reach->n_processes),
                   atomic_load(&reach->n_running));
}

static void
wait_for(const struct order *order, struct reach *reach)
{
    struct progress *progress = progress_begin(describe, reach);
    bool is_read =
        reach_wait(reach, order->config->runtime_dir, order->wait_ms);

    progress_end(progress);
    memory_need(is_read ? reach : NULL);
}

/* -- Saying ------------------------------------------------------------------
 */

enum column {
    COLUMN_PID,
    COLUMN_PROGRAM,
    COLUMN_USER,
    COLUMN_STATE,
    COLUMN_RUNNING,
    COLUMN_WAITING,
    COLUMN_WHY,
    COLUMN_TAKEN,
    COLUMN_RESTART,
    COLUMN_MISTAKE,
    N_COLUMNS,
    N_COLUMNS_OF_ALL = COLUMN_TAKEN /* those behind it are of reload's JSON */
};

static const struct report_column columns[N_COLUMNS] = {
    [COLUMN_PID] = { .name = "pid", .heading = "PID", .is_number = true },
    [COLUMN_PROGRAM] = { .name = "program", .heading = "PROGRAM" },
    [COLUMN_USER] = { .name = "user", .heading = "USER" },
    [COLUMN_STATE] = { .name = "state" },
    [COLUMN_RUNNING] = { .name = "running",
                         .heading = "RUNNING",
                         .is_number = true },
    [COLUMN_WAITING] = { .name = "waiting",
                         .heading = "WAITING",
                         .is_number = true },
    [COLUMN_WHY] = { .name = "why", .heading = "WHY" },
    [COLUMN_TAKEN] = { .name = "taken", .is_number = true },
    [COLUMN_RESTART] = { .name = "restart" },
    [COLUMN_MISTAKE] = { .name = "mistake" },
};

static const struct {
    const char *word;
    const char *why;
} states[] = {
    [REACHED_DONE] = { "done", NULL },
    [REACHED_IDLE] = { "idle", NULL },
    [REACHED_RUNNING] = { "running", "operations have not ended" },
    [REACHED_LATER] = { "later", "makes no threads; its next call looks" },
    [REACHED_STOPPED] = { "stopped", "is stopped by a signal" },
    [REACHED_NOT] = { "silent", "does not look at the page" },
};

static void
add_process(struct report *report, const struct reach *reach,
            const struct control_reading *reading)
{
    enum reach_state state = reach_state(reach, reading);
    CLEANUP(freep) char *user = path_name_user(reading->user);
    char program[PATH_MAX];

    report_add_row(report);
    report_set_number(report, COLUMN_PID,
                      (unsigned long long)reading->process.pid);
    report_set_text(report, COLUMN_PROGRAM,
                    audit_program_find_exe(reading->process.pid, program)
                        ? program
                        : NULL);
    report_set_text(report, COLUMN_USER, user);
    report_set_text(report, COLUMN_STATE, states[state].word);
    report_set_number(report, COLUMN_RUNNING, reach_running(reach, reading));
    report_set_number(report, COLUMN_WAITING, reach_waiting(reach, reading));
    report_set_text(report, COLUMN_WHY, states[state].why);
}

static void
add_reload(struct report *report, const struct reach *reach,
           const struct control_reading *reading)
{
    const struct control_note_reload *outcome = reload_outcome(reach, reading);

    if (outcome == NULL)
        return;
    report_set_number(report, COLUMN_TAKEN, outcome->n_taken);
    if (outcome->is_refused != 0)
        report_set_text(report, COLUMN_MISTAKE, outcome->text);
    else if (outcome->n_waiting > 0)
        report_set_text(report, COLUMN_RESTART, outcome->text);
}

static void
print_json(const struct order *order, const struct reach *reach)
{
    CLEANUP(report_freep)
    struct report *report =
        report_new(columns, order->verb == CONTROL_RELOAD ? N_COLUMNS
                                                          : N_COLUMNS_OF_ALL);
    struct json json = { .stream = stdout };

    for (size_t i = 0; i < reach->n_readings; i++) {
        add_process(report, reach, &reach->readings[i]);
        if (order->verb == CONTROL_RELOAD)
            add_reload(report, reach, &reach->readings[i]);
    }
    json_begin_object(&json, NULL);
    json_text(&json, "command", order->request->command->name);
    json_text(&json, "token", order->token.label);
    if (order->member != NULL)
        json_number(&json, "member", order->index + 1);
    json_number(&json, "number", reach->number);
    json_number(&json, "done", atomic_load(&reach->n_done));
    json_number(&json, "not_done",
                reach->n_readings - atomic_load(&reach->n_done));
    json_number(&json, "hidden", reach->n_hidden);
    report_write_json(report, &json, "processes");
    json_end_object(&json);
}

static void
print_aim(const struct order *order)
{
    CLEANUP(freep) char *label = memory_copy(order->token.label);

    if (label == NULL) {
        (void)printf(order->verb == CONTROL_RELOAD ? "the configuration is "
                                                   : "all tokens are ");
        return;
    }
    text_clean(label);
    if (order->member != NULL)
        (void)printf("member %u (module \"%s\") of ", order->index + 1,
                     order->member->module->name);
    else if (order->member_name != NULL)
        (void)fputs("a member that is called otherwise now, of ", stdout);
    (void)printf("token \"%s\" is ", label);
}

/* A device that is still gone does not keep its processes from having obeyed.
 */
static void
print_hint(const struct order *order)
{
    CLEANUP(freep) char *label = memory_copy(order->token.label);

    text_clean(label);
    (void)printf("\"p11mux status %s\" shows whether it is there\n", label);
}

static void
print(const struct order *order, const struct reach *reach)
{
    static const char *const done[CONTROL_VERBS] = {
        [CONTROL_PAUSE] = "paused",      [CONTROL_RESUME] = "resumed",
        [CONTROL_RELOAD] = "read anew",  [CONTROL_RECONNECT] = "reconnected",
        [CONTROL_DRAIN] = "drained",     [CONTROL_ADMIT] = "let in again",
        [CONTROL_PROMOTE] = "the first", [CONTROL_MOVED] = "looked at anew",
    };
    CLEANUP(report_freep)
    struct report *report = report_new(columns, N_COLUMNS_OF_ALL);

    for (size_t i = 0; i < reach->n_readings; i++)
        if (!reach_is_done(reach_state(reach, &reach->readings[i])))
            add_process(report, reach, &reach->readings[i]);
    print_aim(order);
    /* Who refuses it has done what was asked, and goes on as before. */
    (void)printf("%s in %zu of %zu processes\n", done[order->verb],
                 atomic_load(&reach->n_done) - reload_count_refused(reach),
                 reach->n_readings);
    if (order->verb == CONTROL_RELOAD)
        reload_print(reach);
    if (order->verb == CONTROL_ADMIT && order->member != NULL)
        print_hint(order);
    if (report_count(report) > 0)
        (void)puts("\nNot in these:\n");
    report_print_table(report, stdout);
    if (reach->n_hidden > 0)
        (void)printf("\nThe processes of %zu other users could not be looked "
                     "at: root may.\n",
                     reach->n_hidden);
}

/* -- The commands ------------------------------------------------------------
 */

static bool
read_wait(struct order *order, struct error *error)
{
    const char *text = order->request->values[OPTION_WAIT];

    order->wait_ms = default_wait_ms;
    return !order->request->is_given[OPTION_WAIT] ||
           duration_parse(text, &order->wait_ms) == DURATION_OK ||
           error_set(error, CKR_ARGUMENTS_BAD,
                     "--wait: \"%s\" is no time; give one such as 10s", text);
}

static bool
find_token(struct order *order, struct error *error)
{
    const struct request *request = order->request;

    if (order->verb == CONTROL_RELOAD)
        return true;
    if (order->verb >= CONTROL_DRAIN)
        return token_name_find(order->config, request->operands[0],
                               &order->token, error);
    if (request->is_given[OPTION_ALL_TOKENS] == (request->n_operands > 0))
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s: give either a TOKEN or --all",
                         request->command->name);
    return request->n_operands == 0 ||
           token_name_find(order->config, request->operands[0], &order->token,
                           error);
}

static bool
give(struct order *order, bool *is_done, struct error *error)
{
    struct reach reach = { .is_pause = order->verb == CONTROL_PAUSE ||
                                       order->verb == CONTROL_DRAIN };

    memory_need(control_page_path(order->config->runtime_dir, &order->path)
                    ? order->path
                    : NULL);
    if (!read_wait(order, error) || !find_token(order, error) ||
        (order->verb >= CONTROL_DRAIN && !order_find_member(order, error)))
        return false;
    if (!order_write(order, &reach.number, error))
        return false;
    wait_for(order, &reach);
    if (order->request->is_given[OPTION_JSON])
        print_json(order, &reach);
    else
        print(order, &reach);
    *is_done = atomic_load(&reach.n_done) == reach.n_readings &&
               reload_count_refused(&reach) == 0;
    reach_clear(&reach);
    return true;
}

enum status
control_run(const struct request *request, enum control_verb verb)
{
    struct order order = { .request = request, .verb = verb };
    struct error error = { .rv = CKR_OK };
    bool is_done = false;

    if (!configuration_load(request, &order.config))
        return STATUS_WRONG;
    if (!give(&order, &is_done, &error) && error.text[0] != '\0')
        message_error("%s", error.text);
    token_name_clear(&order.token);
    free(order.path);
    free(order.member_name);
    config_free(order.config);
    return is_done ? STATUS_FINE : STATUS_WRONG;
}

enum status
cmd_pause(const struct request *request)
{
    return control_run(request, CONTROL_PAUSE);
}

enum status
cmd_resume(const struct request *request)
{
    return control_run(request, CONTROL_RESUME);
}

enum status
cmd_reload(const struct request *request)
{
    return control_run(request, CONTROL_RELOAD);
}

enum status
cmd_reconnect(const struct request *request)
{
    return control_run(request, CONTROL_RECONNECT);
}

enum status
cmd_group_drain(const struct request *request)
{
    return control_run(request, CONTROL_DRAIN);
}

enum status
cmd_group_resume(const struct request *request)
{
    return control_run(request, CONTROL_ADMIT);
}

enum status
cmd_group_promote(const struct request *request)
{
    return control_run(request, CONTROL_PROMOTE);
}
