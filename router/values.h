/* SPDX-License-Identifier: BSD-3-Clause */
/* Several attributes of one object, read with one call where the token
 * allows it. */
#ifndef ROUTER_VALUES_H
#define ROUTER_VALUES_H

#include "common/cryptoki.h"
#include "common/der.h"

#include <stdbool.h>
#include <stddef.h>

enum { VALUES_MAX = 12 };

/*
 * What is asked for. Numbers and truth values are given the room of their
 * type: NSS answers CKR_BUFFER_TOO_SMALL to a larger one too.
 */
struct value_request {
    CK_ATTRIBUTE_TYPE type;
    size_t room;        /* offered at once */
    bool may_be_longer; /* then it is asked for alone */
};

struct values {
    CK_ATTRIBUTE attributes[VALUES_MAX]; /* missing: pValue is NULL */
    size_t count;
    unsigned char *offered; /* one block for all */
    size_t offered_length;
    unsigned char *own[VALUES_MAX]; /* those that were asked for alone */
    size_t own_length[VALUES_MAX];
};

/*
 * Reads what the token gives; a missing value is no error. The token's code
 * when not even the first one can be read, or CKR_HOST_MEMORY; `out` is to
 * be cleared only after CKR_OK.
 */
CK_RV values_read(const CK_FUNCTION_LIST_3_2 *functions,
                  CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                  const struct value_request *requests, size_t n_requests,
                  struct values *out);

/* Lends a value; empty ones are found too. */
bool values_find(const struct values *values, CK_ATTRIBUTE_TYPE type,
                 struct octets *out);

/* The same, empty where it is missing. */
struct octets values_get(const struct values *values, CK_ATTRIBUTE_TYPE type);

/* A CK_ULONG or a CK_BBOOL, or what to take instead of it. */
CK_ULONG values_number(const struct values *values, CK_ATTRIBUTE_TYPE type,
                       CK_ULONG missing);
bool values_is_true(const struct values *values, CK_ATTRIBUTE_TYPE type);

/* Wipes and frees. */
void values_clear(struct values *values);

#endif
