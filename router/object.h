/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Object entries: which object of which member a handle of the application
 * means. One table of type-stable cells for the process; each token has its
 * own part of it, with the reverse map that gives the same object the same
 * handle each time it is found (R2.8).
 */
#ifndef ROUTER_OBJECT_H
#define ROUTER_OBJECT_H

#include "router/handle.h"
#include "router/identity.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* How an object came to be known. */
enum object_origin {
    OBJECT_SEEN,       /* a search showed it */
    OBJECT_SEEN_AGAIN, /* the same, on a module that reuses handles */
    OBJECT_MADE        /* this very call made it */
};

/* All objects of one token. */
struct object_space;

struct session;

/* What is known of an object when its entry is made, and later. */
enum object_flag {
    OBJECT_IS_PRIVATE = 1 << 0,
    OBJECT_IS_PUBLIC = 1 << 1,   /* neither of the two: not known (R2.10) */
    OBJECT_IS_TOKEN = 1 << 2,    /* known to be a token object */
    OBJECT_IS_SESSION = 1 << 3,  /* made here as a session object */
    OBJECT_IN_DOUBT = 1 << 4,    /* may be private, and a logout came between */
    OBJECT_UNCONFIRMED = 1 << 5, /* found again; its handle may be recycled */
    OBJECT_ASKS_EACH_TIME = 1 << 6 /* a key that wants a login for each use */
};

enum object_answer {
    OBJECT_FOUND,
    OBJECT_UNKNOWN,   /* stale, forged, another token's: handle invalid */
    OBJECT_UNBOUND,   /* good, but without a handle on this member */
    OBJECT_UNSETTLED, /* in doubt or unconfirmed: to be looked at first */
};

/* Counts the session objects that live in one backend session, in its life:
 * they end with it. */
struct object_home {
    _Atomic(uint64_t) word; /* life << 32 | objects */
};

/* An object of one member; the epoch says which life of the member. */
struct object_place {
    unsigned member; /* its index in the token */
    uint32_t epoch;
    CK_OBJECT_HANDLE handle;
    struct object_home *home; /* of a session object; or NULL */
};

/* A new life begins, without an object; ends, whatever is left. */
void object_home_begin(struct object_home *home, uint32_t life);
void object_home_end(struct object_home *home);

static inline bool
object_home_is_empty(const struct object_home *home)
{
    return (uint32_t)atomic_load_explicit(&home->word, memory_order_relaxed) ==
           0;
}

enum { OBJECT_MAX_MEMBERS = 64 };

/* NULL: no memory. */
struct object_space *object_space_new(void);

/* The slot of the token whose objects they are: a forked child finds its own
 * by that. */
void object_space_set_slot(struct object_space *space, CK_SLOT_ID slot);
CK_SLOT_ID object_space_slot(const struct object_space *space);

/* The member whose handles mean the same in every process, so that a forked
 * child goes on with them. */
void object_space_set_shared(struct object_space *space, unsigned member);

/* Kills every entry; the cells go back to the table. */
void object_space_free(struct object_space *space);

/*
 * The handle for an object that a member showed or made: the one it has, or
 * a new one. On a module that reuses handles an entry of before becomes
 * unconfirmed (DESIGN 2); what was just made is no object of before, so that
 * such an entry dies. `owner` (NULL: none) is the session whose end is the
 * object's. 0: no memory.
 */
CK_OBJECT_HANDLE object_space_add(struct object_space *space,
                                  struct object_place place, unsigned flags,
                                  enum object_origin origin,
                                  struct session *owner);

/*
 * The member's handle for the application's. On OBJECT_UNSETTLED *out is
 * filled too. Takes no lock, writes nothing.
 */
enum object_answer object_space_find(const struct object_space *space,
                                     CK_OBJECT_HANDLE handle, unsigned member,
                                     uint32_t epoch, CK_OBJECT_HANDLE *out);

/* Whether a living entry has an object of this member, or had one in an earlier
 * life of it. Takes no lock. */
bool object_space_was_seen(const struct object_space *space,
                           CK_OBJECT_HANDLE handle, unsigned member);

/* The flags of an entry; 0 when it is dead. */
unsigned object_space_flags(const struct object_space *space,
                            CK_OBJECT_HANDLE handle);

/* Sets and clears flags of a living entry. */
void object_space_mark(struct object_space *space, CK_OBJECT_HANDLE handle,
                       unsigned set, unsigned clear);

/*
 * The entry's handles may mean other objects from now on; and: it was looked at
 * and is what it was, unless somebody has come to doubt an entry since `doubts`
 * was read.
 */
void object_space_doubt(struct object_space *space, CK_OBJECT_HANDLE handle);
void object_space_confirm(struct object_space *space, CK_OBJECT_HANDLE handle,
                          uint32_t doubts);
uint32_t object_space_doubts(const struct object_space *space);

/* Says which object of a member the entry means from now on; false when the
 * entry is dead or memory is out. */
