/* SPDX-License-Identifier: BSD-3-Clause */
/* What went wrong while setting up. */
#include "common/error.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>

Test(error, returns_false_and_keeps_code_text_and_errno)
{
    struct error error = { 0 };

    errno = ENOTDIR;
    cr_expect(!error_set(&error, CKR_HOST_MEMORY, "%s:%d: no", "a.conf", 7));
    cr_expect_eq(error.rv, CKR_HOST_MEMORY);
    cr_expect_str_eq(error.text, "a.conf:7: no");
    cr_expect_eq(errno, ENOTDIR);
}

Test(error, may_be_nobodys)
{
    cr_expect(!error_set(NULL, CKR_GENERAL_ERROR, "no"));
}

Test(error, may_be_told_with_its_own_text)
{
    struct error error = { 0 };

    error_set(&error, CKR_GENERAL_ERROR, "inner");
    error_set(&error, CKR_FUNCTION_FAILED, "outer: %s", error.text);
    cr_expect_str_eq(error.text, "outer: inner");
}

Test(error, cuts_a_long_text_between_characters)
{
    struct error error = { 0 };
    char text[ERROR_TEXT_LENGTH + 8];

    /* The last byte that fits would be the first half of an umlaut. */
    memset(text, 'x', sizeof(text));
    memcpy(text + ERROR_TEXT_LENGTH - 2, "\xc3\xa4", 3);
    error_set(&error, CKR_GENERAL_ERROR, "%s", text);
    cr_expect_eq(strlen(error.text), ERROR_TEXT_LENGTH - 2);
}

Test(error, gives_a_reason_for_each_errno)
{
    cr_expect_str_eq(error_reason(ENOENT), "No such file or directory");
    cr_expect_str_eq(error_reason(123456), "unknown error");
}
