/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules that select tokens: PKCS#11 URIs (R6.2). */
#include "config/match.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

static struct config_match
match_of(const char *uri)
{
    struct config_match match;
    char mistake[MATCH_MISTAKE_LENGTH];

    cr_assert(config_match_parse(uri, &match, mistake), "%s: %s", uri, mistake);
    return match;
}

static void
expect_refusal(const char *uri, const char *mistake)
{
    struct config_match match;
    char text[MATCH_MISTAKE_LENGTH] = "";

    cr_expect_not(config_match_parse(uri, &match, text), "%s", uri);
    cr_expect_str_eq(text, mistake);
    cr_expect_null(match.uri);
    cr_expect_null(match.label);
}

/* Whether "pkcs11:..." fits a token of SoftHSM's kind. */
static bool
fits(const char *uri)
{
    struct config_match match = match_of(uri);
    bool result = config_match_fits(&match, "CA PROD", "0123456789abcdef",
                                    "SoftHSM project", "SoftHSM v2", 7);

    config_match_clear(&match);
    return result;
}

static int
order(const char *a, const char *b)
{
    struct config_match left = match_of(a);
    struct config_match right = match_of(b);
    int result = config_match_compare(&left, &right);

    cr_expect_eq(result > 0, config_match_compare(&right, &left) < 0);
    config_match_clear(&left);
    config_match_clear(&right);
    return result;
}

Test(match, keeps_what_the_uri_asks_for)
{
    struct config_match match = match_of("pkcs11:token=CA%20PROD;serial=12;"
                                         "manufacturer=SoftHSM%20project;"
                                         "model=SoftHSM%20v2;slot-id=42");

    cr_expect_str_eq(match.uri, "pkcs11:token=CA%20PROD;serial=12;manufacturer="
                                "SoftHSM%20project;model=SoftHSM%20v2;"
                                "slot-id=42");
    cr_expect_str_eq(match.label, "CA PROD");
    cr_expect_str_eq(match.serial, "12");
    cr_expect_str_eq(match.manufacturer, "SoftHSM project");
    cr_expect_str_eq(match.model, "SoftHSM v2");
    cr_expect(match.has_slot_id);
    cr_expect_eq(match.slot_id, 42);
    config_match_clear(&match);
}

Test(match, leaves_the_rest_open)
{
    struct config_match match = match_of("pkcs11:token=ca");

    cr_expect_str_eq(match.label, "ca");
    cr_expect_null(match.serial);
    cr_expect_null(match.manufacturer);
    cr_expect_null(match.model);
    cr_expect_not(match.has_slot_id);
    config_match_clear(&match);
}

Test(match, takes_a_text_that_fills_its_field)
{
    struct config_match match =
        match_of("pkcs11:token=%C3%A4bcdefghijklmnopqrstuvwxyz12345;"
                 "serial=0123456789abcdef");

    cr_expect_str_eq(match.label, "äbcdefghijklmnopqrstuvwxyz12345");
    cr_expect_eq(strlen(match.label), 32);
    cr_expect_str_eq(match.serial, "0123456789abcdef");
    config_match_clear(&match);
}

Test(match, of_an_empty_text_asks_for_an_empty_field)
{
    struct config_match match = match_of("pkcs11:token=");

    cr_expect_str_eq(match.label, "");
    cr_expect(config_match_fits(&match, "", "1", "m", "m", 0));
    cr_expect_not(config_match_fits(&match, "x", "1", "m", "m", 0));
    config_match_clear(&match);
}

Test(match, fits_when_all_that_is_asked_for_is_there)
{
    cr_expect(fits("pkcs11:token=CA%20PROD"));
    cr_expect(fits("pkcs11:serial=0123456789abcdef"));
    cr_expect(fits("pkcs11:manufacturer=SoftHSM%20project"));
    cr_expect(fits("pkcs11:model=SoftHSM%20v2"));
    cr_expect(fits("pkcs11:slot-id=7"));
    cr_expect(fits("pkcs11:slot-id=7;token=CA%20PROD"));
}

Test(match, fits_no_other_token)
{
    cr_expect_not(fits("pkcs11:token=CA"));
    cr_expect_not(fits("pkcs11:token=ca%20prod"));
    cr_expect_not(fits("pkcs11:token=CA%20PROD2"));
    cr_expect_not(fits("pkcs11:serial=0123456789abcde"));
    cr_expect_not(fits("pkcs11:manufacturer=SoftHSM"));
    cr_expect_not(fits("pkcs11:model=SoftHSM%20v3"));
    cr_expect_not(fits("pkcs11:slot-id=8"));
    cr_expect_not(fits("pkcs11:token=CA%20PROD;slot-id=8"));
    cr_expect_not(fits("pkcs11:token=CA;slot-id=7"));
}

Test(match, is_the_same_however_it_is_written)
{
    cr_expect_eq(order("pkcs11:token=a;serial=1", "pkcs11:serial=1;token=a"),
                 0);
    cr_expect_eq(order("pkcs11:token=a", "pkcs11:token=%61"), 0);
    cr_expect_eq(order("pkcs11:slot-id=7", "pkcs11:slot-id=007"), 0);
}

