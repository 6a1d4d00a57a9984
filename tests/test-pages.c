/* SPDX-License-Identifier: BSD-3-Clause */
/* Pages of their own, of any size. */
#include "common/pages.h"

#include "tests/mapping.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* Around a page's end, and some that take many. */
static const size_t lengths[] = { 1, 4095, 4096, 4097, 1 << 20 };

enum { N_LENGTHS = sizeof(lengths) / sizeof(lengths[0]) };

Test(pages, are_neither_dumped_nor_swapped_nor_inherited_as_a_whole)
{
    for (size_t i = 0; i < N_LENGTHS; i++) {
        unsigned char *start = pages_new(lengths[i]);

        cr_assert_not_null(start);
        for (size_t k = 0; k < 2; k++) {
            const unsigned char *at = start + k * (lengths[i] - 1);

            cr_expect_eq(*at, 0);
            cr_expect(mapping_has(at, "dd"), "%zu", lengths[i]);
            cr_expect(mapping_has(at, "wf"), "%zu", lengths[i]);
            if (mapping_can_be_locked())
                cr_expect(mapping_has(at, "lo"), "%zu", lengths[i]);
        }
        pages_free(start, lengths[i]);
    }
}

Test(pages, are_wiped_before_they_go)
{
    for (size_t i = 0; i < N_LENGTHS; i++) {
        void *start = pages_new(lengths[i]);

        cr_assert_not_null(start);
        memset(start, 'x', lengths[i]);
        pages_free(start, lengths[i]);
        cr_expect_eq(mapping_n_unmapped, i + 1);
        cr_expect_eq(mapping_n_left_bytes, 0, "%zu", lengths[i]);
    }
    pages_free(NULL, 1);
}

Test(pages, stand_between_guards)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *start = pages_new(3 * page);

    cr_assert_not_null(start);
    cr_expect_not(mapping_has(start - 1, "rd"));
    cr_expect(mapping_has(start, "rd"));
    cr_expect(mapping_has(start + 3 * page - 1, "rd"));
    cr_expect_not(mapping_has(start + 3 * page, "rd"));
    pages_free(start, 3 * page);
}

Test(pages, are_refused_where_there_is_no_memory)
{
    cr_expect_null(pages_new(0));
    cr_expect_null(pages_new(SIZE_MAX));
    cr_expect_null(pages_new(SIZE_MAX / 2));
}
