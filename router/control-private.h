/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of control share; for them alone. */
#ifndef ROUTER_CONTROL_PRIVATE_H
#define ROUTER_CONTROL_PRIVATE_H

#include "common/worker.h"
#include "router/control-note.h"
#include "router/control-page.h"
#include "router/control.h"
#include "router/token.h"
#include "router/turn.h"

struct control {
    struct mutex lock;
    struct condition changed;
    struct instance *instance;
    bool is_stopping;
    struct worker worker;
    _Atomic(enum control_watch) watch;
    _Atomic(uint64_t) next; /* when a call looks, by the coarse clock */
    struct control_note *note;

    /* Only for who has the turn to look. */
    struct turn turn;
    char *path;
    char *note_path;
    struct stat seen;         /* the file that was read last */
    struct control_page page; /* the last one that was good */
    uint64_t reloaded;        /* the last command to do so that was done */
    struct deadline patience; /* then tokens are resumed that are not back */
    bool is_note_missed;      /* it was said that there is none */
    bool has_looked;
    uint64_t since; /* the last command before this process began */
};

/* What a look is at, and what the note says of it. */
struct control_doing {
    struct control_note_pause pauses[CONTROL_NOTE_PAUSES];
    bool is_running; /* what is to come to its end */
    bool is_waiting; /* a command has not been obeyed yet */
};

/* Adds what a token or a member does to the command that it obeys. */
void control_note_running(struct control_doing *doing, uint64_t number,
                          size_t running, size_t waiting);

/* What the page says of its members; `name` is the token's there, or NULL where
 * it says nothing. */
void control_tend_members(struct control *control, struct token *token,
                          const char *name, struct control_doing *doing);

/* Makes this process's note, if there is none yet and there can be one. */
void control_find_note(struct control *control);

/* Reads the page if it has changed, and does what it says. Whether it is to
 * look again soon; by who has the turn. */
bool control_look(struct control *control);

#endif
