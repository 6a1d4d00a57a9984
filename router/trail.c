/* SPDX-License-Identifier: BSD-3-Clause */
/* The first and the last record of a run. */
#include "router/trail.h"

#include "audit/clerk.h"
#include "audit/config-watch.h"
#include "audit/fields.h"
#include "audit/line.h"
#include "audit/log.h"
#include "common/cleanup.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/text.h"
#include "router/instance.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LONGEST_MODULE = 256 * 1024 * 1024,
    MODULE_LENGTH = 8 * 1024, /* the longest that is said of a module */
    PATH_LIMIT = 4096
};

static bool
wants_calls(const struct config *config)
{
    if (config->audit.level == AUDIT_LEVEL_CALLS)
        return true;
    for (size_t i = 0; i < config->n_tokens; i++)
        if (config->tokens[i].audit_level == AUDIT_LEVEL_CALLS)
            return true;
    return false;
}

bool
trail_open(struct instance *instance, struct error *error)
{
    const struct config *config = instance->config;

    bool may_create_threads = atomic_load(&instance->may_create_threads);

    if (config->audit.file == NULL)
        return true;
    if (!audit_log_new(&config->audit, config->group_id, wants_calls(config),
                       may_create_threads, &instance->audit, error))
        return false;
    instance->clerk = clerk_new(config, instance_latest(instance),
                                instance->audit, may_create_threads);
    return instance->clerk != NULL ||
           error_set(error, CKR_HOST_MEMORY, "out of memory");
}

/* By the rules that the tokens have now, whatever configuration they are
 * from. */
static bool
tokens_want_calls(const struct slot_list *slots)
{
    for (size_t i = 0; i < slot_list_count(slots); i++) {
        const struct config_token *rule = slot_list_at(slots, i)->rule;

        if (rule != NULL && rule->audit_level == AUDIT_LEVEL_CALLS)
            return true;
    }
    return false;
}

void
trail_reload(const struct instance *instance,
             const struct config_audit *settings)
{
    if (instance->audit != NULL)
        audit_log_want(instance->audit, settings,
                       settings->level == AUDIT_LEVEL_CALLS ||
                           tokens_want_calls(instance->slots));
}

/* -- The start ------------------------------------------------------------ */

static void
put_hash(struct fields *fields, const char *path)
{
    CLEANUP(freep) char *bytes = NULL;
    unsigned char hash[SHA256_LENGTH];
    size_t length;

    if (path != NULL &&
        file_read(path, LONGEST_MODULE, &bytes, &length, NULL) &&
        crypto_sha256(bytes, length, hash))
        fields_hex(fields, "sha256", hash, sizeof(hash));
    else
        fields_null(fields, "sha256");
}

static void
put_module(struct fields *fields, struct backend *backend)
{
    struct backend_status status;
    const char *path = backend_path(backend);
    char version[16];
    char maker[sizeof(status.info.manufacturerID) + 1];

    backend_get_status(backend, &status);
    snprintf(version, sizeof(version), "%u.%u",
             (unsigned)status.info.libraryVersion.major,
             (unsigned)status.info.libraryVersion.minor);
    text_copy(status.info.manufacturerID, sizeof(status.info.manufacturerID),
              maker);
    fields_open(fields, NULL, '{');
    fields_text(fields, "name", backend_name(backend), 200);
    fields_text(fields, "path", path, PATH_LIMIT);
    fields_text(fields, "manufacturer", maker, 200);
    fields_text(fields, "version", status.state == BACKEND_UP ? version : NULL,
                sizeof(version));
    put_hash(fields, path);
    fields_close(fields, '}');
}

static void
put_modules(struct fields *fields, const struct backend_set *backends)
{
    size_t count = backend_set_count(backends), n = 0;

    fields_open(fields, "modules", '[');
    while (n < count &&
           fields_length(fields) + MODULE_LENGTH < AUDIT_DETAIL_LENGTH)
        put_module(fields, backend_set_get(backends, n++));
    fields_close(fields, ']');
    /* More than anybody has. */
    if (n < count)
        fields_number(fields, "modules_not_said", count - n);
}

