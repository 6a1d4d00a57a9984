/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies that are made as one like them was: nothing is tried for them, and all
 * that is not right is found all the same. */
#include "tests/transfer-ends.h"

#include "router/template.h"

#include <criterion/criterion.h>
#include <string.h>

static CK_FUNCTION_LIST_3_2 to; /* before it is changed */
static unsigned n_unwrapped;
static unsigned n_created;

/* What befalls the next key that is unwrapped for good. */
static CK_RV refusal;
static bool is_spoiled;
static CK_OBJECT_HANDLE spoiled;

static CK_RV
create(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
       CK_OBJECT_HANDLE *out)
{
    n_created++;
    return to.C_CreateObject(session, template, count, out);
}

static CK_RV
unwrap(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE by,
       CK_BYTE *bytes, CK_ULONG length, CK_ATTRIBUTE *template, CK_ULONG count,
       CK_OBJECT_HANDLE *out)
{
    bool is_for_good = template_bool(template, count, CKA_TOKEN, false);
    CK_RV rv = is_for_good ? refusal : CKR_OK;

    n_unwrapped++;
    if (rv == CKR_OK)
        rv = to.C_UnwrapKey(session, mechanism, by, bytes, length, template,
                            count, out);
    if (is_for_good && is_spoiled && rv == CKR_OK)
        spoiled = *out;
    if (is_for_good) {
        refusal = CKR_OK;
        is_spoiled = false;
    }
    return rv;
}

static CK_OBJECT_HANDLE in_use;

static CK_RV
sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
          CK_OBJECT_HANDLE key)
{
    in_use = key;
    return to.C_SignInit(session, mechanism, key);
}

static CK_RV
sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
     CK_BYTE *signature, CK_ULONG *signature_length)
{
    CK_RV rv = to.C_Sign(session, data, length, signature, signature_length);

    if (rv == CKR_OK && in_use == spoiled)
        signature[0] ^= 1;
    return rv;
}

static void
begin(void)
{
    ends_connect_two();
    transfer_permit_repeats(ends.transfer);
    to = *ends.to.functions;
    ends_functions(ends.to)->C_CreateObject = create;
    ends_functions(ends.to)->C_UnwrapKey = unwrap;
    ends_functions(ends.to)->C_SignInit = sign_init;
    ends_functions(ends.to)->C_Sign = sign;
}

TestSuite(transfer_pattern, .init = begin, .fini = ends_free);

/* How often the target unwraps a key until there is its copy. */
static unsigned
copy_key(CK_OBJECT_CLASS object_class, const char *name)
{
    n_unwrapped = 0;
    (void)ends_copy(object_class, name, WAY_KWP);
    return n_unwrapped;
}

static void
add_pair(const char *name)
{
    (void)transfer_add_ec(ends.from, name, CK_TRUE);
    (void)ends_copy(CKO_PUBLIC_KEY, name, WAY_CREATED);
}

/* One that nothing is known of is tried. */
static void
learn(void)
{
    add_pair("one");
    add_pair("two");
    cr_assert_gt(copy_key(CKO_PRIVATE_KEY, "one"), 1);
    n_unwrapped = 0;
}

static struct transfer_outcome
make(const char *name, bool *is_made)
{
    CK_OBJECT_HANDLE key = transfer_find(ends.from, CKO_PRIVATE_KEY, name);
    struct transfer_outcome outcome;
    struct identity *identity;
    CK_OBJECT_HANDLE copy;

    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, key,
                               true, &identity),
                 CKR_OK);
    cr_assert(transfer_try(ends.transfer, key, identity, &outcome));
    *is_made = transfer_make(ends.transfer, &copy, &outcome);
    identity_free(identity);
    return outcome;
}

Test(transfer_pattern, one_like_it_is_made_at_once)
{
    learn();
    cr_expect_eq(copy_key(CKO_PRIVATE_KEY, "two"), 1);
}

Test(transfer_pattern, so_are_objects_that_are_created)
{
    (void)transfer_add_data(ends.from, "one");
    (void)transfer_add_data(ends.from, "two");
    (void)ends_copy(CKO_DATA, "one", WAY_CREATED);
    n_created = 0;
    (void)ends_copy(CKO_DATA, "two", WAY_CREATED);
    cr_expect_eq(n_created, 1);
}

Test(transfer_pattern, another_kind_is_tried)
{
    learn();
    (void)transfer_add_rsa(ends.from, "rsa");
    (void)ends_copy(CKO_PUBLIC_KEY, "rsa", WAY_CREATED);
    cr_expect_gt(copy_key(CKO_PRIVATE_KEY, "rsa"), 1);
    (void)transfer_add_secret(ends.from, CKK_AES, "aes");
    cr_expect_gt(copy_key(CKO_SECRET_KEY, "aes"), 1);
}

