/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables whose columns stand under each other, whatever is in them. */
#include "cli/table.h"

#include "cli/report.h"
#include "cli/utf8.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const struct table_column columns[] = {
    { .heading = "NAME" },
    { .heading = "COUNT", .is_number = true },
    { .heading = "WHAT", .least_width = 6 },
};

enum { N_COLUMNS = 3 };

static struct table *table;

static void
setup(void)
{
    table = table_new(columns, N_COLUMNS);
}

static void
teardown(void)
{
    table_free(table);
}

TestSuite(table, .init = setup, .fini = teardown);

static void
add(const char *name, const char *count, const char *what)
{
    const char *cells[N_COLUMNS] = { name, count, what };

    table_add(table, cells);
}

static void
expect(const char *wanted)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    table_print(table, stream);
    cr_assert_eq(fclose(stream), 0);
    cr_assert_str_eq(text, wanted);
    free(text);
}

Test(table, has_columns_as_wide_as_what_is_in_them)
{
    add("a longer name", "7", "x");
    add("b", "123456789", "y");
    expect("NAME               COUNT  WHAT\n"
           "a longer name          7  x\n"
           "b              123456789  y\n");
}

Test(table, shows_a_dash_for_nothing)
{
    add(NULL, "", "x");
    expect("NAME  COUNT  WHAT\n"
           "-         -  x\n");
}

Test(table, has_no_blanks_at_the_end_of_a_line)
{
    add("a", "1", "");
    add("b", "2", "long");
    expect("NAME  COUNT  WHAT\n"
           "a         1  -\n"
           "b         2  long\n");
}

Test(table, counts_columns_of_the_terminal_and_not_bytes)
{
    add("Gr\xc3\xb6\xc3\x9f"
        "e",
        "1", "x");                             /* 5 columns */
    add("\xe6\x97\xa5\xe6\x9c\xac", "2", "y"); /* 4: two wide ones */
    add("e\xcc\x81"
        "t\xc3\xa9s",
        "3", "z"); /* 4: one combines */
    expect("NAME   COUNT  WHAT\n"
           "Gr\xc3\xb6\xc3\x9f"
           "e      1  x\n"
           "\xe6\x97\xa5\xe6\x9c\xac       2  y\n"
           "e\xcc\x81"
           "t\xc3\xa9s       3  z\n");
}

Test(table, does_not_let_a_label_command_the_terminal)
{
    add("a\x1b[2J\nb", "1", "\xff");
    expect("NAME     COUNT  WHAT\n"
           "a?[2J?b      1  ?\n");
}

Test(table, is_no_wider_than_its_limit_where_columns_may_shrink)
{
    table_limit(table, 24);
    add("a longer name", "7", "something long");
    expect("NAME           COUNT  WHAT\n"
           "a longer name      7  somet\xe2\x80\xa6\n");
    add("x", "8", "\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac");
    expect("x                  8  \xe6\x97\xa5\xe6\x9c\xac\xe2\x80\xa6\n");
}

Test(table, may_be_printed_in_parts_under_one_heading)
{
    add("a", "1", "x");
    expect("NAME  COUNT  WHAT\n"
           "a         1  x\n");
    expect("");
    add("longer", "2", "y");
    expect("longer      2  y\n");
    add("b", "3", "z");
    expect("b           3  z\n");
}

Test(table, without_rows_is_nothing)
{
    expect("");
}

Test(table, of_a_report_joins_lists_and_leaves_out_what_is_for_programs)
{
    static const struct report_column of_report[] = {
        { .name = "a", .heading = "A" },
        { .name = "b" },
        { .name = "c", .heading = "C", .is_list = true },
        { .name = "d", .heading = "D" },
    };
    struct report *report = report_new(of_report, 4);
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    report_add_row(report);
    report_set_text(report, 0, "x");
    report_set_text(report, 1, "for programs");
    report_set_text(report, 2, "one");
    report_set_number(report, 2, 2);
    report_set_truth(report, 3, true);
    report_add_row(report);
    cr_assert_eq(report_count(report), 2);
    report_print_table(report, stream);
    cr_assert_eq(fclose(stream), 0);
    cr_assert_str_eq(text, "A  C       D\n"
                           "x  one, 2  yes\n"
                           "-  -       -\n");
    free(text);
    report_free(report);
}

Test(utf8, knows_characters_of_each_length)
{
    static const struct {
        const char *text;
        size_t length;
        uint32_t character;
    } rows[] = {
        { "A", 1, 'A' },
        { "\xc3\xb6", 2, 0xf6 },
        { "\xe6\x97\xa5", 3, 0x65e5 },
        { "\xf0\x9f\x94\x91", 4, 0x1f511 },
        { "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
        { "\xc3", 1, UTF8_INVALID },
        { "\xc0\x80", 1, UTF8_INVALID },
        { "\xed\xa0\x80", 1, UTF8_INVALID },
        { "\xf4\x90\x80\x80", 1, UTF8_INVALID },
        { "\xff", 1, UTF8_INVALID },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t character;

        cr_assert_eq(utf8_next(rows[i].text, &character), rows[i].length,
                     "row %zu", i);
        cr_assert_eq(character, rows[i].character, "row %zu", i);
    }
}
