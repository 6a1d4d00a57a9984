/* SPDX-License-Identifier: BSD-3-Clause */
/* Decides whether this process signs, and runs the signer, which moves a log
 * aside that has become large. */
#include "audit/sealer.h"

#include "audit/announcement.h"
#include "audit/key-change.h"
#include "audit/key-file.h"
#include "audit/rotation.h"
#include "common/log.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum {
    /* An application that ends reads no more of the log: what a disk gives in
     * a second or less. */
    MOST_AT_END = 64 * 1024 * 1024,
    /* Nor does it wait longer for others who sign: they end in turn. */
    MOST_TRIES = 500
};

struct sealer {
    const struct config_audit *settings;
    struct audit_log *log;
    struct note_key *key;
    bool is_idle; /* it has not got the key that it would need */
    bool is_trouble_said;
    _Atomic(bool) is_denial_said;
    struct stat seen; /* the log before it was last looked at */
    char origin[NOTE_NAME_LENGTH + 1];
};

/* -- Beginning and end ---------------------------------------------------- */

static void
read_key(struct sealer *sealer)
{
    const char *path = sealer->settings->key;
    struct error error = { .rv = CKR_OK };

    if (path == NULL || key_file_read(path, &sealer->key, &error))
        return;
    sealer->is_idle = true;
    if (key_file_is_closed(path))
        log_write(LOG_LEVEL_DEBUG,
                  "audit log %s: this process makes no checkpoints: %s",
                  sealer->settings->file, error.text);
    else
        log_write(LOG_LEVEL_ERROR, "audit log %s: no checkpoints are made: %s",
                  sealer->settings->file, error.text);
}

struct sealer *
sealer_new(const struct config_audit *settings, struct audit_log *log)
{
    struct sealer *sealer = calloc(1, sizeof(*sealer));

    if (sealer == NULL)
        return NULL;
    sealer->settings = settings;
    sealer->log = log;
    checkpoint_name_log(sealer->origin);
    read_key(sealer);
    return sealer;
}

void
sealer_free(struct sealer *sealer)
{
    if (sealer == NULL)
        return;
    note_key_free(sealer->key);
    free(sealer);
}

/* -- Signing -------------------------------------------------------------- */

static void
say(struct sealer *sealer, enum signer_trouble trouble,
    const struct error *error)
{
    switch (trouble) {
    case SIGNER_FINE:
        sealer->is_trouble_said = false;
        break;
    case SIGNER_BUSY:
        break;
    case SIGNER_CHANGED:
    case SIGNER_DENIED:
    case SIGNER_LONG:
        log_once(&sealer->is_denial_said, LOG_LEVEL_DEBUG,
                 "audit log: this process makes no checkpoint: %s",
                 error->text);
        break;
    case SIGNER_REFUSED:
        if (!sealer->is_trouble_said)
            log_write(LOG_LEVEL_ERROR, "audit log: no checkpoint is made: %s",
                      error->text);
        sealer->is_trouble_said = true;
        break;
    }
}

/* Another one may lie in its place by now, and be readable still. False: none
 * does. */
static bool
renew_key(struct sealer *sealer)
{
    struct error error;
    struct note_key *key;

    if (sealer->key == NULL ||
        !key_file_read(sealer->settings->key, &key, &error))
        return false;
    if (note_key_equals(key, sealer->key)) {
        note_key_free(key);
        return false;
    }
    note_key_free(sealer->key);
    sealer->key = key;
    return true;
}

static enum signer_trouble
sign(struct sealer *sealer, const struct signer_request *request)
{
    struct error error = { .rv = CKR_OK };
    uint64_t least = sealer->settings->rotate_bytes;
    struct rotation_request whole = { .signer = *request,
                                      .least = least > 0 ? least : UINT64_MAX };
    struct rotation_result result;
    enum signer_trouble trouble;

    whole.signer.path = sealer->settings->file;
    whole.signer.key = sealer->key;
    whole.signer.origin = sealer->origin;
    whole.signer.sinks = sealer->settings->sinks;
    (void)rotation_run(&whole, &result, &error);
    free(result.path);
    trouble = result.signed_as.trouble;
    /* Then it can be tried again, as when somebody else was at work. What the
     * new one has signed alone is refused with the old one. */
    if ((trouble == SIGNER_CHANGED || trouble == SIGNER_REFUSED) &&
        renew_key(sealer))
        trouble = SIGNER_BUSY;
    say(sealer, trouble, &error);
    return trouble;
}

static void
announce(void *context, uint64_t previous)
{
    const struct sealer *sealer = context;

    announcement_write(sealer->log, sealer->key, previous);
}

/* Since it was looked at; the one look more after each checkpoint finds its
 * own record alone. */
static bool
has_changed(struct sealer *sealer)
{
    struct stat before = sealer->seen;

    if (stat(sealer->settings->file, &sealer->seen) != 0)
        return true;
    return before.st_ino != sealer->seen.st_ino ||
           before.st_dev != sealer->seen.st_dev ||
           before.st_size != sealer->seen.st_size;
}

void
sealer_run(struct sealer *sealer)
{
    struct signer_request request = { .announce = announce, .context = sealer };

    if (sealer->is_idle || !has_changed(sealer))
        return;
    if (sign(sealer, &request) != SIGNER_FINE)
        sealer->seen = (struct stat){ .st_size = -1 };
}

/* -- The last one --------------------------------------------------------- */

struct ending {
    const struct sealer *sealer;
    void (*write_last)(void *context);
    void *context;
    bool is_written;
};

static void
write_once(struct ending *ending)
{
    if (!ending->is_written)
        ending->write_last(ending->context);
    ending->is_written = true;
}

static void
announce_end(void *context, uint64_t previous)
{
    struct ending *ending = context;

    announcement_write(ending->sealer->log, ending->sealer->key, previous);
    write_once(ending);
}

void
sealer_finish(struct sealer *sealer, void (*write_last)(void *context),
              void *context)
{
    static const struct timespec pause = { .tv_nsec = 2000000 };
    struct ending ending = { sealer, write_last, context, false };
    struct signer_request request = { .is_needed = true,
                                      .most_bytes = MOST_AT_END,
                                      .announce = announce_end,
                                      .context = &ending };

    for (int tries = 0; !sealer->is_idle && tries < MOST_TRIES &&
                        sign(sealer, &request) == SIGNER_BUSY;
         tries++)
        (void)nanosleep(&pause, NULL);
    write_once(&ending);
}
