/* SPDX-License-Identifier: BSD-3-Clause */
/* What a member has, by name: found without asking it, and copied by. */
#include "router/catalogue.h"

#include "tests/transfer-ends.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct catalogue *catalogues[2];
static struct identity_place bare[2]; /* the ends without them */
static CK_FUNCTION_LIST_3_2 real[2];
static unsigned n_searches;

/* Both ends are read, and answer from that. */
static void
look(void)
{
    cr_assert_eq(catalogue_read(catalogues[0], ends.from), CKR_OK);
    cr_assert_eq(catalogue_read(catalogues[1], ends.to), CKR_OK);
}

static void
begin(void)
{
    struct identity_place from = bare[0] = transfer_softhsm("a");
    struct identity_place to = bare[1] = transfer_softhsm("b");

    from.catalogue = catalogues[0] = catalogue_new();
    to.catalogue = catalogues[1] = catalogue_new();
    cr_assert(catalogues[0] != NULL && catalogues[1] != NULL);
    ends_connect(from, to);
    real[0] = *ends.from.functions;
    real[1] = *ends.to.functions;
    n_searches = 0;
}

static struct identity *moved; /* what is kept lends it */

static void
end(void)
{
    identity_free(moved);
    ends_free();
    catalogue_free(catalogues[0]);
    catalogue_free(catalogues[1]);
}

TestSuite(catalogue, .init = begin, .fini = end);

static CK_RV
count_here(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
    n_searches++;
    return real[0].C_FindObjectsInit(session, template, count);
}

static CK_RV
count_there(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
    n_searches++;
    return real[1].C_FindObjectsInit(session, template, count);
}

static CK_RV
refuse_search(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
    (void)session, (void)template, (void)count;
    return CKR_DEVICE_ERROR;
}

static void
watch_searches(void)
{
    ends_functions(ends.from)->C_FindObjectsInit = count_here;
    ends_functions(ends.to)->C_FindObjectsInit = count_there;
}

/* How many of a class have this CKA_ID or label; the last one in *out. */
static size_t
search(CK_OBJECT_CLASS object_class, CK_ATTRIBUTE_TYPE type, const char *name,
       CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { type, (void *)(uintptr_t)name, strlen(name) },
    };
    CK_OBJECT_HANDLE *found = NULL;
    size_t count;

    cr_assert_eq(catalogue_search(catalogues[0], template, 2, &found, &count),
                 CKR_OK);
    if (count > 0)
        *out = found[count - 1];
    free(found);
    return count;
}

/* -- Names --------------------------------------------------------------------
 */

Test(catalogue, finds_each_of_many_by_its_names)
{
    enum { MANY = 70 }; /* more than there is room for at first */
    CK_OBJECT_HANDLE objects[MANY], found = 0;
    char name[8];

    for (unsigned i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof(name), "n%u", i);
        objects[i] = transfer_add_secret(bare[0], CKK_AES, name);
    }
    look();
    watch_searches();
    for (unsigned i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof(name), "n%u", i);
        cr_expect_eq(search(CKO_SECRET_KEY, CKA_ID, name, &found), 1);
        cr_expect_eq(found, objects[i], "by CKA_ID: %s", name);
        cr_expect_eq(search(CKO_SECRET_KEY, CKA_LABEL, name, &found), 1);
        cr_expect_eq(found, objects[i], "by label: %s", name);
    }
    cr_expect_eq(search(CKO_PUBLIC_KEY, CKA_ID, "n1", &found), 0);
    cr_expect_eq(search(CKO_SECRET_KEY, CKA_ID, "n", &found), 0);
    cr_expect_eq(n_searches, 0);
}

Test(catalogue, tells_of_what_is_added_and_not_of_what_is_removed)
{
    CK_OBJECT_HANDLE one = transfer_add_secret(bare[0], CKK_AES, "one");
    CK_OBJECT_HANDLE found = 0;
    struct identity *identity;

    look();
    catalogue_remove(catalogues[0], one);
    cr_expect_eq(search(CKO_SECRET_KEY, CKA_ID, "one", &found), 0);
    cr_assert_eq(identity_read_at(ends.from, one, false, &identity), CKR_OK);
    cr_assert(catalogue_add(catalogues[0], one, identity));
    cr_expect_eq(search(CKO_SECRET_KEY, CKA_ID, "one", &found), 1);
    cr_expect_eq(found, one);
    identity_free(identity);
}

Test(catalogue, does_not_answer_for_more_than_names)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_APPLICATION, NULL, 0 },
    };
    CK_OBJECT_HANDLE *found;
    size_t count;

    look();
    cr_expect_eq(catalogue_search(catalogues[0], template, 2, &found, &count),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_expect_eq(catalogue_search(catalogues[0], template + 1, 1, &found,
                                  &count),
                 CKR_FUNCTION_NOT_SUPPORTED);
}

