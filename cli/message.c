/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tool says on standard error: one line each, after its name. */
#include "cli/message.h"

#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
message_error(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        text = NULL;
    if (text != NULL)
        text_clean(text);
    (void)fflush(stdout); /* in the order in which things happened */
    (void)fprintf(stderr, "p11mux: %s\n",
                  text != NULL ? text : "out of memory");
    free(text);
}
