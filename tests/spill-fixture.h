/* SPDX-License-Identifier: BSD-3-Clause */
/* p11mux.so over the fault module and SoftHSM, with a store of certificates,
 * as one application sees it. */
#ifndef TESTS_SPILL_FIXTURE_H
#define TESTS_SPILL_FIXTURE_H

#include "tests/certificate-fixture.h"
#include "tests/modules/fault.h"

enum { SPILL_SLOT = 7, SPILL_CERTIFICATES = 5 };

struct spill_fixture {
    const CK_FUNCTION_LIST_3_2 *list; /* of p11mux */
    CK_SESSION_HANDLE session;        /* R/W */
    const char *more;                 /* keys of the configuration, or NULL */
    struct certificate_fixture certificates[SPILL_CERTIFICATES];
    __typeof__(&fault_add) add_fault;
    __typeof__(&fault_count) count_calls;
};

extern struct spill_fixture spill;

/* A token "web", the modules, the certificates; nothing is configured. */
void spill_load(void);

/* The keys of the token's `certificates`, and others of its module. */
void spill_configure(const char *settings, const char *module);

/* C_Initialize and a session; the user's login. */
void spill_start(void);
void spill_log_in(void);

/* All of these. */
void spill_begin(const char *settings);
void spill_finish(void);

/* Makes the certificate of this number; fails the test where it cannot. */
CK_OBJECT_HANDLE spill_create(unsigned i);

/* How many certificates a search shows. */
CK_ULONG spill_count(void);

/* Fails the test unless the object has that certificate's value. */
void spill_check_value(CK_OBJECT_HANDLE object, unsigned i);

/* How many the token itself has: beside p11mux, in a process of its own. */
CK_ULONG spill_count_on_token(void);

#endif
