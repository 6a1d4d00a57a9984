/* SPDX-License-Identifier: BSD-3-Clause */
/* What a template gives, each attribute once, checked one by one. */
#ifndef BACKENDS_CERTIFICATE_SELECTION_H
#define BACKENDS_CERTIFICATE_SELECTION_H

#include "backends/certificate-facts.h"

struct certificate_selection {
    unsigned of; /* the certificate types that it may be of */
    CK_ATTRIBUTE attributes[CERTIFICATE_FACTS];
    CK_ULONG count;
    bool is_contradictory; /* it gives one attribute two values */
};

/* Whether a template may give this value. */
typedef bool certificate_right(const struct certificate_fact *fact, unsigned of,
                               const CK_ATTRIBUTE *attribute);

/* CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_READ_ONLY where there is no right,
 * CKR_ATTRIBUTE_VALUE_INVALID, in this order. */
CK_RV certificate_select(const CK_ATTRIBUTE *template, CK_ULONG count,
                         unsigned of, certificate_right *may_give,
                         struct certificate_selection *out);

/* The attribute, or NULL. */
const CK_ATTRIBUTE *
certificate_selected(const struct certificate_selection *selection,
                     CK_ATTRIBUTE_TYPE type);

/* Whether it is there and a CK_BBOOL of CK_TRUE. */
bool certificate_is_true(const CK_ATTRIBUTE *attribute);

/* Its length, 0 where there is none. */
size_t certificate_length(const struct certificate_selection *selection,
                          CK_ATTRIBUTE_TYPE type);

/* Gives the attribute this value, which is lent. */
void certificate_give(struct certificate_selection *selection,
                      CK_ATTRIBUTE_TYPE type, const void *value, size_t length);

/* A new CKA_UNIQUE_ID; false when the kernel gives no random bytes. */
enum { UNIQUE_ID_LENGTH = 32 };
bool certificate_make_unique_id(char out[UNIQUE_ID_LENGTH + 1]);

#endif
