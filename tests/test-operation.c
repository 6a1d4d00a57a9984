/* SPDX-License-Identifier: BSD-3-Clause */
/* What is kept of an operation, and that nothing of it is left behind. */
#include "router/operation.h"

#include "tests/mapping.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct operation *operation;

static void
setup(void)
{
    operation = calloc(1, sizeof(*operation));
}

static void
teardown(void)
{
    operation_free(operation);
}

TestSuite(operation, .init = setup, .fini = teardown);

Test(operation, each_kind_has_its_flag_of_c_session_cancel)
{
    CK_FLAGS all = 0;

    for (enum operation_kind kind = 0; kind < OPERATION_KINDS; kind++) {
        CK_FLAGS flag = operation_cancel_flag(kind);

        cr_assert_neq(flag, 0);
        cr_assert_eq(flag & (flag - 1), 0, "one bit");
        cr_assert_eq(all & flag, 0, "its own");
        all |= flag;
    }
    cr_assert_eq(operation_cancel_flag(OPERATION_FIND), 0x40);
    cr_assert_eq(operation_cancel_flag(OPERATION_MESSAGE_VERIFY), 0x10);
    cr_assert_eq(operation_cancel_flag(OPERATION_SIGN), 0x800);
}

enum { MOST = 10000 };

static void
record(const void *bytes, size_t length)
{
    operation_record(operation, bytes, length, MOST);
}

/* -- The mechanism
 * ------------------------------------------------------------------ */

Test(operation, the_kept_mechanism_is_not_the_applications_memory)
{
    CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
    CK_MECHANISM mechanism = { CKM_RSA_PKCS_PSS, &pss, sizeof(pss) };
    const CK_RSA_PKCS_PSS_PARAMS *kept;

    operation_keep_mechanism(operation, &mechanism);
    cr_assert(operation->may_repeat);
    memset(&pss, 0xff, sizeof(pss));
    memset(&mechanism, 0xff, sizeof(mechanism));
    cr_assert_eq(mechanism_of(operation->again)->mechanism, CKM_RSA_PKCS_PSS);
    kept = mechanism_of(operation->again)->pParameter;
    cr_assert_eq(kept->hashAlg, CKM_SHA256);
    cr_assert_eq(kept->sLen, 32);
}

Test(operation, an_unknown_mechanism_is_not_repeated)
{
    CK_ULONG number = 5;
    CK_MECHANISM vendor = { CKM_VENDOR_DEFINED + 1, &number, sizeof(number) };

    operation_keep_mechanism(operation, &vendor);
    cr_assert_not(operation->may_repeat);
    record("input", 5);
    cr_assert_eq(operation->input_length, 0);
}

/* Each member would use the same one-time keys (7.3). */
Test(operation, a_signature_that_uses_up_its_key_is_not_repeated)
{
    static const CK_MECHANISM_TYPE types[] = { CKM_HSS, CKM_XMSS, CKM_XMSSMT };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        CK_MECHANISM mechanism = { types[i], NULL, 0 };

        operation_keep_mechanism(operation, &mechanism);
        cr_assert_not(operation->may_repeat, "0x%lx", types[i]);
        operation_end(operation);
    }
}

/* -- The input
 * ------------------------------------------------------------------------- */

static void
begin(void)
{
    CK_MECHANISM mechanism = { CKM_SHA256, NULL, 0 };

    operation_keep_mechanism(operation, &mechanism);
    cr_assert(operation->is_recorded);
}

Test(operation, recorded_input_is_in_one_piece)
{
    char expected[MOST];

    begin();
    for (size_t i = 0; i < sizeof(expected); i++) {
        expected[i] = (char)(i * 7);
        record(&expected[i], 1);
    }
    record(NULL, 0);
    cr_assert_eq(operation->input_length, sizeof(expected));
    cr_assert_arr_eq(operation->input, expected, sizeof(expected));
    cr_assert(operation->is_recorded);
    cr_expect_eq(operation->input_room, MOST, "nor is there room for more");
}

