/* SPDX-License-Identifier: BSD-3-Clause */
/* Slot numbers of tokens that no rule names, and the file that keeps them. */
#include "router/slot-number.h"

#include "common/crypto.h"
#include "common/text.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
setup(void)
{
    cr_assert(crypto_open(NULL));
}

TestSuite(slot_number, .init = setup, .fini = crypto_close);

static CK_SLOT_ID
hash_of(const char *identity)
{
    unsigned char digest[SHA256_LENGTH];

    cr_assert(crypto_sha256(identity, strlen(identity), digest));
    return 0x10000 + ((CK_SLOT_ID)digest[0] << 16 | (CK_SLOT_ID)digest[1] << 8 |
                      digest[2]);
}

/* The number that a new process gives it first. */
static CK_SLOT_ID
number_of(const char *identity)
{
    struct slot_numbers *numbers = slot_numbers_new(fixture_folder());
    CK_SLOT_ID slot = slot_numbers_get(numbers, identity);

    cr_assert_eq(slot_numbers_get(numbers, identity), slot);
    slot_numbers_free(numbers);
    return slot;
}

/* -- Numbers -------------------------------------------------------------- */

Test(slot_number, is_0x10000_and_24_bits_of_a_hash)
{
    for (int i = 0; i < 1000; i++) {
        const char *identity = fixture_text("token %d", i);
        CK_SLOT_ID slot = number_of(identity);

        cr_assert_eq(slot, hash_of(identity));
        cr_assert_geq(slot, 0x10000);
        cr_assert_lt(slot, 0x10000 + (1 << 24));
    }
}

Test(slot_number, the_order_of_tokens_does_not_matter)
{
    struct slot_numbers *numbers = slot_numbers_new(fixture_folder());
    CK_SLOT_ID b = slot_numbers_get(numbers, "b");
    CK_SLOT_ID a = slot_numbers_get(numbers, "a");

    cr_assert_eq(a, number_of("a"));
    cr_assert_eq(b, number_of("b"));
    cr_assert_neq(a, b);
    slot_numbers_free(numbers);
}

Test(slot_number, who_comes_second_to_a_number_gets_the_next_one)
{
    struct slot_numbers *numbers;
    CK_SLOT_ID wanted = hash_of("late");

    fixture_write("slots", 0600, "0x%lx early\n0x%lx later\n", wanted,
                  wanted + 1);
    numbers = slot_numbers_new(fixture_folder());
    cr_assert_eq(slot_numbers_get(numbers, "early"), wanted);
    cr_assert_eq(slot_numbers_get(numbers, "late"), wanted + 2);
    cr_assert_eq(slot_numbers_get(numbers, "late"), wanted + 2);
    slot_numbers_free(numbers);
}

Test(slot_number, goes_with_a_token_that_becomes_another)
{
    struct slot_numbers *numbers = slot_numbers_new(fixture_folder());
    CK_SLOT_ID before = slot_numbers_get(numbers, "old");

    cr_assert(slot_numbers_move(numbers, "old", "new"));
    cr_assert_eq(slot_numbers_get(numbers, "new"), before);
    cr_assert_neq(slot_numbers_get(numbers, "old"), before);
    slot_numbers_free(numbers);
}

/* -- The file ------------------------------------------------------------- */

