/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every call looks at first: whether this process is served, and
 * whether this thread is inside p11mux already.
 */
#ifndef ROUTER_PROCESS_H
#define ROUTER_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audit_sink;

struct process {
    _Atomic(uint32_t) forks;   /* forks that led here (R5.1) */
    _Atomic(uint32_t) serving; /* forks + 1 while initialised, else 0 */
    _Atomic(const struct audit_sink *) sink; /* NULL: nothing is recorded */
    _Atomic(bool) shows_validation; /* the application has the list of 3.2 */
    _Atomic(bool) heeds;            /* calls look whether they are to wait */
};

extern struct process process;

/* Set while a call of this thread is inside: a module that leads back into
 * p11mux is refused (DESIGN 1). */
extern _Thread_local bool thread_is_inside
    __attribute__((tls_model("initial-exec")));

/* Whether calls leave records at the moment. */
static inline bool
process_keeps_records(void)
{
    return atomic_load_explicit(&process.sink, memory_order_relaxed) != NULL;
}

/* Whether a call has to ask pause_admits. */
static inline bool
process_heeds(void)
{
    return atomic_load_explicit(&process.heeds, memory_order_relaxed);
}

/* One load each of two words that share a line nobody writes. */
static inline bool
process_is_serving(void)
{
    return atomic_load_explicit(&process.serving, memory_order_acquire) ==
           atomic_load_explicit(&process.forks, memory_order_relaxed) + 1;
}

/*
 * Calls that hold no session count themselves, so that C_Finalize can wait
 * for them. False when the process is not served.
 */
bool process_visit(void);
void process_leave(void);
bool process_has_visitors(void);

/* In a forked child: the parent's visitors are not here. */
void process_forget_visitors(void);

/* Registers the child's hook of fork, once a process. */
void process_watch_forks(void);

/*
 * True for one thread of a forked child: it is to make the parent's locks
 * and tables anew before anybody uses them, and then says
 * process_moved_in(). Other threads wait for that. The parent may have been
 * inside C_Initialize or C_Finalize when it forked.
 */
bool process_move_in(void);
void process_moved_in(void);

/* True when the process that is served is an ancestor of this one, also
 * where fork's hooks were bypassed (R5.1). */
bool process_was_forked(void);

/* Begins and ends serving; the instance's lock is held. */
void process_serve(void);
void process_stop_serving(void);

#endif
