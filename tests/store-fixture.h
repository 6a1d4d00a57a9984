/* SPDX-License-Identifier: BSD-3-Clause */
/* Stores for tests, and certificates that need not be any to be kept. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "store/store-private.h"
#include "tests/fixture.h"

/* Where the store is: tests/store-place-*.c, one for each kind of database. */
const char *store_place_url(void);

/* Another store over the same database: as another process has one. */
struct store *store_open(void);

/* Both are there in every case of a test. */
extern struct store *store;
extern uint64_t life; /* of the token "token" */

void store_setup(void);
void store_finish(void);

/* Made of a number; all attributes that have columns, and some others. */
struct certificate {
    CK_ATTRIBUTE attributes[12]; /* room for two more */
    CK_ULONG count;
    char value[64], ident[32], label[32], subject[32], issuer[32], serial[32];
};

void certificate_make(unsigned number, struct certificate *out);
CK_ATTRIBUTE *certificate_get(struct certificate *certificate,
                              CK_ATTRIBUTE_TYPE type);

/* Makes one in the store. */
uint64_t certificate_add(unsigned number);

/* Whether there is an object with all its attributes. */
bool certificate_is_there(unsigned number);

/* The object is exactly that. */
bool certificate_is(uint64_t number, const CK_ATTRIBUTE *attributes,
                    CK_ULONG count);

/* One attribute of a text without its NUL. */
#define WITH_TEXT(type, text)                                                  \
    {                                                                          \
        (type), (void *)(uintptr_t)(text), sizeof(text) - 1                    \
    }

/* What a search finds, as "1 2 3"; lent. "-": something went wrong. */
const char *store_found(const CK_ATTRIBUTE *template, CK_ULONG count);

/* What the store does where it may fail. */
enum store_result try_create(unsigned number);
enum store_result try_count(void);

/* Whether one line was said of the store, and has that text. */
bool store_said(const char *heard, const char *text);

#endif
