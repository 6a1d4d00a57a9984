/* SPDX-License-Identifier: BSD-3-Clause */
/* Fills in what went wrong while setting up. */
#include "common/error.h"

#include "common/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
error_set(struct error *error, CK_RV rv, const char *format, ...)
{
    /* One byte more than fits, so that a cut can be seen. */
    char text[ERROR_TEXT_LENGTH + 1];
    int saved = errno;
    va_list arguments;
    size_t length;

    if (error == NULL)
        return false;
    va_start(arguments, format);
    /* Not into error->text: that may be one of the arguments. */
    if (vsnprintf(text, sizeof(text), format, arguments) < 0)
        text[0] = '\0';
    va_end(arguments);

    length = text_cut(text, sizeof(error->text) - 1);
    memcpy(error->text, text, length);
    error->text[length] = '\0';
    error->rv = rv;
    errno = saved;
    return false;
}

const char *
error_reason(int number)
{
    const char *words = strerrordesc_np(number);

    return words != NULL ? words : "unknown error";
}
