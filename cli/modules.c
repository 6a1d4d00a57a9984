/* SPDX-License-Identifier: BSD-3-Clause */
/* The command modules: what stands behind p11mux, and how it is. */
#include "cli/configuration.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/report.h"
#include "cli/survey.h"
#include "common/cleanup.h"
#include "common/text.h"

#include <stdlib.h>

enum column {
    COLUMN_NAME,
    COLUMN_STATE,
    COLUMN_TOKENS,
    COLUMN_LIBRARY,
    COLUMN_DESCRIPTION,
    COLUMN_VERSION,
    COLUMN_MANUFACTURER,
    COLUMN_INTERFACE,
    COLUMN_PROFILE,
    COLUMN_TIMEOUT_SHOWN,
    COLUMN_TIMEOUT,
    COLUMN_KEEPALIVE_SHOWN,
    COLUMN_KEEPALIVE,
    COLUMN_LOAD_SHOWN,
    COLUMN_LOAD,
    COLUMN_START_SHOWN,
    COLUMN_START,
    COLUMN_PATH,
    COLUMN_WHY,
    COLUMN_NEXT_TRY,
    N_COLUMNS
};

static const struct report_column columns[N_COLUMNS] = {
    [COLUMN_NAME] = { .name = "name", .heading = "NAME" },
    [COLUMN_STATE] = { .name = "state", .heading = "STATE" },
    [COLUMN_TOKENS] = { .name = "tokens",
                        .heading = "TOKENS",
                        .is_number = true },
    [COLUMN_LIBRARY] = { .heading = "LIBRARY" },
    [COLUMN_DESCRIPTION] = { .name = "description" },
    [COLUMN_VERSION] = { .name = "version" },
    [COLUMN_MANUFACTURER] = { .name = "manufacturer" },
    [COLUMN_INTERFACE] = { .name = "interface", .heading = "INTERFACE" },
    [COLUMN_PROFILE] = { .name = "profile", .heading = "PROFILE" },
    [COLUMN_TIMEOUT_SHOWN] = { .heading = "TIMEOUT", .is_number = true },
    [COLUMN_TIMEOUT] = { .name = "call_timeout_ms" },
    [COLUMN_KEEPALIVE_SHOWN] = { .heading = "KEEPALIVE", .is_number = true },
    [COLUMN_KEEPALIVE] = { .name = "keepalive_ms" },
    [COLUMN_LOAD_SHOWN] = { .heading = "LOAD", .is_number = true },
    [COLUMN_LOAD] = { .name = "load_us" },
    [COLUMN_START_SHOWN] = { .heading = "START", .is_number = true },
    [COLUMN_START] = { .name = "start_us" },
    [COLUMN_PATH] = { .name = "path", .heading = "PATH" },
    [COLUMN_WHY] = { .name = "why" },
    [COLUMN_NEXT_TRY] = { .name = "next_try_ms" },
};

static const char *const state_words[] = {
    [BACKEND_DOWN] = "down",
    [BACKEND_STARTING] = "starting",
    [BACKEND_UP] = "up",
    [BACKEND_REFUSED] = "not used",
};

static void
set_text(struct report *report, enum column column, char *text)
{
    report_set_text(report, column, text);
    free(text);
}

static void
add_library(struct report *report, const struct backend *backend,
            const CK_INFO *info)
{
    char description[sizeof(info->libraryDescription) + 1];
    char manufacturer[sizeof(info->manufacturerID) + 1];
    CK_VERSION interface = backend_version(backend);
    CLEANUP(freep)
    char *version = memory_text("%u.%u", info->libraryVersion.major,
                                info->libraryVersion.minor);

    text_copy(info->libraryDescription, sizeof(info->libraryDescription),
              description);
    text_copy(info->manufacturerID, sizeof(info->manufacturerID), manufacturer);
    set_text(report, COLUMN_LIBRARY,
             memory_text("%s %s", description, version));
    report_set_text(report, COLUMN_DESCRIPTION, description);
    report_set_text(report, COLUMN_VERSION, version);
    report_set_text(report, COLUMN_MANUFACTURER, manufacturer);
    set_text(report, COLUMN_INTERFACE,
             memory_text("%u.%u", interface.major, interface.minor));
}

static void
add_time(struct report *report, enum column shown, enum column column,
         uint64_t microseconds)
{
    set_text(report, shown,
             memory_text("%.1f ms", (double)microseconds / 1000));
    report_set_number(report, column, microseconds);
}