/* -- What has one CKA_ID ------------------------------------------------------
 */

Test(catalogue, of_one_id_answers_for_that_alone)
{
    static const unsigned char one[] = "one";
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_BBOOL is_token = CK_TRUE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_ID, (void *)(uintptr_t) "two", 3 },
        { CKA_TOKEN, &is_token, sizeof(is_token) },
    };
    CK_OBJECT_HANDLE its = transfer_add_secret(bare[0], CKK_AES, "one");
    CK_OBJECT_HANDLE *found, another = 0;
    size_t count;

    (void)transfer_add_secret(bare[0], CKK_AES, "two");
    cr_assert_eq(catalogue_read_id(catalogues[0], ends.from, one, 3), CKR_OK);
    cr_expect_eq(search(CKO_SECRET_KEY, CKA_ID, "one", &another), 1);
    cr_expect_eq(another, its);
    cr_expect_eq(search(CKO_PUBLIC_KEY, CKA_ID, "one", &another), 0);
    for (CK_ULONG n = 1; n < 4; n++) {
        template[1].pValue = (void *)(uintptr_t)(n < 3 ? "two" : "one");
        cr_expect_eq(catalogue_search(catalogues[0], template, n, &found,
                                      &count),
                     CKR_FUNCTION_NOT_SUPPORTED, "%lu", n);
    }
}

/* And two others that it takes to know it again, for which SoftHSM looks at all
 * that it has. */
Test(catalogue, a_key_is_found_by_its_name_with_one_search)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(bare[0], "ec", CK_TRUE);
    CK_OBJECT_HANDLE found = 0;
    struct identity *identity;

    (void)transfer_add_secret(bare[0], CKK_AES, "ec");
    (void)transfer_add_ec(bare[0], "other", CK_TRUE);
    cr_assert_eq(identity_read_at(bare[0], key, true, &identity), CKR_OK);
    watch_searches();
    cr_expect_eq(identity_find_named(ends.from.functions, ends.from.session,
                                     identity, &found),
                 CKR_OK);
    identity_free(identity);
    cr_expect_eq(found, key);
    cr_expect_eq(n_searches, 1);
}

/* "There is none" would be wrong. */
Test(catalogue, does_not_answer_where_it_could_not_be_read)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(bare[0], "ec", CK_TRUE);

    look();
    ends_functions(ends.from)->C_FindObjectsInit = refuse_search;
    cr_assert_eq(catalogue_read(catalogues[0], ends.from), CKR_DEVICE_ERROR);
    ends_functions(ends.from)->C_FindObjectsInit = count_here;
    ends_expect(transfer_find(bare[0], CKO_PUBLIC_KEY, "ec"), TRANSFER_FINE);
    ends_expect(key, TRANSFER_FINE);
    cr_expect_gt(n_searches, 3);
}

/* -- Copies -------------------------------------------------------------------
 */

/* Tried and made. */
static struct transfer_outcome
copy(CK_OBJECT_HANDLE object)
{
    struct transfer_outcome outcome;
    struct identity *identity;
    CK_OBJECT_HANDLE ignored;

    cr_assert_eq(identity_read_at(ends.from, object, true, &identity), CKR_OK);
    cr_assert(transfer_try(ends.transfer, object, identity, &outcome), "%s",
              transfer_verdicts[outcome.verdict].name);
    cr_assert(transfer_make(ends.transfer, &ignored, &outcome));
    identity_free(identity);
    return outcome;
}

/* One for each name that may be taken, and one more for a public key, which
 * must not lead to another's private one. */
Test(catalogue, a_pair_is_copied_with_a_few_searches)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(bare[0], "ec", CK_TRUE);
    CK_OBJECT_HANDLE half = transfer_find(bare[0], CKO_PUBLIC_KEY, "ec");

    look();
    watch_searches();
    (void)copy(half);
    cr_expect_eq(n_searches, 2, "%u", n_searches);
    cr_assert_eq(catalogue_read(catalogues[1], ends.to), CKR_OK);
    n_searches = 0;
    cr_expect(copy(key).is_known_again);
    cr_expect_eq(n_searches, 1, "%u", n_searches);
}

Test(catalogue, a_name_that_somebody_takes_meanwhile_is_taken)
{
    CK_OBJECT_HANDLE key = transfer_add_ec(bare[0], "ec", CK_TRUE);
    CK_OBJECT_HANDLE half = transfer_find(bare[0], CKO_PUBLIC_KEY, "ec");

    look();
    (void)transfer_add_ec(bare[1], "ec", CK_TRUE);
    ends_expect(half, TRANSFER_TAKEN);
    ends_expect(key, TRANSFER_TAKEN);
}

