/* SPDX-License-Identifier: BSD-3-Clause */
/* PINs in files, and systemd's credentials. */
#include "tests/fixture.h"
#include "tests/pin-fixture.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANOTHER_USER = 4711, ANOTHER_GROUP = 4713 };

/* "file:" and the path of a new file. */
static const char *
file_of(mode_t mode, const char *content)
{
    return fixture_text("file:%s", fixture_write("pin", mode, "%s", content));
}

static void
need_root(void)
{
    if (geteuid() != 0)
        cr_skip_test("only root can give files away");
}

Test(pin_file, is_the_first_line_without_its_end)
{
    expect_pin(file_of(0600, "1234\n"), "1234");
    expect_pin(file_of(0600, "1234"), "1234");
    expect_pin(file_of(0600, "1234\r\n"), "1234");
    expect_pin(file_of(0600, "1234\nSECRET\n"), "1234");
    expect_pin(file_of(0600, " 12\r34 \n"), " 12\r34 ");
    expect_pin(file_of(0600, "gr\xc3\xb6\xc3\x9f\x65\n"),
               "gr\xc3\xb6\xc3\x9f\x65");
}

Test(pin_file, that_is_empty_is_an_empty_pin)
{
    expect_pin(file_of(0600, ""), "");
    expect_pin(file_of(0600, "\nSECRET"), "");
}

Test(pin_file, is_read_anew_each_time)
{
    expect_pin(file_of(0600, "1234\n"), "1234");
    expect_pin(file_of(0600, "4321\n"), "4321");
}

Test(pin_file, may_be_as_long_as_a_secret_and_no_longer)
{
    char text[SECRET_MAX_LENGTH + 3] = "";

    memset(text, 'x', SECRET_MAX_LENGTH);
    expect_pin(file_of(0600, text), text);
    strcat(text, "\n");
    expect_pin_bytes(file_of(0600, text), text, SECRET_MAX_LENGTH);
    text[SECRET_MAX_LENGTH] = 'x';
    expect_no_pin(file_of(0600, text),
                  fixture_text("PIN source file:%s: its first line is longer "
                               "than any PIN; check that it is the right file",
                               fixture_path("pin")));
}

Test(pin_file, that_is_missing_is_an_error)
{
    expect_no_pin("file:/nonexistent/pin",
                  "PIN source file:/nonexistent/pin: /nonexistent: cannot be "
                  "opened: No such file or directory; check the path and who "
                  "may read it");
    expect_no_pin(fixture_text("file:%s", fixture_path("none")),
                  fixture_text("PIN source file:%s: cannot be opened: No such "
                               "file or directory; check the path and who may "
                               "read it",
                               fixture_path("none")));
}

Test(pin_file, is_a_regular_file)
{
    const char *path = fixture_path("pipe");

    cr_assert_eq(mkfifo(path, 0600), 0);
    expect_no_pin(fixture_text("file:%s", path),
                  fixture_text("PIN source file:%s: is no regular file; name "
                               "one that is",
                               path));
    expect_no_pin(fixture_text("file:%s", fixture_make_folder("folder")),
                  fixture_text("PIN source file:%s: is no regular file; name "
                               "one that is",
                               fixture_path("folder")));
}

Test(pin_file, is_not_for_everybody_to_read)
{
    expect_pin(file_of(0640, "1234\n"), "1234");
    expect_no_pin(file_of(0644, "SECRET\n"),
                  fixture_text("PIN source file:%s: everybody may read it "
                               "(mode 0644); run: chmod o= %s, and change the "
                               "PIN",
                               fixture_path("pin"), fixture_path("pin")));
}

Test(pin_file, is_not_for_others_to_change)
{
    const char *file = file_of(0660, "SECRET\n");

    expect_no_pin(file,
                  fixture_text("PIN source %s: this file (mode 0660, *", file));
    file = file_of(0602, "SECRET\n");
    expect_no_pin(file,
                  fixture_text("PIN source %s: this file (mode 0602, *", file));
    file = file_of(0600, "1234\n");
    cr_assert_eq(chmod(fixture_folder(), 0777), 0);
    expect_no_pin(file, fixture_text("PIN source %s: %s: this folder (mode "
                                     "0777, *",
                                     file, fixture_folder()));
    cr_assert_eq(chmod(fixture_folder(), 0700), 0);
    expect_pin(file, "1234");
}

