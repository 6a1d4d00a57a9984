/* SPDX-License-Identifier: BSD-3-Clause */
/* Text: the blank-padded fields of PKCS#11 (R6.7), and UTF-8. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Fills `field` with `text` and blanks; a text that does not fit is cut at
 * the border of a UTF-8 character.
 */
void text_pad(unsigned char *field, size_t field_length, const char *text);

/* The bytes before the padding (blanks, or a NUL and whatever follows). */
size_t text_length(const unsigned char *field, size_t field_length);

/* Writes the field without its padding as a string that ends with a NUL;
 * `out` has at least field_length + 1 bytes. */
void text_copy(const unsigned char *field, size_t field_length, char *out);

/* Blank-pads what a module padded with NUL or garbage after a NUL. */
void text_normalise(unsigned char *field, size_t field_length);

/* Whether the field, without its padding, is this text. */
bool text_equals(const unsigned char *field, size_t field_length,
                 const char *text);

/* How much of the text fits into `room` bytes without a character cut in
 * two. */
size_t text_cut(const char *text, size_t room);

/* Puts a question mark where a control character or a byte that is no UTF-8
 * stands, so that the text is one line and commands no terminal. */
void text_clean(char *text);

/* The candidate nearest to a misspelt word (edit distance, small or capital
 * letters alike, at most a third of its length), or NULL. */
const char *text_nearest(const char *word, const char *const *candidates,
                         size_t n_candidates);

#endif
