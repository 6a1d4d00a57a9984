/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A store on a disk of one megabyte: it takes what there is room for, says when
 * there is none, loses nothing of what it took, and goes on when there is room.
 */
#include "tests/store-fixture.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { MOST = 100000, TRIES_WHEN_FULL = 20 };

static void
check_all(unsigned n_made)
{
    size_t count;

    if (store_count(store, life, &count) != STORE_DONE || count != n_made)
        fixture_fail("%u were made, %zu are there", n_made, count);
    for (unsigned i = 0; i < n_made; i++)
        if (!certificate_is_there(i))
            fixture_fail("certificate %u is not there", i);
}

static enum store_result
try_add(unsigned number)
{
    struct certificate certificate;
    uint64_t object;

    certificate_make(number, &certificate);
    return store_create(store, life, certificate.attributes, certificate.count,
                        &object);
}

/* How many there was room for. */
static unsigned
fill(void)
{
    enum store_result result = STORE_DONE;
    unsigned n;

    for (n = 0; n < MOST && (result = try_add(n)) == STORE_DONE; n++)
        continue;
    if (result != STORE_FULL)
        fixture_fail("after %u the result is %d", n, (int)result);
    for (unsigned i = 0; i < TRIES_WHEN_FULL; i++)
        if (try_add(n) == STORE_DONE)
            n++;
    return n;
}

int
main(void)
{
    const char *folder = fixture_folder();
    unsigned n;

    /* Seen by this process alone. */
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, "size=1m,mode=0700") != 0) {
        printf("a small disk cannot be mounted here: %s\n", strerror(errno));
        return 77;
    }
    store_setup();
    n = fill();
    check_all(n);
    store_free(store);
    store = store_open();
    check_all(n);
    if (mount("tmpfs", folder, "tmpfs", MS_REMOUNT, "size=16m,mode=0700") != 0)
        fixture_fail("the disk cannot be made larger: %s", strerror(errno));
    if (try_add(n) != STORE_DONE)
        fixture_fail("there is room, and nothing is made");
    check_all(n + 1);
    store_finish();
    (void)umount2(folder, MNT_DETACH);
    puts("[====] Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0");
    return 0;
}
