/* SPDX-License-Identifier: BSD-3-Clause */
/* What a token answers to C_CreateObject, C_CopyObject and C_SetAttributeValue
 * of a certificate, and where the certificate is then: the table of SEMANTICS
 * 8.1, code by code. */
#include "tests/fixture.h"
#include "tests/spill-fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(spill_room, .fini = spill_finish, .timeout = 120);

/* -- The codes --------------------------------------------------------------
 */

enum class {
    CLASS_NONE,      /* N */
    CLASS_KIND,      /* K */
    CLASS_AMBIGUOUS, /* A */
    CLASS_NEVER      /* X */
};

static const struct code {
    const char *name;
    CK_RV rv;
    enum class its_class;
} codes[] = {
#define ROOM_ERROR(name, its_class)                                            \
    { "CKR_" #name, CKR_##name, CLASS_##its_class },
#include "config/room-errors.def"
#undef ROOM_ERROR
    { "CKR_SESSION_READ_ONLY", CKR_SESSION_READ_ONLY, CLASS_NEVER },
    { "CKR_USER_NOT_LOGGED_IN", CKR_USER_NOT_LOGGED_IN, CLASS_NEVER },
    { "CKR_TOKEN_WRITE_PROTECTED", CKR_TOKEN_WRITE_PROTECTED, CLASS_NEVER },
    { "CKR_SESSION_HANDLE_INVALID", CKR_SESSION_HANDLE_INVALID, CLASS_NEVER },
    { "CKR_SESSION_CLOSED", CKR_SESSION_CLOSED, CLASS_NEVER },
    { "CKR_DEVICE_REMOVED", CKR_DEVICE_REMOVED, CLASS_NEVER },
    { "CKR_TOKEN_NOT_PRESENT", CKR_TOKEN_NOT_PRESENT, CLASS_NEVER },
    { "CKR_PIN_EXPIRED", CKR_PIN_EXPIRED, CLASS_NEVER },
    { "CKR_ATTRIBUTE_READ_ONLY", CKR_ATTRIBUTE_READ_ONLY, CLASS_NEVER },
    { "CKR_OPERATION_ACTIVE", CKR_OPERATION_ACTIVE, CLASS_NEVER },
    { "CKR_PENDING", CKR_PENDING, CLASS_NEVER },
};

enum { N_CODES = sizeof(codes) / sizeof(codes[0]) };

/* A list of all that can be in one. */
static const char *
all_room_errors(void)
{
    static char list[2048];
    size_t length = 0;

    for (size_t i = 0; i < N_CODES; i++)
        if (codes[i].its_class != CLASS_NEVER)
            length +=
                (size_t)snprintf(list + length, sizeof(list) - length,
                                 "%s\"%s\"", i == 0 ? "" : ", ", codes[i].name);
    return fixture_text("room_errors = ( %s ); create_unchecked = false;",
                        list);
}

/* -- The three functions ----------------------------------------------------
 */

static CK_RV
create(CK_OBJECT_HANDLE before, CK_OBJECT_HANDLE *out)
{
    (void)before;
    return certificate_create(spill.list, spill.session, &spill.certificates[1],
                              out);
}

static CK_RV
copy(CK_OBJECT_HANDLE before, CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE id = { CKA_ID, (void *)(uintptr_t) "copy", 4 };

    return spill.list->C_CopyObject(spill.session, before, &id, 1, out);
}

static CK_RV
change(CK_OBJECT_HANDLE before, CK_OBJECT_HANDLE *out)
{
    CK_ATTRIBUTE id = { CKA_ID, (void *)(uintptr_t) "changed", 7 };

    *out = before;
    return spill.list->C_SetAttributeValue(spill.session, before, &id, 1);
}

static const struct function {
    const char *name;
    CK_RV (*call)(CK_OBJECT_HANDLE before, CK_OBJECT_HANDLE *out);
} functions[] = {
    { "C_CreateObject", create },
    { "C_CopyObject", copy },
    { "C_SetAttributeValue", change },
};

enum { N_FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

/* SoftHSM's objects have none. */
static bool
is_in_store(CK_OBJECT_HANDLE object)
{
    CK_BYTE id[64];
    CK_ATTRIBUTE unique = { CKA_UNIQUE_ID, id, sizeof(id) };

    return spill.list->C_GetAttributeValue(spill.session, object, &unique, 1) ==
           CKR_OK;
}

static void
destroy_all(void)
{
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_ATTRIBUTE all = { CKA_CLASS, &object_class, sizeof(object_class) };
    CK_OBJECT_HANDLE object;

    while (certificate_find(spill.list, spill.session, &all, 1, &object) > 0)
        cr_assert_eq(spill.list->C_DestroyObject(spill.session, object),
                     CKR_OK);
}

/* Answers the code always, not only once: some are tried again. */
static void
try_code(const struct function *function, const struct code *code,
         bool is_in_list)
{
    CK_OBJECT_HANDLE before = spill_create(0), made = 0;
    bool spills = is_in_list && code->its_class != CLASS_NEVER;
    bool is_new = spills && function->call != change;
    CK_RV rv;

    cr_assert(spill.add_fault(
        fixture_text("%s * return %s", function->name, code->name)));
    rv = function->call(before, &made);
    cr_assert(spill.add_fault("reset"));
    cr_expect_eq(rv == CKR_OK, spills, "%s %s: 0x%lx", function->name,
                 code->name, rv);
    cr_expect_eq(spill_count(), is_new ? 2 : 1, "%s %s: %lu", function->name,
                 code->name, spill_count());
    if (spills)
        cr_expect(is_in_store(made), "%s %s", function->name, code->name);
    else
        cr_expect_not(is_in_store(before), "%s %s", function->name, code->name);
    if (rv != CKR_OK && code->its_class != CLASS_NEVER)
        cr_expect_eq(rv, code->rv, "%s %s: 0x%lx", function->name, code->name,
                     rv);
    destroy_all();
}

static void
begin(const char *module)
{
    spill_load();
    spill_configure("mode = \"hybrid\";", module);
    spill_start();
    spill_log_in();
}

/* -- What becomes of it -----------------------------------------------------
 */

Test(spill_room, is_found_in_the_store_for_what_is_in_the_list)
{
    begin(all_room_errors());
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        for (size_t k = 0; k < N_CODES; k++)
            try_code(&functions[i], &codes[k], true);
}

/* R8.1 */
Test(spill_room, is_none_for_what_is_not_in_the_list)
{
    begin("room_errors = ( \"CKR_DEVICE_MEMORY\" ); create_unchecked = false;");
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        for (size_t k = 0; k < N_CODES; k++)
            try_code(&functions[i], &codes[k],
                     codes[k].rv == CKR_DEVICE_MEMORY);
}

/* R8.3: but for class K the token has not been asked to keep anything. */
Test(spill_room, is_none_on_a_device_that_takes_no_command)
{
    begin(all_room_errors());
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        for (size_t k = 0; k < N_CODES; k++) {
            CK_OBJECT_HANDLE before, made = 0;

            if (codes[k].its_class != CLASS_NONE &&
                codes[k].its_class != CLASS_AMBIGUOUS)
                continue;
            before = spill_create(0);
            cr_assert(spill.add_fault(fixture_text("%s * return %s",
                                                   functions[i].name,
                                                   codes[k].name)));
            /* Else the device would be taken for lost. */
            cr_assert(
                spill.add_fault("C_GenerateRandom * return CKR_DEVICE_MEMORY"));
            cr_expect_eq(functions[i].call(before, &made), codes[k].rv, "%s %s",
                         functions[i].name, codes[k].name);
            cr_assert(spill.add_fault("reset"));
            cr_expect_eq(spill_count(), 1);
            destroy_all();
        }
}

/* 8.1, class K: else it is the application that is wrong. */
Test(spill_room, is_none_for_a_template_that_is_not_right)
{
    struct certificate_template template;

    begin(all_room_errors());
    for (size_t k = 0; k < N_CODES; k++) {
        CK_OBJECT_HANDLE object = 0;
        CK_RV rv;

        if (codes[k].its_class == CLASS_NEVER)
            continue;
        certificate_template(&spill.certificates[0], CK_TRUE, &template);
        template.attributes[6].ulValueLen--; /* no DER any more */
        cr_assert_eq(template.attributes[6].type, CKA_VALUE);
        cr_assert(spill.add_fault(
            fixture_text("C_CreateObject 1 return %s", codes[k].name)));
        rv = spill.list->C_CreateObject(spill.session, template.attributes,
                                        CERTIFICATE_ATTRIBUTES, &object);
        cr_expect_eq(rv, codes[k].rv, "%s: 0x%lx", codes[k].name, rv);
    }
    cr_assert_eq(spill_count(), 0);
}

/* Everything but certificates is passed to the token untouched. */
Test(spill_room, is_for_certificates_alone)
{
    CK_OBJECT_CLASS object_class = CKO_DATA;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_TOKEN, &yes, sizeof(yes) },
    };

    begin(all_room_errors());
    for (size_t k = 0; k < N_CODES; k++) {
        CK_OBJECT_HANDLE object = 0;

        if (codes[k].its_class == CLASS_NEVER)
            continue;
        cr_assert(spill.add_fault(
            fixture_text("C_CreateObject 1 return %s", codes[k].name)));
        cr_expect_eq(spill.list->C_CreateObject(spill.session, template, 2,
                                                &object),
                     codes[k].rv, "%s", codes[k].name);
    }
}
