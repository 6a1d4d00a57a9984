/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Processes of eight threads that sign through p11mux.so, with an audit log,
 * and tell what they were answered once they know it; and whether the log has
 * just that.
 */
#ifndef TESTS_SIGNERS_H
#define TESTS_SIGNERS_H

#include "audit/verify.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SIGNERS_THREADS = 8 };

struct signer {
    pid_t pid;
    int news;      /* what it tells; -1: it has ended */
    bool is_meant; /* to be killed */
    size_t n_kept; /* results that it had */
    size_t n_denied;
    struct signer_thread *threads;
};

struct signers {
    const char *log;
    size_t turns; /* of each thread, unless it is told to end before */
    size_t n;
    struct signer *each; /* in the order in which they were started */
    struct signers_shared *shared;
    gid_t group; /* of those that give up root, or -1 */
};

/* With a log that the null module's token writes at `log`; `more` are further
 * keys of the group `audit`. */
void signers_configure(struct signers *signers, const char *log,
                       const char *more, size_t turns);

/* Where this is root, every second process becomes somebody else once p11mux is
 * initialised; what they have in common is the group of the log's folder. */
void signers_share(struct signers *signers, const char *folder);

/* One more process; lent until the next call. */
struct signer *signers_start(struct signers *signers);

/* Waits for news and takes them; false when all processes have ended. One
 * that ends otherwise than it is meant to fails the test. */
bool signers_read(struct signers *signers);

/* What they are about is their last turn. */
void signers_end(struct signers *signers);

void signers_kill(struct signer *signer);

/* Of all together. */
size_t signers_count_kept(const struct signers *signers);
size_t signers_count_denied(const struct signers *signers);

void signers_free(struct signers *signers);

/* -- The log (signers-check.c) --------------------------------------------- */

/*
 * Fails the test unless verification finds nothing wrong with the log, which
 * may be in several files, and each result that a thread has told of has its
 * one record, in the thread's order. Only what was torn, and what a process
 * that was killed could not tell, has a record without a result.
 */
void signers_check(const struct signers *signers, const char *const *paths,
                   size_t n_paths, struct verify_result *out);

/* What a signer's thread was answered at a turn. */
enum signed_answer { SIGNED_NOTHING, SIGNED_KEPT, SIGNED_DENIED };

enum signed_answer signers_answer(const struct signer *signer, unsigned thread,
                                  size_t turn);

#endif
