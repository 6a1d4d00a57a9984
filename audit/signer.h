/* SPDX-License-Identifier: BSD-3-Clause */
/* Whoever makes the checkpoints of a log: FILE.checkpoints has all of them,
 * FILE.checkpoint the latest, FILE.manifest the order of its files, and
 * FILE.tree what need not be read again. */
#ifndef AUDIT_SIGNER_H
#define AUDIT_SIGNER_H

#include "audit/checkpoint.h"

struct manifest;
struct stat;

/* For whom nobody comes again: another signer is soon done. */
enum { SIGNER_PATIENCE_MS = 10 * 1000 };

struct signer_request {
    const char *path;            /* the log */
    const struct note_key *key;  /* NULL: without a signature */
    const struct note_key *next; /* takes its place with this checkpoint, which
                                  * both sign; NULL: none does */
    const char *origin;          /* of a log that has no checkpoint yet, where
                                  * there is no key */
    uint64_t sinks;       /* that get a copy, besides syslog: a bit for each of
                           * enum daemon */
    bool is_needed;       /* also where there is nothing new but checkpoints */
    uint64_t most_bytes;  /* of the log that are read; 0: all */
    unsigned patience_ms; /* with another signer that is at work */
    /* A checkpoint is about to be made, and covers what this appends to the
     * log; `previous` is the size of the one before. NULL: nothing. */
    void (*announce)(void *context, uint64_t previous);
    void *context;
};

/* Why there is no checkpoint, for those who have to go on without. */
enum signer_trouble {
    SIGNER_FINE,
    SIGNER_BUSY,    /* another signer is at work */
    SIGNER_DENIED,  /* neither root nor the owner of the log's folder asks */
    SIGNER_CHANGED, /* another key has taken the place of this one */
    SIGNER_LONG,    /* more than most_bytes would have to be read */
    SIGNER_REFUSED
};

struct signer_result {
    struct checkpoint checkpoint;
    bool is_new; /* false: the log has not grown since the last one */
    enum signer_trouble trouble;
};

/*
 * Makes a checkpoint over all whole lines. Refuses where the log does not
 * continue what its last checkpoint says, where that is not of the key, and
 * where another signer is at work for longer than is waited for.
 */
bool signer_run(const struct signer_request *request, struct signer_result *out,
                struct error *error);

/* The same in steps, for who does something in between. From the first to the
 * last no other signer is at work. */
struct signer;

/* Lends the request and the result. */
bool signer_open(const struct signer_request *request,
                 struct signer_result *result, struct signer **out,
                 struct error *error);
void signer_free(struct signer *signer);
void signer_freep(struct signer **signer);

/* Reads what is new in the files. */
bool signer_read(struct signer *signer, struct error *error);

/* Fills the result. */
bool signer_sign(struct signer *signer, struct error *error);

/* Lent. */
const struct manifest *signer_manifest(const struct signer *signer);

/* Whether the file of this name in the manifest is the one that was read. */
bool signer_is_file(const struct signer *signer, const char *name,
                    const struct stat *entry);

/* What was the log has another name now, or is about to get it. `name` is as
 * seen from its folder. */
bool signer_add_name(struct signer *signer, const char *name,
                     struct error *error);

/* The manifest has such names from now on. */
bool signer_keep_names(struct signer *signer, struct error *error);

#endif
