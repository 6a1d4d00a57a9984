/* SPDX-License-Identifier: BSD-3-Clause */
/* The two tokens between which a test copies objects. */
#ifndef TESTS_TRANSFER_ENDS_H
#define TESTS_TRANSFER_ENDS_H

#include "tests/transfer-token.h"

extern struct ends {
    struct identity_place from;
    struct identity_place to;
    struct transfer *transfer;
} ends;

void ends_connect(struct identity_place from, struct identity_place to);

/* Two of SoftHSM's. */
void ends_connect_two(void);
void ends_free(void);

/* What is copied now is for a target that behaves so; at first nothing is known
 * of it, and what was permitted is no more. */
void ends_behave(const struct profile *target);

/* An end's functions, to be replaced by those that fail. */
CK_FUNCTION_LIST_3_2 *ends_functions(struct identity_place place);

/* What comes of trying it; and that it is this. */
struct transfer_outcome ends_try(CK_OBJECT_HANDLE object);
void ends_expect(CK_OBJECT_HANDLE object, enum transfer_verdict verdict);

/* It is copied, in this way, and trying it leaves nothing behind. */
CK_OBJECT_HANDLE ends_copy(CK_OBJECT_CLASS object_class, const char *name,
                           enum transfer_way way);

/* What the copy has. */
void ends_expect_truth(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                       CK_BBOOL wanted);

/* A pair is copied: the copy signs and its public key verifies, by OpenSSL. */
void ends_expect_pair(const char *name, enum transfer_way way);

/* The kinds of objects that most tokens have, with names that begin so: keys
 * are copied in this way. */
void ends_expect_all(const char *names, enum transfer_way way, bool has_ec);

#endif
