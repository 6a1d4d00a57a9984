/* SPDX-License-Identifier: BSD-3-Clause */
/* The audit log has the code that the application saw, of every function and
 * whatever the module answers: over the fault module. */
#include "common/names.h"
#include "tests/audit-reader.h"
#include "tests/face.h"
#include "tests/modules/fault.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* One or two of each class of SEMANTICS 7.1, and a vendor's own. */
static const CK_RV codes[] = {
    CKR_OK,
    CKR_DATA_INVALID,
    CKR_SIGNATURE_INVALID,
    CKR_ARGUMENTS_BAD,
    CKR_FUNCTION_NOT_SUPPORTED,
    CKR_DEVICE_REMOVED,
    CKR_DEVICE_ERROR,
    CKR_FUNCTION_FAILED,
    CKR_SESSION_HANDLE_INVALID,
    CKR_USER_NOT_LOGGED_IN,
    CKR_OPERATION_ACTIVE,
    CKR_KEY_HANDLE_INVALID,
    CKR_PIN_INCORRECT,
    CKR_VENDOR_DEFINED + 77,
};
enum { N_CODES = sizeof(codes) / sizeof(codes[0]), MOST_ANSWERED_HERE = 18 };

static struct face face;
static const char *audit_path;
static __typeof__(&fault_load) load;

static void
load_face(const char *pool, const char *level)
{
    struct module *fault;

    face_load(&face, NULL);
    fixture_setenv("P11MUX_FAULT_MODULE", "%s", fixture_test_module("record"));
    fault = module_open(fixture_test_module("fault"));
    load = module_symbol(fault, "fault_load");
    audit_path = fixture_path("audit.jsonl");
    face.is_pooled = strcmp(pool, "none") != 0;
    fixture_config(
        "modules = ( { name = \"fault\"; path = \"%s\"; wrap_auth = true; } "
        ");\n"
        "tokens = ( { label = \"one\"; slot = %d; pool = { mode = \"%s\"; }; "
        "members = ( { module = \"fault\"; match = \"pkcs11:token=record-1\"; "
        "} ); } );\n"
        "others = \"hide\"; slot_refresh = \"1h\";\n"
        "log = { level = \"error\"; target = \"file:%s\"; };\n"
        "audit = { file = \"%s\"; level = \"%s\"; };\n",
        fixture_test_module("fault"), FACE_SLOT, pool,
        fixture_path("messages.log"), audit_path, level);
}

static void
setup(void)
{
    load_face("none", "calls");
}

static void
setup_pooled(void)
{
    load_face("operation", "calls");
}

TestSuite(audit_codes, .init = setup, .timeout = 200);
TestSuite(audit_codes_pooled, .init = setup_pooled, .timeout = 200);

/* -- Every code ------------------------------------------------------------ */

/* What begins and ends the log, and what needs no p11mux. */
static bool
is_never_recorded(enum function function)
{
    return function == FUNCTION_C_Initialize ||
           function == FUNCTION_C_Finalize ||
           function == FUNCTION_C_GetFunctionList ||
           function == FUNCTION_C_GetInterfaceList ||
           function == FUNCTION_C_GetInterface;
}

static void
begin(enum function function)
{
    remove(audit_path);
    cr_assert(load("reset"));
    face_open(&face);
    face_begin(&face, function);
    if (function == FUNCTION_C_InitToken)
        cr_assert_eq(face.list.C_CloseSession(face.session), CKR_OK);
}

/* Without intents, which have no outcome. */
static size_t
records_of(enum function function)
{
    return audit_count(audit_path,
                       fixture_text("\"function\":\"%s\",\"outcome\":\"",
                                    face_names[function]));
}

static void
check_record(enum function function, CK_RV rv)
{
    const char *name = face_names[function];
    char text[NAME_LENGTH];
    char *line =
        audit_find(audit_path, fixture_text("\"function\":\"%s\"", name));

    cr_assert_not_null(line, "%s has no record", name);
    cr_expect_not_null(strstr(line,
                              fixture_text("\"outcome\":\"%s\",\"rv\":\"%s\"",
                                           rv == CKR_OK ? "success" : "failure",
                                           name_of(NAME_CKR, rv, text))),
                       "%s has answered %s: %s", name, text, line);
    free(line);
}

