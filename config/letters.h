/* SPDX-License-Identifier: BSD-3-Clause */
/* Which letters the texts of the file may be made of. */
#ifndef CONFIG_LETTERS_H
#define CONFIG_LETTERS_H

#include <stddef.h>

/*
 * Each says what is wrong with the text and what to do ("is empty; ..."), to
 * be put behind the key's name, or returns NULL when it is well.
 */

/* Letters, digits, ".", "_" and "-". */
const char *letters_check_name(const char *text);

/* UTF-8 on one line. */
const char *letters_check_text(const char *text);

/* UTF-8 for a field that is padded with blanks. */
const char *letters_check_field(const char *text);

/* Printable ASCII for such a field. */
const char *letters_check_serial(const char *text);

/* An absolute path. */
const char *letters_check_folder(const char *text);

/* "stderr", "syslog", "journal", or "file:" and an absolute path. */
const char *letters_check_target(const char *text);

#endif
