/* SPDX-License-Identifier: BSD-3-Clause */
/* A list of the fault module over another test module, ready for calls. */
#ifndef TESTS_FIXTURE_FAULT_H
#define TESTS_FIXTURE_FAULT_H

#include "tests/fixture.h"

/* Loads `script` (fault.h) into `fault` with tests/modules/`name` behind it
 * and initialises both. */
CK_FUNCTION_LIST_3_2 *fixture_fault(const struct module *fault,
                                    const char *name, const char *script);

/* A R/O session. */
CK_SESSION_HANDLE fixture_fault_session(const CK_FUNCTION_LIST_3_2 *list,
                                        CK_SLOT_ID slot);

#endif
