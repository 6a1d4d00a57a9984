/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mechanism on its way to a member: a copy whose parameter holds the
 * member's object handles instead of the application's (R1.11 to R1.18).
 */
#ifndef ROUTER_MECHANISM_H
#define ROUTER_MECHANISM_H

#include "common/cryptoki.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a parameter's handles are turned into; false if the handle is not
 * good. */
struct mechanism_resolver {
    bool (*resolve)(void *context, CK_OBJECT_HANDLE handle,
                    CK_OBJECT_HANDLE *out);
    void *context;
};

enum { MECHANISM_ROOM = 224, MECHANISM_DEEP_MAX = 4096 };

/*
 * To be embedded by callers; its members are not theirs. It points into
 * itself, so it stays where it was filled until it is released, and that is
 * not before the operation has ended: modules keep the pointers (R1.12).
 */
struct mechanism_copy {
    CK_MECHANISM mechanism;
    bool is_filled;
    uint32_t used;                  /* of `room` */
    struct mechanism_block *blocks; /* what did not fit into `room` */
    struct mechanism_piece *pieces; /* copied structs, to be written back */
    struct mechanism_cell *cells;   /* words in them that are ours */
    struct mechanism_cell *given;   /* handles that the application has */
    _Alignas(8) unsigned char room[MECHANISM_ROOM];
};

/*
 * Whether a rewrite is needed at all; costs a few nanoseconds. A mechanism
 * without a parameter never needs one: its module judges that.
 */
bool mechanism_has_handles(const CK_MECHANISM *mechanism,
                           const struct config_mechanism *vendor,
                           size_t n_vendor);

/*
 * Copies the parameter's outer struct, and nested arrays that carry handles,
 * and puts the resolved handles in. The application's memory is not changed;
 * what else it points to is not copied. `from` and all it points to must
 * stay until mechanism_finish. CKR_MECHANISM_PARAM_INVALID: a bad handle
 * (R1.16), a parameter too short or NULL (R1.14). CKR_HOST_MEMORY. `out`
 * holds nothing after a failure; what it held before is not released.
 */
CK_RV mechanism_rewrite(const CK_MECHANISM *from,
                        const struct config_mechanism *vendor, size_t n_vendor,
                        struct mechanism_resolver resolver,
                        struct mechanism_copy *out);

/* Lends what to give to the module; NULL when the copy holds nothing. */
CK_MECHANISM *mechanism_of(struct mechanism_copy *copy);

/*
 * After CKR_OK, in the call that did the rewrite. What the module changed
 * inside a copied struct goes back to the application, handle fields
 * excepted (R1.13). Handles that came out are handed one by one to `made`,
 * which returns what the application shall see; absent ones (0) stay 0. When
 * `made` returns 0 (no memory) it is still told of all others, so that it
 * can destroy them (R1.15); then nothing is written and the result is
 * CKR_HOST_MEMORY. A second call does nothing.
 */
CK_RV mechanism_finish(struct mechanism_copy *copy,
                       CK_OBJECT_HANDLE (*made)(void *context,
                                                CK_OBJECT_HANDLE member_handle),
                       void *context);

/*
 * After mechanism_finish, when it failed or the result may not be given after
 * all: `forget` is told of each handle that `made` returned, and 0 is put in
 * its place where the application has it.
 */
void mechanism_undo(struct mechanism_copy *copy,
                    void (*forget)(void *context, CK_OBJECT_HANDLE handle),
                    void *context);

/*
 * A copy that owns all it points to, for repeating the operation later; its
 * handles stay the application's, to be resolved again. Known mechanisms
 * without outputs or passwords, at most MECHANISM_DEEP_MAX bytes, and
 * whatever has no parameter. False for others and without memory: that
 * operation cannot be repeated after its Init; `out` then holds nothing.
 */
bool mechanism_copy_deep(const CK_MECHANISM *from, struct mechanism_copy *out);

/* Wipes and frees; valid on a zeroed copy and twice. */
void mechanism_copy_release(struct mechanism_copy *copy);

#endif
