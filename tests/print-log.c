/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints an audit log, for scripts: print-log LINES ACTIVE-RUNS SEED */
#include "tests/fixture.h"
#include "tests/proof-fixture.h"

#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
    struct audit_log log;

    if (argc != 4)
        fixture_fail("usage: print-log LINES ACTIVE-RUNS SEED");
    log = audit_log_make(strtoul(argv[1], NULL, 10),
                         (unsigned)strtoul(argv[2], NULL, 10),
                         strtoul(argv[3], NULL, 10));
    for (size_t i = 0; i < log.n_lines; i++)
        (void)puts(log.lines[i]);
    audit_log_free(&log);
    return ferror(stdout) != 0;
}