static void
deny(const char *name)
{
    CK_OBJECT_HANDLE key = transfer_find(ends.from, CKO_PRIVATE_KEY, name);
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE sign = { CKA_SIGN, &no, sizeof(no) };

    cr_assert_eq(ends.from.functions->C_SetAttributeValue(ends.from.session,
                                                          key, &sign, 1),
                 CKR_OK);
}

Test(transfer_pattern, one_with_other_rights_is_tried)
{
    learn();
    deny("two");
    cr_expect_gt(copy_key(CKO_PRIVATE_KEY, "two"), 1);
}

/* Nothing but the try has proven such a key. */
Test(transfer_pattern, one_that_can_do_nothing_is_tried_each_time)
{
    add_pair("one");
    add_pair("two");
    deny("one");
    deny("two");
    cr_expect_gt(copy_key(CKO_PRIVATE_KEY, "one"), 1);
    /* As the last one was, for the proof, as the real one, and that one. */
    cr_expect_eq(copy_key(CKO_PRIVATE_KEY, "two"), 4);
}

Test(transfer_pattern, secret_keys_of_one_length_are_alike)
{
    (void)transfer_add_secret(ends.from, CKK_AES, "one");
    (void)transfer_add_secret(ends.from, CKK_AES, "two");
    cr_expect_gt(copy_key(CKO_SECRET_KEY, "one"), 1);
    cr_expect_eq(copy_key(CKO_SECRET_KEY, "two"), 1);
}

/* Which nothing tells but the key itself, wrapped. */
Test(transfer_pattern, one_of_another_length_is_tried)
{
    CK_BBOOL yes = CK_TRUE;
    CK_ULONG length = 16;
    char name[] = "two";
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
    CK_ATTRIBUTE template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_LABEL, name, 3 },
        { CKA_ID, name, 3 },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &yes, sizeof(yes) },
        { CKA_VALUE_LEN, &length, sizeof(length) },
        { CKA_ENCRYPT, &yes, sizeof(yes) },
    };
    CK_OBJECT_HANDLE key;

    (void)transfer_add_secret(ends.from, CKK_AES, "one");
    cr_assert_eq(ends.from.functions->C_GenerateKey(ends.from.session,
                                                    &mechanism, template, 8,
                                                    &key),
                 CKR_OK);
    (void)copy_key(CKO_SECRET_KEY, "one");
    cr_expect_gt(copy_key(CKO_SECRET_KEY, "two"), 1);
}

Test(transfer_pattern, one_that_is_refused_is_tried)
{
    bool is_made;

    learn();
    refusal = CKR_TEMPLATE_INCONSISTENT;
    cr_expect_eq(make("two", &is_made).verdict, TRANSFER_FINE);
    cr_expect(is_made);
    cr_expect_gt(n_unwrapped, 2);
    cr_expect_eq(transfer_count(ends.to, true), 4);
}

/* R9.6: what an operation on it gives is what tells. */
Test(transfer_pattern, one_that_is_not_right_goes_and_is_tried)
{
    bool is_made;

    learn();
    is_spoiled = true;
    cr_expect_eq(make("two", &is_made).verdict, TRANSFER_FINE);
    cr_expect(is_made);
    cr_expect_gt(n_unwrapped, 2);
    cr_expect_neq(transfer_find(ends.to, CKO_PRIVATE_KEY, "two"), spoiled);
    cr_expect_eq(transfer_count(ends.to, true), 4);
}

/* Then a second one might be made beside it. */
Test(transfer_pattern, one_that_may_be_there_is_not_made_again)
{
    bool is_made;

    learn();
    refusal = CKR_DEVICE_ERROR;
    cr_expect_eq(make("two", &is_made).verdict, TRANSFER_LEFT_BEHIND);
    cr_expect_not(is_made);
    cr_expect_eq(n_unwrapped, 1);
    n_unwrapped = 0;
    cr_expect_eq(make("two", &is_made).verdict, TRANSFER_FINE);
    cr_expect_gt(n_unwrapped, 1, "it is tried the next time");
}

/* Nothing would hide it until it is proven. */
Test(transfer_pattern, nothing_is_made_at_once_where_that_is_not_permitted)
{
    static const struct profile any;

    ends_behave(&any);
    learn();
    cr_expect_gt(copy_key(CKO_PRIVATE_KEY, "two"), 1);
}

/* A key that would be another one to applications does not stay. */
Test(transfer_pattern, one_that_would_not_be_known_is_tried)
{
    CK_OBJECT_HANDLE public_key;

    learn();
    public_key = transfer_find(ends.to, CKO_PUBLIC_KEY, "two");
    cr_assert_eq(ends.to.functions->C_DestroyObject(ends.to.session,
                                                    public_key),
                 CKR_OK);
    cr_expect_gt(copy_key(CKO_PRIVATE_KEY, "two"), 1);
}
