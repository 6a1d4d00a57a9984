/* SPDX-License-Identifier: BSD-3-Clause */
/* No copy of a PIN stays in memory: all of it is looked through. */
#include "common/cleanup.h"
#include "tests/fixture.h"
#include "tests/pin-fixture.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The mask hides from the search what the test itself knows. */
enum { PIN_LENGTH = 24, MASK = 0xa5, CHUNK_LENGTH = 1024 * 1024 };

static unsigned char masked[PIN_LENGTH];

/* A PIN that this process has never seen. */
static const char *
new_file(void)
{
    const char *path = fixture_path("pin");

    fixture_run("sh", "-c",
                fixture_text("umask 077; head -c 12 /dev/urandom | od -An -tx1 "
                             "| tr -d ' \\n' >%s",
                             path),
                NULL);
    return path;
}

static bool
is_pin(const unsigned char *bytes)
{
    for (size_t i = 0; i < PIN_LENGTH; i++)
        if ((bytes[i] ^ MASK) != masked[i])
            return false;
    return true;
}

/* How often the PIN is in a part of memory; pieces overlap by its length. */
static unsigned
count_in(int memory, uintptr_t from, uintptr_t to)
{
    static unsigned char chunk[CHUNK_LENGTH];
    unsigned count = 0;

    while (from + PIN_LENGTH <= to) {
        size_t wanted = to - from < sizeof(chunk) ? to - from : sizeof(chunk);
        ssize_t got = pread(memory, chunk, wanted, (off_t)from);

        if (got < PIN_LENGTH)
            return count;
        for (ssize_t i = 0; i + PIN_LENGTH <= got; i++)
            count += is_pin(chunk + i);
        explicit_bzero(chunk, sizeof(chunk));
        from += (uintptr_t)got - PIN_LENGTH + 1;
    }
    return count;
}

/* In all memory that can be written; what sanitizers reserve is larger than
 * anything that is used. */
static unsigned
count_in_memory(void)
{
    const uintptr_t largest = (uintptr_t)1 << 28;
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long from, to;
    unsigned count = 0;
    char rights[5];
    char line[512];

    cr_assert_geq(memory, 0);
    cr_assert_not_null(maps);
    while (fgets(line, sizeof(line), maps) != NULL)
        if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 &&
            rights[1] == 'w' && to - from < largest)
            count += count_in(memory, from, to);
    fclose(maps);
    close(memory);
    return count;
}

static void
expect_no_copy(const char *source)
{
    const struct config_pin *pin = pin_of(source);
    struct secret secret = { 0 };
    struct error error = { 0 };

    cr_assert(pin_read(pin, NULL, &secret, &error), "%s", error.text);
    cr_assert_eq(secret.length, PIN_LENGTH);
    for (size_t i = 0; i < PIN_LENGTH; i++)
        masked[i] = secret.bytes[i] ^ MASK;
    cr_expect_eq(count_in_memory(), 1, "the secret's own is the only one");
    secret_wipe(&secret);
    cr_expect_eq(count_in_memory(), 0);
}

Test(pin_memory, has_no_copy_of_a_file)
{
    expect_no_copy(fixture_text("file:%s", new_file()));
}

Test(pin_memory, has_no_copy_of_a_credential)
{
    new_file();
    fixture_setenv("CREDENTIALS_DIRECTORY", "%s", fixture_folder());
    expect_no_copy("credential:pin");
}

Test(pin_memory, has_no_copy_of_what_a_command_prints)
{
    expect_no_copy(fixture_text("command:/bin/cat %s", new_file()));
}

Test(pin_memory, has_no_copy_of_a_pin_behind_the_first_line)
{
    const char *path = new_file();

    expect_no_copy(fixture_text("command:/bin/sh -c 'cat %s; echo; cat %s; "
                                "echo; cat %s'",
                                path, path, path));
}