Test(match, differs_in_each_part)
{
    cr_expect_neq(order("pkcs11:token=a", "pkcs11:token=b"), 0);
    cr_expect_neq(order("pkcs11:token=a", "pkcs11:serial=a"), 0);
    cr_expect_neq(order("pkcs11:serial=1", "pkcs11:serial=2"), 0);
    cr_expect_neq(order("pkcs11:manufacturer=1", "pkcs11:manufacturer=2"), 0);
    cr_expect_neq(order("pkcs11:model=1", "pkcs11:model=2"), 0);
    cr_expect_neq(order("pkcs11:slot-id=1", "pkcs11:slot-id=2"), 0);
    cr_expect_neq(order("pkcs11:token=a", "pkcs11:token=a;slot-id=0"), 0);
}

Test(match, refuses_a_uri_that_selects_everything)
{
    expect_refusal("pkcs11:",
                   "it would select every token; add token=, serial=, "
                   "manufacturer=, model= or slot-id=");
}

Test(match, refuses_what_is_no_pkcs11_uri)
{
    static const char *const uris[] = {
        "",
        "token=a",
        "pkcs11",
        "pkcs11x:token=a",
        "PKCS11:token=a",
        "https://example.org/",
    };

    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
        expect_refusal(uris[i], "it does not begin with \"pkcs11:\"; write "
                                "such as \"pkcs11:token=NAME\"");
}

Test(match, refuses_what_does_not_select_a_token)
{
    static const char advice[] = " does not select a token; use token, serial, "
                                 "manufacturer, model and slot-id only";
    static const char *const names[] = {
        "object",
        "id",
        "type",
        "library-manufacturer",
        "library-version",
        "library-description",
        "slot-description",
        "slot-manufacturer",
        "x-vendor",
        "tokens",
        "slot-i",
        "pin-source",
    };
    static const char *const queries[] = { "pin-value", "module-name",
                                           "module-path", "x", "token" };
    char uri[128];
    char mistake[MATCH_MISTAKE_LENGTH];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(uri, sizeof(uri), "pkcs11:token=a;%s=1", names[i]);
        snprintf(mistake, sizeof(mistake), "%s%s", names[i], advice);
        expect_refusal(uri, mistake);
    }
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        snprintf(uri, sizeof(uri), "pkcs11:token=a?%s=1", queries[i]);
        snprintf(mistake, sizeof(mistake), "%s%s", queries[i], advice);
        expect_refusal(uri, mistake);
    }
}

Test(match, refuses_parts_that_p11_kit_would_leave_out)
{
    static const char *const uris[] = {
        "pkcs11:a",         "pkcs11:;token=a",    "pkcs11:token=a;",
        "pkcs11:token=a;;", "pkcs11:token=a?",    "pkcs11:?",
        "pkcs11:=a",        "pkcs11:token=a;=b",  "pkcs11:token=a;serial",
        "pkcs11:%74oken=a", "pkcs11:token=a?;x=", "pkcs11:token=a;ser(=1",
    };

    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
        expect_refusal(uris[i],
                       "a part is not of the form name=value; write such as "
                       "\"pkcs11:token=NAME;serial=NUMBER\"");
    expect_refusal("pkcs11:token=a;token=b",
                   "token is there twice; keep one of them");
    expect_refusal("pkcs11:slot-id=1;slot-id=1",
                   "slot-id is there twice; keep one of them");
}

Test(match, refuses_a_blank_which_p11_kit_would_leave_out)
{
    expect_refusal("pkcs11:token=CA PROD",
                   "it has a blank in it; write it as %20");
    expect_refusal("pkcs11:token=CA\n",
                   "it has a blank in it; write it as %20");
}

Test(match, refuses_a_nul_which_p11_kit_would_take_for_anything)
{
    expect_refusal("pkcs11:token=%00", "token has a NUL in it; remove the %00");
    expect_refusal("pkcs11:serial=1%002",
                   "serial has a NUL in it; remove the %00");
}

Test(match, refuses_bad_encoding)
{
    static const char mistake[] = "a % has no two hexadecimal digits behind "
                                  "it; write it as %25";

    expect_refusal("pkcs11:token=%4", mistake);
    expect_refusal("pkcs11:token=100%", mistake);
    expect_refusal("pkcs11:serial=%zz", mistake);
}

Test(match, refuses_what_is_longer_than_the_field)
{
    static const char mistake[] =
        "a value is longer than a token's field; give at most 32 bytes for "
        "token and manufacturer, 16 for serial and model";

    expect_refusal("pkcs11:token=123456789012345678901234567890123", mistake);
    expect_refusal("pkcs11:manufacturer=123456789012345678901234567890123",
                   mistake);
    expect_refusal("pkcs11:serial=12345678901234567", mistake);
    expect_refusal("pkcs11:model=12345678901234567", mistake);
}

Test(match, refuses_a_slot_id_that_is_no_number)
{
    static const char *const ids[] = {
        "", "x", "-1", "+1", "0x1", "1x", "%31", "18446744073709551617",
    };
    char uri[64];

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        snprintf(uri, sizeof(uri), "pkcs11:slot-id=%s", ids[i]);
        expect_refusal(uri, "slot-id is no number of at most 18 digits; give "
                            "the module's number of the slot");
    }
}

Test(match, never_shows_a_value)
{
    struct config_match match;
    char mistake[MATCH_MISTAKE_LENGTH];

    cr_expect_not(
        config_match_parse("pkcs11:token=a?pin-value=SECRET", &match, mistake));
    cr_expect_null(strstr(mistake, "SECRET"));
    cr_expect_not(config_match_parse("pkcs11:token=a?SECRET", &match, mistake));
    cr_expect_null(strstr(mistake, "SECRET"));
    cr_expect_not(config_match_parse("SECRET", &match, mistake));
    cr_expect_null(strstr(mistake, "SECRET"));
}
