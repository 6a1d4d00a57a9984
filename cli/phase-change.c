/* SPDX-License-Identifier: BSD-3-Clause */
/* Records a migration's next phase, and writes it. */
#include "cli/phase-change.h"

#include "audit/fields.h"
#include "audit/log.h"
#include "cli/message.h"
#include "router/process.h"

enum { DETAIL_LENGTH = 80 };

static void
put_detail(const struct phase_change *change, char out[DETAIL_LENGTH])
{
    struct fields fields;

    fields_begin(&fields, out, DETAIL_LENGTH - 1);
    fields_open(&fields, NULL, '{');
    fields_word(&fields, "phase", migration_phase_name(change->becomes));
    fields_word(&fields, "was", migration_phase_name(change->was));
    fields_close(&fields, '}');
    out[fields_length(&fields)] = '\0';
}

static bool
refuse(const struct phase_change *change, struct error *error)
{
    return error_set(error, CKR_FUNCTION_FAILED,
                     "audit log %s: cannot be written, so that the migration "
                     "of \"%s\" stays %s; \"p11mux doctor\" says why",
                     change->config->audit.file, change->rule->label,
                     migration_phase_name(change->was));
}

/* -- Without the modules -----------------------------------------------------
 */

/* A run of its own, as nobody has begun one; it makes no thread. */
static bool
open_log(const struct phase_change *change, struct config_audit *settings,
         struct audit_log **out, struct error *error)
{
    const struct config *config = change->config;

    *settings = config->audit;
    if (settings->durability == AUDIT_DURABILITY_BUFFER)
        settings->durability = AUDIT_DURABILITY_WRITE;
    if (audit_log_new(settings, config->group_id, false, false, out, error))
        return true;
    if (settings->denies)
        return false;
    message_error("warning: %s; the change has no record", error->text);
    return true;
}

/* The run is over with it, and nobody waits for more. */
static bool
write_alone(const struct phase_change *change, const struct audit_event *event,
            struct error *error)
{
    struct audit_event stop = { .kind = AUDIT_STOP };
    struct config_audit settings;
    struct audit_log *log;
    bool is_kept;

    if (!open_log(change, &settings, &log, error))
        return false;
    if (log == NULL)
        return true;
    is_kept = audit_log_write(log, event);
    if (is_kept && audit_log_count(log) > 0)
        (void)audit_log_write_always(log, &stop);
    audit_log_free(log);
    return is_kept || refuse(change, error);
}

/* -- Either way --------------------------------------------------------------
 */

static bool
record(const struct phase_change *change, CK_RV rv, struct error *error)
{
    const struct audit_sink *sink = atomic_load(&process.sink);
    char detail[DETAIL_LENGTH];
    struct audit_event event = { .kind = AUDIT_MIGRATE,
                                 .rv = rv,
                                 .level = change->rule->audit_level,
                                 .token = change->rule->label,
                                 .slot = change->slot,
                                 .detail = detail };

    if (change->config->audit.file == NULL)
        return true;
    put_detail(change, detail);
    if (sink == NULL)
        return write_alone(change, &event, error);
    return sink->write(sink->context, &event) || refuse(change, error);
}

/* Its file has its new name before its folder is brought to the disk, and
 * processes read it there. */
static bool
is_in_force(const struct phase_change *change)
{
    struct error ignored = { .rv = CKR_OK };
    enum migration_phase phase;

    return migration_phase_read(change->config->state_dir, change->rule, &phase,
                                &ignored) &&
           phase == change->becomes;
}

bool
phase_change_make(const struct phase_change *change, struct error *error)
{
    struct error ignored = { .rv = CKR_OK };

    if (!record(change, CKR_OK, error))
        return false;
    if (migration_phase_write(change->config->state_dir, change->rule,
                              change->becomes, error))
        return true;
    if (is_in_force(change)) {
        message_error("warning: the migration of \"%s\" is %s now, and may be "
                      "%s again after a power failure: %s; when the disk is "
                      "well, run sync",
                      change->rule->label,
                      migration_phase_name(change->becomes),
                      migration_phase_name(change->was), error->text);
        return true;
    }
    /* The record before was of what did not come. */
    (void)record(change, CKR_FUNCTION_FAILED, &ignored);
    return false;
}
