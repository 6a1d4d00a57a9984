/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A runtime directory without room: p11mux.so works without its file, says so
 * once, and does not end its host by writing to what is not there. When there
 * is room, the next process has one.
 */
#include "tests/fixture.h"
#include "tests/heard.h"
#include "tests/own-mounts.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOT = 1, DRAWS = 100 };

static const CK_FUNCTION_LIST *list;

static void
use(void)
{
    CK_SESSION_HANDLE session;
    CK_BYTE byte;
    CK_RV rv = list->C_Initialize(NULL);

    if (rv == CKR_OK)
        rv =
            list->C_OpenSession(SLOT, CKF_SERIAL_SESSION, NULL, NULL, &session);
    for (unsigned i = 0; i < DRAWS && rv == CKR_OK; i++)
        rv = list->C_GenerateRandom(session, &byte, 1);
    if (rv != CKR_OK)
        fixture_fail("the token answers 0x%lx", rv);
}

static void
end(void)
{
    CK_RV rv = list->C_Finalize(NULL);

    if (rv != CKR_OK)
        fixture_fail("C_Finalize: 0x%lx", rv);
}

static bool
has_file(void)
{
    const char *path = fixture_path("disk/%lu", (unsigned long)geteuid());
    DIR *entries = opendir(path);
    const struct dirent *entry;
    bool is_there = false;

    while (entries != NULL && (entry = readdir(entries)) != NULL)
        is_there = is_there || entry->d_name[0] != '.';
    if (entries != NULL)
        (void)closedir(entries);
    return is_there;
}

/* What heard.h has heard so far. */
static bool
is_anything_heard(void)
{
    struct stat status;

    return stat(fixture_path("stderr"), &status) == 0 && status.st_size > 0;
}

/* It is said by a thread, which may just have begun. */
static void
expect_none(void)
{
    const char *said;

    heard_begin();
    use();
    while (!is_anything_heard())
        (void)sched_yield();
    end();
    said = heard_end();
    if (strstr(said, "cannot be made with") == NULL ||
        strchr(said, '\n') != strrchr(said, '\n'))
        fixture_fail("said of a full disk: \"%s\"", said);
    if (has_file())
        fixture_fail("there is a file on a full disk");
}

static void
expect_one(void)
{
    use();
    while (!has_file())
        (void)sched_yield();
    end();
    if (has_file())
        fixture_fail("its file is left");
}

int
main(int count, char **arguments)
{
    own_mounts_enter(count, arguments);
    fixture_make_folder("disk");
    if (!own_mounts_add(fixture_path("disk"), "size=8k"))
        return 77;
    fixture_config(
        "modules = ( { name = \"null\"; path = \"%s\"; } );\n"
        "runtime_dir = \"%s\"; state_dir = \"%s\";\n"
        "tokens = ( { label = \"one\"; slot = %d; members = ( "
        "{ module = \"null\"; match = \"pkcs11:slot-id=1\"; } ); } );\n",
        fixture_test_module("null"), fixture_path("disk"), fixture_folder(),
        SLOT);
    list = module_open(fixture_p11mux())->list;
    expect_none();
    expect_none();
    own_mounts_resize(fixture_path("disk"), 1024 * 1024);
    expect_one();
    (void)puts("nothing was missed on a full disk");
    return 0;
}
