/* SPDX-License-Identifier: BSD-3-Clause */
/* The file that a page goes to. */
#ifndef CLI_PAGE_FILE_H
#define CLI_PAGE_FILE_H

#include "cli/request.h"

#include <stdio.h>

/* Whether the value of this option names a place for a page: a page that is
 * there is replaced; nothing else is, least of all a log. False, with a
 * sentence on stderr. */
bool page_file_check(const struct request *request, enum option_id option);

/* Writes a page there; false, with a sentence on stderr. */
typedef void page_writer(FILE *stream, const void *context);
bool page_file_write(const char *path, page_writer *write, const void *context);

#endif
