/* SPDX-License-Identifier: BSD-3-Clause */
/* Modules whose function lists are older, shorter or other than they say:
 * nothing beyond them is read, and what they lack is not supported (R1.1 to
 * R1.4). */
#include "tests/face.h"
#include "tests/rig.h"

#include <criterion/criterion.h>
#include <string.h>

static struct rig rig;
static struct face face; /* to call any function */

TestSuite(old_modules, .timeout = 60);

enum version { IN_2_40, IN_3_0, IN_3_2 };

static const enum version version_of[N_FUNCTIONS] = {
#define FUNCTION(name, parameters, values, ...)     [FUNCTION_##name] = IN_2_40,
#define FUNCTION_3_0(name, parameters, values, ...) [FUNCTION_##name] = IN_3_0,
#define FUNCTION_3_2(name, parameters, values, ...) [FUNCTION_##name] = IN_3_2,
#include "tests/modules/functions.def"
};

static void
make_objects(void)
{
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };

    for (size_t i = 0; i < FACE_OBJECTS; i++)
        cr_assert_eq(face.list.C_GenerateKey(face.session, &mechanism, NULL, 0,
                                             &face.objects[i]),
                     CKR_OK);
}

/* p11mux over the fault module with this script, and a session. */
static void
setup_with(const char *script, const char *weak)
{
    rig_config("record-1", weak, "");
    rig_load(&rig, fixture_test_module("record"));
    cr_assert(rig.load(script));
    rig_start(&rig);
    face.list = *rig.list;
    face.slot = RIG_WEAK;
    face.session = rig_session(&rig, RIG_WEAK);
    make_objects();
}

/* Those that end the session, or that are not for every token. */
static bool
is_left_out(enum function function)
{
    return face_facts_of(function)->is_local ||
           function == FUNCTION_C_InitToken;
}

static void
check_function(enum function function, bool is_there)
{
    const char *name = face_names[function];
    unsigned long before = rig.count(name);
    CK_RV rv = face_call(&face, function);

    /* What a search shows may be searched for its twin. */
    if (is_there && function == FUNCTION_C_FindObjectsInit)
        cr_expect_gt(rig.count(name), before, "%s answers 0x%lx", name, rv);
    else if (is_there)
        cr_expect_eq(rig.count(name) - before, 1, "%s answers 0x%lx", name, rv);
    else
        cr_expect_eq(rig.count(name), before, "%s reaches the module", name);
    cr_expect_eq(rv == CKR_FUNCTION_NOT_SUPPORTED, !is_there,
                 "%s answers 0x%lx", name, rv);
    (void)face.list.C_SessionCancel(face.session, ~0UL);
    if (function == FUNCTION_C_DestroyObject)
        make_objects();
}

