/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A call on its way: an entry function declares what the call touches,
 * call_route finds who answers, call_finish settles what came of it.
 */
#ifndef ROUTER_CALL_H
#define ROUTER_CALL_H

#include "common/cleanup.h"
#include "common/cryptoki.h"
#include "router/operation.h"
#include "router/watch.h"

#include <stdbool.h>
#include <stdint.h>

enum call_id {
#define CALL(function, ...) CALL_##function,
#include "router/calls.def"
#undef CALL
    N_CALLS
};

/* Whether p11mux refuses the call by a rule of its own. */
enum call_denial {
    CALL_ALLOWED,
    CALL_DENIED,
    CALL_DENIED_UNRECORDED /* since it could not be recorded */
};

struct backend;
struct session;
struct token;
struct member;
struct pool_session;

enum { CALL_MAX_OBJECTS = 2, CALL_MAX_READS = 2 };

/* In `asked`: an object argument that is not given. */
#define CALL_NO_OBJECT (~(CK_OBJECT_HANDLE)0)

/*
 * Never zeroed as a whole: that alone costs more than the rest of the way.
 * The counts say what is valid.
 */
struct call {
    /* What an entry function uses. */
    CK_RV rv;
    const CK_FUNCTION_LIST_3_2 *backend;
    union {
        CK_SESSION_HANDLE backend_session;
        CK_SLOT_ID backend_slot;
    };
    CK_MECHANISM *mechanism;                   /* as the member knows it */
    CK_OBJECT_HANDLE object[CALL_MAX_OBJECTS]; /* as the member knows them */
    CK_OBJECT_HANDLE made[CALL_MAX_OBJECTS];   /* as the member made them */

    /* What call_route and call_finish know. */
    struct session *session; /* held; NULL for calls on slots */
    struct token *token;
    struct member *member;
    struct pool_session *pooled;
    struct operation *operation;
    struct backend *guarded; /* between backend_enter and backend_leave */
    union {
        struct {
            CK_MECHANISM *asked_mechanism;
            CK_OBJECT_HANDLE asked[CALL_MAX_OBJECTS];
            CK_OBJECT_HANDLE *gives[CALL_MAX_OBJECTS];
            const CK_ATTRIBUTE *template[CALL_MAX_OBJECTS];
            CK_ULONG template_count[CALL_MAX_OBJECTS];
        };
        struct stay stay; /* of a call on a slot, which has none of those */
    };
    const void *reads[CALL_MAX_READS];
    CK_ULONG read_length[CALL_MAX_READS];
    void *output;
    CK_ULONG *output_length; /* NULL: the output has a fixed length */
    CK_ULONG output_room;
    uint8_t id;
    uint8_t rounds; /* members asked so far */
    uint8_t n_objects;
    uint8_t n_made;
    uint8_t n_reads;
    bool has_output;
    bool has_mechanism;
    bool inside;           /* this thread is marked as being in p11mux */
    bool is_single;        /* routed, and nothing more to do after success */
    bool rewritten;        /* `mechanism` is a copy with other handles in it */
    bool was_asked;        /* a member has answered, or was about to */
    bool visits : 1;       /* counted by process_visit */
    bool stays : 1;        /* `stay` is valid */
    bool is_announced : 1; /* its intent is recorded */
    bool logs_in : 1;      /* somebody is logged in by it, for good */
    bool is_timed : 1;     /* began_us is set for the counters */
    unsigned char denial : 2; /* enum call_denial */
    bool replicates : 1; /* what it does lasts, and is to be on all members */
    uint32_t began_us;   /* while it is wanted; wraps around */
};

_Static_assert(sizeof(struct call) <= 256, "struct call fits its budget");

/* -- Beginning ---------------------------------------------------------- */

/*
 * Take the session, find the slot, or neither. Anything that is wrong is in
 * call.rv, and everything below does nothing then (R1.24 gives the order).
 */
struct call call_on_session(enum call_id id, CK_SESSION_HANDLE handle);
struct call call_on_slot(enum call_id id, CK_SLOT_ID slot);
struct call call_on_module(enum call_id id);

/* For C_Initialize and C_Finalize: whether initialised or not. */
struct call call_on_process(enum call_id id);

/* -- Declaring ----------------------------------------------------------- */

/* Says no, unless something is wrong already. */
static inline void
call_refuses(struct call *call, CK_RV rv)
{
    if (call->rv == CKR_OK)
        call->rv = rv;
}

/* A pointer that must not be NULL: else CKR_ARGUMENTS_BAD. */
static inline void
call_needs(struct call *call, const void *pointer)
{
    if (pointer == NULL)
        call_refuses(call, CKR_ARGUMENTS_BAD);
}