Test(slot_number, is_kept_in_a_file)
{
    struct slot_numbers *numbers;
    CK_SLOT_ID wanted = hash_of("late"), late;
    struct error error = { .rv = CKR_OK };
    struct stat status;

    fixture_write("slots", 0600, "# a comment\n\n0x%lx early\n", wanted);
    numbers = slot_numbers_new(fixture_folder());
    late = slot_numbers_get(numbers, "late");
    cr_assert(slot_numbers_save(numbers, &error), "%s", error.text);
    slot_numbers_free(numbers);
    cr_assert_eq(stat(fixture_path("slots"), &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0644);
    /* In the next process it comes first, and has its number all the same. */
    cr_assert_eq(number_of("late"), late);
    cr_assert_eq(number_of("early"), wanted);
}

Test(slot_number, nothing_new_is_nothing_to_write)
{
    struct slot_numbers *numbers = slot_numbers_new(fixture_folder());

    cr_assert(slot_numbers_save(numbers, NULL));
    cr_assert_neq(access(fixture_path("slots"), F_OK), 0);
    slot_numbers_free(numbers);
}

Test(slot_number, where_it_cannot_be_written_that_is_said)
{
    struct slot_numbers *numbers =
        slot_numbers_new(fixture_path("no/such/folder"));
    struct error error = { .rv = CKR_OK };

    cr_assert_eq(slot_numbers_get(numbers, "a"), hash_of("a"));
    cr_assert_not(slot_numbers_save(numbers, &error));
    cr_assert_not_null(strstr(error.text, "no/such/folder"), "%s", error.text);
    slot_numbers_free(numbers);
}

Test(slot_number, lines_that_make_no_sense_are_left_out)
{
    CK_SLOT_ID wanted = hash_of("late");

    fixture_write("slots", 0600,
                  "garbage\n"
                  "0x%lx\n"           /* no token */
                  "0x%lx \n"          /* nor here */
                  "12 low\n"          /* a configured token's number */
                  "0xffffffff high\n" /* none of ours */
                  "-1 negative\n"
                  "0x%lx early\n"
                  "0x%lx twin\n" /* taken */
                  "\001\002\377\n",
                  wanted, wanted, wanted, wanted);
    cr_assert_eq(number_of("early"), wanted);
    cr_assert_eq(number_of("late"), wanted + 1);
    cr_assert_eq(number_of("twin"), hash_of("twin"));
    cr_assert_eq(number_of("low"), hash_of("low"));
    cr_assert_eq(number_of("high"), hash_of("high"));
    cr_assert_eq(number_of("negative"), hash_of("negative"));
}

Test(slot_number, a_file_that_others_may_write_is_not_believed)
{
    CK_SLOT_ID wanted = hash_of("late");

    fixture_write("slots", 0666, "0x%lx early\n", wanted);
    cr_assert_eq(number_of("late"), wanted);
    cr_assert_eq(chmod(fixture_path("slots"), 0644), 0);
    cr_assert_eq(number_of("late"), wanted + 1);
}

Test(slot_number, a_folder_or_a_huge_file_in_its_place_is_left_alone)
{
    cr_assert_eq(mkdir(fixture_path("slots"), 0700), 0);
    cr_assert_eq(number_of("late"), hash_of("late"));
    cr_assert_eq(rmdir(fixture_path("slots")), 0);
    fixture_write("slots", 0600, "0x%lx early\n", hash_of("late"));
    cr_assert_eq(truncate(fixture_path("slots"), 1 << 30), 0);
    cr_assert_eq(number_of("late"), hash_of("late"));
}

/* -- Identities ----------------------------------------------------------- */

static CK_TOKEN_INFO
token_info(const char *label, const char *serial)
{
    CK_TOKEN_INFO info = { .flags = 0 };

    text_pad(info.manufacturerID, sizeof(info.manufacturerID), "maker");
    text_pad(info.model, sizeof(info.model), "model");
    text_pad(info.serialNumber, sizeof(info.serialNumber), serial);
    text_pad(info.label, sizeof(info.label), label);
    return info;
}

/* Fails unless the token is called so. */
static void
check_identity(const char *expected, const char *module, const char *label,
               const char *serial, unsigned ordinal)
{
    CK_TOKEN_INFO info = token_info(label, serial);
    char *identity = slot_identity(module, &info, ordinal);

    cr_assert_str_eq(identity, expected);
    free(identity);
}

Test(slot_number, an_identity_is_all_that_tells_tokens_apart)
{
    check_identity("soft;maker;model;17;ca", "soft", "ca", "17", 0);
    check_identity("soft;maker;model;17;ca;2", "soft", "ca", "17", 1);
    check_identity("soft;maker;model;17;ca;3", "soft", "ca", "17", 2);
    check_identity("soft;maker;model;;", "soft", "", "", 0);
}

Test(slot_number, an_identity_is_one_line_whatever_the_token_says)
{
    check_identity("a%3Bb;maker;model;%25;one%20two%0A;2", "a;b", "one two\n",
                   "%", 1);
    check_identity("soft;maker;model;1;ca%3B2", "soft", "ca;2", "1", 0);
}

/* Files that a release wrote load for ever. */
Test(slot_number, the_file_of_0_1_0_is_read)
{
    const char *path = fixture_copy(fixture_text("%s/tests/old/slots-0.1.0",
                                                 getenv("P11MUX_SRCDIR")),
                                    "slots");
    struct slot_numbers *numbers;

    cr_assert_eq(chmod(path, 0644), 0);
    numbers = slot_numbers_new(fixture_folder());
    cr_assert_eq(slot_numbers_get(numbers,
                                  "soft;SoftHSM%20project;SoftHSM%20v2;"
                                  "ed6ca36d4e6ef2dc;web"),
                 0x91a1ce);
    cr_assert_eq(slot_numbers_get(numbers,
                                  "nss;Mozilla%20Foundation;NSS%203;"
                                  "0000000000000000;NSS%20Certificate%20DB;2"),
                 0x2a47e1);
    slot_numbers_free(numbers);
}
