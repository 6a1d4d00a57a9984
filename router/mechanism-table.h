/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parameters of known mechanisms look like: where their handles
 * and their pointers are. Facts for router/mechanism.c and its copies.
 */
#ifndef ROUTER_MECHANISM_TABLE_H
#define ROUTER_MECHANISM_TABLE_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mechanism_part_kind {
    /* What holds handles. */
    PART_HANDLE,          /* a handle that goes in */
    PART_OPTIONAL_HANDLE, /* the same; 0 stands for none */
    PART_MADE,            /* pointer to a struct that begins with `count`
                           * handles that come out; its size is `length` */
    PART_DERIVED,         /* pointer to CK_DERIVED_KEY[length] */
    PART_PRF_DATA,        /* pointer to CK_PRF_DATA_PARAM[length] */
    PART_MECHANISM,       /* pointer to a CK_MECHANISM, may be NULL */
    /* What a deep copy must follow besides. */
    PART_BYTES,  /* pointer; `length` bytes */
    PART_BITS,   /* pointer; `length` bits */
    PART_FIXED,  /* pointer; the size is `length` itself */
    PART_STRING, /* pointer to text that ends with NUL */
    PART_SHAPE   /* pointer to a struct of its own */
};

/* What another field must say for the part to mean anything. */
struct mechanism_condition {
    uint16_t offset;
    uint8_t size;  /* 0: no condition; 1: a CK_BBOOL; else a CK_ULONG */
    uint8_t value; /* of the CK_ULONG; a CK_BBOOL must be true */
};

struct mechanism_part {
    enum mechanism_part_kind kind;
    uint16_t offset; /* in the struct */
    uint16_t length; /* offset of the length or count, or as `kind` says */
    uint8_t count;
    struct mechanism_condition condition;
    const struct mechanism_shape *shape;
};

/* One layout of a parameter. */
struct mechanism_shape {
    size_t size;   /* 0: bytes of any length, no handle, no pointer */
    bool is_exact; /* longer is as wrong as shorter */
    bool has_handles;
    bool is_closed; /* every pointer is among the parts, and none is an
                     * output or a password: may be copied deep */
    const struct mechanism_part *parts;
    size_t n_parts;
    const struct mechanism_shape *shorter; /* an older layout */
};

/* Named fields of a row, for the tables of layouts. */
#define AT(type, field)     ((uint16_t)offsetof(type, field))
#define HANDLE(type, field) .kind = PART_HANDLE, .offset = AT(type, field)
#define OPTIONAL(type, field)                                                  \
    .kind = PART_OPTIONAL_HANDLE, .offset = AT(type, field)
#define MADE(type, field, made_type, n_handles)                                \
    .kind = PART_MADE, .offset = AT(type, field), .length = sizeof(made_type), \
    .count = (n_handles)
#define LIST(list_kind, type, field, number)                                   \
    .kind = (list_kind), .offset = AT(type, field), .length = AT(type, number)
#define BYTES(type, field, size) LIST(PART_BYTES, type, field, size)
#define POINTER(pointer_kind, type, field)                                     \
    .kind = (pointer_kind), .offset = AT(type, field)
#define IF(type, field, number)                                                \
    .condition = { .offset = AT(type, field),                                  \
                   .size = sizeof(((type *)NULL)->field),                      \
                   .value = (number) }
#define PARTS(list) .parts = (list), .n_parts = sizeof(list) / sizeof((list)[0])

/* NULL for mechanisms that are not known. */
const struct mechanism_shape *mechanism_table_find(CK_MECHANISM_TYPE type);

/* The longest layout that a parameter of this length can have, or NULL. */
const struct mechanism_shape *
mechanism_shape_fit(const struct mechanism_shape *shape, size_t length);

/* Whether the part means anything in the struct at `base`. */
bool mechanism_part_applies(const struct mechanism_part *part,
                            const void *base);

/* The rows, in the order of their types: for tests. */
struct mechanism_row {
    CK_MECHANISM_TYPE type;
    const struct mechanism_shape *shape;
};
const struct mechanism_row *mechanism_table_rows(size_t *count);

/* The layouts, in router/mechanism-shape.c. */
extern const struct mechanism_shape mechanism_shape_bytes;
extern const struct mechanism_shape mechanism_shape_handle;
extern const struct mechanism_shape mechanism_shape_ecmqv;
extern const struct mechanism_shape mechanism_shape_x9_42_dh2;
extern const struct mechanism_shape mechanism_shape_x9_42_mqv;
extern const struct mechanism_shape mechanism_shape_ssl3_key_mat;
extern const struct mechanism_shape mechanism_shape_tls12_key_mat;
extern const struct mechanism_shape mechanism_shape_wtls_key_mat;
extern const struct mechanism_shape mechanism_shape_cms_sig;
extern const struct mechanism_shape mechanism_shape_kip;
extern const struct mechanism_shape mechanism_shape_gostr3410_wrap;
extern const struct mechanism_shape mechanism_shape_sp800_108;
extern const struct mechanism_shape mechanism_shape_sp800_108_feedback;
extern const struct mechanism_shape mechanism_shape_x3dh_initiate;
extern const struct mechanism_shape mechanism_shape_x3dh_respond;
extern const struct mechanism_shape mechanism_shape_x2ratchet_initialize;
extern const struct mechanism_shape mechanism_shape_x2ratchet_respond;
extern const struct mechanism_shape mechanism_shape_hkdf;
extern const struct mechanism_shape mechanism_shape_ike2_prf_plus;
extern const struct mechanism_shape mechanism_shape_ike_prf;
extern const struct mechanism_shape mechanism_shape_ike1_prf;
extern const struct mechanism_shape mechanism_shape_ike1_extended;

/* Those without handles, in router/mechanism-shape-plain.c. */
extern const struct mechanism_shape mechanism_shape_gcm;
extern const struct mechanism_shape mechanism_shape_ccm;
extern const struct mechanism_shape mechanism_shape_oaep;
extern const struct mechanism_shape mechanism_shape_rsa_aes_wrap;
extern const struct mechanism_shape mechanism_shape_set_oaep;
extern const struct mechanism_shape mechanism_shape_eddsa;
extern const struct mechanism_shape mechanism_shape_sign_context;
extern const struct mechanism_shape mechanism_shape_hash_sign_context;
extern const struct mechanism_shape mechanism_shape_ecdh1;
extern const struct mechanism_shape mechanism_shape_x9_42_dh1;
extern const struct mechanism_shape mechanism_shape_ecdh_aes_wrap;
extern const struct mechanism_shape mechanism_shape_kea;
extern const struct mechanism_shape mechanism_shape_gostr3410_derive;
extern const struct mechanism_shape mechanism_shape_cbc16_data;
extern const struct mechanism_shape mechanism_shape_cbc8_data;
extern const struct mechanism_shape mechanism_shape_string_data;
extern const struct mechanism_shape mechanism_shape_rc5_cbc;
extern const struct mechanism_shape mechanism_shape_chacha20;
extern const struct mechanism_shape mechanism_shape_salsa20;
extern const struct mechanism_shape mechanism_shape_poly1305_aead;
extern const struct mechanism_shape mechanism_shape_tls_kdf;
extern const struct mechanism_shape mechanism_shape_nss_aead;

#endif
