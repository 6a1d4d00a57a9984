/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a process says of itself to the operator's tool: a small mapped file
 * in its user's folder (doc/formats.md), which tells what it has done of the
 * control page.
 */
#ifndef ROUTER_CONTROL_NOTE_H
#define ROUTER_CONTROL_NOTE_H

#include "common/birth.h"
#include "common/error.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    CONTROL_NOTE_VERSION = 2,
    CONTROL_NOTE_PAUSES = 32, /* pauses at a time that are told apart */
    CONTROL_NOTE_TEXT = 2048, /* what a reload came to; a longer one is cut */
    CONTROL_NOTE_BYTES = 4096
};

/* Who looks at the page in that process. */
enum control_watch {
    CONTROL_WATCH_NOBODY, /* no session was opened yet; the first will look */
    CONTROL_WATCH_THREAD,
    CONTROL_WATCH_CALLS /* no thread may be made: its next call looks */
};

/* One pause that it obeys. */
struct control_note_pause {
    _Atomic(uint64_t) number;  /* of the command; 0: none */
    _Atomic(uint32_t) running; /* operations that have not ended yet */
    _Atomic(uint32_t) waiting; /* calls that wait for the end of the pause */
};

/* What became of the configuration when it was last read anew. */
struct control_note_reload {
    _Atomic(uint64_t) number; /* of the command, written last; 0: there was
                                 none, or what is below is being written */
    uint32_t is_refused; /* nothing was taken over: `text` is the mistake */
    uint32_t n_taken;    /* keys that were taken over */
    uint32_t n_waiting;  /* keys that wait for a restart: `text` names them */
    uint32_t unused;
    char text[CONTROL_NOTE_TEXT]; /* a string */
};

struct control_note {
    char name[16]; /* "p11mux process" */
    uint32_t version;
    uint32_t unused;
    _Atomic(uint64_t) seen; /* the last command that was looked at */
    _Atomic(uint32_t) watch;
    uint32_t unused_too;
    struct control_note_pause pauses[CONTROL_NOTE_PAUSES];
    struct control_note_reload reload; /* before `seen` says so */
};

_Static_assert(sizeof(struct control_note) <= CONTROL_NOTE_BYTES,
               "a note fits its file");

/* Makes this process's; the caller frees *out_path. NULL with a sentence, and
 * errno, when there can be none. */
struct control_note *control_note_new(const char *runtime_dir, char **out_path,
                                      struct error *error);

/* Removes it; NULL is fine. */
void control_note_free(struct control_note *note, const char *path);

/* -- For the tool ------------------------------------------------------------
 */

/* A process and what its note says. */
struct control_reading {
    struct birth process;
    uid_t user;
    uint64_t seen;
    enum control_watch watch;
    struct {
        uint64_t number;
        uint32_t running;
        uint32_t waiting;
    } pauses[CONTROL_NOTE_PAUSES];
    struct control_note_reload reload;
};

/*
 * Those of all processes whose folders may be read, by number; notes of
 * processes that are gone are removed. The caller frees *out. `n_hidden` counts
 * the folders that may not be read, or notes of another version. False: no
 * memory.
 */
bool control_note_read_all(const char *runtime_dir,
                           struct control_reading **out, size_t *n_out,
                           size_t *n_hidden);

#endif
