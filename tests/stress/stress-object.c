/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that look objects up while others make, bind and end them: whoever
 * finds one finds its own number, and in the end nothing is left. A plain
 * program, since it also runs under ThreadSanitizer.
 */
#include "router/object.h"
#include "router/session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    N_WRITERS = 3,
    N_READERS = 3,
    N_OBJECTS = 64, /* of each writer */
    N_TURNS = 2000,
    N_SEEN = N_WRITERS * N_OBJECTS
};

static struct object_space *space;

/* Handles as writers gave them; a reader may look at a stale one. */
static _Atomic(CK_OBJECT_HANDLE) seen[N_SEEN];
static _Atomic(unsigned) n_wrong, n_found, n_twice, n_unbound;
static _Atomic(bool) has_ended;

/* The object that a handle in this place stands for. On member 1 it is the
 * same number and a bit. */
static CK_OBJECT_HANDLE
number_of(size_t where, unsigned turn)
{
    return where * 1000000 + turn + 1;
}

enum { ON_OTHER = 1 << 30 };

static bool
is_possible(size_t where, CK_OBJECT_HANDLE number)
{
    return number / 1000000 == where && number % 1000000 <= N_TURNS;
}

static void *
write_objects(void *argument)
{
    size_t first = (size_t)(uintptr_t)argument * N_OBJECTS;
    struct session *owner = calloc(1, sizeof(*owner));

    for (unsigned turn = 0; turn < N_TURNS; turn++)
        for (size_t i = first; i < first + N_OBJECTS; i++) {
            CK_OBJECT_HANDLE before = atomic_load(&seen[i]);
            struct object_place place = { .member = 0,
                                          .epoch = 1,
                                          .handle = number_of(i, turn) };
            struct object_place other = {
                .member = 1, .epoch = 1, .handle = number_of(i, turn) | ON_OTHER
            };
            CK_OBJECT_HANDLE handle;

            if (before != 0)
                object_space_remove(space, before);
            handle = object_space_add(space, place, 0, false,
                                      i % 2 == 0 ? owner : NULL);
            if (object_space_add(space, place, 0, true, NULL) != handle)
                atomic_fetch_add(&n_twice, 1);
            if (!object_space_bind(space, handle, other))
                atomic_fetch_add(&n_unbound, 1);
            atomic_store(&seen[i], handle);
        }
    for (size_t i = first + 1; i < first + N_OBJECTS; i += 2)
        object_space_remove(space, atomic_load(&seen[i]));
    while (object_space_drop_owned(space, owner, &(struct object_place){ 0 }))
        continue;
    free(owner);
    return NULL;
}

static void
look_at(size_t where, CK_OBJECT_HANDLE handle)
{
    CK_OBJECT_HANDLE number = 0;
    enum object_answer answer = object_space_find(space, handle, 0, 1, &number);

    if (answer == OBJECT_FOUND || answer == OBJECT_UNSETTLED) {
        atomic_fetch_add(&n_found, 1);
        if (!is_possible(where, number))
            atomic_fetch_add(&n_wrong, 1);
    }
    answer = object_space_find(space, handle, 1, 1, &number);
    if ((answer == OBJECT_FOUND || answer == OBJECT_UNSETTLED) &&
        !is_possible(where, number & ~(CK_OBJECT_HANDLE)ON_OTHER))
        atomic_fetch_add(&n_wrong, 1);
    (void)object_space_flags(space, handle);
    object_space_mark(space, handle, 0, OBJECT_UNCONFIRMED);
}

static void *
read_objects(void *unused)
{
    while (!atomic_load(&has_ended))
        for (size_t i = 0; i < N_SEEN; i++)
            look_at(i, atomic_load(&seen[i]));
    return unused;
}

/* -- One entry, bound by turns ----------------------------------------------
 */

/* In each life it has a handle of its own (R2.12). */
enum { N_LIVES = 2, FIRST_IN_LIFE = 100 };

static CK_OBJECT_HANDLE shared;

static void *
bind_in_life(void *argument)
{
    uint32_t life = (uint32_t)(uintptr_t)argument;
    struct object_place place = { .member = 0,
                                  .epoch = life,
                                  .handle = FIRST_IN_LIFE + life };

    for (unsigned turn = 0; turn < 300 * N_TURNS; turn++)
        if (!object_space_bind(space, shared, place))
            atomic_fetch_add(&n_unbound, 1);
    return NULL;
}

static void *
read_in_lives(void *unused)
{
    while (!atomic_load(&has_ended))
        for (uint32_t life = 0; life < N_LIVES; life++) {
            CK_OBJECT_HANDLE handle = 0;

            if (object_space_find(space, shared, 0, life, &handle) ==
                    OBJECT_FOUND &&
                handle != FIRST_IN_LIFE + life)
                atomic_fetch_add(&n_wrong, 1);
        }
    return unused;
}

static void
bind_by_turns(void)
{
    struct object_place place = { .handle = FIRST_IN_LIFE };
    pthread_t binders[N_LIVES], readers[N_READERS];

    atomic_store(&has_ended, false);
    shared = object_space_add(space, place, 0, OBJECT_SEEN, NULL);
    for (size_t i = 0; i < N_READERS; i++)
        pthread_create(&readers[i], NULL, read_in_lives, NULL);
    for (uintptr_t i = 0; i < N_LIVES; i++)
        pthread_create(&binders[i], NULL, bind_in_life, (void *)i);
    for (size_t i = 0; i < N_LIVES; i++)
        pthread_join(binders[i], NULL);
    atomic_store(&has_ended, true);
    for (size_t i = 0; i < N_READERS; i++)
        pthread_join(readers[i], NULL);
    object_space_remove(space, shared);
}

/* 1 for what does not hold. */
static unsigned
failure(bool holds, const char *what)
{
    printf("%s %s\n", holds ? "ok  " : "FAIL", what);
    return holds ? 0 : 1;
}

int
main(void)
{
    pthread_t writers[N_WRITERS], readers[N_READERS];
    unsigned n_failed = 0;

    space = object_space_new();
    for (size_t i = 0; i < N_READERS; i++)
        pthread_create(&readers[i], NULL, read_objects, NULL);
    for (uintptr_t i = 0; i < N_WRITERS; i++)
        pthread_create(&writers[i], NULL, write_objects, (void *)i);
    for (size_t i = 0; i < N_WRITERS; i++)
        pthread_join(writers[i], NULL);
    atomic_store(&has_ended, true);
    for (size_t i = 0; i < N_READERS; i++)
        pthread_join(readers[i], NULL);

    n_failed += failure(n_wrong == 0, "a handle led to its own object");
    n_failed += failure(n_found > 0, "objects were found");
    n_failed += failure(n_twice == 0, "no object had two handles");
    n_failed += failure(n_unbound == 0, "living entries were bound");
    bind_by_turns();
    n_failed += failure(n_wrong == 0 && n_unbound == 0,
                        "each life found the handle of its own");
    n_failed += failure(object_space_count(space) == 0, "nothing is left");
    object_space_free(space);
    printf("%u passed, %u failed, 0 skipped\n", 6 - n_failed, n_failed);
    return n_failed == 0 ? 0 : 1;
}
