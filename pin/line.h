/* SPDX-License-Identifier: BSD-3-Clause */
/* The first line of a descriptor, read straight into a secret. */
#ifndef PIN_LINE_H
#define PIN_LINE_H

#include "common/secret.h"

enum line_state {
    LINE_OPEN,     /* there may be more of it: read again */
    LINE_ENDED,    /* by a newline, or the end of the file */
    LINE_TOO_LONG, /* for a PIN */
    LINE_FAILED    /* errno says why */
};

/* An empty secret to read into; false for lack of memory. */
bool line_begin(struct secret *out);

/* One read(2). An ended line has lost its newline and all that came after. */
enum line_state line_read(int descriptor, struct secret *line);

#endif
