/* SPDX-License-Identifier: BSD-3-Clause */
/* The first columns of reports that have a row for an object: which one. */
#ifndef CLI_OBJECT_CELLS_H
#define CLI_OBJECT_CELLS_H

#include "cli/report.h"
#include "router/identity.h"

enum object_cell {
    CELL_CLASS,
    CELL_TYPE,
    CELL_LABEL,
    CELL_ID,
    CELL_FINGERPRINT,
    OBJECT_CELLS
};

#define OBJECT_COLUMNS                                                         \
    [CELL_CLASS] = { .name = "class", .heading = "CLASS" },                    \
    [CELL_TYPE] = { .name = "type", .heading = "TYPE" },                       \
    [CELL_LABEL] = { .name = "label", .heading = "LABEL" },                    \
    [CELL_ID] = { .name = "id", .heading = "ID" },                             \
    [CELL_FINGERPRINT] = { .name = "fingerprint" }

/* In the last row; the object is read on this session. */
void object_cells_set(struct report *report, CK_SESSION_HANDLE session,
                      CK_OBJECT_HANDLE object, const struct identity *identity);

#endif
