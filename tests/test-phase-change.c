/* SPDX-License-Identifier: BSD-3-Clause */
/* A migration's next phase, where its file can be written, or its folder cannot
 * be brought to the disk. */
#include "cli/phase-change.h"

#include "cli/message.h"
#include "tests/config-expect.h"
#include "tests/fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct config *config;
static char said[1024];

/* -- What it stands on ----------------------------------------------------- */

static bool fails_for_folders, fails_for_files;
int __real_fsync(int descriptor);
int __wrap_fsync(int descriptor);

int
__wrap_fsync(int descriptor)
{
    struct stat its;

    if (fstat(descriptor, &its) != 0 ||
        (S_ISDIR(its.st_mode) ? fails_for_folders : fails_for_files)) {
        errno = EIO;
        return -1;
    }
    return __real_fsync(descriptor);
}

void
message_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(said, sizeof(said), format, arguments);
    va_end(arguments);
}

static void
start(void)
{
    config = config_of(fixture_text(
        "state_dir = \"%s\"; tokens = ( { label = \"ca\"; mode = \"migrate\"; "
        "members = (\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=a\"; role = \"new\"; "
        "},\n"
        "  { module = \"p11-kit\"; match = \"pkcs11:token=b\"; role = \"old\"; "
        "} ); } );",
        fixture_folder()));
}

static void
finish(void)
{
    config_free(config);
}

TestSuite(phase_change, .init = start, .fini = finish);

static bool
become(enum migration_phase phase, struct error *error)
{
    const struct phase_change change = { .config = config,
                                         .rule = &config->tokens[0],
                                         .slot = 1,
                                         .was = MIGRATION_MOVING,
                                         .becomes = phase };

    return phase_change_make(&change, error);
}

static enum migration_phase
read_phase(void)
{
    struct error error = { .rv = CKR_OK };
    enum migration_phase phase;

    cr_assert(migration_phase_read(config->state_dir, &config->tokens[0],
                                   &phase, &error),
              "%s", error.text);
    return phase;
}

Test(phase_change, is_in_force_and_said_to_be)
{
    struct error error = { .rv = CKR_OK };

    cr_expect(become(MIGRATION_FINISHED, &error), "%s", error.text);
    cr_expect_eq(read_phase(), MIGRATION_FINISHED);
    cr_expect_str_empty(said);
}

Test(phase_change, is_in_force_also_where_it_may_not_outlast_a_power_failure)
{
    struct error error = { .rv = CKR_OK };

    cr_assert(become(MIGRATION_FINISHED, &error), "%s", error.text);
    fails_for_folders = true;
    cr_expect(become(MIGRATION_ROLLED_BACK, &error), "%s", error.text);
    cr_expect_eq(read_phase(), MIGRATION_ROLLED_BACK);
    cr_expect_not_null(strstr(said, "\"ca\" is rolled-back now, and may be "
                                    "moving again after a power failure"),
                       "%s", said);
    cr_expect_not_null(strstr(said, "run sync"), "%s", said);
}

Test(phase_change, is_not_in_force_where_its_file_cannot_be_written)
{
    struct error error = { .rv = CKR_OK };

    fails_for_files = true;
    cr_expect_not(become(MIGRATION_FINISHED, &error));
    cr_expect_eq(read_phase(), MIGRATION_MOVING);
    cr_expect_str_empty(said);
}
