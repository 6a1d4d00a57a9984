/* SPDX-License-Identifier: BSD-3-Clause */
/* Blank-padded fields (R6.7), UTF-8, and words that are nearly right. */
#include "common/text.h"

#include <criterion/criterion.h>

#include <string.h>

static const unsigned char *
bytes(const char *string)
{
    return (const unsigned char *)string;
}

Test(text, pads_with_blanks_and_no_nul)
{
    unsigned char field[6];

    text_pad(field, sizeof(field), "ab");
    cr_expect_arr_eq(field, "ab    ", sizeof(field));
    text_pad(field, sizeof(field), "");
    cr_expect_arr_eq(field, "      ", sizeof(field));
    text_pad(field, sizeof(field), "abcdef");
    cr_expect_arr_eq(field, "abcdef", sizeof(field));
}

Test(text, cuts_between_characters)
{
    unsigned char field[4];

    text_pad(field, sizeof(field), "abcde");
    cr_expect_arr_eq(field, "abcd", 4);
    text_pad(field, sizeof(field), "abc\xc3\xa4"); /* two bytes */
    cr_expect_arr_eq(field, "abc ", 4);
    text_pad(field, sizeof(field), "ab\xe2\x82\xac"); /* three */
    cr_expect_arr_eq(field, "ab  ", 4);
    text_pad(field, sizeof(field), "a\xf0\x9f\x94\x91"); /* four */
    cr_expect_arr_eq(field, "a   ", 4);
    text_pad(field, sizeof(field), "a\xe2\x82\xac!");
    cr_expect_arr_eq(field, "a\xe2\x82\xac", 4);
}

Test(text, cuts_what_is_no_utf8_byte_by_byte)
{
    cr_expect_eq(text_cut("\xe4\xf6\xfc\xdf", 3), 3); /* Latin-1 */
    cr_expect_eq(text_cut("a\xc0\x80\xc0", 2), 2);    /* overlong */
    cr_expect_eq(text_cut("\xed\xa0\x80xx", 1), 1);   /* a surrogate */
    cr_expect_eq(text_cut("\xf4\x90\x80\x80", 2), 2); /* too large */
    cr_expect_eq(text_cut("ab\xe2\x82", 3), 3);       /* unfinished */
    cr_expect_eq(text_cut("ab\xe2\x82\xac", 5), 5);   /* all of it */
    cr_expect_eq(text_cut("ab\xe2\x82\xac", 4), 2);   /* none of it */
    cr_expect_eq(text_cut("", 0), 0);
}

Test(text, length_ends_before_blanks_or_a_nul)
{
    cr_expect_eq(text_length(bytes("web   "), 6), 3);
    cr_expect_eq(text_length(bytes("a b   "), 6), 3);
    cr_expect_eq(text_length(bytes("web\0xy"), 6), 3);
    cr_expect_eq(text_length(bytes("we \0xy"), 6), 2);
    cr_expect_eq(text_length(bytes("      "), 6), 0);
    cr_expect_eq(text_length(bytes("\0     "), 6), 0);
    cr_expect_eq(text_length(bytes("sixsix"), 6), 6);
}

Test(text, copies_a_field_as_a_string)
{
    char out[7];

    memset(out, '#', sizeof(out));
    text_copy(bytes("sixsix"), 6, out);
    cr_expect_str_eq(out, "sixsix");
    text_copy(bytes("web\0xy"), 6, out);
    cr_expect_str_eq(out, "web");
    text_copy(bytes("      "), 6, out);
    cr_expect_str_eq(out, "");
}

Test(text, normalises_nul_and_garbage_to_blanks)
{
    unsigned char field[7] = "web\0xy";

    text_normalise(field, 6);
    cr_expect_arr_eq(field, "web   ", 6);
    text_normalise(field, 6);
    cr_expect_arr_eq(field, "web   ", 6);
    memcpy(field, "\0\0\0\0\0\0", 6);
    text_normalise(field, 6);
    cr_expect_arr_eq(field, "      ", 6);
}

