/* SPDX-License-Identifier: BSD-3-Clause */
/* The command status: what running processes do with their tokens. */
#include "cli/configuration.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/status-json.h"
#include "cli/status-prometheus.h"
#include "cli/status-table.h"
#include "cli/status-uses.h"
#include "cli/status-watch.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "config/duration.h"

/* Of --interval. */
enum { USUAL_MS = 1000, SHORTEST_MS = 100, LONGEST_MS = 60 * 60 * 1000 };

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
        status_print_uses(total, stdout);
    }
    print_process_counts(total);
}

/* To standard output, or to a file that is never seen half written. */
static bool
print_prometheus(const struct request *request,
                 const struct gathering *gathering, const char *label)
{
    bool each = request->is_given[OPTION_PROCESSES];
    const char *path = request->values[OPTION_OUTPUT];
    CLEANUP(freep) char *text = NULL;
    struct error error;
    size_t length;
    FILE *stream;

    if (!request->is_given[OPTION_OUTPUT]) {
        status_write_prometheus(gathering, label, each, stdout);
        return true;
    }
    stream = open_memstream(&text, &length);
    memory_need(stream);
    status_write_prometheus(gathering, label, each, stream);
    if (fclose(stream) != 0)
        memory_need(NULL);
    if (file_replace(path, text, length, 0644, &error))
        return true;
    message_error("%s", error.text);
    return false;
}

/* False where writing failed. */
static bool
print(const struct request *request, const struct gathering *gathering,
      const char *label)
{
    struct total total = { .n_tokens = 0 };

    if (request->is_given[OPTION_PROMETHEUS])
        return print_prometheus(request, gathering, label);
    total_add(&total, gathering->processes, gathering->n_processes, label);
    if (request->is_given[OPTION_JSON])
        print_json(request, gathering, &total, label);
    else
        print_tables(request, gathering, &total, label);
    total_clear(&total);
    return true;
}

/* Forms that exclude each other, and options of one form only. */
static bool
check_options(const struct request *request, uint64_t *interval_ms)
{
    const char *interval = request->values[OPTION_INTERVAL];
    bool is_prometheus = request->is_given[OPTION_PROMETHEUS];
    bool is_watched = request->is_given[OPTION_WATCH];

    *interval_ms = USUAL_MS;
    if (is_prometheus + is_watched + request->is_given[OPTION_JSON] > 1)
        message_error("status: --prometheus, --json and --watch are three "
                      "forms; give one of them");
    else if (!is_prometheus && request->is_given[OPTION_OUTPUT])
        message_error("status: --output is for --prometheus; for the rest use "
                      "> FILE");
    else if (is_watched && request->is_given[OPTION_PROCESSES])
        message_error("status: --watch shows the sums; leave out --processes");
    else if (!is_watched && interval != NULL)
        message_error("status: --interval is for --watch");
    else if (interval != NULL &&
             (duration_parse(interval, interval_ms) != DURATION_OK ||
              *interval_ms < SHORTEST_MS || *interval_ms > LONGEST_MS))
        message_error("status: --interval %s: give a time from 100ms to 1h",
                      interval);
    else
        return true;
    return false;
}

static bool
watch(const struct config *config, const char *label, uint64_t interval_ms)
{
    struct error error;

    if (status_watch(config, label, interval_ms, &error))
        return true;
    message_error("%s", error.text);
    return false;
}

enum status
cmd_status(const struct request *request)
{
    CLEANUP(config_freep) struct config *config = NULL;
    const char *label = request->n_operands > 0 ? request->operands[0] : NULL;
    struct gathering gathering;
    uint64_t interval_ms;
    bool is_fine;

    if (!check_options(request, &interval_ms))
        return STATUS_USAGE;
    if (!configuration_load(request, &config))
        return STATUS_WRONG;
    if (request->is_given[OPTION_WATCH])
        return watch(config, label, interval_ms) ? STATUS_FINE : STATUS_WRONG;
    gathering_read(config, &gathering);
    is_fine = print(request, &gathering, label) && gathering.n_troubles == 0;
    for (size_t i = 0; i < gathering.n_troubles; i++)
        message_error("%s", gathering.troubles[i]);
    gathering_clear(&gathering);
    return is_fine ? STATUS_FINE : STATUS_WRONG;
}
