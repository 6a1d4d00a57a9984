/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects of a token in mode "migrate": which of them the old member has,
 * and which the new one. */
#ifndef CLI_MOVE_H
#define CLI_MOVE_H

#include "cli/copying.h"
#include "cli/report.h"
#include "router/tombstone.h"

enum move_state {
    MOVE_WAITS, /* nothing was done with it */
    MOVE_MOVES, /* it can be moved */
    MOVE_MOVED,
    MOVE_THERE, /* both have it */
    MOVE_STAYS,
    MOVE_GONE,      /* it was destroyed while it was being moved */
    MOVE_NEW_ONLY,  /* the old member does not have it */
    MOVE_BURIED,    /* it was destroyed, and the old member has it */
    MOVE_DESTROYED, /* that one has let it go now */
    MOVE_STATES
};

/* A name for programs, and in words. */
extern const struct transfer_text move_states[MOVE_STATES];

#define MOVE_NO_LEADER SIZE_MAX

struct move {
    CK_OBJECT_HANDLE object; /* where it is, or both are */
    CK_OBJECT_HANDLE twin;   /* on the new one; 0: none */
    bool is_late;            /* private and secret keys, which are known by what
                                is moved before them */
    struct identity *identity; /* of one that is late another thread may read it
                                  anew */
    enum move_state state;
    size_t leader; /* by its index: the one before it with its name, or itself;
                      MOVE_NO_LEADER: it was not chosen */
    struct transfer_outcome outcome;
};

struct moves {
    struct move *items;
    size_t n_items;
    size_t n_old; /* those of the old member come first */
    struct tombstones tombstones;
};

/* What both members show; false, with a sentence, where one of them cannot be
 * asked, or does not show all to whom is logged in. *out is to be cleared. */
bool moves_find(const struct copying *copying, bool is_logged_in,
                struct moves *out, struct error *error);
void moves_clear(struct moves *moves);

void moves_count(const struct moves *moves, size_t out[MOVE_STATES]);

/* As rows: all but those that wait, or those alone that only the old member
 * has. */
enum moves_shown { SHOW_ALL, SHOW_LEFT };
struct report *moves_report(const struct moves *moves,
                            const struct copying *copying,
                            enum moves_shown shown);

#endif