Test(text, equals_what_it_says_without_padding)
{
    cr_expect(text_equals(bytes("web   "), 6, "web"));
    cr_expect(text_equals(bytes("web\0xy"), 6, "web"));
    cr_expect(text_equals(bytes("sixsix"), 6, "sixsix"));
    cr_expect(text_equals(bytes("      "), 6, ""));
    /* A field cannot say that it ends in a blank. */
    cr_expect(text_equals(bytes("web   "), 6, "web "));
    cr_expect(!text_equals(bytes("web   "), 6, "we"));
    cr_expect(!text_equals(bytes("web   "), 6, "webs"));
    cr_expect(!text_equals(bytes("web   "), 6, "Web"));
    cr_expect(!text_equals(bytes("sixsix"), 6, "sixsixs"));
    cr_expect(!text_equals(bytes("web   "), 6, " web"));
}

static void
expect_clean(const char *text, const char *cleaned)
{
    char copy[64];

    strcpy(copy, text);
    text_clean(copy);
    cr_expect_str_eq(copy, cleaned);
}

Test(text, cleans_what_commands_a_terminal_or_ends_a_line)
{
    expect_clean("plain text", "plain text");
    expect_clean("", "");
    expect_clean("two\nlines\r\n", "two?lines??");
    expect_clean("\033[31mred\x7f\t", "?[31mred??");
    expect_clean("\xc2\x9b"
                 "31m",
                 "?31m"); /* escape-[ in one character */
    expect_clean("\xc2\x9f\xc2\xa0", "?\xc2\xa0");
    expect_clean("K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x94\x91",
                 "K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x94\x91");
    expect_clean("K\xf6ln", "K?ln");               /* Latin-1 */
    expect_clean("a\xe2\x82", "a??");              /* unfinished */
    expect_clean("\xc0\x8a\xed\xa0\x80", "?????"); /* overlong, surrogate */
}

static const char *const keys[] = { "size",     "wait",        "idle",
                                    "lifetime", "check_after", "mode" };

static const char *
nearest(const char *word)
{
    return text_nearest(word, keys, sizeof(keys) / sizeof(keys[0]));
}

Test(text, finds_the_nearest_word)
{
    cr_expect_str_eq(nearest("sise"), "size");
    cr_expect_str_eq(nearest("sizes"), "size");
    cr_expect_str_eq(nearest("siz"), "size");
    cr_expect_str_eq(nearest("wiat"), "wait"); /* exchanged: one step */
    cr_expect_str_eq(nearest("life_time"), "lifetime");
    cr_expect_str_eq(nearest("checkAfter"), "check_after");
    cr_expect_str_eq(nearest("LIFETIME"), "lifetime");
    cr_expect_str_eq(nearest("size"), "size");
}

Test(text, finds_no_word_when_all_are_too_far)
{
    char longer[80];

    cr_expect_null(nearest("zise")); /* two of four */
    cr_expect_null(nearest("colour"));
    cr_expect_null(nearest("if"));
    cr_expect_null(nearest(""));
    cr_expect_null(text_nearest("size", NULL, 0));
    memset(longer, 's', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    cr_expect_null(nearest(longer));
}

Test(text, finds_the_nearer_and_the_first_of_equals)
{
    static const char *const candidates[] = { "slots", "slot", "slob" };
    char longer[80];
    const char *const mixed[] = { longer, "slot" };

    memset(longer, 's', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    cr_expect_str_eq(text_nearest("slota", candidates, 3), "slots");
    cr_expect_str_eq(text_nearest("slot", candidates, 3), "slot");
    cr_expect_str_eq(text_nearest("slor", candidates + 1, 2), "slot");
    cr_expect_str_eq(text_nearest("slor", mixed, 2), "slot");
}
