/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON that any parser reads, whatever a token's label holds. */
#include "cli/json.h"

#include "cli/report.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct json json;
static char *text;
static size_t length;

static void
setup(void)
{
    json = (struct json){ .stream = open_memstream(&text, &length) };
    cr_assert_not_null(json.stream);
}

static void
expect(const char *wanted)
{
    cr_assert_eq(fclose(json.stream), 0);
    cr_assert_str_eq(text, wanted);
    free(text);
}

TestSuite(json, .init = setup);

Test(json, writes_an_object_with_each_kind_of_value)
{
    json_begin_object(&json, NULL);
    json_text(&json, "text", "a");
    json_text(&json, "nothing", NULL);
    json_number(&json, "number", 18446744073709551615ull);
    json_truth(&json, "yes", true);
    json_truth(&json, "no", false);
    json_null(&json, "null");
    json_end_object(&json);
    expect("{\n"
           "  \"text\": \"a\",\n"
           "  \"nothing\": null,\n"
           "  \"number\": 18446744073709551615,\n"
           "  \"yes\": true,\n"
           "  \"no\": false,\n"
           "  \"null\": null\n"
           "}\n");
}

Test(json, nests_lists_and_objects)
{
    json_begin_object(&json, NULL);
    json_begin_list(&json, "list");
    json_begin_object(&json, NULL);
    json_text(&json, "a", "b");
    json_end_object(&json);
    json_number(&json, NULL, 1);
    json_begin_list(&json, NULL);
    json_end_list(&json);
    json_end_list(&json);
    json_text(&json, "after", "x");
    json_end_object(&json);
    expect("{\n"
           "  \"list\": [\n"
           "    {\n"
           "      \"a\": \"b\"\n"
           "    },\n"
           "    1,\n"
           "    []\n"
           "  ],\n"
           "  \"after\": \"x\"\n"
           "}\n");
}

Test(json, shows_what_is_empty_on_one_line)
{
    json_begin_object(&json, NULL);
    json_end_object(&json);
    expect("{}\n");
}

Test(json, escapes_quotes_backslashes_and_control_characters)
{
    json_begin_list(&json, NULL);
    json_text(&json, NULL, "\"\\/\n\r\t\b\x01\x1f\x7f");
    json_end_list(&json);
    expect("[\n  \"\\\"\\\\/\\n\\r\\t\\u0008\\u0001\\u001f\\u007f\"\n]\n");
}

Test(json, keeps_utf8_and_escapes_its_control_characters)
{
    json_begin_list(&json, NULL);
    json_text(&json, NULL,
              "Gr\xc3\xb6\xc3\x9f"
              "e \xe6\x97\xa5 \xf0\x9f\x94\x91"
              "\xc2\x9b");
    json_end_list(&json);
    expect("[\n  \"Gr\xc3\xb6\xc3\x9f"
           "e \xe6\x97\xa5 \xf0\x9f\x94\x91"
           "\\u009b\"\n]\n");
}

Test(json, replaces_what_is_no_utf8)
{
    static const char *const wrong[] = {
        "\x80",
        "\xc3",
        "\xc0\xaf",
        "\xed\xa0\x80",
        "\xf8\x88\x80\x80\x80",
        "\xf4\x90\x80\x80",
        "\xe6\x97",
    };

    json_begin_list(&json, NULL);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        json_text(&json, NULL, wrong[i]);
    json_end_list(&json);
    cr_assert_eq(fclose(json.stream), 0);
    for (size_t i = 0; i < length; i++)
        cr_assert_lt((unsigned char)text[i], 0x80);
    cr_assert_not_null(strstr(text, "\\ufffd"));
    free(text);
}

Test(json, of_a_report_has_null_for_what_is_not_known)
{
    static const struct report_column columns[] = {
        { .name = "text", .heading = "TEXT" },
        { .name = "number", .is_number = true },
        { .name = "list", .heading = "LIST", .is_list = true },
        { .heading = "SHOWN" },
    };
    struct report *report = report_new(columns, 4);

    report_add_row(report);
    report_set_text(report, 3, "not for programs");
    report_add_row(report);
    report_set_text(report, 0, "a");
    report_set_number(report, 1, 7);
    report_set_text(report, 2, "b");
    report_set_number(report, 2, 8);
    json_begin_object(&json, NULL);
    report_write_json(report, &json, "rows");
    json_end_object(&json);
    report_free(report);
    expect("{\n"
           "  \"rows\": [\n"
           "    {\n"
           "      \"text\": null,\n"
           "      \"number\": null,\n"
           "      \"list\": []\n"
           "    },\n"
           "    {\n"
           "      \"text\": \"a\",\n"
           "      \"number\": 7,\n"
           "      \"list\": [\n"
           "        \"b\",\n"
           "        8\n"
           "      ]\n"
           "    }\n"
           "  ]\n"
           "}\n");
}
