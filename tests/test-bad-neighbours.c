/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules that are missing, are none, fail, hang, or are somebody else's: they
 * take their own tokens away and nothing else (R3.38, R3.40, R1.8). */
#include "tests/heard.h"
#include "tests/rig.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <string.h>
#include <time.h>

static struct rig rig;

TestSuite(bad_neighbours, .timeout = 60);

/* A bad module, whose token `label` would be in slot RIG_WEAK, and the null
 * module in slot RIG_FIRM. */
static void
configure(const char *path, const char *keys, const char *top)
{
    fixture_config("modules = ( { name = \"bad\"; path = \"%s\"; %s },\n"
                   "            { name = \"firm\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"bad\"; slot = %d; members = ( { "
                   "module = \"bad\"; match = \"pkcs11:token=record-1\"; } ); "
                   "},\n"
                   "           { label = \"firm\"; slot = %d; members = ( { "
                   "module = \"firm\"; match = \"pkcs11:token=null\"; } ); } "
                   ");\nothers = \"hide\";\nslot_refresh = \"1ms\";\n%s\n",
                   path, keys, fixture_test_module("null"), RIG_WEAK, RIG_FIRM,
                   top);
    rig_load(&rig, fixture_test_module("record"));
}

/* What an application sees of a token that is not there. */
static void
check_absent(void)
{
    CK_SESSION_HANDLE session;
    CK_TOKEN_INFO info;

    cr_assert_eq(rig.list->C_GetTokenInfo(RIG_WEAK, &info),
                 CKR_TOKEN_NOT_PRESENT);
    cr_assert_eq(rig.list->C_OpenSession(RIG_WEAK, CKF_SERIAL_SESSION, NULL,
                                         NULL, &session),
                 CKR_TOKEN_NOT_PRESENT);
}

static void
check_firm(void)
{
    CK_SESSION_HANDLE session = rig_session(&rig, RIG_FIRM);

    cr_assert_eq(rig_call_now(&rig, session), CKR_OK);
    cr_assert_eq(rig.list->C_CloseSession(session), CKR_OK);
}

/* Waits until the bad module's token is there: p11mux tries again by itself,
 * when somebody looks. */
static void
wait_for_weak(void)
{
    CK_TOKEN_INFO info;
    time_t end = time(NULL) + 20;

    while (rig.list->C_GetTokenInfo(RIG_WEAK, &info) != CKR_OK) {
        cr_assert_lt(time(NULL), end, "the module is not tried again");
        sched_yield();
    }
    cr_assert_eq(rig_call_now(&rig, rig_session(&rig, RIG_WEAK)), CKR_OK);
}