bool object_space_bind(struct object_space *space, CK_OBJECT_HANDLE handle,
                       struct object_place place);

/*
 * When an object that has no handle on a member was last looked for there: a
 * number of the caller's. 0: not yet, or it has one. Reading takes no lock.
 */
CK_ULONG object_space_looked(const struct object_space *space,
                             CK_OBJECT_HANDLE handle, unsigned member);
void object_space_note_look(struct object_space *space, CK_OBJECT_HANDLE handle,
                            unsigned member, CK_ULONG number);

/* Whether it was seen on another member. */
bool object_space_is_elsewhere(const struct object_space *space,
                               CK_OBJECT_HANDLE handle, unsigned member);

/* It has no handle on this member any more. */
void object_space_unbind(struct object_space *space, CK_OBJECT_HANDLE handle,
                         unsigned member);

/* The same, as if the member had begun another life: it was seen there, and is
 * found again there by what it is. */
void object_space_outlive(struct object_space *space, CK_OBJECT_HANDLE handle,
                          unsigned member);

/* The entry dies; its handle is stale from now on. */
void object_space_remove(struct object_space *space, CK_OBJECT_HANDLE handle);

/* All entries die (R2.9: last session closed, token re-initialised). */
void object_space_clear(struct object_space *space);

/* The member has begun another life: session objects that it had are dead. */
void object_space_lose(struct object_space *space, unsigned member);

/* Handles of the members may mean other objects from now on: each is looked at
 * before its next use, and dies where nobody knows what it was. */
void object_space_unconfirm(struct object_space *space, unsigned member);

/* After a logout: private ones die, those of unknown privacy are in doubt
 * (R2.10). */
void object_space_log_out(struct object_space *space);

/* One of the session's own objects dies, and *out says where it was; false
 * when there is none left. */
bool object_space_drop_owned(struct object_space *space, struct session *owner,
                             struct object_place *out);

/*
 * Keeps what the object was when first looked at; takes it over. If there is
 * one already, that one stays and *is_same says whether both may mean the
 * same object. False when the entry is dead.
 */
bool object_space_identify(struct object_space *space, CK_OBJECT_HANDLE handle,
                           struct identity *identity, bool *is_same);

/* The same, where what it was has been read again: that takes the place of what
 * was known, at no moment of which nothing is. */
bool object_space_identify_anew(struct object_space *space,
                                CK_OBJECT_HANDLE handle,
                                struct identity *identity);

/* The object has changed: what it is has to be looked at anew. */
void object_space_unidentify(struct object_space *space,
                             CK_OBJECT_HANDLE handle);

/* A copy of what it is, for the caller to free; NULL when not known. */
struct identity *object_space_identity(struct object_space *space,
                                       CK_OBJECT_HANDLE handle);

/* What an object is, for the audit log: without memory of its own. */
struct audit_key;
void object_describe(const struct identity *identity, struct audit_key *out);

/* The same of one of the space, as far as it is known. */
void object_space_describe(struct object_space *space, CK_OBJECT_HANDLE handle,
                           struct audit_key *out);

/* Whether what it is was read after `since`, by clock_now. */
bool object_space_was_read(struct object_space *space, CK_OBJECT_HANDLE handle,
                           uint64_t since);

/* The token objects that have a handle on this member, at most `room`; how
 * many. */
size_t object_space_list(struct object_space *space, unsigned member,
                         CK_OBJECT_HANDLE *out, size_t room);

/* Whether one of those objects was seen on no other member. */
bool object_space_has_only(struct object_space *space, unsigned member);

/*
 * The member is about to forget its handles: an object of which it is known
 * what it is has none there any more, and is found again by that (settle.h). A
 * session object, and one that is not known, stays as it is.
 */
void object_space_leave(struct object_space *space, CK_OBJECT_HANDLE handle,
                        unsigned member);

/* Whether searches may show objects that have an entry without a place. */
bool object_space_has_left(const struct object_space *space);

/* Living entries, and the bytes of cells and map for them. */
size_t object_space_count(const struct object_space *space);
size_t object_space_bytes(const struct object_space *space);

/* In a forked child that does not go on where its parent was: all cells are
 * stale and free; the parent's spaces are forgotten. */
void object_forget_all(void);

/* The handle of an object that a member showed or made before; 0: none. */
CK_OBJECT_HANDLE object_space_known(struct object_space *space,
                                    struct object_place place);

/* What is there now is another object than what was (2.2), which lives on where
 * other members have it. */
void object_space_vacate(struct object_space *space, struct object_place place);

/* Whether nobody has looked yet what the object is: one load, no lock. */
bool object_space_is_unknown(const struct object_space *space,
                             CK_OBJECT_HANDLE handle);

/* Whether it is known what the object is. */
bool object_space_is_identified(struct object_space *space,
                                CK_OBJECT_HANDLE handle);

#endif
