/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An application for tests/check-control.sh: threads that sign with a key of
 * p11mux.so until SIGTERM, and say how many signatures failed.
 * control-load LABEL KEY THREADS [without-threads]
 */
#include "tests/fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 64 };

struct signer {
    CK_SESSION_HANDLE session;
    struct fixture_pair pair;
    pthread_t thread;
};

static const CK_FUNCTION_LIST *list;
static struct signer signers[MOST_THREADS];
static atomic_bool is_over;
static atomic_ulong n_signed, n_failed;

/* fixture_sign_check ends the process with the first error, which is not what
 * is wanted here. */
static CK_RV
sign_once(const struct signer *signer)
{
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_BYTE hash[32] = { 1 }, signature[64];
    CK_ULONG length = sizeof(signature);
    CK_RV rv =
        list->C_SignInit(signer->session, &mechanism, signer->pair.private_key);

    return rv != CKR_OK ? rv
                        : list->C_Sign(signer->session, hash, sizeof(hash),
                                       signature, &length);
}

static void *
sign(void *argument)
{
    const struct signer *signer = argument;

    while (!atomic_load(&is_over)) {
        CK_RV rv = sign_once(signer);

        if (rv == CKR_OK) {
            atomic_fetch_add(&n_signed, 1);
        } else if (atomic_fetch_add(&n_failed, 1) == 0) {
            (void)printf("failed: 0x%lx\n", rv);
            (void)fflush(stdout);
        }
    }
    return NULL;
}

static void
open_sessions(const char *label, const char *key, unsigned n)
{
    CK_SLOT_ID slot = fixture_slot(list, label);

    for (unsigned i = 0; i < n; i++) {
        signers[i].session =
            fixture_session(list, slot, i == 0 ? FIXTURE_PIN : NULL);
        signers[i].pair = fixture_find_pair(list, signers[i].session, key);
    }
}

static void
initialize(bool may_create_threads)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
    CK_RV rv;

    if (!may_create_threads)
        arguments.flags |= CKF_LIBRARY_CANT_CREATE_OS_THREADS;
    rv = list->C_Initialize(&arguments);
    if (rv != CKR_OK)
        fixture_fail("C_Initialize: 0x%lx", rv);
}

int
main(int argc, char **argv)
{
    unsigned n = argc < 4 ? 0 : (unsigned)strtoul(argv[3], NULL, 10);
    sigset_t ending;
    int signal_number;

    if (n == 0 || n > MOST_THREADS)
        fixture_fail("usage: control-load LABEL KEY THREADS [without-threads]");
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &ending, NULL);
    list = module_open(fixture_p11mux())->list;
    initialize(argc < 5);
    open_sessions(argv[1], argv[2], n);
    for (unsigned i = 0; i < n; i++)
        if (pthread_create(&signers[i].thread, NULL, sign, &signers[i]) != 0)
            fixture_fail("no thread");
    (void)puts("ready");
    (void)fflush(stdout);
    (void)sigwait(&ending, &signal_number);
    atomic_store(&is_over, true);
    for (unsigned i = 0; i < n; i++)
        (void)pthread_join(signers[i].thread, NULL);
    (void)printf("signed %lu, failed %lu\n", atomic_load(&n_signed),
                 atomic_load(&n_failed));
    return list->C_Finalize(NULL) == CKR_OK && atomic_load(&n_failed) == 0 ? 0
                                                                           : 1;
}