/* Starts, and finds one line about the bad module. */
static void
check_start(const char *said)
{
    const char *heard;

    heard_begin();
    rig_start(&rig);
    check_firm();
    check_absent();
    heard = heard_end();
    cr_assert_not_null(strstr(heard, said), "not \"%s\" but \"%s\"", said,
                       heard);
    cr_assert_not_null(strstr(heard, "module \"bad\" is "), "%s", heard);
    cr_assert_eq(strchr(heard, '\n')[1], '\0', "more than a line: %s", heard);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* -- Files that are no module ------------------------------------------------
 */

Test(bad_neighbours, may_be_missing)
{
    const char *path = fixture_path("missing.so");

    configure(path, "", "");
    check_start(fixture_text("module \"bad\" is down: %s cannot be opened: "
                             "No such file or directory; correct its path or "
                             "install it; next try in ",
                             path));
}

Test(bad_neighbours, may_be_no_library)
{
    const char *path = fixture_write("text.so", 0700, "not a library\n");

    configure(path, "", "");
    check_start(path);
}

Test(bad_neighbours, may_be_a_folder)
{
    configure(fixture_make_folder("folder.so"), "", "");
    check_start("folder.so");
}

Test(bad_neighbours, may_be_a_library_that_is_no_module)
{
    configure("libm.so.6", "", "");
    check_start("C_GetFunctionList");
}

/* Also under another name: by its file, by a link to it, by a copy of it. */
Test(bad_neighbours, may_be_p11mux_itself)
{
    configure(fixture_p11mux(), "", "");
    check_start("p11mux itself");
}

Test(bad_neighbours, may_be_a_copy_of_p11mux)
{
    configure(fixture_copy(fixture_p11mux(), "vendor.so"), "", "");
    check_start("is p11mux itself; remove it from the modules");
}

Test(bad_neighbours, may_be_the_proxy_of_p11_kit)
{
    configure("p11-kit-proxy.so", "", "");
    check_start("is p11-kit's proxy, which loads p11mux; use p11_kit = true");
}

/* -- Modules that do not start ------------------------------------------------
 */

Test(bad_neighbours, may_fail_at_first)
{
    configure(fixture_test_module("fault"), "", "");
    cr_assert(rig.load("C_Initialize 1 return CKR_DEVICE_ERROR"));
    rig_start(&rig);
    check_absent();
    check_firm();
    wait_for_weak();
    cr_assert_eq(rig.count("C_Initialize"), 2);
    check_firm();
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    cr_assert_eq(rig.count("C_Finalize"), 1);
}

Test(bad_neighbours, may_fail_for_ever)
{
    configure(fixture_test_module("fault"), "", "");
    cr_assert(rig.load("C_Initialize * return 0x80000005"));
    check_start("module \"bad\" is down: C_Initialize: ");
    /* What was never up is not ended. */
    cr_assert_eq(rig.count("C_Finalize"), 0);
}

Test(bad_neighbours, may_hang_at_first)
{
    configure(fixture_test_module("fault"), "", "start_timeout = \"50ms\";");
    cr_assert(rig.load("C_Initialize 1 hang"));
    rig_start(&rig);
    cr_assert_eq(rig.waiting("C_Initialize"), 1);
    check_absent();
    check_firm();
    rig.release();
    wait_for_weak();
    cr_assert_eq(rig.count("C_Initialize"), 1);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    cr_assert_eq(rig.count("C_Finalize"), 1);
}

/* It never comes back: the thread inside it is left to it. */
Test(bad_neighbours, may_hang_while_p11mux_ends)
{
    configure(fixture_test_module("fault"), "",
              "start_timeout = \"50ms\"; finalize_wait = \"50ms\";");
    cr_assert(rig.load("C_Initialize 1 hang"));
    rig_start(&rig);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    cr_assert_eq(rig.count("C_Finalize"), 0);
    /* In the next life the others are as good as new. */
    rig_start(&rig);
    check_firm();
    check_absent();
    rig.release();
    wait_for_weak();
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

Test(bad_neighbours, may_hang_where_no_thread_may_be_made)
{
    CK_C_INITIALIZE_ARGS arguments = {
        .flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS,
    };

    configure(fixture_test_module("fault"), "", "");
    cr_assert(rig.load("C_Initialize 1 delay 1ms"));
    cr_assert_eq(rig.list->C_Initialize(&arguments), CKR_OK);
    check_firm();
    cr_assert_eq(rig_call_now(&rig, rig_session(&rig, RIG_WEAK)), CKR_OK);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* -- Modules with nothing to show
 * ---------------------------------------------- */

Test(bad_neighbours, may_have_no_token)
{
    configure(fixture_test_module("start"), "", "");
    rig_start(&rig);
    check_absent();
    check_firm();
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

Test(bad_neighbours, may_not_list_their_slots)
{
    static const char *const scripts[] = {
        "C_GetSlotList * return CKR_GENERAL_ERROR",
        "C_GetSlotList * return CKR_BUFFER_TOO_SMALL",
        "C_GetSlotInfo * return CKR_DEVICE_ERROR",
        "C_GetTokenInfo * return CKR_TOKEN_NOT_RECOGNIZED",
    };

    configure(fixture_test_module("fault"), "", "");
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        cr_assert(rig.load(scripts[i]));
        rig_start(&rig);
        check_absent();
        check_firm();
        /* When it does, it is back. */
        cr_assert(rig.load(""));
        wait_for_weak();
        cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    }
}

/* -- Critical ones
 * -------------------------------------------------------------- */

static void
check_refused(const char *said)
{
    CK_SESSION_HANDLE session;
    const char *heard;
    CK_RV rv;

    heard_begin();
    rv = rig.list->C_Initialize(NULL);
    heard = heard_end();
    cr_assert_eq(rv, CKR_GENERAL_ERROR);
    cr_assert_not_null(strstr(heard, said), "not \"%s\" but \"%s\"", said,
                       heard);
    cr_assert_eq(rig.list->C_OpenSession(RIG_FIRM, CKF_SERIAL_SESSION, NULL,
                                         NULL, &session),
                 CKR_CRYPTOKI_NOT_INITIALIZED);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}

Test(bad_neighbours, may_be_critical)
{
    configure(fixture_path("missing.so"), "critical = true;", "");
    check_refused("module \"bad\" is critical, and is down: ");
    configure(fixture_test_module("fault"), "critical = true;", "");
    cr_assert(rig.load("C_Initialize 1 return CKR_DEVICE_ERROR"));
    check_refused("module \"bad\" is critical, and is down: C_Initialize: "
                  "CKR_DEVICE_ERROR");
    /* The others have been ended again: nothing stays half open (R3.40). */
    rig_start(&rig);
    check_firm();
    wait_for_weak();
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    cr_assert_eq(rig.count("C_Initialize"), rig.count("C_Finalize") + 1);
}

Test(bad_neighbours, may_be_critical_and_hang)
{
    configure(fixture_test_module("fault"), "critical = true;",
              "start_timeout = \"50ms\"; finalize_wait = \"50ms\";");
    cr_assert(rig.load("C_Initialize 1 hang"));
    check_refused("has not returned within start_timeout");
    rig.release();
}
