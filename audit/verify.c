/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a log once, and compares what it was at each checkpoint. */
#include "audit/verify.h"

#include "audit/chain.h"
#include "audit/key-chain.h"
#include "audit/verify-text.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static void
add_finding(struct verify *verify, struct fault fault, const char *where)
{
    struct verify_result *result = verify->result;
    struct verify_finding *finding = &result->findings[result->n_findings];

    if (result->n_findings == VERIFY_MOST_FAULTS)
        return;
    finding->fault = fault;
    verify_explain(verify->lines, where, finding);
    result->n_findings++;
}

/* -- Checkpoints ---------------------------------------------------------- */

/* Of the keys that the lists have, in their order. */
static bool
read_keys(struct verify *verify, struct error *error)
{
    const struct verify_request *request = verify->request;

    if (request->key == NULL)
        return true;
    verify->keys =
        key_chain_new(request->key, request->paths, request->n_paths);
    return verify->keys != NULL ||
           error_set(error, CKR_HOST_MEMORY, "no memory to verify; free some");
}

/* Says so once: one that is not signed by the key is wrong only where it says
 * that it is signed. */
static bool
is_of_key(struct verify *verify, enum note_verdict verdict,
          const struct checkpoint *checkpoint, const char *path)
{
    if ((verdict == NOTE_FORGED || verdict == NOTE_OF_OTHERS) &&
        !verify->was_signature_wrong) {
        verify->was_signature_wrong = true;
        add_finding(verify,
                    (struct fault){ .kind = FAULT_SIGNATURE,
                                    .count = checkpoint->size },
                    path);
    }
    return verdict == NOTE_SIGNED;
}

/* Opens the checkpoints beside the next file that has some. */
static bool
open_next(struct verify *verify, struct error *error)
{
    const struct verify_request *request = verify->request;

    checkpoint_reader_close(&verify->reader);
    while (verify->position < request->n_paths) {
        const char *log = request->paths[verify->position++];
        CLEANUP(freep) char *path = NULL;

        if (asprintf(&path, "%s.checkpoints", log) < 0) {
            path = NULL;
            return error_set(error, CKR_HOST_MEMORY,
                             "no memory to verify; free some");
        }
        if (checkpoint_reader_open_now(&verify->reader, path)) {
            free(verify->next.path);
            verify->next.path = path;
            path = NULL;
            return true;
        }
        if (errno != ENOENT)
            return error_set(error, CKR_FUNCTION_FAILED,
                             "%s: cannot be opened: %s; check who may read it",
                             path, error_reason(errno));
    }
    return true;
}

/* The next one of them, or the end of all. */
static bool
read_checkpoint(struct verify *verify, struct note *note,
                enum checkpoint_found *out, struct error *error)
{
    for (;;) {
        *out = checkpoint_reader_next(&verify->reader, &verify->next.checkpoint,
                                      note);
        if (*out != CHECKPOINT_END ||
            verify->position == verify->request->n_paths)
            return true;
        if (!open_next(verify, error))
            return false;
    }
}

/* The next checkpoint beside the log that can be compared; none behind one that
 * is wrong. */
static bool
advance(struct verify *verify, struct error *error)
{
    struct waiting *next = &verify->next;
    enum checkpoint_found found;
    struct note note;

    next->is_there = false;
    do {
        if (!read_checkpoint(verify, &note, &found, error))
            return false;
        if (found == CHECKPOINT_END)
            return true;
        if (found == CHECKPOINT_WRONG ||
            next->checkpoint.size < verify->last_size) {
            add_finding(verify,
                        (struct fault){ .kind = FAULT_CHECKPOINT,
                                        .count = verify->last_size },
                        next->path);
            checkpoint_reader_close(&verify->reader);
            verify->position = verify->request->n_paths;
            return true;
        }
        verify->last_size = next->checkpoint.size;
        next->is_counted = is_of_key(verify,
                                     verify->keys == NULL
                                         ? NOTE_SIGNED
                                         : key_chain_check(verify->keys, &note),
                                     &next->checkpoint, next->path);
    } while (next->checkpoint.size < verify->result->n_absent);
    next->is_there = true;
    return true;
}

static bool
read_since(struct verify *verify, struct error *error)
{
    const char *path = verify->request->since;
    struct waiting *since = &verify->since;
    CLEANUP(freep) char *bytes = NULL;
    struct note note;
    size_t length;

    if (path == NULL)
        return true;
    if (!file_read(path, CHECKPOINT_LARGEST_NOTE, &bytes, &length, error))
        return false;
    if (!note_read(bytes, length, &note) ||
        !checkpoint_read(note.text, note.text_length, &since->checkpoint))
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "%s: is not a checkpoint; give a copy of a "
                         "FILE.checkpoint",
                         path);
    since->path = strdup(path);
    since->is_there = since->path != NULL;
    since->is_kept = true;
    since->is_counted =
        is_of_key(verify,
                  verify->keys == NULL
                      ? NOTE_SIGNED
                      : key_chain_check_any(verify->keys, &note),
                  &since->checkpoint, path);
    return since->is_there ||
           error_set(error, CKR_HOST_MEMORY, "no memory to verify; free some");
}

/* The log has as many lines as the checkpoint. */
static bool
compare(struct verify *verify, struct waiting *waiting)
{
    const struct checkpoint *checkpoint = &waiting->checkpoint;
    struct tree_hash root;

    if (!tree_root(&verify->tree, &root))
        return false;
    waiting->is_there = false;
    verify->result->n_checkpoints++;
    if (tree_hash_equals(&root, &checkpoint->root)) {
        verify->n_good = checkpoint->size;
        if (!waiting->is_counted)
            return true;
        verify->result->n_covered = checkpoint->size;
        memcpy(verify->result->origin, checkpoint->origin,
               sizeof(checkpoint->origin));
    } else if (waiting->is_kept && verify->n_good == checkpoint->size) {
        /* What lies beside the log fits it, so that both were made anew. */
        add_finding(verify,
                    (struct fault){ .kind = FAULT_ROLLED_BACK,
                                    .count = checkpoint->size },
                    waiting->path);
    } else if (verify->different.kind == FAULT_NONE) {
        verify->different = (struct fault){ .kind = FAULT_DIFFERENT,
                                            .line = verify->n_good + 1,
                                            .other = checkpoint->size,
                                            .count = checkpoint->size };
    }
    return true;
}

static bool
compare_all(struct verify *verify, struct error *error)
{
    while (verify->next.is_there &&
           verify->next.checkpoint.size == verify->tree.size)
        if (!compare(verify, &verify->next) || !advance(verify, error))
            return false;
    return !verify->since.is_there ||
           verify->since.checkpoint.size != verify->tree.size ||
           compare(verify, &verify->since);
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
                              !compare_all(verify, error)))
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
        add_finding(verify,
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
        if (!advance(verify, error))
            return false;
    }
    if (fault.kind != FAULT_NONE)
        add_finding(verify, fault, verify->next.path);
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
        add_finding(verify, verify->different, NULL);
    if (fault.kind != FAULT_NONE)
        add_finding(verify, fault, NULL);
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
        add_finding(verify,
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

    if (!open_next(verify, error) || !open_log(verify, error) ||
        !read_keys(verify, error) || !read_since(verify, error) ||
        !advance(verify, error) || !compare_all(verify, error) ||
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
        add_finding(verify, (struct fault){ .kind = FAULT_SIGNATURE },
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
