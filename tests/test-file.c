/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading and replacing whole files, and raising descriptors. */
#include "common/file.h"

#include "tests/fixture.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Another folder, 0700, at each call. */
static const char *
new_folder(void)
{
    static unsigned n;

    return fixture_make_folder(fixture_text("%u", n++));
}

static const char *
path_in(const char *folder, const char *name)
{
    return fixture_text("%s/%s", folder, name);
}

/* Writes a file in one of these folders. */
static void
write_file(const char *path, const char *content, mode_t mode)
{
    fixture_write(path + strlen(fixture_folder()) + 1, mode, "%s", content);
}

/* A file that is there, as a string that stays. */
static const char *
content_of(const char *path)
{
    struct error error;
    size_t length;
    char *content;
    const char *lent;

    cr_assert(file_read(path, 1000, &content, &length, &error), "%s",
              error.text);
    lent = fixture_text("%s", content);
    free(content);
    return lent;
}

Test(file, is_read_up_to_its_limit)
{
    const char *path = path_in(new_folder(), "file");
    struct error error = { 0 };
    size_t length = 7;
    char *content;

    write_file(path, "12345", 0600);
    cr_assert(file_read(path, 5, &content, &length, &error), "%s", error.text);
    cr_expect_str_eq(content, "12345");
    cr_expect_eq(length, 5);
    free(content);
    cr_expect(!file_read(path, 4, &content, &length, &error));
    cr_expect_not_null(strstr(error.text, "longer than 4 bytes"));
    write_file(path, "", 0600);
    cr_assert(file_read(path, 0, &content, &length, &error));
    cr_expect_eq(length, 0);
    cr_expect_str_eq(content, "");
    free(content);
}

Test(file, of_any_length_is_read_whole)
{
    /* Below, at and above the sizes at which the buffer grows. */
    static const size_t sizes[] = { 4094, 4095, 4096,  4097,
                                    8191, 8192, 70000, 500000 };
    const char *path = path_in(new_folder(), "file");
    char *bytes = malloc(500000);
    struct error error = { 0 };

    for (size_t i = 0; i < 500000; i++)
        bytes[i] = (char)(i * 7 % 251);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t length;
        char *content;

        cr_assert(file_replace(path, bytes, sizes[i], 0600, &error));
        cr_assert(file_read(path, 500000, &content, &length, &error));
        cr_expect_eq(length, sizes[i]);
        cr_expect_eq(memcmp(content, bytes, length), 0);
        free(content);
    }
    free(bytes);
}

Test(file, that_cannot_be_read_says_why)
{
    const char *folder = new_folder();
    struct error error = { 0 };
    size_t length;
    char *content;

    cr_expect(
        !file_read(path_in(folder, "none"), 9, &content, &length, &error));
    cr_expect_eq(error.rv, CKR_FUNCTION_FAILED);
    cr_expect_not_null(strstr(error.text, "No such file"), "%s", error.text);
    cr_expect(!file_read(folder, 9, &content, &length, &error));
    cr_expect_not_null(strstr(error.text, "Is a directory"), "%s", error.text);
}

static size_t
entries_in(const char *folder)
{
    DIR *entries = opendir(folder);
    size_t n = 0;

    cr_assert_not_null(entries);
    while (readdir(entries) != NULL)
        n++;
    closedir(entries);
    return n - 2; /* . and .. */
}

Test(file, is_replaced_in_one_step)
{
    const char *folder = new_folder();
    const char *path = path_in(folder, "state");
    const char *old_link = path_in(folder, "old");
    struct error error = { 0 };
    struct stat entry;

    umask(077);
    write_file(path, "old", 0600);
    cr_assert_eq(link(path, old_link), 0);
    cr_assert(file_replace(path, "new one", 7, 0640, &error), "%s", error.text);
    cr_expect_str_eq(content_of(path), "new one");
    /* Another file: whoever had the old one open reads the old one. */
    cr_expect_str_eq(content_of(old_link), "old");
    cr_assert_eq(stat(path, &entry), 0);
    cr_expect_eq(entry.st_mode & 07777, 0640);
    cr_expect_eq(entries_in(folder), 2);
}

Test(file, is_replaced_where_the_path_names_no_folder)
{
    const char *folder = new_folder();
    struct error error = { 0 };

    cr_assert_eq(chdir(folder), 0);
    cr_assert(file_replace("state", "x", 1, 0600, &error), "%s", error.text);
    cr_expect_str_eq(content_of(path_in(folder, "state")), "x");
}

Test(file, that_cannot_be_replaced_stays_and_leaves_nothing)
{
    const char *folder = new_folder();
    const char *path = path_in(folder, "state");
    struct rlimit limit = { .rlim_cur = 2, .rlim_max = RLIM_INFINITY };
    struct error error = { 0 };

    signal(SIGXFSZ, SIG_DFL);
    write_file(path, "old", 0600);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect(!file_replace(path, "newer", 5, 0600, &error));
    limit.rlim_cur = RLIM_INFINITY;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_not_null(strstr(error.text, "File too large"), "%s", error.text);
    cr_expect_str_eq(content_of(path), "old");
    cr_expect_eq(entries_in(folder), 1);
    cr_expect(!file_replace(path_in(folder, "no/state"), "x", 1, 0600, &error));
    cr_expect_not_null(strstr(error.text, "No such file"), "%s", error.text);
    cr_expect(!file_replace(folder, "x", 1, 0600, &error));
}

Test(file, descriptor_is_raised)
{
    int low = open("/dev/null", O_RDONLY);
    int high = file_raise_descriptor(low);

    cr_expect_geq(high, 200);
    cr_expect_eq(fcntl(high, F_GETFD), FD_CLOEXEC);
    cr_expect_eq(fcntl(low, F_GETFD), -1);
    /* One that is high already stays, but close-on-exec. */
    cr_assert_eq(fcntl(high, F_SETFD, 0), 0);
    cr_expect_eq(file_raise_descriptor(high), high);
    cr_expect_eq(fcntl(high, F_GETFD), FD_CLOEXEC);
    errno = 0;
    cr_expect_eq(file_raise_descriptor(-1), -1);
    cr_expect_eq(errno, EBADF);
}

Test(file, descriptor_is_raised_as_far_as_the_process_may)
{
    struct rlimit few = { .rlim_cur = 100, .rlim_max = 100 };
    int low = open("/dev/null", O_RDONLY);
    int high;

    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    high = file_raise_descriptor(low);
    cr_expect_geq(high, 50);
    cr_expect_lt(high, 100);
    cr_expect_eq(fcntl(high, F_GETFD), FD_CLOEXEC);
}
