/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Certificates as PKCS#11 objects: which attributes they have, and what an
 * application may make, change, copy and find of them (SEMANTICS 8.3 to 8.5).
 * Nothing here knows of sessions, or of where an object is kept.
 */
#ifndef BACKENDS_CERTIFICATE_H
#define BACKENDS_CERTIFICATE_H

#include "common/cryptoki.h"
#include "common/der.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * All of one object's values together. X.509 certificates have one to two
 * KiB, with the largest keys and signatures of ML-DSA 8, of SLH-DSA 50: what
 * is larger is none, and would fill a database that others share.
 */
extern const size_t certificate_most_bytes;

/* Of CKA_LABEL: what people can tell apart, and more. */
extern const size_t certificate_most_label;

/*
 * All attributes of an object made from the template, in one block that
 * store_object_clear frees: defaults and CKA_CHECK_VALUE are among them, and a
 * CKA_UNIQUE_ID of its own. With `derive_missing`, CKA_SUBJECT, CKA_ISSUER and
 * CKA_SERIAL_NUMBER that are empty or absent are taken from the certificate
 * (R8.16).
 *
 * Of several mistakes the first counts in this order:
 * CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_READ_ONLY,
 * CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCOMPLETE,
 * CKR_TEMPLATE_INCONSISTENT, CKR_DEVICE_MEMORY (it is too large).
 */
CK_RV certificate_make(const CK_ATTRIBUTE *template, CK_ULONG count,
                       bool derive_missing, struct store_object *out);

/* What C_SetAttributeValue with the template changes, each attribute once
 * (8.4); the order is CKR_ACTION_PROHIBITED, then as above. */
CK_RV certificate_change(const struct store_object *object,
                         const CK_ATTRIBUTE *template, CK_ULONG count,
                         struct store_object *changes);

/* The object with other values of some of its attributes. */
CK_RV certificate_merge(const struct store_object *object,
                        const struct store_object *changes,
                        struct store_object *out);

/* All attributes of a copy (8.5); the order as with a change. */
CK_RV certificate_copy(const struct store_object *object,
                       const CK_ATTRIBUTE *template, CK_ULONG count,
                       struct store_object *out);

/* Whether it has exactly these attributes (R8.11). */
bool certificate_matches(const struct store_object *object,
                         const CK_ATTRIBUTE *template, CK_ULONG count);

/* Whether any certificate at all could. */
bool certificate_may_match(const CK_ATTRIBUTE *template, CK_ULONG count);

/* The attribute, or NULL. */
const CK_ATTRIBUTE *certificate_get(const struct store_object *object,
                                    CK_ATTRIBUTE_TYPE type);

/* A CK_BBOOL that it has, else false. */
bool certificate_is(const struct store_object *object, CK_ATTRIBUTE_TYPE type);

/* What C_GetAttributeValue fills in (R1.21). Of several mistakes
 * CKR_ATTRIBUTE_TYPE_INVALID counts first. */
CK_RV certificate_get_values(const struct store_object *object,
                             CK_ATTRIBUTE *template, CK_ULONG count);

/* The lengths of all its attributes (R8.10). */
size_t certificate_size(const struct store_object *object);

/* Attributes with their values in one block. */
CK_RV certificate_pack(const CK_ATTRIBUTE *attributes, CK_ULONG count,
                       struct store_object *out);

/* Where a certificate's parts are in its DER: as they stand there, each with
 * its header. Lent from `der`. */
struct certificate_parts {
    struct octets serial_number;
    struct octets issuer;
    struct octets validity;
    struct octets subject;
    struct octets key_info;   /* SubjectPublicKeyInfo */
    struct octets extensions; /* without bytes: none */
};

/* The value of an extension by the content of its OID; without bytes: it has
 * none. */
struct octets certificate_find_extension(const struct certificate_parts *parts,
                                         struct octets oid);

/* False when the bytes are no X.509 certificate. Bytes behind it do not
 * matter: cards fill up their files. */
bool certificate_find_parts(struct octets der, struct certificate_parts *out);

#endif
