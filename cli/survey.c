/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts all modules of a configuration and looks at their tokens. */
#include "cli/survey.h"

#include "cli/ending.h"
#include "cli/memory.h"
#include "cli/progress.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum phase { PHASE_LOAD, PHASE_START, PHASE_LOOK, PHASE_END };

/* What the progress line tells of; read by its thread. */
struct stage {
    _Atomic(enum phase) phase;
    _Atomic(struct backend_set *) backends;
};

/* -- Progress ---------------------------------------------------------------
 */

static void
describe_start(const struct backend_set *backends, char *out, size_t room)
{
    size_t length = 0;

    for (size_t i = 0; i < backend_set_count(backends); i++) {
        const struct backend *backend = backend_set_get(backends, i);

        if (backend_state(backend) != BACKEND_STARTING || length >= room)
            continue;
        length += (size_t)snprintf(out + length, room - length, "%s%s",
                                   length == 0 ? "starting module " : ", ",
                                   backend_name(backend));
    }
}

static void
describe(const void *context, char *out, size_t room)
{
    const struct stage *stage = context;

    switch (atomic_load(&stage->phase)) {
    case PHASE_LOAD:
        (void)snprintf(out, room, "loading the modules");
        break;
    case PHASE_START:
        describe_start(atomic_load(&stage->backends), out, room);
        break;
    case PHASE_LOOK:
        (void)snprintf(out, room, "asking the modules for their tokens");
        break;
    case PHASE_END:
        (void)snprintf(out, room, "ending the modules");
        break;
    }
}

/* -- Beginning --------------------------------------------------------------
 */

/* A critical module that is down keeps applications from starting; here the
 * others are looked at all the same. */
static void
note_critical(struct survey *survey)
{
    struct config *config = survey->config;

    survey->is_critical =
        memory_new(config->n_modules, sizeof(*survey->is_critical));
    for (size_t i = 0; i < config->n_modules; i++) {
        survey->is_critical[i] = config->modules[i].critical;
        config->modules[i].critical = false;
    }
}

static void
check_critical(struct survey *survey)
{
    for (size_t i = 0; i < backend_set_count(survey->backends); i++) {
        struct backend *backend = backend_set_get(survey->backends, i);
        const struct config_module *module = backend_module(backend);

        if (module == NULL ||
            !survey->is_critical[module - survey->config->modules] ||
            backend_state(backend) == BACKEND_UP ||
            survey->refusal.rv != CKR_OK)
            continue;
        (void)error_set(&survey->refusal, CKR_GENERAL_ERROR,
                        "module \"%s\" is critical, and is down",
                        backend_name(backend));
    }
}

static bool
start(struct survey *survey, struct stage *stage, struct error *error)
{
    const struct config *config = survey->config;
    struct deadline until;

    survey->has_crypto = crypto_open(error);
    if (!survey->has_crypto ||
        !backend_set_new(config, true, &survey->backends, error))
        return false;
    atomic_store(&stage->backends, survey->backends);
    atomic_store(&stage->phase, PHASE_START);
    (void)backend_set_start(survey->backends, &survey->refusal);
    atomic_store(&stage->phase, PHASE_LOOK);
    if (!slot_list_new(config, survey->backends, true, &survey->slots, error))
        return false;
    until = deadline_in(config->start_timeout_ms);
    (void)slot_list_scan(survey->slots, until,
                         survey->refusal.rv == CKR_OK ? &survey->refusal
                                                      : NULL);
    check_critical(survey);
    if (!slot_list_seen_all(survey->slots, &survey->seen, &survey->n_seen))
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return true;
}

bool
survey_begin(struct config *config, struct survey *out, struct error *error)
{
    struct stage stage = { .phase = PHASE_LOAD };
    struct progress *progress;
    bool has_begun;

    memset(out, 0, sizeof(*out));
    out->config = config;
    note_critical(out);
    progress = progress_begin(describe, &stage);
    has_begun = start(out, &stage, error);
    progress_end(progress);
    if (!has_begun)
        survey_end(out);
    return has_begun;
}

/* -- Ending -----------------------------------------------------------------
 */

void
survey_end(struct survey *survey)
{
    struct stage stage = { .phase = PHASE_END };
    struct progress *progress = progress_begin(describe, &stage);
    uint64_t wait_ms = survey->config->finalize_wait_ms;

    ending_look_at(survey->backends);
    free(survey->seen);
    free(survey->is_critical);
    if (!slot_list_free(survey->slots, wait_ms)) {
        ending_note_hang(); /* in a module, which needs all the rest */
    } else {
        backend_set_free(survey->backends, ending_is_hanging() ? 0 : wait_ms,
                         false);
        if (!ending_is_hanging())
            config_free(survey->config);
    }
    if (survey->has_crypto && !ending_is_hanging())
        crypto_close();
    progress_end(progress);
    memset(survey, 0, sizeof(*survey));
}

/* -- What was seen ----------------------------------------------------------
 */

size_t
survey_count(const struct survey *survey, const struct backend *backend)
{
    size_t count = 0;

    for (size_t i = 0; i < survey->n_seen; i++)
        if (survey->seen[i].backend == backend)
            count++;
    return count;
}

bool
survey_is_up(const struct survey *survey, const struct config_module *module)
{
    for (size_t i = 0; i < backend_set_count(survey->backends); i++) {
        const struct backend *backend = backend_set_get(survey->backends, i);

        if (backend_module(backend) == module &&
            backend_state(backend) == BACKEND_UP)
            return true;
    }
    return false;
}

struct labels {
    char **texts;
    size_t n_texts;
};

/* A token without a label, as those that are not initialised, has none. */
static void
collect_labels(const struct survey *survey, const struct config_module *module,
               struct labels *out)
{
    for (size_t i = 0; i < survey->n_seen; i++) {
        const CK_TOKEN_INFO *info = &survey->seen[i].info;
        char label[sizeof(info->label) + 1];

        if (module != NULL && backend_module(survey->seen[i].backend) != module)
            continue;
        text_copy(info->label, sizeof(info->label), label);
        text_clean(label);
        if (label[0] == '\0')
            continue;
        out->texts = memory_grow(out->texts, out->n_texts, sizeof(*out->texts));
        out->texts[out->n_texts++] = memory_copy(label);
    }
}

static void
clear_labels(struct labels *labels)
{
    for (size_t i = 0; i < labels->n_texts; i++)
        free(labels->texts[i]);
    free(labels->texts);
}

char *
survey_labels(const struct survey *survey, const struct config_module *module)
{
    struct labels labels = { 0 };
    char *list = memory_copy("");

    collect_labels(survey, module, &labels);
    for (size_t i = 0; i < labels.n_texts; i++) {
        char *longer = memory_text("%s%s\"%s\"", list, i == 0 ? "" : ", ",
                                   labels.texts[i]);

        free(list);
        list = longer;
    }
    clear_labels(&labels);
    return list;
}

char *
survey_nearest(const struct survey *survey, const struct config_module *module,
               const char *label)
{
    struct labels labels = { 0 };
    char *nearest;

    collect_labels(survey, module, &labels);
    nearest = memory_copy(
        text_nearest(label, (const char *const *)labels.texts, labels.n_texts));
    clear_labels(&labels);
    return nearest;
}
