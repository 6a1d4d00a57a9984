/* SPDX-License-Identifier: BSD-3-Clause */
/* Reverse maps: the same object gets the same handle each time. */
#include "router/object-map.h"

#include <stdlib.h>

/* A slot: tag, this bit, index. 0 is empty; no entry has index 0. */
static const uint64_t removed = UINT64_C(1) << 32;

enum { FIRST_ROOM = 32 };

void
object_map_init(struct object_map *map)
{
    for (size_t i = 0; i < OBJECT_MAP_SHARDS; i++) {
        struct object_shard *shard = &map->shards[i];

        *shard = (struct object_shard){ .slots = NULL };
        mutex_init(&shard->lock, LOCK_MAP);
    }
}

void
object_map_destroy(struct object_map *map)
{
    for (size_t i = 0; i < OBJECT_MAP_SHARDS; i++) {
        free(map->shards[i].slots);
        mutex_destroy(&map->shards[i].lock);
    }
}

/* The finisher of MurmurHash3 as a mixer: every bit reaches every other. */
static uint64_t
mix(uint64_t value)
{
    value ^= value >> 33;
    value *= UINT64_C(0xff51afd7ed558ccd);
    value ^= value >> 33;
    value *= UINT64_C(0xc4ceb9fe1a85ec53);
    value ^= value >> 33;
    return value;
}

uint64_t
object_map_hash(const struct object_place *place)
{
    uint64_t life = (uint64_t)place->epoch << 32 | place->member;

    return mix(place->handle ^ mix(life + 1));
}

struct object_shard *
object_map_shard(struct object_map *map, uint64_t hash)
{
    return &map->shards[hash % OBJECT_MAP_SHARDS];
}

/* The bits of a hash that a slot keeps: enough to find its place again when
 * the table grows. */
static size_t
tag_of(uint64_t hash)
{
    return (size_t)(hash >> 33);
}

static uint64_t
slot_of(uint64_t hash, uint32_t index)
{
    return (uint64_t)tag_of(hash) << 33 | removed | index;
}

uint32_t
object_shard_find(const struct object_shard *shard, uint64_t hash,
                  const struct object_place *place, object_matcher *matches)
{
    if (shard->room == 0)
        return 0;
    for (size_t i = tag_of(hash) & (shard->room - 1); shard->slots[i] != 0;
         i = (i + 1) & (shard->room - 1)) {
        uint32_t index = (uint32_t)shard->slots[i];

        if (shard->slots[i] == slot_of(hash, index) && index != 0 &&
            matches(index, place))
            return index;
    }
    return 0;
}

static void
put(uint64_t *slots, size_t room, size_t start, uint64_t slot)
{
    size_t i = start & (room - 1);

    while (slots[i] != 0)
        i = (i + 1) & (room - 1);
    slots[i] = slot;
}

static bool
grow(struct object_shard *shard)
{
    size_t room = shard->room;
    uint64_t *slots;

    if ((shard->count + 1) * 4 > room * 2)
        room = room == 0 ? FIRST_ROOM : room * 2;
    slots = calloc(room, sizeof(*slots));
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < shard->room; i++) {
        uint64_t slot = shard->slots[i];

        if (slot != 0 && slot != removed)
            put(slots, room, tag_of(slot), slot);
    }
    free(shard->slots);
    shard->slots = slots;
    shard->room = room;
    shard->used = shard->count;
    return true;
}

bool
object_shard_add(struct object_shard *shard, uint64_t hash, uint32_t index)
{
    if ((shard->used + 1) * 4 > shard->room * 3 && !grow(shard))
        return false;
    put(shard->slots, shard->room, tag_of(hash), slot_of(hash, index));
    shard->used++;
    shard->count++;
    return true;
}

void
object_shard_remove(struct object_shard *shard, uint64_t hash, uint32_t index)
{
    size_t mask = shard->room - 1;

    if (shard->room == 0)
        return;
    for (size_t i = tag_of(hash) & mask; shard->slots[i] != 0;
         i = (i + 1) & mask)
        if (shard->slots[i] == slot_of(hash, index)) {
            shard->slots[i] = removed;
            shard->count--;
            return;
        }
}

size_t
object_map_bytes(struct object_map *map)
{
    size_t bytes = 0;

    for (size_t i = 0; i < OBJECT_MAP_SHARDS; i++) {
        struct object_shard *shard = &map->shards[i];

        mutex_lock(&shard->lock);
        bytes += shard->room * sizeof(*shard->slots);
        mutex_unlock(&shard->lock);
    }
    return bytes;
}
