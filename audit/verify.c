/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a log once, and compares what it was at each checkpoint. */
#include "audit/verify-private.h"
#include "audit/verify-text.h"

#include <stdlib.h>
#include <string.h>

void
verify_find(struct verify *verify, struct fault fault, const char *where)
{
    struct verify_result *result = verify->result;
    struct verify_finding *finding = &result->findings[result->n_findings];

    if (result->n_findings == VERIFY_MOST_FAULTS)
        return;
    finding->fault = fault;
    verify_explain(verify->lines, where, finding);
    result->n_findings++;
}

/* -- Lines ---------------------------------------------------------------- */

static bool
read_lines(struct verify *verify, struct error *error)
{
    enum lines_found found;
    struct line line;

    while ((found = lines_next(verify->lines, &line, error)) == LINES_LINE) {
        struct tree_hash leaf;

        if (!tree_hash_leaf(line.bytes, line.length, &leaf) ||
            !chain_add(verify->chain, &line, &leaf))
            return error_set(error, CKR_HOST_MEMORY,
                             "no memory to verify; free some");
        /* What has no end yet is no leaf. */
        if (line.is_whole && (!tree_append(&verify->tree, &leaf, NULL) ||
                              !verify_compare_all(verify, error)))
            return false;
        if (verify->witness != NULL)
            verify->witness->look(verify->witness->context, verify->lines,
                                  &line, verify->result->n_covered);
    }
    return found == LINES_END;
}

/* Checkpoints that the log is too short for: the last one says how much. */
static bool
judge_short(struct verify *verify, struct error *error)
{
    struct fault fault = { .kind = FAULT_NONE };
    uint64_t n_absent = verify->result->n_absent;
    bool is_older = verify->since.checkpoint.size < n_absent;

    if (verify->since.is_there)
        verify_find(verify,
                    (struct fault){ .kind = is_older ? FAULT_ABSENT
                                                     : FAULT_ROLLED_BACK,
                                    .other = is_older ? n_absent : 0,
                                    .count = verify->since.checkpoint.size },
                    verify->since.path);
    while (verify->next.is_there) {
        fault =
            (struct fault){ .kind = FAULT_CUT,
                            .other =
                                verify->n_good > n_absent ? verify->n_good : 0,
                            .count = verify->next.checkpoint.size };
        if (!verify_advance(verify, error))
            return false;
    }
    if (fault.kind != FAULT_NONE)
        verify_find(verify, fault, verify->next.path);
    return true;
}

/* What the lines say of themselves is nearer than what a checkpoint says of
 * all lines since the one before it. */
static void
judge_lines(struct verify *verify)
{
    struct fault fault;
    uint64_t first;

    chain_finish(verify->chain, verify->n_good, &fault);
    first = fault.kind == FAULT_MISSING ? fault.other + 1 : fault.line;
    if (verify->different.kind != FAULT_NONE &&
        (fault.kind == FAULT_NONE || first > verify->different.other))
        verify_find(verify, verify->different, NULL);
    if (fault.kind != FAULT_NONE)
        verify_find(verify, fault, NULL);
}

/* The files, and what of the log is not in them. */
static bool
open_log(struct verify *verify, struct error *error)
{
    const struct verify_request *request = verify->request;

    if (!lines_open(request->paths, request->n_paths, 0, 0, &verify->lines,
                    error))
        return false;
    verify->chain = chain_new();
    if (verify->chain == NULL)
        return error_set(error, CKR_HOST_MEMORY,
                         "no memory to verify; free some");
    verify->tree = lines_sequence(verify->lines)->before;
    verify->n_good = verify->result->n_absent = verify->tree.size;
    if (verify->tree.size == 0)
        return true;
    chain_allow_begun(verify->chain);
    if (!request->is_rest)
        verify_find(verify,
                    (struct fault){ .kind = FAULT_ABSENT,
                                    .count = verify->tree.size },
                    lines_sequence(verify->lines)->absent);
    return true;
}

static bool
verify_all(struct verify *verify, struct error *error)
{
    const struct verify_request *request = verify->request;
    struct verify_result *result = verify->result;

    if (!verify_open_next(verify, error) || !open_log(verify, error) ||
        !verify_read_keys(verify, error) || !verify_read_since(verify, error) ||
        !verify_advance(verify, error) || !verify_compare_all(verify, error) ||
        !read_lines(verify, error))
        return false;
    judge_lines(verify);
    if (!judge_short(verify, error) || !tree_root(&verify->tree, &result->root))
        return false;
    result->n_lines = verify->tree.size;
    result->n_runs = chain_count_runs(verify->chain);
    result->n_begun = chain_count_begun(verify->chain);
    result->n_unfinished = chain_count_unfinished(verify->chain);
    if (request->key != NULL && result->n_covered == 0 &&
        result->n_findings == 0 && result->n_lines > 0)
        verify_find(verify, (struct fault){ .kind = FAULT_SIGNATURE },
                    request->paths[request->n_paths - 1]);
    return true;
}

bool
verify_run(const struct verify_request *request, struct verify_result *out,
           struct error *error)
{
    return verify_run_before(NULL, request, out, error);
}

bool
verify_run_before(const struct verify_witness *witness,
                  const struct verify_request *request,
                  struct verify_result *out, struct error *error)
{
    struct verify verify = { .request = request,
                             .witness = witness,
                             .result = out };
    bool is_done;

    memset(out, 0, sizeof(*out));
    is_done = verify_all(&verify, error);
    if (!is_done && error->rv == CKR_OK)
        (void)error_set(error, CKR_GENERAL_ERROR,
                        "%s: its lines cannot be hashed; is OpenSSL whole?",
                        request->paths[0]);
    checkpoint_reader_close(&verify.reader);
    free(verify.next.path);
    free(verify.since.path);
    chain_free(verify.chain);
    key_chain_free(verify.keys);
    lines_free(verify.lines);
    return is_done;
}
