/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library: one instance of a module's file in this process. Libraries are
 * told apart by device and inode, are kept for the life of the process, and
 * know who initialised them, also over fork.
 */
#ifndef BACKENDS_LIBRARY_H
#define BACKENDS_LIBRARY_H

#include "backends/door.h"
#include "common/cryptoki.h"
#include "common/error.h"
#include "common/lock.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct library;

struct library_identity {
    dev_t device;
    ino_t inode;
};

struct library_request {
    const char *path;
    const char *instance;  /* names a private copy; NULL: the file itself */
    const char *state_dir; /* for a copy, if none in memory can be mapped */
    bool renew; /* a new private copy in the place of the one before */
};

/* Which file a path leads to; one without a slash is searched for (and so
 * mapped) as the loader does. */
bool library_identify(const char *path, struct library_identity *out,
                      struct error *error);
bool library_identity_equals(const struct library_identity *one,
                             const struct library_identity *other);

/*
 * Finds the library, or maps it and asks it for its function list; takes a
 * reference. With CKR_FUNCTION_REJECTED it can never be used (R1.8).
 */
bool library_open(const struct library_request *request, struct library **out,
                  struct error *error);

/* Gives the reference back. With `unmap` the last one also unmaps what is not
 * initialised (profile `dlclose`). */
void library_close(struct library *library, bool unmap);

const char *library_file(const struct library *library);
const CK_FUNCTION_LIST *library_list(const struct library *library);
uint64_t library_load_us(const struct library *library);

/* Around the calls to a library that must not be called twice at a time. */
struct door *library_door(struct library *library);

enum library_state {
    LIBRARY_IDLE,              /* not initialised */
    LIBRARY_BUSY,              /* inside its C_Initialize or C_Finalize */
    LIBRARY_OURS,              /* initialised by p11mux */
    LIBRARY_FOREIGN,           /* by somebody else in this process (R3.38) */
    LIBRARY_INHERITED,         /* by p11mux in an ancestor (R5.5) */
    LIBRARY_INHERITED_FOREIGN, /* by somebody else in an ancestor */
    LIBRARY_TORN               /* an ancestor forked while it was busy */
};

enum library_state library_state(struct library *library);

/* What C_GetInfo said after its last start, also in an ancestor. */
bool library_info(struct library *library, CK_INFO *out);

enum library_claim {
    LIBRARY_CLAIMED, /* the caller initialises it, then calls settle */
    LIBRARY_JOINED,  /* it is initialised, the caller uses it too */
    LIBRARY_OTHERS   /* somebody else initialises or finalises it */
};

/*
 * Asks to use the library. *was is what it was before the caller claimed it.
 * Joining gives the *generation for library_release.
 */
enum library_claim library_claim(struct library *library,
                                 enum library_state *was, unsigned *generation);

/* Waits while somebody else initialises or finalises it; false when *given_up
 * became true first. */
bool library_await(struct library *library, const _Atomic(bool) *given_up);

/* What came of a claim. */
struct library_outcome {
    enum library_state state;
    /* If it is initialised: */
    const CK_INFO *info; /* NULL: as before */
    bool serialise;      /* it refused to lock: CKR_CANT_LOCK */
    const char *starter; /* name of the module entry */
};

/* Ends a claim, and returns the generation for library_release. */
unsigned library_settle(struct library *library,
                        const struct library_outcome *outcome);

/* Whether it must be called by one thread at a time, as it said itself. */
bool library_wants_serialise(struct library *library);

/*
 * Gives up the use of a generation. True when it was the last use of what
 * p11mux initialised: the caller calls C_Finalize, then library_settle.
 */
bool library_release(struct library *library, unsigned generation);

/* Gives up the use and leaves the library initialised, where nobody is left
 * who could finalise it; the next claim begins anew. */
void library_orphan(struct library *library, unsigned generation);

/* It says itself that it is not initialised any more: all uses of this
 * generation are gone (R3.38). */
void library_vanish(struct library *library, unsigned generation);

/* The module entry that initialised another instance of the same file. */
bool library_find_sibling(struct library *library, char *out, size_t room);

/* Wakes those that wait in library_await, to look at *given_up. */
void library_wake(void);

/* In a forked child, before anything else: what was initialised is inherited.
 * Takes no lock that the parent's threads may have held. */
void library_fork_child(void);

/* The same, if this process is not the one that called it last. */
void library_check_fork(void);

#endif
