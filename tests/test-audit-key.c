/* SPDX-License-Identifier: BSD-3-Clause */
/* A key that takes the place of another one while a process signs with that. */
#include "audit/signer.h"
#include "common/cleanup.h"
#include "tests/audited.h"
#include "tests/clerked.h"

#include <criterion/criterion.h>

TestSuite(audit_key, .timeout = 60);

/* Another key takes its place while the process runs. */
static struct note_key *
change_key(const struct note_key *key)
{
    struct signer_request request = { .path = audited_path, .key = key };
    struct signer_result result;
    struct error error = { .rv = CKR_OK };
    struct note_key *next = NULL;

    cr_assert(note_key_make("host/log", &next, &error), "%s", error.text);
    request.next = next;
    cr_assert(signer_run(&request, &result, &error), "%s", error.text);
    return next;
}

static void
put_key(const struct note_key *key)
{
    char text[NOTE_KEY_TEXT_LENGTH];

    cr_assert(note_key_write_secret(key, text));
    fixture_write("audit.key", 0600, "%s\n", text);
}

Test(audit_key, goes_on_with_the_key_that_took_the_place_of_its_own)
{
    struct config *config = clerked_configure();
    CLEANUP(note_key_freep) struct note_key *key = clerked_make_key(config);
    CLEANUP(note_key_freep) struct note_key *next = NULL;

    audited_start(config);
    cr_assert_eq(audited_sign(), CKR_OK);
    next = change_key(key);
    put_key(next);
    cr_assert_eq(audited_sign(), CKR_OK);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(clerked_verify(key).n_covered, 5);
    cr_assert_eq(clerked_verify(next).n_covered, 5);
    cr_assert_eq(clerked_verify(next).n_checkpoints, 2);
}

Test(audit_key, goes_on_where_others_have_signed_with_the_new_key)
{
    struct config *config = clerked_configure();
    CLEANUP(note_key_freep) struct note_key *key = clerked_make_key(config);
    CLEANUP(note_key_freep) struct note_key *next = NULL;
    struct signer_request request = { .path = audited_path };
    struct signer_result result;
    struct error error = { .rv = CKR_OK };

    audited_start(config);
    cr_assert_eq(audited_sign(), CKR_OK);
    next = change_key(key);
    put_key(next);
    cr_assert_eq(audited_sign(), CKR_OK);
    request.key = next;
    cr_assert(signer_run(&request, &result, &error), "%s", error.text);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(clerked_count_messages("no checkpoint"), 0);
    cr_assert_eq(clerked_verify(key).n_checkpoints, 3);
    cr_assert_eq(clerked_verify(key).n_covered, 5);
}

/* Nobody has put the new key there yet: then there is nothing to wait for. */
Test(audit_key, ends_at_once_where_its_key_signs_no_more)
{
    struct config *config = clerked_configure();
    CLEANUP(note_key_freep) struct note_key *key = clerked_make_key(config);
    CLEANUP(note_key_freep) struct note_key *next = NULL;

    audited_start(config);
    cr_assert_eq(audited_sign(), CKR_OK);
    next = change_key(key);
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(clerked_count_messages("has taken the place of this one"), 1);
    cr_assert_eq(clerked_verify(next).n_checkpoints, 1);
}