/* One that must be NULL. */
static inline void
call_needs_null(struct call *call, const void *pointer)
{
    if (pointer != NULL)
        call_refuses(call, CKR_ARGUMENTS_BAD);
}

/* Bytes that must not be NULL with a length above 0. */
static inline void
call_needs_bytes(struct call *call, const void *bytes, CK_ULONG length)
{
    if (bytes == NULL && length > 0)
        call_refuses(call, CKR_ARGUMENTS_BAD);
}

/* NULL cancels the operation of an Init (DESIGN 1); elsewhere it is bad. */
void call_uses_mechanism(struct call *call, CK_MECHANISM *mechanism);

/* The next object argument. The mark for none is as bad as 0. */
static inline void
call_uses_object(struct call *call, CK_OBJECT_HANDLE object)
{
    call->asked[call->n_objects++] = object == CALL_NO_OBJECT ? 0 : object;
}

/* An object argument that may be 0 for none (C_SetOperationState). */
static inline void
call_may_use_object(struct call *call, CK_OBJECT_HANDLE object)
{
    if (object == CALL_NO_OBJECT)
        call_uses_object(call, 0); /* not none, but a bad one */
    else
        call_uses_object(call, object);
    if (object == 0)
        call->asked[call->n_objects - 1] = CALL_NO_OBJECT;
}

/* Input that is counted, and kept where it may have to be replayed. */
static inline void
call_reads(struct call *call, const void *bytes, CK_ULONG length)
{
    call_needs_bytes(call, bytes, length);
    call->reads[call->n_reads] = bytes;
    call->read_length[call->n_reads++] = length;
}

/* Output by the two-call convention of section 5.2. */
static inline void
call_writes(struct call *call, void *bytes, CK_ULONG *length)
{
    call_needs(call, length);
    call->output = bytes;
    call->output_length = length;
    call->output_room = length == NULL ? 0 : *length;
    call->has_output = true;
}

/* The same, where a NULL length asks for no output (C_SignMessageNext). */
static inline void
call_may_write(struct call *call, void *bytes, CK_ULONG *length)
{
    if (length != NULL)
        call_writes(call, bytes, length);
}

/* Output of a fixed length. */
static inline void
call_fills(struct call *call, void *bytes, CK_ULONG length)
{
    call_needs_bytes(call, bytes, length);
    call->output = bytes;
    call->output_length = NULL;
    call->output_room = length;
    call->has_output = true;
}

/* An object made from a template, and where its handle goes: NULL where the
 * mechanism gives its keys in its parameter. */
static inline void
call_may_make(struct call *call, const CK_ATTRIBUTE *template, CK_ULONG count,
              CK_OBJECT_HANDLE *handle)
{
    call_needs_bytes(call, template, count);
    call->template[call->n_made] = template;
    call->template_count[call->n_made] = count;
    call->made[call->n_made] = 0;
    call->gives[call->n_made++] = handle;
}

static inline void
call_makes(struct call *call, const CK_ATTRIBUTE *template, CK_ULONG count,
           CK_OBJECT_HANDLE *handle)
{
    call_needs(call, handle);
    call_may_make(call, template, count, handle);
}

/* Attributes that an object is to have from now on. */
static inline void
call_changes(struct call *call, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    call_needs_bytes(call, template, count);
    call->template[0] = template;
    call->template_count[0] = count;
}

/* Where a member puts the handle: NULL when the application wants none. */
static inline CK_OBJECT_HANDLE *
call_made(struct call *call, unsigned index)
{
    return call->gives[index] == NULL ? NULL : &call->made[index];
}

/* A size query: it gives no result and ends nothing (5.2). */
static inline bool
call_is_size_query(const struct call *call)
{
    return call->has_output && call->output_length != NULL &&
           call->output == NULL;
}

/* -- Going ---------------------------------------------------------------- */

/*
 * True when a member is to be asked: once for most calls, again after a
 * failure that another session or member may heal, and once for each member
 * where the function's reach is EACH.
 */
bool call_route_any(struct call *call);

static inline bool
call_route(struct call *call)
{
    /* Most calls are over when one member has answered well. */
    if (__builtin_expect(call->is_single & (call->rv == CKR_OK), 1))
        return false;
    return call_route_any(call);
}

/* Registers, translates, records, lets go; returns what the application is
 * told. */
CK_RV call_finish(struct call *call);

/* Lets go of what a call holds that never came back from its module. */
void call_forsake(struct call *call);

/* For CLEANUP: when a thread is cancelled inside a vendor's call; after
 * call_finish there is nothing left to do. */
static inline void
call_abandon(struct call *call)
{
    if (__builtin_expect(call->inside, 0))
        call_forsake(call);
}

#endif
