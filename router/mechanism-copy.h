/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside a mechanism copy: for the files that fill it. */
#ifndef ROUTER_MECHANISM_COPY_H
#define ROUTER_MECHANISM_COPY_H

#include "router/mechanism-table.h"
#include "router/mechanism.h"

#include <string.h>

/* A CK_MECHANISM inside a parameter inside a parameter ... */
enum { MECHANISM_DEPTH_MAX = 4 };

/* Handles and pointers are both read and written as one word. */
_Static_assert(sizeof(CK_ULONG) == sizeof(void *), "a word holds a pointer");

/* Memory that did not fit into the copy itself. */
struct mechanism_block {
    struct mechanism_block *next;
    size_t length;
    _Alignas(8) unsigned char bytes[];
};

/* A struct of the application's that was copied. */
struct mechanism_piece {
    struct mechanism_piece *next;
    unsigned char *application;
    unsigned char *copy;
    unsigned char *before; /* the copy as the module was given it */
    size_t length;
};

/* A word in a copy that is not the application's. */
struct mechanism_cell {
    struct mechanism_cell *next;
    unsigned char *where;
    unsigned char *application; /* where a handle that comes out is to go */
    CK_ULONG before;            /* what the module was given in it */
};

/* Begins a copy of `from`, with the application's parameter. */
void mechanism_copy_begin(struct mechanism_copy *copy,
                          const CK_MECHANISM *from);

/* Memory that lives as long as the copy; aligned; NULL when there is none. */
void *mechanism_copy_take(struct mechanism_copy *copy, size_t length);

/* A rewrite in progress. */
struct rewrite {
    struct mechanism_copy *copy;
    const struct config_mechanism *vendor;
    size_t n_vendor;
    struct mechanism_resolver resolver;
};

/* Replaces the parameter of a mechanism that has handles; nested ones too. */
CK_RV rewrite_mechanism(const struct rewrite *rewrite, CK_MECHANISM *mechanism,
                        unsigned depth);

/* Rewrites what one part describes in the copied struct at `base`. */
CK_RV rewrite_part(const struct rewrite *rewrite,
                   const struct mechanism_part *part, unsigned char *base,
                   unsigned depth);

/* Resolves the handle at `where`, in place. */
CK_RV rewrite_handle(const struct rewrite *rewrite, unsigned char *where,
                     bool may_be_absent);

/* Writes a word of ours and remembers it; `application` is where the handle
 * goes that the module will put there, or NULL. */
CK_RV rewrite_word(const struct rewrite *rewrite, unsigned char *where,
                   CK_ULONG word, unsigned char *application);

static inline CK_ULONG
word_at(const void *base, size_t offset)
{
    CK_ULONG word;

    memcpy(&word, (const unsigned char *)base + offset, sizeof(word));
    return word;
}

static inline void *
pointer_at(const void *base, size_t offset)
{
    void *pointer;

    memcpy(&pointer, (const unsigned char *)base + offset, sizeof(pointer));
    return pointer;
}

static inline void
pointer_put(void *base, size_t offset, void *pointer)
{
    memcpy((unsigned char *)base + offset, &pointer, sizeof(pointer));
}

#endif
