/* SPDX-License-Identifier: BSD-3-Clause */
/* Transcripts compared: what is the same, what is wanted, what is neither. */
#include "tests/differential/transcript.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>

static const struct difference none[] = { { .step = NULL } };

static const struct difference wanted[] = {
    { NULL, "talk/end/*", "C_Close CKR_OK", "C_Close CKR_CANCEL *", "R0.0", 1 },
    { "other", "talk/begin/1", "C_Open *", "C_Open *", "R0.1", 1 },
    { NULL, "another/end/1", "C_Close CKR_OK", "C_Close *", "R0.2", 1 },
    { .step = NULL },
};

static const char first[] = "talk/begin/1\tC_Open CKR_OK session#1\n";
static const char last[] = "talk/end/1\tC_Close CKR_OK\n";

static bool
compare_by(const struct difference *const *differences, const char *direct,
           const char *through)
{
    return transcript_compare(&(struct comparison){
        .vendor = "vendor",
        .conversation = "talk",
        .way = "way",
        .direct = fixture_write("direct", 0600, "%s%s", first, direct),
        .through = fixture_write("through", 0600, "%s%s", first, through),
        .differences = differences,
        .shown = 1 });
}

static bool
compare(const struct difference *differences, const char *direct,
        const char *through)
{
    const struct difference *const tables[] = { differences, NULL };

    return compare_by(tables, direct, through);
}

Test(transcript, is_the_same_as_itself)
{
    cr_assert(compare(none, last, last));
}

Test(transcript, differs_in_a_result)
{
    cr_assert_not(compare(none, last, "talk/end/1\tC_Close CKR_CANCEL\n"));
}

Test(transcript, may_differ_where_it_is_wanted)
{
    cr_assert(compare(wanted, last, "talk/end/1\tC_Close CKR_CANCEL now\n"));
}

Test(transcript, may_not_differ_otherwise_where_it_is_wanted)
{
    cr_assert_not(
        compare(wanted, last, "talk/end/1\tC_Close CKR_HOST_MEMORY\n"));
}

Test(transcript, must_differ_where_it_is_wanted)
{
    cr_assert_not(compare(wanted, last, last));
}

Test(transcript, may_not_differ_where_another_vendor_may)
{
    static const struct difference others[] = {
        { "other", "talk/end/1", "C_Close *", "C_Close *", "R0.3", 1 },
        { .step = NULL },
    };

    cr_assert(compare(others, last, last));
    cr_assert_not(compare(others, last, "talk/end/1\tC_Close CKR_CANCEL\n"));
}

Test(transcript, differs_when_it_is_shorter)
{
    cr_assert_not(compare(none, last, ""));
    cr_assert_not(compare(none, "", last));
}

Test(transcript, differs_when_it_takes_another_way)
{
    cr_assert_not(compare(none, last, "talk/end/2\tC_Close CKR_OK\n"));
}

Test(transcript, has_one_name_for_each_step)
{
    cr_assert_not(compare(none, first, first));
}

Test(transcript, must_differ_as_often_as_it_is_wanted)
{
    static const struct difference twice[] = {
        { NULL, "talk/end/*", "C_Close CKR_OK", "C_Close CKR_CANCEL", "R0.4",
          2 },
        { .step = NULL },
    };
    static const char direct[] = "talk/end/1\tC_Close CKR_OK\n"
                                 "talk/end/2\tC_Close CKR_OK\n";

    cr_assert(compare(twice, direct,
                      "talk/end/1\tC_Close CKR_CANCEL\n"
                      "talk/end/2\tC_Close CKR_CANCEL\n"));
    cr_assert_not(compare(twice, direct,
                          "talk/end/1\tC_Close CKR_CANCEL\n"
                          "talk/end/2\tC_Close CKR_OK\n"));
}

Test(transcript, takes_the_first_table_that_fits)
{
    static const struct difference ours[] = {
        { NULL, "talk/end/1", "C_Close *", "C_Close CKR_CANCEL", "R0.5", 1 },
        { .step = NULL },
    };
    static const struct difference theirs[] = {
        { NULL, "talk/end/*", "C_Close *", "C_Close *", "R0.6", 1 },
        { .step = NULL },
    };
    const struct difference *const tables[] = { ours, none, theirs, NULL };
    static const char direct[] = "talk/end/1\tC_Close CKR_OK\n"
                                 "talk/end/2\tC_Close CKR_OK\n";

    cr_assert(compare_by(tables, direct,
                         "talk/end/1\tC_Close CKR_CANCEL\n"
                         "talk/end/2\tC_Close CKR_CANCEL\n"));
    cr_assert_not(compare_by(tables + 1, direct,
                             "talk/end/1\tC_Close CKR_CANCEL\n"
                             "talk/end/2\tC_Close CKR_CANCEL\n"));
    cr_assert_not(compare_by(tables, direct,
                             "talk/end/1\tC_Close CKR_OK\n"
                             "talk/end/2\tC_Close CKR_CANCEL\n"));
}
