/* SPDX-License-Identifier: BSD-3-Clause */
/* The attributes that an object's copy is given: read from one member, and
 * given to another one as far as it takes them. */
#ifndef ROUTER_TRANSFER_TRAITS_H
#define ROUTER_TRANSFER_TRAITS_H

#include "router/identity-read.h"

enum { TRAITS_MOST = 48 };

/* Whether a copy must be given it. */
enum trait_need {
    TRAIT_NEEDED,
    TRAIT_DENIED, /* a permission that is false: one that a copy may not have */
    TRAIT_WISHED, /* a copy without it is a copy too */
    TRAIT_TOLD    /* by the member itself, or to it when the copy is there */
};

/* Zero-initialised is empty; the values are its own. */
struct traits {
    CK_ATTRIBUTE items[TRAITS_MOST];
    enum trait_need needs[TRAITS_MOST];
    CK_ULONG count;
};

/* How much of it a template has. */
enum traits_level {
    TRAITS_ALL,
    TRAITS_LIMITED, /* without wishes */
    TRAITS_NEEDED,
    TRAITS_LEVELS
};

/* A template, which lends from traits. */
struct traits_template {
    CK_ATTRIBUTE items[TRAITS_MOST + 1];
    CK_ULONG count;
};

/* One more, copied; false: no memory, or no room. */
bool traits_add(struct traits *traits, CK_ATTRIBUTE_TYPE type,
                const void *value, size_t length);

/* Adds those of these values that an object has: CKR_OK, CKR_HOST_MEMORY, or
 * the member's code, since what cannot be read now may be a protection. */
CK_RV traits_read_values(struct identity_place place, CK_OBJECT_HANDLE object,
                         const CK_ATTRIBUTE_TYPE *types, size_t n_types,
                         struct traits *out);

/* Whether an object has a value of one of these, which is not read. */
bool traits_are_there(struct identity_place place, CK_OBJECT_HANDLE object,
                      const CK_ATTRIBUTE_TYPE *types, size_t n_types);

/*
 * Reads what a copy of an object of a class is to have, but for CKA_TOKEN; no
 * value of a private or secret key is asked for. What is of another class has
 * that among it; what shows no class has nothing. CKR_OK, CKR_HOST_MEMORY, or
 * the member's code. To be cleared in any case.
 */
CK_RV traits_read(struct identity_place place, CK_OBJECT_HANDLE object,
                  CK_OBJECT_CLASS object_class, struct traits *out);

/* What makes the public key that an object of a class has in it: class, type
 * and numbers. */
CK_RV traits_read_public(struct identity_place place, CK_OBJECT_HANDLE object,
                         CK_OBJECT_CLASS object_class, struct traits *out);

/* Wipes and frees; it is empty then. */
void traits_clear(struct traits *traits);

/* Lends a value; empty ones are found too. */
bool traits_find(const struct traits *traits, CK_ATTRIBUTE_TYPE type,
                 struct octets *out);

/* A truth value or a number, or what to take where it has none. */
bool traits_is_true(const struct traits *traits, CK_ATTRIBUTE_TYPE type,
                    bool missing);
CK_ULONG traits_number(const struct traits *traits, CK_ATTRIBUTE_TYPE type);

/* Begins with CKA_TOKEN, of which `is_token` is lent too. */
void traits_choose(const struct traits *traits, enum traits_level level,
                   CK_BBOOL *is_token, struct traits_template *out);

/* Whether an object that does not show the attribute may permit it all the
 * same: the standard's default is true, or each token's own. */
bool traits_is_false_only_if_said(CK_ATTRIBUTE_TYPE type);

/* Writes values that have two forms in the other one, and back: a point of a
 * curve bare or in an OCTET STRING. False: there are none. */
bool traits_reform(struct traits *traits);

/* What a copy does not keep. */
struct trait_losses {
    CK_ATTRIBUTE_TYPE first;               /* that it must, and has otherwise */
    CK_ATTRIBUTE_TYPE silent[TRAITS_MOST]; /* denied to the original, and the
                                              copy does not show them */
    unsigned n_silent;
};

/*
 * Whether a copy has what it must: the same label and CKA_ID, no protection
 * less, and no permission more. Reads it on its member, and gives it first what
 * that does not take in a template, but afterwards: openCryptoki's unwrapped
 * keys are sensitive only then, and NSS's softoken lets RSA keys that it
 * unwraps do everything until then. `first` is CK_UNAVAILABLE_INFORMATION where
 * it cannot be read. A member whose objects do not have an attribute says
 * nothing of it, and its copies are no worse than its own keys.
 */
bool traits_are_kept(const struct traits *traits, struct identity_place place,
                     CK_OBJECT_HANDLE copy, struct trait_losses *out);

/* An attribute that a copy has otherwise. */
struct trait_difference {
    CK_ATTRIBUTE_TYPE type;
    bool is_expected; /* members may differ in it, and neither the key nor its
                         protection is another one */
};

struct trait_differences {
    struct trait_difference items[2 * TRAITS_MOST];
    size_t count;
    size_t n_unexpected;
};

/* In which attributes a copy differs, one by one: CKR_OK, or its member's
 * code. */
CK_RV traits_differ(const struct traits *traits, struct identity_place place,
                    CK_OBJECT_HANDLE copy, struct trait_differences *out);

/* Whether an object still is as it was read: CKR_OK, or the member's code. */
CK_RV traits_compare(const struct traits *traits, struct identity_place place,
                     CK_OBJECT_HANDLE object, bool *are_equal);

#endif
