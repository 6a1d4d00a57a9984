/* SPDX-License-Identifier: BSD-3-Clause */
/* Which object a row of a report is about. */
#include "cli/object-cells.h"

#include "cli/hex.h"
#include "cli/key-text.h"
#include "cli/object-row.h"

#include <stdlib.h>

static void
set_text(struct report *report, enum object_cell cell, char *text)
{
    report_set_text(report, cell, text);
    free(text);
}

void
object_cells_set(struct report *report, CK_SESSION_HANDLE session,
                 CK_OBJECT_HANDLE object, const struct identity *identity)
{
    set_text(report, CELL_CLASS, object_class_text(identity->object_class));
    set_text(report, CELL_TYPE, key_text_type(session, object, identity));
    set_text(report, CELL_LABEL, object_label_text(identity));
    set_text(report, CELL_ID, hex_text(identity->id, identity->id_length));
    if (identity->has_fingerprint)
        set_text(report, CELL_FINGERPRINT,
                 hex_text(identity->fingerprint,
                          sizeof(identity->fingerprint)));
}
