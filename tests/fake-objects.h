/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects in a table, behind a function list: tokens of every kind that
 * exist only in a test. */
#ifndef TESTS_FAKE_OBJECTS_H
#define TESTS_FAKE_OBJECTS_H

#include "common/cryptoki.h"
#include "common/der.h"

#include <stdbool.h>

enum { FAKE_SESSION = 77, FAKE_ATTRIBUTES = 12, FAKE_OBJECTS = 16 };

struct fake_attribute {
    CK_ATTRIBUTE_TYPE type;
    struct octets value;
};

struct fake_object {
    CK_OBJECT_HANDLE handle;
    struct fake_attribute attributes[FAKE_ATTRIBUTES];
    size_t n_attributes;
};

/* How the token answers when it lacks an attribute that it is asked for. */
enum fake_manner {
    FAKE_PROPER,  /* all others are filled, as the standard says */
    FAKE_STOPS,   /* what follows is left as it was */
    FAKE_REFUSES, /* CKR_FUNCTION_FAILED, nothing is filled */
    FAKE_NEEDS,   /* proper, and a short buffer's ulValueLen is what it takes */
    FAKE_EXACT    /* proper, and numbers need a buffer of their size (NSS) */
};

struct fake {
    struct fake_object objects[FAKE_OBJECTS];
    size_t n_objects;
    enum fake_manner manner;
    CK_RV get_rv;  /* what C_GetAttributeValue always answers, or CKR_OK */
    CK_RV find_rv; /* the same for C_FindObjectsInit */
    size_t n_gets; /* calls */
    size_t n_searches;
    bool has_search; /* active now */
    /* Whether a secret was asked for: a key's CKA_VALUE and the like. */
    bool asked_secret;
};

/* The one fake token of this process; all zeros is empty and proper. */
extern struct fake fake;
extern const CK_FUNCTION_LIST_3_2 fake_functions;

/* Adds an object; the list ends with a NULL value. Its handle. */
struct fake_object *fake_add(CK_OBJECT_CLASS object_class, const char *id,
                             const char *label);
void fake_set(struct fake_object *object, CK_ATTRIBUTE_TYPE type,
              struct octets value);
void fake_set_number(struct fake_object *object, CK_ATTRIBUTE_TYPE type,
                     CK_ULONG number);
void fake_set_flag(struct fake_object *object, CK_ATTRIBUTE_TYPE type,
                   bool flag);
void fake_remove(struct fake_object *object, CK_ATTRIBUTE_TYPE type);

#endif