static void
put_origin(struct fields *fields, const struct config *config)
{
    char exe[PATH_MAX];
    char container[PROGRAM_CONTAINER_LENGTH + 1];
    pid_t parent = getppid();

    fields_text(fields, "version", PACKAGE_VERSION, 64);
    fields_open(fields, "parent", '{');
    fields_number(fields, "pid", (uint64_t)parent);
    fields_text(fields, "exe", audit_program_find_exe(parent, exe) ? exe : NULL,
                PATH_LIMIT);
    fields_close(fields, '}');
    fields_text(fields, "container",
                audit_program_find_container(container) ? container : NULL,
                PROGRAM_CONTAINER_LENGTH);
    fields_open(fields, "config", '{');
    fields_text(fields, "file", config->file, PATH_LIMIT);
    if (config->has_hash)
        fields_hex(fields, "sha256", config->hash, sizeof(config->hash));
    else
        fields_null(fields, "sha256");
    fields_close(fields, '}');
}

bool
trail_start(struct instance *instance, struct error *error)
{
    CLEANUP(freep) char *detail = NULL;
    struct audit_event event = { .kind = AUDIT_START,
                                 .function = "C_Initialize" };
    const struct config *latest = instance_latest(instance);
    struct fields fields;

    if (instance->audit == NULL)
        return true;
    /* A parent may have taken over what its child is to keep. */
    trail_reload(instance, &latest->audit);
    detail = malloc(AUDIT_DETAIL_LENGTH);
    if (detail == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    fields_begin(&fields, detail, AUDIT_DETAIL_LENGTH - 1);
    fields_open(&fields, NULL, '{');
    put_origin(&fields, latest);
    put_modules(&fields, instance->backends);
    fields_close(&fields, '}');
    detail[fields_length(&fields)] = '\0';
    event.detail = detail;
    if (audit_log_write_always(instance->audit, &event) ||
        !instance->config->audit.denies) {
        config_watch_compare(latest, instance->audit);
        return true;
    }
    return error_set(error, CKR_GENERAL_ERROR,
                     "audit log %s: the first record cannot be written; make "
                     "room, or let p11mux serve without with on_failure = "
                     "\"allow\"",
                     instance->config->audit.file);
}

void
trail_serve(const struct instance *instance)
{
    instance_set_sink(instance->clerk == NULL ? NULL
                                              : clerk_serve(instance->clerk));
}

/* -- The end -------------------------------------------------------------- */

void
trail_forbid_threads(const struct instance *instance)
{
    if (instance->audit == NULL)
        return;
    clerk_forbid_threads(instance->clerk);
    audit_log_forbid_threads(instance->audit);
}

bool
trail_rest(const struct instance *instance, uint64_t wait_ms)
{
    return instance->audit == NULL ||
           (clerk_rest(instance->clerk, wait_ms) &&
            audit_log_rest(instance->audit, wait_ms));
}

/* The record that ends a run. */
struct stop {
    struct audit_log *log;
    const char *detail;
};

static void
write_stop(void *context)
{
    const struct stop *stop = context;
    struct audit_event event = { .kind = AUDIT_STOP,
                                 .function = "C_Finalize",
                                 .detail = stop->detail };

    (void)audit_log_write_always(stop->log, &event);
}

static void
end(const struct instance *instance, const char *detail)
{
    struct stop stop = { instance->audit, detail };

    if (trail_rest(instance, instance->config->finalize_wait_ms))
        clerk_finish(instance->clerk, write_stop, &stop);
    else
        write_stop(&stop);
}

void
trail_stop(const struct instance *instance)
{
    if (instance->audit == NULL)
        return;
    instance_set_sink(NULL);
    end(instance, NULL);
}

void
trail_give_up(const struct instance *instance)
{
    if (instance->audit != NULL)
        end(instance, "\"calls inside\"");
}

void
trail_free(struct instance *instance)
{
    clerk_free(instance->clerk);
    instance->clerk = NULL;
    audit_log_free(instance->audit);
    instance->audit = NULL;
}
