/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the audit log has checkpoints, and whether they prove something. */
#include "cli/examine.h"

#include "audit/key-file.h"
#include "cli/memory.h"
#include "cli/path.h"
#include "common/cleanup.h"
#include "common/crypto.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <time.h>

static void
say_unsigned(const struct config_audit *audit, struct findings *findings)
{
    finding_add(findings, SEVERITY_WARNING,
                memory_text("the checkpoints of the audit log %s are not "
                            "signed, and prove nothing to who does not trust "
                            "its folder",
                            audit->file),
                memory_copy("audit.key is not set"),
                memory_copy("make one with p11mux audit keygen "
                            "/etc/p11mux/audit.key, and set audit.key to it"));
}

static void
say_unreadable(const struct config_audit *audit, const char *why,
               struct findings *findings)
{
    CLEANUP(freep) char *user = path_user();

    if (key_file_is_closed(audit->key))
        finding_add(findings, SEVERITY_NOTE,
                    memory_text("user %s makes no checkpoints of the audit "
                                "log, and leaves them to others",
                                user),
                    memory_copy(why), NULL);
    else
        finding_add(findings, SEVERITY_WARNING,
                    memory_text("no checkpoints are made of the audit log %s",
                                audit->file),
                    memory_copy(why), NULL);
}

static void
examine_key(const struct config_audit *audit, struct findings *findings)
{
    struct note_key *key = NULL;
    struct error error = { .rv = CKR_OK };

    if (audit->key == NULL)
        say_unsigned(audit, findings);
    else if (!crypto_open(&error) || !key_file_read(audit->key, &key, &error))
        say_unreadable(audit, error.text, findings);
    note_key_free(key);
    crypto_close();
}

/* Records stay uncovered for as long as an interval, and no longer. */
static void
examine_age(const struct config_audit *audit, struct findings *findings)
{
    CLEANUP(freep) char *path = memory_text("%s.checkpoint", audit->file);
    time_t now = time(NULL);
    time_t interval = (time_t)(audit->checkpoint_interval_ms / 1000);
    struct stat log, checkpoint = { .st_mtime = 0 };

    if (stat(audit->file, &log) != 0 || log.st_size == 0)
        return;
    (void)stat(path, &checkpoint);
    if (log.st_mtime <= checkpoint.st_mtime || now - log.st_mtime <= interval)
        return;
    finding_add(findings, SEVERITY_WARNING,
                memory_text("the audit log %s has records that no checkpoint "
                            "covers for %" PRIu64 " minutes",
                            audit->file, (uint64_t)(now - log.st_mtime) / 60),
                memory_copy("no process of root or of the owner of its folder "
                            "makes any"),
                memory_copy("run p11mux audit checkpoint, by the timer "
                            "p11mux-audit-checkpoint for instance"));
}

void
examine_checkpoints(const struct config *config, struct findings *findings)
{
    if (config->audit.file == NULL)
        return;
    examine_key(&config->audit, findings);
    examine_age(&config->audit, findings);
}
