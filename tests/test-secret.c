/* SPDX-License-Identifier: BSD-3-Clause */
/* Secrets in pages of their own. */
#include "common/secret.h"

#include "tests/mapping.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

Test(secret, none_is_not_an_empty_one)
{
    struct secret secret = { 0 };

    cr_expect(!secret_is_present(&secret));
    cr_expect(!secret_equals(&secret, "", 0));
    cr_expect(secret_set(&secret, NULL, 0));
    cr_expect(secret_is_present(&secret));
    cr_expect(secret_equals(&secret, "", 0));
    cr_expect_eq(secret.length, 0);
    secret_wipe(&secret);
    cr_expect(!secret_is_present(&secret));
    cr_expect_null(secret.bytes);
    secret_wipe(&secret);
}

Test(secret, equals_the_same_bytes_only)
{
    struct secret secret = { 0 };

    cr_assert(secret_set(&secret,
                         "12\0"
                         "4",
                         4));
    cr_expect_eq(secret.length, 4);
    cr_expect(secret_equals(&secret,
                            "12\0"
                            "4",
                            4));
    cr_expect(!secret_equals(&secret,
                             "12\0"
                             "5",
                             4));
    cr_expect(!secret_equals(&secret, "12\0", 3));
    cr_expect(!secret_equals(&secret,
                             "12\0"
                             "4\0",
                             5));
    cr_expect(!secret_equals(&secret, "", 0));
    secret_wipe(&secret);
}

Test(secret, takes_the_longest_and_refuses_a_longer_one)
{
    static const unsigned char bytes[SECRET_MAX_LENGTH + 1] = { 1, 2, 3 };
    struct secret secret = { 0 };

    cr_expect(secret_set(&secret, bytes, SECRET_MAX_LENGTH));
    cr_expect(secret_equals(&secret, bytes, SECRET_MAX_LENGTH));
    cr_expect(!secret_set(&secret, bytes, SECRET_MAX_LENGTH + 1));
    cr_expect(!secret_set(&secret, NULL, 1));
    /* What it held it still holds. */
    cr_expect(secret_equals(&secret, bytes, SECRET_MAX_LENGTH));
    cr_expect_eq(secret.bytes[SECRET_MAX_LENGTH], 0);
    secret_wipe(&secret);
}

Test(secret, may_be_set_from_a_part_of_itself)
{
    struct secret secret = { 0 };

    cr_assert(secret_set(&secret, "pin\n", 4));
    cr_assert(secret_set(&secret, secret.bytes, 3));
    cr_expect(secret_equals(&secret, "pin", 3));
    cr_expect_eq(secret.bytes[3], 0);
    secret_wipe(&secret);
}

Test(secret, is_wiped_before_its_page_goes)
{
    struct secret secret = { 0 };

    cr_assert(secret_set(&secret, "12345678", 8));
    secret_wipe(&secret);
    cr_expect_eq(mapping_n_unmapped, 1);
    cr_expect_eq(mapping_n_left_bytes, 0);
    cr_assert(secret_set(&secret, "12345678", 8));
    cr_assert(secret_set(&secret, "87654321", 8));
    cr_expect_eq(mapping_n_unmapped, 2);
    cr_expect_eq(mapping_n_left_bytes, 0);
    secret_wipe(&secret);
    cr_expect_eq(mapping_n_unmapped, 3);
}

Test(secret, is_neither_dumped_nor_swapped_nor_inherited)
{
    struct secret secret = { 0 };

    cr_assert(secret_set(&secret, "1234", 4));
    cr_expect(mapping_has(secret.bytes, "dd"));
    cr_expect(mapping_has(secret.bytes, "wf"));
    if (mapping_can_be_locked())
        cr_expect(mapping_has(secret.bytes, "lo"));
    secret_wipe(&secret);
}

/* How a child that does this with the secret ends. */
static int
status_of_child(void (*act)(struct secret *), struct secret *secret)
{
    pid_t child = fork();
    int status;

    cr_assert_geq(child, 0);
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        act(secret);
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    return status;
}

static void
look_at_it(struct secret *secret)
{
    if (secret_is_present(secret) || secret_equals(secret, "1234", 4) ||
        secret_equals(secret, "\0\0\0\0", 4))
        _exit(1);
    for (size_t i = 0; i < 4; i++)
        if (secret->bytes[i] != 0)
            _exit(2);
    if (!secret_set(secret, "5678", 4) || !secret_equals(secret, "5678", 4))
        _exit(3);
    secret_wipe(secret);
    if (secret->bytes != NULL)
        _exit(4);
}

Test(secret, is_gone_in_a_forked_child_and_not_in_its_parent)
{
    struct secret secret = { 0 };

    cr_assert(secret_set(&secret, "1234", 4));
    cr_expect_eq(status_of_child(look_at_it, &secret), 0);
    cr_expect(secret_equals(&secret, "1234", 4));
    secret_wipe(&secret);
}

static void
write_before(struct secret *secret)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = (uintptr_t)secret->bytes / page * page;

    *(volatile unsigned char *)(start - 1) = 1;
}

static void
write_behind(struct secret *secret)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t end =
        (uintptr_t)(secret->bytes + SECRET_MAX_LENGTH) / page * page;

    *(volatile unsigned char *)(end + page) = 1;
}

static void
is_killed_by_a_fault(void (*act)(struct secret *), struct secret *secret)
{
    int status = status_of_child(act, secret);

    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

Test(secret, stands_between_guard_pages)
{
    struct secret first = { 0 };
    struct secret second = { 0 };

    /* Neighbours, so that without a guard one would run into the other. */
    cr_assert(secret_set(&first, "1234", 4));
    cr_assert(secret_set(&second, "5678", 4));
    is_killed_by_a_fault(write_before, &first);
    is_killed_by_a_fault(write_behind, &first);
    is_killed_by_a_fault(write_before, &second);
    is_killed_by_a_fault(write_behind, &second);
    secret_wipe(&first);
    secret_wipe(&second);
}

static void
set_without_locking(struct secret *secret)
{
    struct rlimit none = { 0 };

    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 ||
        (geteuid() == 0 && setuid(65534) != 0) || mapping_can_be_locked())
        _exit(1);
    if (!secret_set(secret, "1234", 4) || !secret_equals(secret, "1234", 4))
        _exit(2);
}

Test(secret, is_kept_where_memory_may_not_be_locked)
{
    struct secret secret = { 0 };

    cr_expect_eq(status_of_child(set_without_locking, &secret), 0);
}

static void
set_without_memory(struct secret *secret)
{
    struct rlimit none = { .rlim_cur = 0, .rlim_max = RLIM_INFINITY };

    if (setrlimit(RLIMIT_AS, &none) != 0)
        _exit(1);
    if (secret_set(secret, "5678", 4) || secret->bytes != NULL)
        _exit(2);
}

Test(secret, is_refused_without_memory)
{
    struct secret secret = { 0 };

    cr_expect_eq(status_of_child(set_without_memory, &secret), 0);
}
