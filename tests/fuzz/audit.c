/* SPDX-License-Identifier: BSD-3-Clause */
/* Feeds texts to the readers of audit logs, notes, checkpoints, manifests and
 * proofs: libFuzzer's harness. */
#include "audit/chain.h"
#include "audit/link.h"
#include "audit/manifest.h"
#include "audit/proof.h"
#include "common/cleanup.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool condition)
{
    if (!condition)
        abort();
}

/* What is read is written back the same. */
static void
expect_checkpoint(const struct note *note)
{
    char text[CHECKPOINT_TEXT_LENGTH];
    struct checkpoint checkpoint;

    if (!checkpoint_read(note->text, note->text_length, &checkpoint))
        return;
    checkpoint_write(&checkpoint, text);
    expect(strlen(text) <= note->text_length &&
           memcmp(text, note->text, strlen(text)) == 0);
}

static void
expect_note(const char *bytes, size_t size)
{
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    CLEANUP(freep) char *text = strndup(bytes, size);
    struct error error = { 0 };
    struct note note;

    if (note_key_read_verifier("fuzz", text, &key, &error)) {
        char again[NOTE_KEY_TEXT_LENGTH];

        note_key_write_verifier(key, again);
        expect(strncmp(again, text, strlen(again)) == 0);
    } else {
        expect(error.text[0] != '\0');
    }
    if (!note_read(bytes, size, &note))
        return;
    expect(note.text[note.text_length - 1] == '\n');
    expect(note.text_length + 1 + note.signatures_length == size);
    expect_checkpoint(&note);
}

static void
expect_proof(const char *bytes, size_t size)
{
    struct proof proof;
    struct tree_hash root = { .bytes = { 0 } };

    if (proof_read(bytes, size, &proof)) {
        expect(proof.note + proof.note_length == bytes + size);
        expect(proof.path.length <= TREE_MAX_HEIGHT);
        expect(!tree_path_proves(&proof.path, proof.path.index + 1, &root,
                                 &root) ||
               proof.path.length == 0);
    }
    proof_clear(&proof);
}

/* A manifest has its files in it, and goes on where a line is added. */
static void
expect_manifest(const char *bytes, size_t size)
{
    CLEANUP(freep) char *text = strndup(bytes, size);
    struct tree tree = { .size = UINT64_MAX };
    struct manifest manifest;
    bool is_changed;

    if (manifest_parse(text, strlen(text), &manifest)) {
        for (size_t i = 0; i < manifest.n_segments; i++) {
            expect(manifest.segments[i].file <= manifest.n_names);
            expect(i == 0 ||
                   manifest.segments[i].first > manifest.segments[i - 1].first);
        }
        for (size_t i = 0; i < manifest.n_names; i++)
            expect(manifest_find(&manifest, manifest.names[i]) == i + 1);
        expect(manifest_add_name(&manifest, "newest"));
        expect(manifest_add_line(&manifest, 0, &tree, &is_changed));
        expect(is_changed);
    }
    manifest_clear(&manifest);
}

/* As the lines of a log; the first fault is on one of them. */
static void
expect_chain(const char *bytes, size_t size)
{
    CLEANUP(chain_freep) struct chain *chain = chain_new();
    struct line line = { .bytes = bytes };
    struct fault fault;

    expect(chain != NULL);
    while (size > 0) {
        const char *end = memchr(line.bytes, '\n', size);
        struct tree_hash leaf;

        line.number++;
        line.is_whole = end != NULL;
        line.length = line.is_whole ? (size_t)(end - line.bytes) : size;
        expect(tree_hash_leaf(line.bytes, line.length, &leaf) &&
               chain_add(chain, &line, &leaf));
        size -= line.length + (line.is_whole ? 1 : 0);
        line.bytes += line.length + (line.is_whole ? 1 : 0);
    }
    chain_finish(chain, 0, &fault);
    expect(fault.kind == FAULT_NONE ||
           (fault.line > 0 && fault.line <= line.number));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_open;
    /* Just as large, so that a reader that goes too far is seen. */
    CLEANUP(freep) char *bytes = malloc(size + (size == 0));

    is_open = is_open || crypto_open(NULL);
    expect(is_open && bytes != NULL);
    memcpy(bytes, data, size);
    expect_note(bytes, size);
    expect_proof(bytes, size);
    expect_manifest(bytes, size);
    expect_chain(bytes, size);
    return 0;
}
