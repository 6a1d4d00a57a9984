/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reverse map of a token: (member, epoch, member's handle) to the index
 * of an object entry. Sharded, open addressing, eight bytes a slot.
 */
#ifndef ROUTER_OBJECT_MAP_H
#define ROUTER_OBJECT_MAP_H

#include "common/lock.h"
#include "router/object.h"

enum { OBJECT_MAP_SHARDS = 16 };

struct object_shard {
    struct mutex lock;
    uint64_t *slots; /* tag of the hash above, index below */
    size_t room;     /* a power of two */
    size_t used;     /* slots that are not empty, removed ones too */
    size_t count;
};

struct object_map {
    struct object_shard shards[OBJECT_MAP_SHARDS];
};

/* Whether the entry at this index is alive and means this object. */
typedef bool object_matcher(uint32_t index, const struct object_place *place);

void object_map_init(struct object_map *map);
void object_map_destroy(struct object_map *map);

uint64_t object_map_hash(const struct object_place *place);

/* Lends the shard for a hash; its lock is the caller's to take. */
struct object_shard *object_map_shard(struct object_map *map, uint64_t hash);

/* With the shard's lock held: the index, or 0. */
uint32_t object_shard_find(const struct object_shard *shard, uint64_t hash,
                           const struct object_place *place,
                           object_matcher *matches);

/* With the shard's lock held: false when memory is out. */
bool object_shard_add(struct object_shard *shard, uint64_t hash,
                      uint32_t index);

/* With the shard's lock held: takes this index away if it is there. */
void object_shard_remove(struct object_shard *shard, uint64_t hash,
                         uint32_t index);

size_t object_map_bytes(struct object_map *map);

#endif
