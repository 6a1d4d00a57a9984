/* SPDX-License-Identifier: BSD-3-Clause */
/* When there is no memory for what a module has made or begun, it is undone
 * in the module: nothing is left there that nobody knows of (R1.15). */
#include "tests/face.h"
#include "tests/heap.h"

#include <criterion/criterion.h>
#include <string.h>

static struct face face;

static void
setup(void)
{
    face_load(&face, NULL);
    face_open(&face);
}

static void
teardown(void)
{
    heap_fail(NULL);
    if (face.mux != NULL)
        face_close(&face);
}

TestSuite(heap_empty, .init = setup, .fini = teardown, .timeout = 60);

/* p11mux alone has no memory any more. */
static void
empty_heap(void)
{
    heap_fail(module_symbol(face.mux, "C_GetFunctionList"));
}

static CK_OBJECT_HANDLE
destroyed_last(void)
{
    return face.of("C_DestroyObject") == NULL
               ? 0
               : face.of("C_DestroyObject")->arguments[1].number;
}

/* Calls until there is no room for another object; how often it went well. */
static unsigned
call_until_empty(CK_RV (*make)(void))
{
    unsigned n_good = 0;
    CK_RV rv;

    empty_heap();
    while ((rv = make()) == CKR_OK && n_good < 100000)
        n_good++;
    heap_fail(NULL);
    cr_assert_eq(rv, CKR_HOST_MEMORY, "0x%lx", rv);
    return n_good;
}

/* -- Keys ---------------------------------------------------------------------
 */

static CK_OBJECT_HANDLE key, public_key;

static CK_RV
make_key(void)
{
    CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };

    key = 1234;
    return face.list.C_GenerateKey(face.session, &mechanism, NULL, 0, &key);
}

Test(heap_empty, destroys_a_key_that_it_cannot_keep)
{
    unsigned n_good = call_until_empty(make_key);

    cr_assert_eq(key, 0);
    cr_assert_eq(face.count("C_GenerateKey"), n_good + 1);
    cr_assert_eq(face.count("C_DestroyObject"), 1);
    cr_assert_eq(destroyed_last(), RECORD_OBJECT + n_good);
    /* With memory it goes on. */
    cr_assert_eq(make_key(), CKR_OK);
    cr_assert_eq(face.list.C_DestroyObject(face.session, key), CKR_OK);
    cr_assert_eq(destroyed_last(), RECORD_OBJECT + n_good + 1);
}

static CK_RV
make_pair(void)
{
    CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };

    key = public_key = 1234;
    return face.list.C_GenerateKeyPair(face.session, &mechanism, NULL, 0, NULL,
                                       0, &public_key, &key);
}

/* Whether there is room for the first one or not. */
Test(heap_empty, destroys_both_keys_of_a_pair)
{
    for (unsigned run = 1; run <= 2; run++) {
        (void)call_until_empty(make_pair);
        cr_assert_eq(key, 0);
        cr_assert_eq(public_key, 0);
        cr_assert_eq(face.count("C_DestroyObject"), 2 * run);
        cr_assert_eq(make_key(), CKR_OK);
    }
}

/* -- Keys in a parameter
 * -------------------------------------------------------- */

static CK_SSL3_KEY_MAT_OUT material;
static CK_ULONG n_made;

static bool
make_material(enum function function, struct argument *arguments,
              size_t n_arguments, CK_RV *rv, void *context)
{
    const CK_MECHANISM *mechanism;
    const CK_SSL3_KEY_MAT_PARAMS *parameter;

    (void)n_arguments;
    (void)context;
    if (function != FUNCTION_C_DeriveKey)
        return false;
    mechanism = arguments[1].pointer;
    parameter = mechanism->pParameter;
    parameter->pReturnedKeyMaterial->hClientMacSecret = 0xa000000 + n_made++;
    parameter->pReturnedKeyMaterial->hServerMacSecret = 0xa000000 + n_made++;
    parameter->pReturnedKeyMaterial->hClientKey = 0xa000000 + n_made++;
    parameter->pReturnedKeyMaterial->hServerKey = 0xa000000 + n_made++;
    *rv = CKR_OK;
    empty_heap();
    return true;
}

static CK_RV
derive(void)
{
    CK_SSL3_KEY_MAT_PARAMS parameter = { .pReturnedKeyMaterial = &material };
    CK_MECHANISM mechanism = { CKM_SSL3_KEY_AND_MAC_DERIVE, &parameter,
                               sizeof(parameter) };

    material = (CK_SSL3_KEY_MAT_OUT){ .hClientKey = 1234 };
    return face.list.C_DeriveKey(face.session, &mechanism, face.objects[0],
                                 NULL, 0, NULL);
}

/* The memory goes when the module has made the keys. */
Test(heap_empty, destroys_all_keys_of_a_parameter)
{
    static const CK_SSL3_KEY_MAT_OUT untouched = { .hClientKey = 1234 };
    unsigned long n_destroyed;
    CK_RV rv;

    face.set_hook(make_material, NULL);
    do {
        rv = derive();
        heap_fail(NULL);
    } while (rv == CKR_OK && n_made < 100000);
    cr_assert_eq(rv, CKR_HOST_MEMORY, "0x%lx", rv);
    n_destroyed = face.count("C_DestroyObject");
    cr_assert_eq(n_destroyed, 4, "%lu of 4 keys were destroyed", n_destroyed);
    cr_assert_arr_eq(&material, &untouched, sizeof(untouched));
    face.set_hook(NULL, NULL);
}

/* -- Operations
 * ------------------------------------------------------------------ */

Test(heap_empty, ends_an_operation_that_it_cannot_keep)
{
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };

    empty_heap();
    cr_assert_eq(face.list.C_SignInit(face.session, &mechanism,
                                      face.objects[0]),
                 CKR_HOST_MEMORY);
    cr_assert_eq(face.list.C_FindObjectsInit(face_session(&face, FACE_SLOT),
                                             NULL, 0),
                 CKR_HOST_MEMORY);
    heap_fail(NULL);
    cr_assert_eq(face.list.C_SignInit(face.session, NULL, 0),
                 CKR_ARGUMENTS_BAD);
    /* In the module nothing has begun, or its session is another now. */
    if (face.count("C_SignInit") > 0)
        cr_assert_eq(face.count("C_CloseSession"), 1);
    cr_assert_eq(face.list.C_SignInit(face.session, &mechanism,
                                      face.objects[0]),
                 CKR_OK);
}

/* -- Starting
 * --------------------------------------------------------------------- */

Test(heap_empty, starts_nothing)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
    unsigned long before;

    face_close(&face);
    before = face.count("C_Initialize");
    empty_heap();
    cr_assert_eq(face.list.C_Initialize(&arguments), CKR_HOST_MEMORY);
    heap_fail(NULL);
    cr_assert_eq(face.count("C_Initialize"), before);
    cr_assert_eq(face.list.C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    face_open(&face);
}