Test(pin_file, belongs_to_root_or_the_user_of_the_process)
{
    /* Where that user gets to. */
    char folder[] = "/tmp/p11mux-XXXXXX";
    const char *path, *file;

    need_root();
    cr_assert_not_null(mkdtemp(folder));
    path = fixture_text("%s/pin", folder);
    file = fixture_text("file:%s", path);
    file_of(0600, "1234\n");
    fixture_run("cp", fixture_path("pin"), path, NULL);
    cr_assert_eq(chmod(folder, 0755), 0);
    cr_assert_eq(chown(path, ANOTHER_USER, ANOTHER_GROUP), 0);
    expect_no_pin(file, fixture_text("PIN source %s: this file (mode 0600, "
                                     "owner 4711, *",
                                     file));
    cr_assert_eq(seteuid(ANOTHER_USER), 0);
    expect_pin(file, "1234");
    cr_assert_eq(seteuid(0), 0);
    cr_assert_eq(chown(path, 0, ANOTHER_GROUP), 0);
    cr_assert_eq(seteuid(ANOTHER_USER), 0);
    expect_no_pin(file, fixture_text("PIN source %s: cannot be opened: "
                                     "Permission denied; check the path and "
                                     "who may read it",
                                     file));
    cr_assert_eq(seteuid(0), 0);
    /* What changed its user cannot be searched for leaks. */
    cr_assert_eq(prctl(PR_SET_DUMPABLE, 1), 0);
    fixture_run("rm", "-r", folder, NULL);
}

Test(pin_file, of_a_link_is_judged_link_by_link)
{
    const char *file = file_of(0600, "1234\n");
    const char *link = fixture_path("link");

    cr_assert_eq(symlink(fixture_path("pin"), link), 0);
    expect_pin(fixture_text("file:%s", link), "1234");
    file_of(0604, "SECRET\n");
    expect_no_pin(fixture_text("file:%s", link),
                  fixture_text("PIN source file:%s: everybody may read it *",
                               link));
    expect_no_pin(file,
                  fixture_text("PIN source %s: everybody may read it *", file));
}

/* A host that counts on low descriptors is not disturbed. */
Test(pin_file, leaves_no_descriptor_open)
{
    int before = dup(0);

    cr_assert_geq(before, 0);
    close(before);
    expect_pin(file_of(0600, "1234\n"), "1234");
    expect_no_pin(file_of(0644, "1234\n"), "*");
    cr_expect_eq(dup(0), before);
    for (int descriptor = 200; descriptor < 210; descriptor++)
        cr_expect_neq(close(descriptor), 0, "%d is open", descriptor);
}

Test(pin_credential, is_a_file_in_the_folder_of_the_service)
{
    const char *folder = fixture_make_folder("credentials");

    fixture_write("credentials/web.pin", 0400, "1234\nSECRET\n");
    fixture_setenv("CREDENTIALS_DIRECTORY", "%s", folder);
    expect_pin("credential:web.pin", "1234");
    expect_no_pin("credential:ca.pin",
                  fixture_text("PIN source file:%s/ca.pin: cannot be opened: "
                               "No such file or directory; check the path and "
                               "who may read it",
                               folder));
    fixture_write("credentials/web.pin", 0444, "SECRET\n");
    expect_no_pin("credential:web.pin",
                  fixture_text("PIN source file:%s/web.pin: everybody may read "
                               "it *",
                               folder));
}

Test(pin_credential, is_there_in_a_service_only)
{
    static const char message[] =
        "PIN source credential:web.pin: CREDENTIALS_DIRECTORY is not set: this "
        "is no service of systemd with LoadCredential=; add that to its unit";

    unsetenv("CREDENTIALS_DIRECTORY");
    expect_no_pin("credential:web.pin", message);
    fixture_setenv("CREDENTIALS_DIRECTORY", "credentials");
    expect_no_pin("credential:web.pin", message);
}
