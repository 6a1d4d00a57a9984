/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Templates written as text: "CKA_CLASS=CKO_DATA CKA_TOKEN=yes CKA_LABEL='x".
 * A value is
 *
 *   yes, no      a truth             17           a number
 *   CKO_DATA     a constant          'text        that text
 *   x0aff        those bytes         @p-256.point key material (material.h)
 *   [CKM_X,...]  an array of them    {...}        a template, its attributes
 *   -            NULL, length 0                   separated by ","
 *   ?8           NULL, length 8
 */
#ifndef TESTS_DIFFERENTIAL_TEMPLATE_H
#define TESTS_DIFFERENTIAL_TEMPLATE_H

#include "tests/differential/talk.h"

enum { TEMPLATE_MAX = 32 };

struct template
{
    CK_ATTRIBUTE items[TEMPLATE_MAX];
    CK_ULONG count;
};

/* The values live until the conversation ends. */
struct template template_parse(struct talk *talk, const char *text);

/* A constant by its name with any prefix, or a number. */
CK_ULONG constant_parse(const char *text);

#endif
