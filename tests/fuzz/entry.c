/* SPDX-License-Identifier: BSD-3-Clause */
/* Feeds lines to the reader of records, and times to the one of moments:
 * libFuzzer's harness. */
#include "cli/moment.h"
#include "common/cleanup.h"
#include "tests/entry-fixture.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool condition)
{
    if (!condition)
        abort();
}

/* Whatever a line is, what is shown of it is a part of it. */
static void
expect_entry(const char *bytes, size_t size, bool is_whole)
{
    struct line line = {
        .bytes = bytes, .length = size, .is_whole = is_whole, .number = 1
    };
    struct log_entry entry;
    enum entry_kind kind = entry_read(&line, &entry);
    bool is_record = kind == ENTRY_RECORD || kind == ENTRY_BEHIND_PIECE;

    expect(entry.text + entry.length == bytes + size);
    expect((kind == ENTRY_NOTHING) == (size == 0));
    expect(kind != ENTRY_UNFINISHED || !is_whole);
    expect(kind != ENTRY_RECORD || entry.text == bytes);
    if (is_record)
        expect(strlen(entry.run) <= size && strlen(entry.event) <= size &&
               strlen(entry.time) <= size);
    entry_clear(&entry);
}

/* What is read at a glance means the same to a parser of JSON. */
static void
expect_same(const char *bytes, size_t size)
{
    struct line line = {
        .bytes = bytes, .length = size, .is_whole = true, .number = 1
    };
    struct log_entry one, other;

    if (entry_read(&line, &one) == ENTRY_RECORD && one.json == NULL) {
        expect(entry_read_spaced(bytes, size, &other) == ENTRY_RECORD);
        expect(entry_is_same(&one, &other));
        entry_clear(&other);
    }
    entry_clear(&one);
}

static void
expect_moment(const char *bytes, size_t size)
{
    CLEANUP(freep) char *text = strndup(bytes, size);
    struct timespec now = { .tv_sec = 1772323201 };
    char out[CLOCK_TEXT_LENGTH + 1];
    int64_t seconds, again;

    expect(text != NULL);
    if (moment_read(text, now, out))
        expect(strlen(out) == CLOCK_TEXT_LENGTH);
    if (moment_seconds(text, &seconds) && seconds >= 0 &&
        moment_read(text, now, out))
        expect(moment_seconds(out, &again) && again == seconds);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;

    expect_entry(bytes, size, true);
    expect_entry(bytes, size, false);
    expect_same(bytes, size);
    expect_moment(bytes, size);
    return 0;
}
