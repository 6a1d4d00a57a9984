/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One conversation with a module, and its transcript: a line for each call,
 * in which handles are symbols and nothing differs from one run to the next.
 */
#ifndef TESTS_DIFFERENTIAL_TALK_H
#define TESTS_DIFFERENTIAL_TALK_H

#include "tests/fixture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct symbols;
struct kept;

/* Bytes that are lent; NULL with a length is what a bad caller passes. */
struct bytes {
    CK_BYTE *at;
    CK_ULONG length;
};

/* How much room an output is given, besides a number of bytes. */
enum {
    ROOM_QUERY = -1,     /* no buffer: how long would it be? */
    ROOM_NO_LENGTH = -2, /* a buffer, but no length */
};

enum { OUTPUT_ROOM = 16384, OUTPUT_GUARD = 64 };

struct talk {
    const char *conversation;
    const char *vendor;   /* of the module at the end: "softhsm", "nss" */
    const char *reserved; /* for C_Initialize */
    const struct module *module;
    const CK_FUNCTION_LIST *list;
    const CK_FUNCTION_LIST_3_0 *list_3_0; /* NULL: it has none */
    CK_SLOT_ID slot;                      /* of the token TALK_TOKEN */

    FILE *out;
    char step[128];
    unsigned nth; /* call of this step */
    unsigned n_starts;
    unsigned n_opens;  /* calls of C_OpenSession: sessions are numbered so */
    bool hides_output; /* it is random: only its length is told */
    struct symbols *symbols;
    struct kept *kept;

    /* The output of the last call. */
    CK_BYTE output[OUTPUT_ROOM + OUTPUT_GUARD];
    CK_BYTE *to;
    CK_ULONG length;
    long room;
    bool gave; /* CKR_OK, and bytes in `output` */
};

/* Which modules can do something. */
enum works {
    WORKS_NOWHERE = 0,
    WORKS_SOFTHSM = 1,
    WORKS_NSS = 2,
    WORKS_BOTH = 3,
};

/* The labels of the prepared tokens. */
#define TALK_TOKEN "alpha"
#define TALK_OTHER "beta"

bool talk_is_nss(const struct talk *talk);
bool talk_works(const struct talk *talk, enum works works);

/*
 * Ends the process when it is not so: two runs that fail alike are equal, and
 * a conversation in which nothing succeeds any more compares nothing.
 */
void talk_expect(const struct talk *talk, bool is_so, const char *what);

/* Names the calls that follow; no two steps of a conversation have the same
 * name. */
void talk_step(struct talk *talk, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line: the call with its result, then whatever it gave, then its end. */
void talk_begin(struct talk *talk, const char *function, CK_RV rv);
void talk_add(struct talk *talk, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void talk_add_bytes(struct talk *talk, const void *bytes, size_t length);
void talk_add_text(struct talk *talk, const void *text, size_t length);
void talk_end(struct talk *talk);

/* A line without anything else; returns the result. */
CK_RV talk_result(struct talk *talk, const char *function, CK_RV rv);

/* A line with bytes that a call wrote somewhere else. */
void talk_note(struct talk *talk, const char *name, const void *bytes,
               size_t length);

/* The line of a function that the module does not have. */
CK_RV talk_absent(struct talk *talk, const char *function);

/*
 * An output by the two-call convention: `talk_room` gives the length's
 * address for the call and sets talk->to; `talk_output` writes the line.
 */
CK_ULONG *talk_room(struct talk *talk, long room);
CK_RV talk_output(struct talk *talk, const char *function, CK_RV rv);
void talk_add_output(struct talk *talk, CK_RV rv);

/* Keeps bytes until the conversation ends; talk_keep_output those that the
 * last call gave, none if it gave none. */
void *talk_keep(struct talk *talk, const void *bytes, size_t length);
struct bytes talk_keep_output(struct talk *talk);

struct talk *talk_new(const char *conversation, const char *vendor,
                      const struct module *module, const char *reserved,
                      FILE *out);
void talk_free(struct talk *talk);

/* Bytes to work on: always the same ones. */
struct bytes bytes_pattern(size_t length);
struct bytes bytes_text(const char *text);
struct bytes bytes_null(size_t length);
bool bytes_equal(struct bytes one, struct bytes other);

#endif
