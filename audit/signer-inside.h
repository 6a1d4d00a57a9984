/* SPDX-License-Identifier: BSD-3-Clause */
/* What a signer is made of, for the files that it is made in. */
#ifndef AUDIT_SIGNER_INSIDE_H
#define AUDIT_SIGNER_INSIDE_H

#include "audit/manifest.h"
#include "audit/signer-list.h"
#include "audit/signer-state.h"
#include "audit/signer.h"

struct signer {
    const struct signer_request *request;
    struct signer_result *result;
    char *latest_path;   /* FILE.checkpoint */
    char *state_path;    /* FILE.tree */
    char *manifest_path; /* FILE.manifest */
    struct signer_list list;
    gid_t group;  /* of the log */
    char *latest; /* the last note; NULL: there is none */
    size_t latest_length;
    bool is_last_signed;
    struct checkpoint last;
    struct manifest manifest;
    bool is_manifest_changed;
    struct signer_state state;
    bool is_state_known; /* else all of the log is read */
    bool has_news;       /* lines behind the last checkpoint that do not only
                          * tell of checkpoints */
};

/* The name of the log in its folder. */
const char *signer_name(const struct signer *signer);

bool signer_refuse_memory(const struct signer *signer, struct error *error);

/* Once, before the first signer_read. */
bool signer_load(struct signer *signer, struct error *error);

#endif