Test(catalogue, a_private_key_that_comes_meanwhile_gets_no_others_public_one)
{
    CK_OBJECT_HANDLE half;

    (void)transfer_add_ec(bare[0], "ec", CK_TRUE);
    half = transfer_find(bare[0], CKO_PUBLIC_KEY, "ec");
    look();
    (void)transfer_add_lone_ec(bare[1], "ec");
    ends_expect(half, TRANSFER_TAKEN);
}

/* -- What is believed later ---------------------------------------------------
 */

/* Made by the catalogue alone, and kept beside another one. */
static CK_OBJECT_HANDLE
make_public_key(struct transfer_kept *out)
{
    CK_OBJECT_HANDLE half, other, copy;
    struct transfer_outcome outcome;

    (void)transfer_add_ec(bare[0], "ec", CK_TRUE);
    half = transfer_find(bare[0], CKO_PUBLIC_KEY, "ec");
    other = transfer_add_data(bare[0], "data");
    look();
    transfer_trust_catalogue(ends.transfer);
    watch_searches();
    cr_assert_eq(identity_read_at(ends.from, half, true, &moved), CKR_OK);
    cr_assert(transfer_try(ends.transfer, half, moved, &outcome));
    cr_assert(transfer_make(ends.transfer, &copy, &outcome));
    cr_expect_eq(n_searches, 0);
    transfer_keep(ends.transfer, out);
    ends_expect(other, TRANSFER_FINE);
    return copy;
}

static bool
is_alone(CK_OBJECT_HANDLE copy, struct transfer_kept *kept,
         struct transfer_outcome *outcome)
{
    bool is_alone;

    *outcome = (struct transfer_outcome){ .verdict = TRANSFER_FINE };
    cr_assert_eq(catalogue_read(catalogues[1], ends.to), CKR_OK);
    transfer_resume(ends.transfer, kept);
    is_alone = transfer_is_alone(ends.transfer, copy, outcome);
    cr_expect(!is_alone || transfer_confirm(ends.transfer, copy, outcome));
    return is_alone;
}

Test(catalogue, what_is_kept_is_confirmed_after_others)
{
    struct transfer_outcome outcome;
    struct transfer_kept kept;
    CK_OBJECT_HANDLE copy = make_public_key(&kept);

    cr_expect(is_alone(copy, &kept, &outcome));
    cr_expect_eq(transfer_find(bare[1], CKO_PUBLIC_KEY, "ec"), copy);
}

Test(catalogue, a_copy_beside_another_of_its_name_does_not_stay)
{
    struct transfer_outcome outcome;
    struct transfer_kept kept;
    CK_OBJECT_HANDLE copy = make_public_key(&kept);

    (void)transfer_add_ec(bare[1], "ec", CK_TRUE);
    cr_expect_not(is_alone(copy, &kept, &outcome));
    cr_expect_eq(outcome.verdict, TRANSFER_TAKEN);
    cr_expect_neq(transfer_find(bare[1], CKO_PUBLIC_KEY, "ec"), copy);
}

/* Two hosts that move one token would each destroy their own, and say that it
 * is there. */
Test(catalogue, a_copy_beside_the_same_is_to_be_tried_anew)
{
    CK_FUNCTION_LIST_3_2 *functions = ends_functions(ends.to);
    struct transfer_outcome outcome;
    struct transfer_kept kept;
    CK_OBJECT_HANDLE copy = make_public_key(&kept), same;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template = { CKA_TOKEN, &yes, sizeof(yes) };

    cr_assert_eq(functions->C_CopyObject(ends.to.session, copy, &template, 1,
                                         &same),
                 CKR_OK);
    cr_expect_not(is_alone(copy, &kept, &outcome));
    cr_expect_eq(outcome.verdict, TRANSFER_OVERTAKEN, "%s",
                 transfer_verdicts[outcome.verdict].name);
    cr_expect_eq(transfer_find(bare[1], CKO_PUBLIC_KEY, "ec"), same);
}

/* As all that is private when nobody is logged in any more. */
Test(catalogue, a_copy_that_is_not_shown_does_not_stay)
{
    struct transfer_outcome outcome = { .verdict = TRANSFER_FINE };
    struct transfer_kept kept;
    CK_OBJECT_HANDLE copy = make_public_key(&kept);

    cr_assert_eq(catalogue_read(catalogues[1], ends.to), CKR_OK);
    catalogue_remove(catalogues[1], copy);
    transfer_resume(ends.transfer, &kept);
    cr_expect_not(transfer_is_alone(ends.transfer, copy, &outcome));
    cr_expect_eq(outcome.verdict, TRANSFER_UNREADABLE);
}

Test(catalogue, a_copy_that_would_mislead_does_not_stay)
{
    struct transfer_outcome outcome;
    struct transfer_kept kept;
    CK_OBJECT_HANDLE copy = make_public_key(&kept);

    (void)transfer_add_lone_ec(bare[1], "ec");
    cr_expect_not(is_alone(copy, &kept, &outcome));
    cr_expect_eq(outcome.verdict, TRANSFER_TAKEN);
}