static void
check_functions(enum version newest, size_t n_without)
{
    size_t n_functions = N_FUNCTIONS - n_without;

    for (unsigned function = 0; function < N_FUNCTIONS; function++)
        if (!is_left_out(function))
            check_function(function, version_of[function] <= newest &&
                                         function < n_functions);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

Test(old_modules, of_2_40_have_no_later_function)
{
    setup_with("interface 2.40", "");
    check_functions(IN_2_40, 0);
}

Test(old_modules, of_3_0_have_no_later_function)
{
    setup_with("interface 3.0", "wrap_auth = true;");
    check_functions(IN_3_0, 0);
}

Test(old_modules, of_3_2_have_all)
{
    setup_with("interface 3.2", "wrap_auth = true;");
    check_functions(IN_3_2, 0);
}

/* The list's own version counts, not C_GetInfo's: behind the 68th function
 * there is no memory. */
Test(old_modules, may_say_that_they_are_newer)
{
    setup_with("interface 3.2-lie", "wrap_auth = true;");
    check_functions(IN_2_40, 0);
}

/* The list of the standard's text is two functions shorter than the header's;
 * so the last two are used only where the configuration says so. */
Test(old_modules, may_have_the_list_of_the_text)
{
    setup_with("interface 3.2-text", "");
    check_functions(IN_3_2, 2);
}

Test(old_modules, may_have_no_interfaces_that_work)
{
    setup_with("no-interface", "");
    check_functions(IN_2_40, 0);
}

Test(old_modules, may_have_holes)
{
    CK_OBJECT_HANDLE copy;
    CK_BYTE byte;

    setup_with("C_CopyObject absent\nC_SeedRandom absent\n"
               "C_MessageSignInit absent\nC_GetFunctionStatus absent\n",
               "");
    cr_assert_eq(face.list.C_CopyObject(face.session, face.objects[0], NULL, 0,
                                        &copy),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(face.list.C_SeedRandom(face.session, &byte, 1),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(face_call(&face, FUNCTION_C_MessageSignInit),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(face.list.C_GetFunctionStatus(face.session),
                 CKR_FUNCTION_NOT_PARALLEL);
    cr_assert_eq(face_call(&face, FUNCTION_C_MessageVerifyInit), CKR_OK);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

Test(old_modules, may_export_nothing_but_their_list)
{
    CK_MECHANISM mechanism = { CKM_VENDOR_DEFINED, NULL, 0 };
    CK_SLOT_ID slot = 1;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;

    fixture_config("modules = ( { name = \"old\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"old\"; members = ( { module = "
                   "\"old\"; match = \"pkcs11:token=record-1\"; } ); } );\n",
                   fixture_test_module("fault-old"));
    rig_load(&rig, fixture_test_module("record"));
    rig_start(&rig);
    session = rig_session(&rig, slot);
    cr_assert_eq(rig.list->C_GenerateKey(session, &mechanism, NULL, 0, &key),
                 CKR_OK);
    cr_assert_eq(rig.list->C_SignInit(session, &mechanism, key), CKR_OK);
    /* Emulated: p11mux needs no module for it (R1.4). */
    cr_assert_eq(rig.list->C_SessionCancel(session, CKF_SIGN), CKR_OK);
    cr_assert_eq(rig.list->C_SignInit(session, NULL, 0), CKR_ARGUMENTS_BAD);
    cr_assert_eq(rig.list->C_MessageSignInit(session, &mechanism, key),
                 CKR_FUNCTION_NOT_SUPPORTED);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
}

/* -- Flags ------------------------------------------------------------------
 */

static bool
tell_all_flags(enum function function, struct argument *arguments,
               size_t n_arguments, CK_RV *rv, void *context)
{
    CK_MECHANISM_INFO *info = arguments[n_arguments - 1].pointer;

    (void)context;
    if (function != FUNCTION_C_GetMechanismInfo)
        return false;
    info->flags = CKF_SIGN | CKF_MESSAGE_SIGN | CKF_MULTI_MESSAGE |
                  CKF_ENCAPSULATE | CKF_DECAPSULATE | CKF_EC_F_P;
    *rv = CKR_OK;
    return true;
}

static CK_FLAGS
flags_with(const char *script)
{
    struct module *record = module_open(fixture_test_module("record"));
    __typeof__(&record_set_hook) set_hook =
        module_symbol(record, "record_set_hook");
    CK_MECHANISM_INFO info;

    setup_with(script, "");
    set_hook(tell_all_flags, NULL);
    cr_assert_eq(rig.list->C_GetMechanismInfo(RIG_WEAK, CKM_ECDSA, &info),
                 CKR_OK);
    set_hook(NULL, NULL);
    cr_assert_eq(rig.list->C_Finalize(NULL), CKR_OK);
    return info.flags;
}

/* R6.12: what needs a function that is not there cannot be done. */
Test(old_modules, of_3_2_promise_what_they_have)
{
    cr_assert_eq(flags_with("interface 3.2"),
                 CKF_SIGN | CKF_MESSAGE_SIGN | CKF_MULTI_MESSAGE |
                     CKF_ENCAPSULATE | CKF_DECAPSULATE | CKF_EC_F_P);
}

Test(old_modules, of_3_0_promise_no_encapsulation)
{
    cr_assert_eq(flags_with("interface 3.0"),
                 CKF_SIGN | CKF_MESSAGE_SIGN | CKF_MULTI_MESSAGE | CKF_EC_F_P);
}

Test(old_modules, of_2_40_promise_no_messages)
{
    cr_assert_eq(flags_with("interface 2.40"), CKF_SIGN | CKF_EC_F_P);
}
