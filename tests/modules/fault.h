/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Control of the fault module, which stands in front of a real module and
 * does what a script tells it. A test finds these functions by dlsym in
 * fault.so (module_symbol); a copy of the file is a module of its own.
 *
 * The script: $P11MUX_FAULT_SCRIPT names a file, read before the first call;
 * fault_load and fault_add take text. One line each, # begins a comment:
 *
 *   module PATH           the module behind; else $P11MUX_FAULT_MODULE, or
 *                         "module=PATH" at the start of the string that
 *                         C_Initialize is given ("script=FILE" may follow;
 *                         the rest is handed on)
 *   reserved TEXT         the string for the module's C_Initialize
 *   FUNCTION WHEN [after] ACTION
 *                         FUNCTION is C_Name or *, WHEN is * (always), N (the
 *                         Nth call from now), N- (from it on) or N-M; `after`
 *                         first lets the module do it. ACTION is one of
 *     return CKR_NAME|0xN   answers that (after: in place of the answer)
 *     hang [CKR_NAME|0xN]   until fault_release; then answers that or goes on
 *     delay NUMBERus|ms|s   on the test's clock where one is set
 *     kill                  ends the process by SIGKILL
 *     stop                  stops it by SIGSTOP until somebody sends SIGCONT
 *   FUNCTION absent       a NULL pointer in the lists, if said in time
 *   sessions N [unreported]|off
 *                         CKR_SESSION_COUNT beyond N on a slot; unreported:
 *                         C_GetTokenInfo does not say so
 *   device FILE N [unreported]
 *                         CKR_SESSION_COUNT beyond N in all processes that
 *                         name this file; those of one that dies are free.
 *                         The file says how many there were: "opened 40
 *                         refused 2 most 16 most-of-one 3", where most are
 *                         those that were open at once
 *   objects N|off         CKR_DEVICE_MEMORY beyond N that were made here
 *   vanish [SLOT]         the token is gone, with its sessions; all, or one
 *   return-token [SLOT]   and back, without them
 *   events on|off         C_WaitForSlotEvent tells of the two, and blocks
 *   handles plain|wide|reuse
 *                         as the module has them; using all 64 bits; the
 *                         lowest free number. Before C_Initialize only
 *   interface auto|2.40|3.0|3.2|3.2-lie|3.2-text
 *                         auto: what the module has. 3.2-lie: C_GetInfo says
 *                         3.2 but there is a list of 68; 3.2-text: 3.2 with a
 *                         list of 102. Those end where memory ends (R1.1)
 *   no-interface          C_GetInterface and C_GetInterfaceList fail
 *   reset                 as after loading, but for `module`
 */
#ifndef TESTS_MODULES_FAULT_H
#define TESTS_MODULES_FAULT_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stdint.h>

/* Replaces all rules and does what the other lines say; NULL reads the file
 * again. False, with a line on stderr, when a line is wrong. */
bool fault_load(const char *text);

/* The same, but adds to the rules. */
bool fault_add(const char *text);

/* Lets every call go on that hangs or is delayed now. */
void fault_release(void);

/* Calls of a function since loading or fault_count_reset; NULL: of all. */
unsigned long fault_count(const char *function);
void fault_count_reset(void);

/* Calls of a function that hang or are delayed now; NULL: of all. */
unsigned fault_waiting(const char *function);

/* Waits until that many do; false when it takes longer. */
bool fault_wait_for(const char *function, unsigned n, unsigned timeout_ms);

/* Delays follow this clock (nanoseconds); NULL: the real one. After moving
 * it, say so with fault_tick. */
void fault_set_clock(uint64_t (*now)(void));
void fault_tick(void);

/* Sessions open, and objects made and alive, through this module. */
unsigned fault_sessions(void);
unsigned fault_objects(void);

/*
 * `handles reuse`: forgets an object's number as if another process had
 * destroyed it, so that the next new object gets it. The module's own handle
 * of it, or 0.
 */
CK_OBJECT_HANDLE fault_forget(CK_OBJECT_HANDLE object);

#endif
