/* SPDX-License-Identifier: BSD-3-Clause */
/* Where messages and records go and where state is kept, and who may write
 * there. */
#include "cli/examine.h"

#include "audit/log-place.h"
#include "cli/memory.h"
#include "cli/path.h"
#include "cli/service.h"
#include "common/cleanup.h"
#include "common/daemon.h"
#include "common/file.h"

#include <string.h>
#include <unistd.h>

/* -- The log ----------------------------------------------------------------
 */

/* p11mux makes the file if it is not there, but not its folder. */
static void
examine_log_file(const char *path, struct findings *findings)
{
    CLEANUP(freep) char *folder = NULL;
    struct path_trouble trouble;
    const char *name;

    if (path_look(path, W_OK, &trouble) == PATH_MISSING &&
        file_split(path, &folder, &name)) {
        path_trouble_clear(&trouble);
        (void)path_look(folder, W_OK | X_OK, &trouble);
    }
    if (trouble.state != PATH_FINE) {
        finding_add(findings, SEVERITY_PROBLEM,
                    memory_text("the log file %s cannot be written, so that "
                                "applications do not start",
                                path),
                    trouble.why,
                    trouble.todo != NULL
                        ? trouble.todo
                        : memory_text("make the folder, or change log.target"));
        trouble.why = trouble.todo = NULL;
    }
    path_trouble_clear(&trouble);
}

static bool
is_listening(enum daemon which)
{
    return access(daemon_path(which), W_OK) == 0;
}

static void
examine_log_daemon(enum daemon which, struct findings *findings)
{
    if (is_listening(which))
        return;
    finding_add(findings, SEVERITY_PROBLEM,
                memory_text("the log target \"%s\" cannot be reached, so that "
                            "applications do not start",
                            daemon_name(which)),
                memory_text("nobody listens at %s", daemon_path(which)),
                memory_copy("start the daemon that does, or change "
                            "log.target"));
}

static void
examine_log(const char *target, struct findings *findings)
{
    if (strncmp(target, "file:", strlen("file:")) == 0)
        examine_log_file(target + strlen("file:"), findings);
    for (unsigned i = 0; i < DAEMONS; i++)
        if (strcmp(target, daemon_name(i)) == 0)
            examine_log_daemon(i, findings);
}

/* -- The audit log ----------------------------------------------------------
 */

static void
examine_sinks(uint64_t sinks, struct findings *findings)
{
    for (unsigned i = 0; i < DAEMONS; i++)
        if ((sinks >> i & 1) != 0 && !is_listening(i))
            finding_add(
                findings, SEVERITY_WARNING,
                memory_text("the audit log's sink \"%s\" gets no records",
                            daemon_name(i)),
                memory_text("nobody listens at %s", daemon_path(i)),
                memory_copy("start the daemon that does, or change "
                            "audit.sinks"));
}

static void
examine_audit(const struct config *config, struct findings *findings)
{
    struct error error = { .rv = CKR_OK };

    if (config->audit.file != NULL &&
        !log_place_check(config->audit.file, config->group_id, &error))
        finding_add(findings, SEVERITY_PROBLEM, memory_copy(error.text), NULL,
                    NULL);
    examine_sinks(config->audit.sinks, findings);
}

/* -- The state folder -------------------------------------------------------
 */

static void
examine_state(const struct config *config, struct findings *findings)
{
    const char *folder = config->state_dir;
    CLEANUP(freep) char *user = path_user();
    struct path_trouble trouble;
    struct error error;

    if (path_look(folder, W_OK | X_OK, &trouble) != PATH_FINE) {
        finding_add(
            findings, SEVERITY_NOTE,
            memory_text("user %s cannot keep the slot numbers of tokens that "
                        "the configuration does not name",
                        user),
            trouble.why,
            trouble.state == PATH_MISSING
                ? memory_text("they only change when two tokens happen to get "
                              "the same one; if they must not: mkdir -p %s",
                              folder)
                : memory_copy("run \"p11mux slots\" as a user who may write "
                              "there when tokens were added"));
        trouble.why = NULL;
    } else if (!file_is_trusted(folder, config->group_id, &error)) {
        finding_add(findings, SEVERITY_PROBLEM,
                    memory_copy("others may change what p11mux keeps"),
                    memory_copy(error.text), NULL);
    }
    path_trouble_clear(&trouble);
}

void
examine_places(const struct config *config, struct findings *findings)
{
    examine_log(config->log_target, findings);
    examine_audit(config, findings);
    examine_checkpoints(config, findings);
    examine_state(config, findings);
}
