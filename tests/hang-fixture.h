/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls that hang inside toy tokens (toy.h), on a clock that the test moves:
 * tokens "one" and "two" of one module in slots 1 and 2. What cannot be set up
 * ends the process.
 */
#ifndef TESTS_HANG_FIXTURE_H
#define TESTS_HANG_FIXTURE_H

#include "tests/pool-fixture.h"

#include <pthread.h>

struct hang_setting {
    bool may_create_threads;
    bool is_serialised;
    bool is_group; /* tokens of two modules are one, in slot 1; what is held is
                      held on the first */
    bool holds_back;            /* of the group: `failback` is manual */
    bool is_balanced;           /* of the group: its mode is "balance" */
    bool is_migrated;           /* the same, "migrate"; the first is the new */
    bool is_replicated;         /* of the group: `write` is "replicate" */
    uint64_t call_timeout_ms;   /* 0: as usual */
    enum config_pool_mode mode; /* of both pools */
    size_t size;                /* of both pools; 0: as the token has */
};

void hang_start(const struct hang_setting *setting);

/* All calls of the group have always taken seconds: none is slow before it
 * hangs. */
void hang_allow_seconds(void);

/* With a thread that looks, and two backend sessions for each operation. */
void hang_start_lending(void);

/* What is held comes back before. */
void hang_finish(void);

/* The first token's keeper ends. */
void hang_lose_keeper(void);

/* R/W, on the first token. */
extern CK_SESSION_HANDLE hang_session;

enum hang_kind {
    HANG_RANDOM,    /* C_GenerateRandom, held in the module */
    HANG_GENERATE,  /* C_GenerateKey, the same */
    HANG_LOGIN,     /* C_Login, the same */
    HANG_OPEN,      /* C_OpenSession of a slot, the same */
    HANG_LOOK,      /* C_SeedRandom that is held in a C_GetTokenInfo before */
    HANG_USE,       /* C_SignInit that is held in reading what its key is */
    HANG_PROBE,     /* C_SignInit that is held in the probe of its member */
    HANG_SEED,      /* C_SeedRandom, which nothing holds */
    HANG_SIGN,      /* C_SignInit, the same */
    HANG_FINISH,    /* C_Sign, the same */
    HANG_LOGIN_TOO, /* held by nothing but the other login */
    HANG_OPEN_TOO
};

struct hang_call {
    enum hang_kind kind;
    CK_SESSION_HANDLE session; /* or the slot */
    CK_OBJECT_HANDLE key;
    CK_RV rv;
    struct toy_result result; /* of C_Sign */
    pthread_t thread;
};

/* Begins in a thread of its own; returns when one that is held is. */
void hang_begin_call(struct hang_call *call, enum hang_kind kind,
                     CK_SESSION_HANDLE session);
CK_RV hang_end_call(struct hang_call *call);

CK_RV hang_login(CK_SESSION_HANDLE session);

/* What the two functions answer that do nothing else in these tokens; a hook of
 * a test's own ends with it. */
bool hang_answer_random(enum function function, CK_SLOT_ID slot,
                        struct argument *arguments, CK_RV *rv);

/* The clock moves until a call is found to hang. */
void hang_until_caught(void);

/* So much time passes, with the watch looking all the while. */
void hang_pass(unsigned seconds);

/* Until a thread waits for the session, or the one that nothing holds for
 * something else inside p11mux. */
void hang_until_session_is_waited_for(CK_SESSION_HANDLE session);
void hang_until_waited_for(void);

#endif
