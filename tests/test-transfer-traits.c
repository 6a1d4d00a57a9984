/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes are read in few calls, and all of them from tokens that stop half
 * way. */
#include "common/cleanup.h"
#include "router/template.h"
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>

static CK_FUNCTION_LIST_3_2 real;
static unsigned n_calls;

static void
begin(void)
{
    ends_connect_two();
    real = *ends.from.functions;
    n_calls = 0;
}

TestSuite(transfer_traits, .init = begin, .fini = ends_free);

static CK_RV
count(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
      CK_ATTRIBUTE *template, CK_ULONG n)
{
    n_calls++;
    return real.C_GetAttributeValue(session, object, template, n);
}

/* As R1.21 does not have it: what comes after one that is missing is left as it
 * was. */
static CK_RV
stop(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
     CK_ULONG n)
{
    CK_RV rv = CKR_OK;

    for (CK_ULONG i = 0; rv == CKR_OK && i < n; i++)
        rv = count(session, object, template + i, 1);
    return rv;
}

/* Some tokens do not answer for more than a few. */
static CK_RV
refuse_many(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
            CK_ATTRIBUTE *template, CK_ULONG n)
{
    return n > 1 ? CKR_DEVICE_MEMORY : count(session, object, template, n);
}

static CK_RV
fail(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
     CK_ULONG n)
{
    return template_find(template, n, CKA_SENSITIVE) != NULL
               ? CKR_DEVICE_ERROR
               : count(session, object, template, n);
}

static void
expect_same(CK_C_GetAttributeValue function)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);
    CLEANUP(traits_clear) struct traits its = { .count = 0 };
    CLEANUP(traits_clear) struct traits read = { .count = 0 };
    struct octets one, other;

    cr_assert_eq(traits_read(ends.from, key, CKO_PRIVATE_KEY, &its), CKR_OK);
    ends_functions(ends.from)->C_GetAttributeValue = function;
    cr_assert_eq(traits_read(ends.from, key, CKO_PRIVATE_KEY, &read), CKR_OK);
    cr_expect_eq(read.count, its.count);
    for (CK_ULONG i = 0; i < its.count; i++) {
        CK_ATTRIBUTE_TYPE type = its.items[i].type;

        cr_expect(traits_find(&its, type, &one) &&
                      traits_find(&read, type, &other) &&
                      octets_equal(one, other),
                  "attribute 0x%lx", type);
        cr_expect_eq(its.needs[i], read.needs[i], "attribute 0x%lx", type);
    }
}

Test(transfer_traits, are_read_in_a_few_calls)
{
    expect_same(count);
    cr_expect_leq(n_calls, 2, "%u", n_calls);
}

Test(transfer_traits, are_all_read_where_one_stops_the_token)
{
    expect_same(stop);
}

Test(transfer_traits, are_read_one_by_one_where_many_are_refused)
{
    expect_same(refuse_many);
}

Test(transfer_traits, are_not_read_without_one_that_fails)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(ends.from, "ec", CK_TRUE);
    CLEANUP(traits_clear) struct traits read = { .count = 0 };

    ends_functions(ends.from)->C_GetAttributeValue = fail;
    cr_expect_eq(traits_read(ends.from, key, CKO_PRIVATE_KEY, &read),
                 CKR_DEVICE_ERROR);
}

/* -- A name that is not the one that was read ---------------------------------
 */

static void
expect_overtaken(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
    struct identity *identity;
    struct transfer_outcome outcome;
    CK_ATTRIBUTE name = { type, (void *)(uintptr_t) "other", 5 };

    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, object,
                               true, &identity),
                 CKR_OK);
    cr_assert(transfer_try(ends.transfer, object, identity, &outcome));
    cr_assert_eq(real.C_SetAttributeValue(ends.from.session, object, &name, 1),
                 CKR_OK);
    cr_expect_not(transfer_try(ends.transfer, object, identity, &outcome));
    cr_expect_eq(outcome.verdict, TRANSFER_OVERTAKEN, "%s",
                 transfer_verdicts[outcome.verdict].name);
    identity_free(identity);
}

Test(transfer_traits, are_of_what_was_read_before_where_it_has_the_same_name)
{
    expect_overtaken(transfer_add_data(ends.from, "data"), CKA_LABEL);
    expect_overtaken(transfer_add_certificate(ends.from, "cert"), CKA_ID);
    expect_overtaken(transfer_add_secret(ends.from, CKK_AES, "aes"), CKA_ID);
}
