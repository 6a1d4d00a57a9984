/* SPDX-License-Identifier: BSD-3-Clause */
/* What stands in a page, and how texts of anybody's get into it. */
#include "cli/chart.h"
#include "cli/page.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *bytes;
static size_t length;
static FILE *stream;

static void
setup(void)
{
    stream = open_memstream(&bytes, &length);
    cr_assert_not_null(stream);
}

static void
teardown(void)
{
    (void)fclose(stream);
    free(bytes);
}

TestSuite(page, .init = setup, .fini = teardown);

/* What was written since the last time. */
static const char *
written(void)
{
    static char text[4096];

    (void)fflush(stream);
    (void)snprintf(text, sizeof(text), "%s", bytes);
    rewind(stream);
    return text;
}

#define SHOWS(call, text)                                                      \
    do {                                                                       \
        call;                                                                  \
        (void)fputc('\0', stream);                                             \
        cr_expect_str_eq(written(), text);                                     \
    } while (false)

Test(page, escapes_what_has_a_meaning)
{
    SHOWS(page_text(stream, "<script>alert(\"a\")</script>&'"),
          "&lt;script&gt;alert(&quot;a&quot;)&lt;/script&gt;&amp;&#39;");
    SHOWS(page_text(stream, "]]>&amp;"), "]]&gt;&amp;amp;");
}

