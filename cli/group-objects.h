/* SPDX-License-Identifier: BSD-3-Clause */
/* The objects of a group, and which of its members have them. */
#ifndef CLI_GROUP_OBJECTS_H
#define CLI_GROUP_OBJECTS_H

#include "cli/copying.h"

struct group_object {
    CK_OBJECT_HANDLE object;
    struct identity *identity; /* as one of them shows it */
    uint64_t holders;          /* members, a bit for each */
};

struct group_objects {
    struct group_object *items;
    size_t n_items;
    /* One that may not have shown all to who is logged in; MOST_MEMBERS: none.
     */
    unsigned unseen;
};

/* But for what a device has built in, and what is in the store of certificates
 * alone, which all members have. False, with a sentence: one cannot be read.
 * *out is to be cleared, whatever comes of it. */
bool group_objects_find(const struct copying *copying,
                        CK_SESSION_HANDLE session, struct group_objects *out,
                        struct error *error);
void group_objects_clear(struct group_objects *objects);

/* Whether a member has an object of the group, all members of which were just
 * asked in a search. */
bool member_has_object(const struct token *token, CK_OBJECT_HANDLE object,
                       unsigned member);

static inline bool
group_object_is_on(const struct group_object *object, unsigned member)
{
    return (object->holders >> member & 1) != 0;
}

#endif
