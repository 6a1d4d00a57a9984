/* SPDX-License-Identifier: BSD-3-Clause */
/* A row of numbers as bars. */
#include "cli/sparkline.h"

#include <criterion/criterion.h>
#include <string.h>

Test(sparkline, of_nothing_is_empty)
{
    char out[SPARKLINE_TEXT];

    sparkline_draw(NULL, 0, true, out);
    cr_expect_str_empty(out);
}

Test(sparkline, has_a_bar_for_each_number_and_none_for_0)
{
    static const double numbers[] = { 0, 1, 2, 4, 8 };
    char out[SPARKLINE_TEXT];

    sparkline_draw(numbers, 5, true, out);
    cr_expect_str_eq(out, " \u2581\u2582\u2584\u2588");
    sparkline_draw(numbers, 5, false, out);
    cr_expect_str_eq(out, " .:=@");
}

Test(sparkline, shows_what_is_little_beside_much)
{
    static const double numbers[] = { 0.001, 1e9 };
    char out[SPARKLINE_TEXT];

    sparkline_draw(numbers, 2, false, out);
    cr_expect_str_eq(out, ".@");
}

Test(sparkline, of_zeros_is_blank)
{
    static const double numbers[SPARKLINE_MOST];
    char out[SPARKLINE_TEXT];

    sparkline_draw(numbers, SPARKLINE_MOST, true, out);
    cr_expect_eq(strlen(out), SPARKLINE_MOST);
    cr_expect_eq(strspn(out, " "), SPARKLINE_MOST);
}

Test(sparkline, has_room_for_its_highest)
{
    double numbers[SPARKLINE_MOST];
    char out[SPARKLINE_TEXT];

    for (size_t i = 0; i < SPARKLINE_MOST; i++)
        numbers[i] = 5;
    sparkline_draw(numbers, SPARKLINE_MOST, true, out);
    cr_expect_eq(strlen(out), SPARKLINE_TEXT - 1);
}
