/* SPDX-License-Identifier: BSD-3-Clause */
/* Signed notes and checkpoints, as c2sp.org describes them. */
#include "audit/base64.h"
#include "audit/checkpoint.h"
#include "audit/note-text.h"
#include "common/cleanup.h"
#include "common/crypto.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

/* A key and a note that the first implementation of notes is shown with. */
static const char known_secret[] =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdX"
    "HKDFz\n";
static const char known_verifier[] =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char known_text[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
static const char known_signature[] =
    "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIu"
    "GUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

static struct note_key *verifier;
static struct note_key *secret;

static void
begin(void)
{
    struct error error = { 0 };

    cr_assert(crypto_open(&error), "%s", error.text);
    cr_assert(note_key_read("test", known_secret, &secret, &error), "%s",
              error.text);
    cr_assert(note_key_read_verifier("test", known_verifier, &verifier, &error),
              "%s", error.text);
}

static void
end(void)
{
    note_key_free(verifier);
    note_key_free(secret);
    crypto_close();
}

TestSuite(audit_note, .init = begin, .fini = end);

Test(audit_note, signs_like_others)
{
    CLEANUP(freep) char *note = note_write(known_text, secret, NULL);
    CLEANUP(freep) char *expected = NULL;
    char text[NOTE_KEY_TEXT_LENGTH];

    cr_assert_geq(asprintf(&expected, "%s\n%s", known_text, known_signature),
                  0);
    cr_assert_str_eq(note, expected);
    note_key_write_verifier(secret, text);
    cr_expect_str_eq(text, known_verifier);
    cr_assert(note_key_write_secret(secret, text));
    cr_expect(strncmp(text, known_secret, strlen(text)) == 0);
    cr_expect(!note_key_write_secret(verifier, text));
}

static enum note_verdict
check(const char *bytes)
{
    struct note note;

    cr_assert(note_read(bytes, strlen(bytes), &note), "%s", bytes);
    return note_check(&note, verifier);
}

Test(audit_note, tells_who_signed)
{
    CLEANUP(note_key_freep) struct note_key *other = NULL;
    CLEANUP(freep) char *plain = note_write(known_text, NULL, NULL);
    CLEANUP(freep) char *own = note_write(known_text, secret, NULL);
    CLEANUP(freep) char *foreign = NULL;
    CLEANUP(freep) char *both = NULL;
    CLEANUP(freep) char *forged = NULL;
    struct error error = { 0 };

    cr_assert(note_key_make("PeterNeumann", &other, &error));
    foreign = note_write(known_text, other, NULL);
    cr_expect_eq(check(plain), NOTE_UNSIGNED);
    cr_expect_eq(check(own), NOTE_SIGNED);
    cr_expect_eq(check(foreign), NOTE_OF_OTHERS);
    cr_assert_geq(asprintf(&both, "%s%s", foreign, known_signature), 0);
    cr_expect_eq(check(both), NOTE_SIGNED);
    forged = strdup(both);
    forged[0] = 'O';
    cr_expect_eq(check(forged), NOTE_FORGED);
}

Test(audit_note, takes_only_notes)
{
    static const char *const wrong[] = {
        "",
        "\n",
        "no empty line\n",
        "a tab\t\n\n",
        "\xff\n\n",
        "overlong \xc0\xaf\n\n",
        "surrogate \xed\xa0\x80\n\n",
        "cut \xe2\x80\n\n",
        "text\n\nno signature\n",
        "text\n\n\xe2\x80\x94 name\n",
        "text\n\n\xe2\x80\x94 name AAAA\n",
        "text\n\n\xe2\x80\x94 name AAAAAAA\n",
        "text\n\n\xe2\x80\x94 na+me AAAAAAAA\n",
        "text\n\n\xe2\x80\x94  AAAAAAAA\n",
        "text\n\n\xe2\x80\x94 na\xc2\xa0me AAAAAAAA\n",
        "text\n\n\xe2\x80\x94 name AAAAAAAA",
    };
    struct note note;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_expect(!note_read(wrong[i], strlen(wrong[i]), &note), "%s",
                  wrong[i]);
    cr_expect(note_read("a\n\nb\n\n", 6, &note));
    cr_expect_eq(note.text_length, 5);
}

Test(audit_note, takes_only_keys)
{
    static const char *const wrong[] = {
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4iw==\nx",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct error error = { 0 };
        struct note_key *key = NULL;

        cr_expect(!note_key_read_verifier("FILE", wrong[i], &key, &error));
        cr_expect(strncmp(error.text, "FILE: ", 6) == 0);
        cr_expect_null(key);
    }
}

Test(audit_note, names_its_keys_without_blanks)
{
    CLEANUP(note_key_freep) struct note_key *key = NULL;
    struct error error = { 0 };

    cr_expect(!note_key_make("", &key, &error));
    cr_expect(!note_key_make("a b", &key, &error));
    cr_expect(!note_key_make("a+b", &key, &error));
    cr_expect(!note_key_make("a\xe3\x80\x80", &key, &error));
    cr_expect(note_key_make("h\xc3\xb6st/audit", &key, &error));
}

Test(audit_note, reads_what_it_writes_in_base_64)
{
    static const struct pair {
        const char *bytes, *text;
    } pairs[] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
    };
    static const char *const wrong[] = { "Zg=",      "Zg=a",   "Zh==", "Zm9=",
                                         "Zg==Zg==", "Zm9v\n", "====", "Zm-_" };
    unsigned char bytes[8];
    char text[16];
    size_t length;

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        base64_write(pairs[i].bytes, strlen(pairs[i].bytes), text);
        cr_expect_str_eq(text, pairs[i].text);
        cr_assert(base64_read(text, strlen(text), bytes, 6, &length));
        cr_expect_eq(length, strlen(pairs[i].bytes));
        cr_expect(memcmp(bytes, pairs[i].bytes, length) == 0);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_expect(!base64_read(wrong[i], strlen(wrong[i]), bytes, 8, &length),
                  "%s", wrong[i]);
    cr_expect(!base64_read("Zm9vYmFy", 8, bytes, 5, &length));
}

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

Test(audit_note, is_a_checkpoint)
{
    static const char right[] = "example.com/log\n20852163\n" ROOT "\n";
    static const char *const wrong[] = {
        "",
        "example.com/log\n",
        "example.com/log\n20852163\n",
        "example.com/log\n020852163\n" ROOT "\n",
        "example.com/log\n-1\n" ROOT "\n",
        "example.com/log\n18446744073709551616\n" ROOT "\n",
        "example.com/log\n1 \n" ROOT "\n",
        "example.com/log\n1\nCsUYapGGPo4dkMgIAUqom\n",
        "example.com/log\n1\n" ROOT,
        "example.com/log\n1\n" ROOT "\n\nextension\n",
        "\n1\n" ROOT "\n",
    };
    struct checkpoint checkpoint;
    char text[CHECKPOINT_TEXT_LENGTH];

    cr_assert(checkpoint_read(right, strlen(right), &checkpoint));
    cr_expect_str_eq(checkpoint.origin, "example.com/log");
    cr_expect_eq(checkpoint.size, 20852163);
    checkpoint_write(&checkpoint, text);
    cr_expect_str_eq(text, right);
    cr_expect(checkpoint_read("a\n0\n" ROOT "\nmore\n", 54, &checkpoint));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_expect(!checkpoint_read(wrong[i], strlen(wrong[i]), &checkpoint),
                  "%s", wrong[i]);
}
