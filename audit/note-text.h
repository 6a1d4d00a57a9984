/* SPDX-License-Identifier: BSD-3-Clause */
/* What a note may be written with (c2sp.org/signed-note). */
#ifndef AUDIT_NOTE_TEXT_H
#define AUDIT_NOTE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* UTF-8 without control characters but line ends. */
bool note_text_is_right(const char *text, size_t length);

/* The same, and without line ends and whatever Unicode calls a space. */
bool note_text_is_word(const char *text, size_t length);

#endif
