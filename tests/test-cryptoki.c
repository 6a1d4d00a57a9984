/* SPDX-License-Identifier: BSD-3-Clause */
/* Our header of PKCS#11 says what that of p11-kit says. */
#include "tests/cryptoki-facts.h"

#include <criterion/criterion.h>

#include <stdbool.h>
#include <string.h>

/* p11-kit 0.24 numbers these five in a row that is not the standard's. */
static const char *const wrong_in_p11_kit[] = {
    "CKR_EXCEEDED_MAX_ITERATIONS", "CKR_FIPS_SELF_TEST_FAILED",
    "CKR_LIBRARY_LOAD_FAILED",     "CKR_PIN_TOO_WEAK",
    "CKR_PUBLIC_KEY_INVALID",
};

static bool
name_is_wrong_in_p11_kit(const char *name)
{
    size_t n = sizeof(wrong_in_p11_kit) / sizeof(wrong_in_p11_kit[0]);

    for (size_t i = 0; i < n; i++)
        if (strcmp(name, wrong_in_p11_kit[i]) == 0)
            return true;
    return false;
}

Test(cryptoki, constants_have_the_values_that_p11_kit_gives_them)
{
    cr_assert_eq(facts_of_ours.n_constants, facts_of_p11_kit.n_constants);
    for (size_t i = 0; i < facts_of_ours.n_constants; i++) {
        const struct constant_fact *ours = &facts_of_ours.constants[i];
        const struct constant_fact *theirs = &facts_of_p11_kit.constants[i];

        cr_assert_str_eq(ours->name, theirs->name);
        if (name_is_wrong_in_p11_kit(ours->name))
            continue;
        cr_expect_eq(ours->value, theirs->value, "%s is %#lx, in p11-kit %#lx",
                     ours->name, ours->value, theirs->value);
    }
}

Test(cryptoki, structures_are_laid_out_as_in_p11_kit)
{
    cr_assert_eq(facts_of_ours.n_members, facts_of_p11_kit.n_members);
    for (size_t i = 0; i < facts_of_ours.n_members; i++) {
        const struct member_fact *ours = &facts_of_ours.members[i];
        const struct member_fact *theirs = &facts_of_p11_kit.members[i];

        cr_assert_str_eq(ours->member, theirs->member);
        cr_expect_eq(ours->structure_size, theirs->structure_size,
                     "%s has %zu bytes, in p11-kit %zu", ours->structure,
                     ours->structure_size, theirs->structure_size);
        cr_expect_eq(ours->member_offset, theirs->member_offset,
                     "%s.%s is at %zu, in p11-kit at %zu", ours->structure,
                     ours->member, ours->member_offset, theirs->member_offset);
        cr_expect_eq(ours->member_size, theirs->member_size,
                     "%s.%s has %zu bytes, in p11-kit %zu", ours->structure,
                     ours->member, ours->member_size, theirs->member_size);
    }
}
