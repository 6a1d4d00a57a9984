/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A counters file as it lies in memory: a head, then two pictures of which one
 * is whole while the other one is drawn (doc/formats.md). Whoever reads it
 * copies it first: its owner may cut it off.
 */
#ifndef ROUTER_COUNTERS_LAYOUT_H
#define ROUTER_COUNTERS_LAYOUT_H

#include "router/counted.h"

#include <stdatomic.h>
#include <stdint.h>

/* Goes up with each change of what follows, or of counters.def. */
enum { COUNTERS_VERSION = 8 };

enum {
    COUNTERS_HEAD_SIZE = 4096,
    COUNTERS_LABEL = 40, /* with their NULs */
    COUNTERS_NAME = 72,
    COUNTERS_PROGRAM = 256,
    COUNTERS_USES = 32, /* rows, of which the last one is for all other keys */
    COUNTERS_USES_OTHERS = COUNTERS_USES - 1,
    COUNTERS_FINGERPRINT = 8 /* so much of it */
};

static const char counters_magic[8] = "p11muxct";

struct counters_head {
    char magic[8]; /* written last */
    uint32_t version;
    uint32_t picture_size;
    uint32_t n_tokens; /* that there is room for */
    uint32_t n_members;
    uint64_t pid;
    uint64_t started_us; /* of the real time */
    char program[COUNTERS_PROGRAM];
    _Atomic(uint64_t) sequence; /* its lowest bit says which picture */
};

_Static_assert(sizeof(struct counters_head) <= COUNTERS_HEAD_SIZE,
               "the head has its page");

/* What a picture begins with; tokens and members follow. */
struct counters_picture {
    uint64_t drawn_us; /* of the real time */
    uint32_t n_tokens;
    uint32_t n_members;
    uint64_t process[N_COUNTER_PROCESSES];
};

/* A key that was used on the old member of a token in mode "migrate"; all zero:
 * none. */
struct counters_use {
    uint64_t count;
    uint64_t grown_us; /* when it was last seen to have grown; real time */
    uint64_t object_class;
    unsigned char fingerprint[COUNTERS_FINGERPRINT]; /* zero: it has none */
    char label[COUNTERS_LABEL];
};

struct counters_token {
    char label[COUNTERS_LABEL];
    uint64_t slot;
    uint64_t counts[N_COUNTER_TOKENS];
    struct counters_use uses[COUNTERS_USES];
};

struct counters_member {
    char name[COUNTERS_NAME]; /* of its module */
    uint32_t token;           /* which of the picture's */
    uint32_t state;           /* enum counter_state */
    uint64_t levels[N_COUNTER_LEVELS];
    uint64_t events[N_COUNTER_EVENTS];
    uint64_t closes[N_COUNTER_CLOSES];
    uint64_t calls[N_COUNTED];
    uint64_t errors[N_COUNTER_CLASSES];
    uint64_t latency[N_COUNTED][COUNTER_BUCKETS];
    uint64_t latency_us[N_COUNTED]; /* of the sampled ones together */
};

static inline uint32_t
counters_picture_size(uint32_t n_tokens, uint32_t n_members)
{
    return (uint32_t)(sizeof(struct counters_picture) +
                      n_tokens * sizeof(struct counters_token) +
                      n_members * sizeof(struct counters_member));
}

static inline struct counters_token *
counters_tokens(struct counters_picture *picture)
{
    return (struct counters_token *)(void *)(picture + 1);
}

/* `n_tokens`: that there is room for. */
static inline struct counters_member *
counters_members(struct counters_picture *picture, uint32_t n_tokens)
{
    return (struct counters_member *)(void *)(counters_tokens(picture) +
                                              n_tokens);
}

#endif
