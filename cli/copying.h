/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects of a group on their way from a member to another one. */
#ifndef CLI_COPYING_H
#define CLI_COPYING_H

#include "cli/visit.h"
#include "router/transfer/transfer.h"

struct copying {
    const struct token *token;
    const char *state_dir;
    CK_SESSION_HANDLE sessions[MOST_MEMBERS]; /* tied; 0: it is not there */
    uint32_t losses[MOST_MEMBERS];            /* how often it was lost before */
    struct transfer *transfers[MOST_MEMBERS][MOST_MEMBERS];
    struct catalogue
        *catalogues[MOST_MEMBERS]; /* NULL: it is asked each time */
    int lock;
    bool permits_cleartext; /* keys that are not sensitive, through memory */
    bool asks_login; /* the token shows what is private to its user alone */
};

/* A session on each member of the visit's token that is there. To be ended,
 * whatever comes of it. */
bool copying_begin(struct copying *copying, const struct visit *visit,
                   struct error *error);
void copying_end(struct copying *copying);

/* Nobody else copies on the token's members, on this machine, until the end;
 * false: somebody does. */
bool copying_lock(struct copying *copying, struct error *error);

/*
 * What a member has is read, by name, so that it need not be asked for each
 * object: from then on, or anew. What others make there meanwhile is seen
 * before any copy is believed (copying_settle). One that cannot be read is
 * asked as before. False: it may not have shown all to who is logged in, as
 * after a reconnect in the middle.
 */
bool copying_look(struct copying *copying, unsigned member);

/* A number for the login that the member itself says it has followed; 0: it has
 * not. It is the same as long as the member has shown all to it. */
uint64_t copying_login(const struct copying *copying, unsigned member);

/* Its session on a member. */
struct identity_place copying_place(const struct copying *copying,
                                    unsigned member);

/* What an object is, as the member shows it; the caller frees *out. */
CK_RV copying_read(const struct copying *copying, unsigned member,
                   CK_OBJECT_HANDLE object, struct identity **out);

/*
 * An object of which a member says that its handle is no good, which alone does
 * not tell that it was destroyed, as after a lost connection. It is looked for
 * there and then: CKR_OBJECT_HANDLE_INVALID only where it is surely not there
 * any more, CKR_OK and *out as it is called now, or why that is not known.
 */
CK_RV copying_find_again(const struct copying *copying, unsigned member,
                         const struct identity *identity,
                         CK_OBJECT_HANDLE *out);

/* Whether a member shows all that it has: nobody need be logged in there, or
 * somebody is. It has been asked for something before. */
bool copying_sees_all(const struct copying *copying, unsigned member);

/* The same as a number, while that is so. */
struct sight copying_sight(const struct copying *copying, unsigned member);

/* Of a token in mode "migrate", whose member is said then: it is not there. */
bool copying_can_be_asked(const struct copying *copying, unsigned member,
                          struct error *error);

/* It has been asked for something, and does not show all, which is said. */
bool copying_shows_all(const struct copying *copying, unsigned member,
                       struct error *error);

/* Whether one of the members was lost since the beginning. */
bool copying_has_lost_any(const struct copying *copying);

/* Of a token in mode "migrate", "old" or "new": that member, and whether it is
 * there again; or NULL. */
const char *copying_find_lost(const struct copying *copying, bool *is_back);

struct transfer *copying_transfer(struct copying *copying, unsigned from,
                                  unsigned to);

/* An object that one member has and another one lacks. */
struct lack {
    CK_OBJECT_HANDLE object;
    const struct identity *identity;
    unsigned from;
    unsigned to;
};

/* Writes it into the journal, for as long as the process lives; the caller
 * frees *out_path. */
bool copying_write_journal(const struct copying *copying,
                           const struct lack *lack, char **out_path,
                           struct error *error);

/* Whether it can be copied, and the group would know the copy again, as
 * transfer_try finds out. Nothing of `lack` is kept, but its identity is lent
 * until the next try. */
bool copying_try(struct copying *copying, const struct lack *lack,
                 struct transfer_outcome *outcome);

/* One that is made, and of which its file says that it may not be right. */
struct copied {
    struct lack lack; /* its identity is lent until it is settled */
    CK_OBJECT_HANDLE copy;
    char *path;
    struct transfer_kept kept;
    struct transfer_outcome outcome; /* what came of it */
    bool stays;
};

/*
 * Makes what copying_try has just found that it can be made, with the file that
 * says so before. It waits to be settled then, if it was made; else
 * out->outcome says why not. False, with a sentence: a file cannot be written.
 * `out` is zeroed, but for the outcome of copying_try.
 */
bool copying_make(struct copying *copying, const struct lack *lack,
                  struct copied *out, struct error *error);
bool copied_waits(const struct copied *copied);

/*
 * Some that wait, of one way: each stays if its member, which is looked at once
 * for all of them where there is a catalogue, shows no other object of its
 * name, there is a record, and what it was made of has not changed. False, with
 * a sentence, where a record or a file cannot be written.
 */
bool copying_settle(struct copying *copying, struct copied *copied,
                    size_t count, struct error *error);

/*
 * What processes that died have left half way is completed, or else taken back;
 * where neither can be done, that is said, and it stays as it is. False, with a
 * sentence: nobody knows what was left.
 */
struct mending {
    size_t n_mended;
    size_t n_left;
};
bool copying_mend(struct copying *copying, struct mending *out,
                  struct error *error);

#endif
