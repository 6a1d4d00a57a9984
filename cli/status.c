/* SPDX-License-Identifier: BSD-3-Clause */
/* The command status: what running processes do with their tokens. */
#include "cli/configuration.h"
#include "cli/message.h"
#include "cli/status-json.h"
#include "cli/status-table.h"
#include "common/cleanup.h"

static void
print_json(const struct request *request, const struct gathering *gathering,
           const struct total *total, const char *label)
{
    struct json json = { .stream = stdout };

    json_begin_object(&json, NULL);
    json_number(&json, "processes", gathering->n_processes);
    status_json_total(&json, total);
    if (request->is_given[OPTION_PROCESSES])
        status_json_processes(&json, gathering, label);
    json_end_object(&json);
}

static void
print_process_counts(const struct total *total)
{
    if (total->process[COUNTER_PROCESS_AUDIT_LOST] > 0 ||
        total->process[COUNTER_PROCESS_AUDIT_DENIED] > 0)
        (void)printf(
            "the audit log could not be written: %llu records were "
            "lost, %llu calls refused\n",
            (unsigned long long)total->process[COUNTER_PROCESS_AUDIT_LOST],
            (unsigned long long)total->process[COUNTER_PROCESS_AUDIT_DENIED]);
    if (total->process[COUNTER_PROCESS_STORE_FAILED] > 0)
        (void)printf("the store of certificates has failed %llu times\n",
                     (unsigned long long)
                         total->process[COUNTER_PROCESS_STORE_FAILED]);
}

static void
print_tables(const struct request *request, const struct gathering *gathering,
             const struct total *total, const char *label)
{
    if (gathering->n_processes == 0) {
        (void)puts("no process shows that it uses a token");
        return;
    }
    if (request->is_given[OPTION_PROCESSES]) {
        status_print_processes(gathering, label, stdout);
    } else {
        status_print_pools(total, stdout);
        if (label != NULL) {
            (void)putchar('\n');
            status_print_operations(total, stdout);
            (void)putchar('\n');
            status_print_sessions(total, stdout);
            (void)putchar('\n');
            status_print_errors(total, stdout);
        }
    }
    print_process_counts(total);
}

enum status
cmd_status(const struct request *request)
{
    CLEANUP(config_freep) struct config *config = NULL;
    const char *label = request->n_operands > 0 ? request->operands[0] : NULL;
    struct total total = { .n_tokens = 0 };
    struct gathering gathering;
    enum status status;

    if (!configuration_load(request, &config))
        return STATUS_WRONG;
    gathering_read(config, &gathering);
    total_add(&total, gathering.processes, gathering.n_processes, label);
    if (request->is_given[OPTION_JSON])
        print_json(request, &gathering, &total, label);
    else
        print_tables(request, &gathering, &total, label);
    for (size_t i = 0; i < gathering.n_troubles; i++)
        message_error("%s", gathering.troubles[i]);
    status = gathering.n_troubles == 0 ? STATUS_FINE : STATUS_WRONG;
    total_clear(&total);
    gathering_clear(&gathering);
    return status;
}
