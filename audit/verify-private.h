/* SPDX-License-Identifier: BSD-3-Clause */
/* A verification on its way, between the files audit/verify*.c. */
#ifndef AUDIT_VERIFY_PRIVATE_H
#define AUDIT_VERIFY_PRIVATE_H

#include "audit/chain.h"
#include "audit/key-chain.h"
#include "audit/verify.h"

/* A checkpoint that waits for the log to reach its size. */
struct waiting {
    bool is_there;
    bool is_counted; /* it says what the log is: nobody can have forged it */
    bool is_kept;    /* elsewhere: the one that --since names */
    struct checkpoint checkpoint;
    char *path; /* where it stands */
};

struct verify {
    const struct verify_request *request;
    const struct verify_witness *witness; /* NULL: nobody looks */
    struct verify_result *result;
    struct lines *lines;
    struct chain *chain;
    struct tree tree;
    struct key_chain *keys; /* NULL: signatures are not checked */
    struct checkpoint_reader reader;
    size_t position;     /* of the file whose checkpoints are read */
    uint64_t last_size;  /* of the checkpoint that was read last */
    struct waiting next; /* of those beside the log */
    struct waiting since;
    uint64_t n_good;        /* lines that a checkpoint has found right */
    struct fault different; /* the first that did not */
    bool was_signature_wrong;
};

void verify_find(struct verify *verify, struct fault fault, const char *where);

/* The keys that sign, the checkpoint that --since names, and the first of those
 * beside the log's files. */
bool verify_read_keys(struct verify *verify, struct error *error);
bool verify_read_since(struct verify *verify, struct error *error);
bool verify_open_next(struct verify *verify, struct error *error);

/* The next checkpoint beside the log that can be compared; none behind one that
 * is wrong. */
bool verify_advance(struct verify *verify, struct error *error);

/* Those whose size the log has reached. */
bool verify_compare_all(struct verify *verify, struct error *error);

#endif