/* Nothing where there is no such time. */
static void
add_setting(struct report *report, enum column shown, enum column column,
            uint64_t milliseconds)
{
    if (milliseconds == NO_TIME)
        return;
    set_text(report, shown,
             milliseconds % 1000 == 0
                 ? memory_text("%llu s",
                               (unsigned long long)milliseconds / 1000)
                 : memory_text("%llu ms", (unsigned long long)milliseconds));
    report_set_number(report, column, milliseconds);
}

static void
add_module(struct report *report, const struct survey *survey,
           struct backend *backend)
{
    const struct profile *profile = backend_profile(backend);
    struct backend_status status;

    backend_get_status(backend, &status);
    report_add_row(report);
    report_set_text(report, COLUMN_NAME, backend_name(backend));
    report_set_text(report, COLUMN_STATE, state_words[status.state]);
    report_set_text(report, COLUMN_PATH, backend_path(backend));
    report_set_number(report, COLUMN_TOKENS, survey_count(survey, backend));
    report_set_text(report, COLUMN_PROFILE, profile->name);
    add_setting(report, COLUMN_TIMEOUT_SHOWN, COLUMN_TIMEOUT,
                profile->settings.call_timeout_ms);
    add_setting(report, COLUMN_KEEPALIVE_SHOWN, COLUMN_KEEPALIVE,
                profile->settings.keepalive_ms);
    if (backend_functions(backend) != NULL)
        add_time(report, COLUMN_LOAD_SHOWN, COLUMN_LOAD, status.load_us);
    if (status.state == BACKEND_UP) {
        add_library(report, backend, &status.info);
        add_time(report, COLUMN_START_SHOWN, COLUMN_START, status.start_us);
    } else {
        report_set_text(report, COLUMN_WHY,
                        status.state == BACKEND_STARTING
                            ? "its C_Initialize has not returned in time"
                            : status.why);
        report_set_number(report, COLUMN_NEXT_TRY, status.next_try_ms);
    }
}

/* Why one is down that is. */
static void
print_reason(const struct survey *survey, struct backend *backend)
{
    struct backend_status status;

    backend_get_status(backend, &status);
    text_clean(status.why);
    switch (status.state) {
    case BACKEND_UP:
        break;
    case BACKEND_STARTING:
        (void)printf("%s has not returned from C_Initialize within %llu ms; "
                     "applications go on without it and take it in when it "
                     "does\n",
                     backend_name(backend),
                     (unsigned long long)survey->config->start_timeout_ms);
        break;
    case BACKEND_REFUSED:
        (void)printf("%s is not used: %s\n", backend_name(backend), status.why);
        break;
    case BACKEND_DOWN:
        (void)printf("%s is down: %s; an application would try again after "
                     "%.1f s\n",
                     backend_name(backend), status.why,
                     (double)status.next_try_ms / 1000);
        break;
    }
}

static bool
is_any_down(const struct survey *survey)
{
    for (size_t i = 0; i < backend_set_count(survey->backends); i++)
        if (backend_state(backend_set_get(survey->backends, i)) != BACKEND_UP)
            return true;
    return false;
}

static void
print_modules(const struct request *request, const struct survey *survey)
{
    CLEANUP(report_freep)
    struct report *report = report_new(columns, N_COLUMNS);

    for (size_t i = 0; i < backend_set_count(survey->backends); i++)
        add_module(report, survey, backend_set_get(survey->backends, i));
    if (request->is_given[OPTION_JSON]) {
        struct json json = { .stream = stdout };

        json_begin_object(&json, NULL);
        report_write_json(report, &json, "modules");
        json_end_object(&json);
        return;
    }
    report_print_table(report, stdout);
    if (report_count(report) == 0)
        (void)puts("there is no module; name one in the configuration or "
                   "register it with p11-kit");
    for (size_t i = 0; i < backend_set_count(survey->backends); i++)
        print_reason(survey, backend_set_get(survey->backends, i));
}

enum status
cmd_modules(const struct request *request)
{
    struct error error = { .rv = CKR_OK };
    struct config *config;
    struct survey survey;
    enum status status;

    if (!configuration_load(request, &config))
        return STATUS_WRONG;
    if (!survey_begin(config, &survey, &error)) {
        message_error("%s", error.text);
        return STATUS_WRONG;
    }
    print_modules(request, &survey);
    status = is_any_down(&survey) ? STATUS_WRONG : STATUS_FINE;
    survey_end(&survey);
    return status;
}