Test(page, replaces_what_is_no_character_to_be_shown)
{
    SHOWS(page_text(stream, "a\x1b[1m\x7f\r\n"),
          "a\xef\xbf\xbd[1m\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    /* No UTF-8, half of a character, a surrogate, U+FFFF. */
    SHOWS(page_text(stream, "\xff\xc3"), "\xef\xbf\xbd\xef\xbf\xbd");
    SHOWS(page_text(stream, "\xed\xa0\x80"),
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    SHOWS(page_text(stream, "\xef\xbf\xbf"), "\xef\xbf\xbd");
    /* U+202E turns the direction of writing, U+200B has no width. */
    SHOWS(page_text(stream, "\xe2\x80\xae\xe2\x80\x8b"),
          "\xef\xbf\xbd\xef\xbf\xbd");
    SHOWS(page_text(stream, "Schl\xc3\xbcssel \xf0\x9f\x94\x91"),
          "Schl\xc3\xbcssel \xf0\x9f\x94\x91");
}

Test(page, has_a_dash_for_nothing_and_an_ellipsis_for_more)
{
    SHOWS(page_text(stream, NULL), "\xe2\x80\x93");
    SHOWS(page_text(stream, ""), "\xe2\x80\x93");
    SHOWS(page_text_cut(stream, "abc", 3), "abc");
    SHOWS(page_text_cut(stream, "abcd", 3), "abc\xe2\x80\xa6");
    SHOWS(page_text_cut(stream, "ab\xc3\xbc", 3), "ab\xe2\x80\xa6");
}

Test(page, has_numbers_that_people_read)
{
    SHOWS(page_number(stream, 0), "0");
    SHOWS(page_number(stream, 999), "999");
    SHOWS(page_number(stream, 1000), "1,000");
    SHOWS(page_number(stream, UINT64_MAX), "18,446,744,073,709,551,615");
    SHOWS(page_count(stream, 1, "key"), "1 key");
    SHOWS(page_count(stream, 2000, "key"), "2,000 keys");
    SHOWS(page_duration(stream, 999), "999 \xc2\xb5s");
    SHOWS(page_duration(stream, 1250), "1.2 ms");
    SHOWS(page_duration(stream, 345678), "346 ms");
    SHOWS(page_duration(stream, 1500000), "1.5 s");
    SHOWS(page_duration(stream, UINT64_C(3600000000)), "3,600 s");
}

Test(page, has_times_to_the_second)
{
    SHOWS(page_time(stream, "2026-11-25T12:34:56.789012Z"),
          "<time datetime=\"2026-11-25T12:34:56.789012Z\">"
          "2026-11-25 12:34:56</time>");
    SHOWS(page_time(stream, "<b>"), "&lt;b&gt;");
    SHOWS(page_time(stream, "2026-11-25T12:34:56.<b></b>"),
          "2026-11-25T12:34:56.&lt;b&gt;&lt;/b&gt;");
    SHOWS(page_time(stream, NULL), "\xe2\x80\x93");
    SHOWS(page_step(stream, 1795565289, 1), "2026-11-25 00:08:09");
    SHOWS(page_step(stream, 1795564800, 3600), "2026-11-25 00:00");
    SHOWS(page_step(stream, 1795564800, 86400), "2026-11-25");
    SHOWS(page_step_length(stream, 1), "1 second");
    SHOWS(page_step_length(stream, 900), "15 minutes");
    SHOWS(page_step_length(stream, 10800), "3 hours");
    SHOWS(page_step_length(stream, 604800), "7 days");
}

Test(page, names_programs_and_keys)
{
    struct entry_key key = { .object_class = "CKO_PRIVATE_KEY",
                             .type = "CKK_EC",
                             .label = "<ca>",
                             .id = "01",
                             .fingerprint = "0123456789abcdef0123" };
    struct entry_key bare = { .id = "02" };

    SHOWS(page_program(stream, "/usr/bin/a&b"),
          "<span title=\"/usr/bin/a&amp;b\">a&amp;b</span>");
    SHOWS(page_program(stream, NULL), "\xe2\x80\x93");
    SHOWS(page_key(stream, &key),
          "<bdi class=\"name\">&lt;ca&gt;</bdi><small>PRIVATE_KEY EC"
          " \xc2\xb7 id 01 \xc2\xb7 <span title=\"0123456789abcdef0123\">"
          "0123456789abcdef\xe2\x80\xa6</span></small>");
    SHOWS(page_key(stream, &bare),
          "<bdi class=\"name\">no label</bdi><small> \xc2\xb7 id 02</small>");
}

Test(page, says_what_a_table_leaves_out)
{
    SHOWS(page_left_out(stream, 10, 1234, "keys"),
          "<p class=\"cut\">1,224 more of 1,234 keys are not listed.</p>\n");
    SHOWS(page_left_out(stream, 10, 10, "keys"), "");
}

Test(page, says_what_no_table_has)
{
    SHOWS(page_not_counted(stream, 1, "program"),
          "<p class=\"cut\">1 further record was not counted by "
          "program.</p>\n");
    SHOWS(page_not_counted(stream, 0, "program"), "");
}

/* -- Charts ---------------------------------------------------------------- */

Test(page, draws_a_bar_for_each_step_to_scale)
{
    struct timeline *timeline = timeline_new(2);
    struct chart_strip strip = { .timeline = timeline,
                                 .up = 0,
                                 .down = 1,
                                 .title = "<nss>",
                                 .up_name = "calls",
                                 .down_name = "failed" };

    for (unsigned i = 0; i < 4; i++)
        (void)timeline_add(timeline, 1000, 0);
    for (unsigned i = 0; i < 2; i++)
        (void)timeline_add(timeline, 1002, 0);
    (void)timeline_add(timeline, 1002, 1);
    cr_expect_eq(chart_peak(timeline, 0), 4);
    chart_strip(stream, &strip);
    (void)fputc('\0', stream);
    cr_expect_not_null(strstr(written(), "<title>&lt;nss&gt;</title>"));
    cr_expect_not_null(strstr(bytes,
                              "<title>1970-01-01 00:16:40: 4 calls</title>"
                              "<rect class=\"up\" x=\"1\" y=\"0\" width=\"8\" "
                              "height=\"76\"/>"));
    cr_expect_not_null(
        strstr(bytes, "<title>1970-01-01 00:16:42: 2 calls, 1 failed</title>"
                      "<rect class=\"up\" x=\"21\" y=\"38\" width=\"8\" "
                      "height=\"38\"/>"
                      "<rect class=\"down\" x=\"21\" y=\"77\" width=\"8\" "
                      "height=\"23\"/>"));
    cr_expect_null(strstr(bytes, "00:16:41"));
    timeline_free(timeline);
}

Test(page, draws_shares_and_what_is_little_too)
{
    SHOWS(chart_bar(stream, 50, 200),
          "<svg class=\"bar\" viewBox=\"0 0 100 10\" "
          "preserveAspectRatio=\"none\" aria-hidden=\"true\">"
          "<rect class=\"up\" x=\"0\" y=\"0\" width=\"25\" height=\"10\"/>"
          "</svg>");
    chart_bar(stream, 1, 1000000);
    (void)fputc('\0', stream);
    cr_expect_not_null(strstr(written(), "width=\"2\""));
    chart_bar(stream, 0, 0);
    (void)fputc('\0', stream);
    cr_expect_null(strstr(written(), "rect"));
}

Test(page, draws_latencies_on_a_logarithmic_scale)
{
    struct latency latency = { .count = 0 };
    struct chart_scale scale = { .from = 1, .to = 256 };

    for (unsigned i = 0; i < 50; i++)
        latency_add(&latency, 4);
    for (unsigned i = 0; i < 45; i++)
        latency_add(&latency, 16);
    for (unsigned i = 0; i < 5; i++)
        latency_add(&latency, 256);
    chart_range(stream, &latency, scale);
    (void)fputc('\0', stream);
    /* 4 is a quarter of the way to 256, 16 the half. */
    cr_expect_not_null(strstr(written(), "x=\"25\" y=\"0\" width=\"26\""));
    cr_expect_not_null(strstr(bytes, "x=\"25\" y=\"5\" width=\"76\""));
    latency_clear(&latency);
}
