/* SPDX-License-Identifier: BSD-3-Clause */
/* Nothing that goes into a call, and nothing secret that comes out of it, is
 * in any file, in syslog, in the journal or on stderr: all functions, with
 * everything recorded. */
#include "tests/audit-reader.h"
#include "tests/daemons.h"
#include "tests/face.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As it is, and as bytes are written in hex. */
static const char mark[] = "SeCreT7!";
static const char *const marks[] = { "SeCreT7", "eCreT7!", "5365437265543721",
                                     "U2VDcmVUNy" };

static struct face face;
/* What the process leaves. */
enum place { AUDIT, MESSAGES, STDERR, SYSLOG, JOURNAL, PLACES };

static const char *paths[PLACES];

static void
add_settings(void)
{
    FILE *file = fopen(fixture_path("p11mux.conf"), "ae");

    cr_assert_not_null(file);
    cr_assert_gt(fprintf(file,
                         "audit = { file = \"%s\"; level = \"calls\";\n"
                         "sinks = (\"syslog\", \"journal\"); };\n"
                         "log = { level = \"debug\"; target = \"file:%s\"; "
                         "};\n",
                         paths[AUDIT], paths[MESSAGES]),
                 0);
    cr_assert_eq(fclose(file), 0);
}

/* As tests/modules/redirect.c leads p11mux there. */
static void
begin_daemons(void)
{
    fixture_setenv("P11MUX_TEST_DAEMONS", "%s", fixture_folder());
    daemons_record(fixture_path("syslog"), paths[SYSLOG]);
    daemons_record(fixture_path("journal"), paths[JOURNAL]);
}

static void
begin_stderr(void)
{
    int file = open(paths[STDERR], O_WRONLY | O_CREAT | O_APPEND, 0600);

    cr_assert_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
    close(file);
}

static void
begin(void)
{
    paths[AUDIT] = fixture_path("audit.jsonl");
    paths[MESSAGES] = fixture_path("messages.log");
    paths[STDERR] = fixture_path("stderr.log");
    paths[SYSLOG] = fixture_path("syslog.log");
    paths[JOURNAL] = fixture_path("journal.log");
    add_settings();
    begin_daemons();
    begin_stderr();
}

static void
setup(void)
{
    face_load(&face, "wrap_auth = true;");
    begin();
}

static void
setup_pooled(void)
{
    face_load_pooled(&face, "wrap_auth = true;");
    begin();
}

TestSuite(audit_secret, .init = setup, .timeout = 60);
TestSuite(audit_secret_pooled, .init = setup_pooled, .timeout = 60);

static void
check_file(const char *path, enum function function)
{
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        cr_assert_eq(audit_count(path, marks[i]), 0, "%s: %s is in %s",
                     face_names[function], marks[i], path);
}

/* What the module gave, as a log would write bytes. */
static void
check_output(const struct face_value *value, enum function function)
{
    const CK_BYTE *bytes = (const CK_BYTE *)value->bytes;
    char hex[17];

    for (size_t i = 0; i < 8; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    for (unsigned i = 0; strspn(hex, "0") != 16 && i < PLACES; i++)
        cr_assert_eq(audit_count(paths[i], hex), 0, "%s: %s is in %s",
                     face_names[function], value->name, paths[i]);
}

static void
check_all(enum function function)
{
    daemons_settle(fixture_path("syslog"));
    daemons_settle(fixture_path("journal"));
    for (unsigned i = 0; i < PLACES; i++)
        check_file(paths[i], function);
    for (size_t i = 0; i < face.n_values; i++)
        if (face.values[i].kind == ARGUMENT_BUFFER)
            check_output(&face.values[i], function);
    cr_assert_gt(audit_count(paths[AUDIT], "\"event\":\"stop\""), 0);
    cr_assert_eq(audit_count(paths[SYSLOG], "\"event\":\"stop\""),
                 audit_count(paths[AUDIT], "\"event\":\"stop\""));
    cr_assert_eq(audit_count(paths[JOURNAL], "\"event\":\"stop\""),
                 audit_count(paths[AUDIT], "\"event\":\"stop\""));
}

FACE_TEST(audit_secret, no_function_leaves_any)
{
    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        face.mark = NULL;
        face_open(&face);
        face.mark = mark;
        face_begin(&face, function);
        if (function == FUNCTION_C_InitToken)
            cr_assert_eq(face.list.C_CloseSession(face.session), CKR_OK);
        (void)face_call(&face, function);
        (void)face.list.C_Finalize(NULL);
        check_all(function);
    }
}

FACE_TEST(audit_secret, every_function_that_needs_p11mux_is_recorded)
{
    static const char *const never[] = {
        "C_Initialize",       "C_Finalize",     "C_GetFunctionList",
        "C_GetInterfaceList", "C_GetInterface",
    };

    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        bool is_expected = true;

        for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
            is_expected =
                is_expected && strcmp(face_names[function], never[i]) != 0;
        face_open(&face);
        face_begin(&face, function);
        (void)face_call(&face, function);
        (void)face.list.C_Finalize(NULL);
        if (is_expected)
            cr_expect_gt(audit_count(paths[AUDIT],
                                     fixture_text("\"function\":\"%s\"",
                                                  face_names[function])),
                         0, "%s has no record", face_names[function]);
    }
}