/* Whether the application saw the module's code. */
static bool
try_code(enum function function, const char *when, CK_RV code)
{
    size_t before;
    CK_RV rv;

    begin(function);
    before = records_of(function);
    cr_assert(load(fixture_text("%s * %s return 0x%lx", face_names[function],
                                when, code)));
    rv = face_call(&face, function);
    cr_assert(load("reset"));
    cr_expect_eq(records_of(function), before + 1, "%s has %zu records",
                 face_names[function], records_of(function) - before);
    check_record(function, rv);
    (void)face.list.C_Finalize(NULL);
    return rv == code;
}

static void
try_all(const char *when)
{
    for (size_t i = 0; i < N_CODES; i++) {
        size_t n_others = 0;

        for (unsigned function = 0; function < N_FUNCTIONS; function++)
            if (!is_never_recorded(function))
                n_others += !try_code(function, when, codes[i]);
        /* A session of p11mux's own that is gone is no matter of the
         * application's (R1.25). */
        if (codes[i] == CKR_SESSION_HANDLE_INVALID)
            continue;
        cr_assert_leq(n_others, MOST_ANSWERED_HERE,
                      "0x%lx reached the application too seldom: %zu", codes[i],
                      n_others);
    }
}

FACE_TEST(audit_codes, what_the_module_refuses_is_what_the_log_has)
{
    try_all("");
}

FACE_TEST(audit_codes, what_the_module_did_and_denies_is_what_the_log_has)
{
    try_all("after");
}

/* -- What is no answer yet ------------------------------------------------- */

static void
setup_operations(void)
{
    load_face("operation", "operations");
}

TestSuite(audit_codes_sizes, .init = setup_operations, .timeout = 100);

/* The buffer of a function whose output is recorded, or NULL. */
static const char *
buffer_of(enum function function)
{
    if (function == FUNCTION_C_GetOperationState)
        return NULL;
    for (size_t i = 0; i < FACE_PARAMETERS; i++)
        if (face_parameters[function][i].name != NULL &&
            face_parameters[function][i].kind == ARGUMENT_BUFFER)
            return face_parameters[function][i].name;
    return NULL;
}

static bool
is_in_the_middle(enum function function)
{
    return strstr(face_names[function], "Update") != NULL;
}

static void
try_sizes(enum function function, const char *buffer)
{
    size_t before = audit_count(audit_path, "");

    cr_assert(load(fixture_text("%s 1 return CKR_BUFFER_TOO_SMALL",
                                face_names[function])));
    cr_expect_eq(face_call(&face, function), CKR_BUFFER_TOO_SMALL, "%s",
                 face_names[function]);
    face.null_name = buffer;
    cr_expect_eq(face_call(&face, function), CKR_OK, "%s",
                 face_names[function]);
    face.null_name = NULL;
    cr_expect_eq(audit_count(audit_path, ""), before, "%s",
                 face_names[function]);
    cr_expect_eq(face_call(&face, function), CKR_OK, "%s",
                 face_names[function]);
    cr_expect_eq(audit_count(audit_path, ""),
                 before + !is_in_the_middle(function), "%s",
                 face_names[function]);
    if (!is_in_the_middle(function))
        check_record(function, CKR_OK);
}

Test(audit_codes_sizes, a_buffer_that_is_too_small_is_none)
{
    size_t n_tried = 0;

    for (unsigned function = 0; function < N_FUNCTIONS; function++) {
        const char *buffer = buffer_of(function);

        if (buffer == NULL)
            continue;
        n_tried++;
        begin(function);
        try_sizes(function, buffer);
        (void)face.list.C_Finalize(NULL);
    }
    cr_assert_geq(n_tried, 25, "%zu", n_tried);
}
