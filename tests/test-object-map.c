/* SPDX-License-Identifier: BSD-3-Clause */
/* Reverse maps: what was put in is found, what was taken out is not. */
#include "router/object-map.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct object_map map;

static void
setup(void)
{
    object_map_init(&map);
}

static void
teardown(void)
{
    object_map_destroy(&map);
}

TestSuite(object_map, .init = setup, .fini = teardown);

/* In these tests an index and its object's handle are the same number. */
static bool
is_its(uint32_t index, const struct object_place *place)
{
    return index == place->handle;
}

static struct object_place
place_of(uint32_t index)
{
    return (struct object_place){ .member = index % 3,
                                  .epoch = index % 5,
                                  .handle = index };
}

static void
add(uint32_t index)
{
    struct object_place place = place_of(index);
    uint64_t hash = object_map_hash(&place);

    cr_assert(object_shard_add(object_map_shard(&map, hash), hash, index));
}

static void
take_out(uint32_t index)
{
    struct object_place place = place_of(index);
    uint64_t hash = object_map_hash(&place);

    object_shard_remove(object_map_shard(&map, hash), hash, index);
}

static uint32_t
find(uint32_t index)
{
    struct object_place place = place_of(index);
    uint64_t hash = object_map_hash(&place);

    return object_shard_find(object_map_shard(&map, hash), hash, &place,
                             is_its);
}

static size_t
count(void)
{
    size_t total = 0;

    for (size_t i = 0; i < OBJECT_MAP_SHARDS; i++)
        total += map.shards[i].count;
    return total;
}

Test(object_map, is_empty_and_holds_no_memory_at_first)
{
    cr_assert_eq(find(1), 0);
    take_out(1);
    cr_assert_eq(object_map_bytes(&map), 0);
}

Test(object_map, loses_nothing_while_it_grows)
{
    enum { N = 100000 };

    for (uint32_t index = 1; index <= N; index++) {
        add(index);
        cr_assert_eq(find(index), index);
    }
    for (uint32_t index = 1; index <= N; index++)
        cr_assert_eq(find(index), index);
    cr_assert_eq(find(N + 1), 0);
    cr_assert_eq(count(), N);
    cr_assert_leq(object_map_bytes(&map), N * 32);
}

Test(object_map, finds_neither_what_was_taken_out_nor_less_than_the_rest)
{
    enum { N = 10000 };

    for (uint32_t index = 1; index <= N; index++)
        add(index);
    for (uint32_t index = 1; index <= N; index += 2)
        take_out(index);
    for (uint32_t index = 1; index <= N; index++)
        cr_assert_eq(find(index), index % 2 == 0 ? index : 0);
    cr_assert_eq(count(), N / 2);
    for (uint32_t index = 1; index <= N; index += 2)
        add(index);
    for (uint32_t index = 1; index <= N; index++)
        cr_assert_eq(find(index), index);
}

Test(object_map, does_not_grow_where_objects_come_and_go)
{
    size_t bytes;

    for (uint32_t index = 1; index <= 100; index++)
        add(index);
    bytes = object_map_bytes(&map);
    for (uint32_t index = 101; index <= 200000; index++) {
        add(index);
        take_out(index);
    }
    cr_assert_leq(object_map_bytes(&map), 2 * bytes);
    for (uint32_t index = 1; index <= 100; index++)
        cr_assert_eq(find(index), index);
    cr_assert_eq(count(), 100);
}

Test(object_map, tells_lives_and_members_apart)
{
    struct object_place place = { .member = 1, .epoch = 2, .handle = 3 };
    struct object_place others[] = {
        { .member = 2, .epoch = 1, .handle = 3 },
        { .member = 1, .epoch = 3, .handle = 3 },
        { .member = 0, .epoch = 2, .handle = 3 },
        { .member = 1, .epoch = 2, .handle = 4 },
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        cr_assert_neq(object_map_hash(&place), object_map_hash(&others[i]));
}

/* Vendors count up, in strides, or use the upper bits (R2.1). */
Test(object_map, spreads_the_handles_that_vendors_give)
{
    static const uint64_t strides[] = { 1, 16, 4096, UINT64_C(1) << 32,
                                        UINT64_C(1) << 56 };

    for (size_t i = 0; i < sizeof(strides) / sizeof(strides[0]); i++) {
        unsigned used[OBJECT_MAP_SHARDS] = { 0 };

        for (uint64_t k = 0; k < 256; k++) {
            struct object_place place = { .handle = k * strides[i] };

            used[object_map_hash(&place) % OBJECT_MAP_SHARDS]++;
        }
        for (size_t shard = 0; shard < OBJECT_MAP_SHARDS; shard++)
            cr_assert_leq(used[shard], 48, "stride %zu", i);
    }
}