static void
expect_nothing_kept(void)
{
    cr_expect_not(operation->is_recorded);
    cr_expect_eq(operation->input_length, 0);
    cr_expect_leq(operation->input_room, 4096, "a page at most");
    for (size_t i = 0; i < operation->input_room; i++)
        cr_expect_eq(operation->input[i], 0);
}

static char much[MOST + 1];

Test(operation, input_up_to_the_limit_is_kept_and_one_byte_more_is_not)
{
    begin();
    record(much, MOST);
    cr_assert(operation->is_recorded);
    cr_assert_eq(operation->input_length, MOST);
    record(much, 1);
    expect_nothing_kept();
    operation_end(operation);
    begin();
    record(much, MOST + 1);
    expect_nothing_kept();
    record(much, 1);
    expect_nothing_kept();
}

Test(operation, no_input_is_kept_where_none_is_wanted)
{
    begin();
    operation_record(operation, much, 1, 0);
    expect_nothing_kept();
    cr_expect(operation->may_repeat, "as long as there is no input");
}

Test(operation, what_there_is_no_memory_for_is_not_kept)
{
    begin();
    record("input", 5);
    operation_record(operation, much, SIZE_MAX / 2, UINT64_MAX);
    expect_nothing_kept();
}

/* It may be a password, or a text that is to be signed unseen. */
Test(operation, input_is_neither_dumped_nor_swapped_nor_inherited)
{
    begin();
    record("a secret", 8);
    cr_expect(mapping_has(operation->input, "dd"));
    cr_expect(mapping_has(operation->input, "wf"));
    if (mapping_can_be_locked())
        cr_expect(mapping_has(operation->input, "lo"));
}

Test(operation, input_is_wiped_at_the_end_and_its_page_used_again)
{
    const void *page;

    begin();
    record("a secret", 8);
    page = operation->input;
    operation_end(operation);
    expect_nothing_kept();
    begin();
    record("another one", 11);
    cr_expect_eq(operation->input, page);
    cr_expect_eq(mapping_n_unmapped, 0);
}

Test(operation, input_that_is_long_is_given_back_at_the_end)
{
    begin();
    record(much, 5000);
    operation_end(operation);
    cr_expect_eq(mapping_n_unmapped, 1);
    cr_expect_eq(mapping_n_left_bytes, 0);
    expect_nothing_kept();
    cr_assert_not(operation->may_repeat);
}

Test(operation, input_is_wiped_where_it_was_when_it_grows)
{
    begin();
    record("a secret", 8);
    record(much, 5000);
    cr_expect_eq(mapping_n_unmapped, 1);
    cr_expect_eq(mapping_n_left_bytes, 0);
    cr_expect_arr_eq(operation->input, "a secret", 8);
}

Test(operation, input_is_wiped_when_it_grows_too_long)
{
    begin();
    record("a secret", 8);
    record(much, 5000);
    record(much, MOST);
    cr_expect_eq(mapping_n_unmapped, 2, "the page, and what came for it");
    cr_expect_eq(mapping_n_left_bytes, 0);
    expect_nothing_kept();
}

Test(operation, the_kept_parameter_is_wiped_at_the_end)
{
    CK_BYTE iv[] = "sixteen bytes iv";
    CK_MECHANISM mechanism = { CKM_AES_CBC, iv, 16 };

    operation_keep_mechanism(operation, &mechanism);
    cr_assert(operation->may_repeat);
    cr_assert_not_null(memmem(operation->again, sizeof(*operation->again),
                              "sixteen bytes iv", 16));
    operation_end(operation);
    cr_assert_null(memmem(operation->again, sizeof(*operation->again),
                          "sixteen bytes iv", 16));
    cr_assert_null(mechanism_of(operation->again));
}

Test(operation, the_next_one_begins_empty)
{
    begin();
    record("input", 5);
    operation_end(operation);
    begin();
    cr_assert_eq(operation->input_length, 0);
    record("new", 3);
    cr_assert_arr_eq(operation->input, "new", 3);
    operation_end(operation);
    operation_end(operation);
    operation_free(NULL);
}
